//! The socket and the end of the process, for real.

use std::{
    fs::Permissions,
    io,
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use allot_agent::{
    app::Registry,
    config::Config,
    server::{ServeError, serve_until},
};
use allot_daemon::socket::listen;
use allot_proto::agent::{self as pb, agent_service_client::AgentServiceClient};
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::{net::UnixStream, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

use crate::plot::config;

/// A channel to an agent's socket.
pub async fn connect(socket: &Path) -> Channel {
    try_connect(socket.to_owned()).await.unwrap()
}

async fn try_connect(socket: PathBuf) -> Result<Channel, tonic::transport::Error> {
    let connector = tower::service_fn(move |_| {
        let socket = socket.clone();
        async move { UnixStream::connect(socket).await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://agent")
        .connect_with_connector(connector)
        .await
}

/// Looks until somebody answers.
async fn await_socket(socket: &Path) {
    let answers = async {
        while try_connect(socket.to_owned()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), answers)
        .await
        .expect("the agent comes up");
}

/// An agent that serves on a socket of its own, in this process.
pub struct Served {
    pub socket: PathBuf,
    stop: CancellationToken,
    task: JoinHandle<Result<(), ServeError>>,
    _dir: TempDir,
}

impl Served {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// One whose configuration is changed before it starts.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = TempDir::new().unwrap();
        // Other users may come to the socket; its own mode says which.
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o711)).unwrap();
        let socket = dir.path().join("run/agent.sock");
        let stop = CancellationToken::new();
        let (home, mut config) = (dir.path().to_owned(), config(&socket));
        change(&mut config);
        let told = stop.clone().cancelled_owned();
        let task = tokio::spawn(async move { serve_until(&home, config, told).await });
        await_socket(&socket).await;
        Self {
            socket,
            stop,
            task,
            _dir: dir,
        }
    }

    async fn end(self) -> Result<(), ServeError> {
        self.stop.cancel();
        self.task.await.unwrap()
    }
}

#[tokio::test]
async fn only_owner_and_group_may_connect() {
    let served = Served::new().await;
    let found = std::fs::metadata(&served.socket).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o660);
}

#[tokio::test]
async fn nobody_sees_the_socket_before_its_mode_is_set() {
    let dir = TempDir::new().unwrap();
    let socket = dir.path().join("agent.sock");
    let watched = socket.clone();
    let (ready, done) = (CancellationToken::new(), CancellationToken::new());
    let (started, end) = (ready.clone(), done.clone());
    let looks = tokio::task::spawn_blocking(move || {
        let mut modes = std::collections::BTreeSet::new();
        started.cancel();
        while !end.is_cancelled() {
            if let Ok(found) = std::fs::metadata(&watched) {
                modes.insert(found.permissions().mode() & 0o777);
            }
        }
        modes
    });
    ready.cancelled().await;
    for _ in 0..200 {
        let (listener, held) = listen(&socket, None).unwrap();
        drop(listener);
        drop(held);
    }
    done.cancel();
    let modes = looks.await.unwrap();
    assert!(modes.iter().all(|mode| *mode == 0o660), "{modes:?}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_second_agent_on_the_same_socket_is_refused() {
    let served = Served::new().await;
    let refused = listen(&served.socket, None).unwrap_err();
    assert_eq!(refused.code(), "AL-6031");
    connect(&served.socket).await;
}

#[tokio::test]
async fn the_socket_of_a_dead_agent_is_replaced() {
    let dir = TempDir::new().unwrap();
    let socket = dir.path().join("agent.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    listen(&socket, None).unwrap();
}

#[tokio::test]
async fn an_agent_that_ends_leaves_the_socket_of_its_successor_alone() {
    let dir = TempDir::new().unwrap();
    let socket = dir.path().join("agent.sock");
    let (listener, first) = listen(&socket, None).unwrap();
    drop(listener);
    let (_second, held) = listen(&socket, None).unwrap();
    drop(first);
    assert!(UnixStream::connect(&socket).await.is_ok());
    drop(held);
    assert!(!socket.exists());
}

#[tokio::test]
async fn a_group_that_is_not_there_is_named() {
    let dir = TempDir::new().unwrap();
    let socket = dir.path().join("agent.sock");
    let refused = listen(&socket, Some("no-such-group-here")).unwrap_err();
    assert_eq!(refused.code(), "AL-6032");
    assert!(refused.help().unwrap().contains("groupadd"));
}

#[tokio::test]
async fn an_agent_that_is_told_to_stop_takes_its_socket_along() {
    let served = Served::new().await;
    let socket = served.socket.clone();
    served.end().await.unwrap();
    assert!(!socket.exists());
}

/// A child that does not outlive its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn allot_agent(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allot-agent"));
    command.env_clear().arg("--dir").arg(dir);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn sigterm_ends_the_process_cleanly() {
    let dir = TempDir::new().unwrap();
    let (home, socket) = (dir.path().join("agent"), dir.path().join("agent.sock"));
    let made = allot_agent(&home)
        .args(["init", "--engine", "sim", "--socket"])
        .arg(&socket)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let mut process = Process(allot_agent(&home).arg("serve").spawn().unwrap());
    await_socket(&socket).await;
    let mut client = AgentServiceClient::new(connect(&socket).await);
    client.get_status(pb::GetStatusRequest {}).await.unwrap();

    let pid = nix::unistd::Pid::from_raw(i32::try_from(process.0.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    let ended = tokio::task::spawn_blocking(move || process.0.wait().unwrap());
    let ended = tokio::time::timeout(Duration::from_secs(20), ended).await;
    assert!(ended.unwrap().unwrap().success());
    assert!(!socket.exists());
    let (_, report) = Registry::open(&home.join("store")).unwrap();
    assert!(report.recovery.cut.is_none());
}

#[tokio::test]
async fn an_agent_without_a_configuration_says_how_to_make_one() {
    let dir = TempDir::new().unwrap();
    let ended = allot_agent(dir.path()).arg("serve").output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.contains("error[AL-6020]") && said.contains("allot-agent init"),
        "{said}"
    );
    assert_eq!(io::Read::bytes(&ended.stdout[..]).count(), 0);
}
