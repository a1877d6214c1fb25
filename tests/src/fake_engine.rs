//! An engine that only answers questions, for states that no test may bring about on a real swarm.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    thread,
};

/// Says what it is; everything else is refused as such a node refuses it.
#[derive(Debug)]
pub struct FakeEngine {
    path: PathBuf,
}

/// What a node outside of a swarm says to what only a manager may do.
const NO_SWARM: &str = r#"{"message":"This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."}"#;

/// What a worker says to it.
const WORKER: &str = r#"{"message":"This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager."}"#;

impl FakeEngine {
    /// An engine that is in no swarm.
    ///
    /// # Panics
    /// It cannot listen in `dir`.
    #[must_use]
    pub fn outside_of_a_swarm(dir: &Path) -> Self {
        let swarm = r#"{"NodeID":"","LocalNodeState":"inactive","ControlAvailable":false}"#;
        Self::start(dir, swarm, NO_SWARM)
    }

    /// An engine that is a worker of a swarm.
    ///
    /// # Panics
    /// It cannot listen in `dir`.
    #[must_use]
    pub fn worker(dir: &Path) -> Self {
        let swarm = r#"{"NodeID":"w1","LocalNodeState":"active","ControlAvailable":false}"#;
        Self::start(dir, swarm, WORKER)
    }

    fn start(dir: &Path, swarm: &str, refusal: &'static str) -> Self {
        let path = dir.join("fake.sock");
        let listener = UnixListener::bind(&path).expect("listen as an engine");
        let info = format!(r#"{{"ServerVersion":"20.10.24","Swarm":{swarm}}}"#);
        // Ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let info = info.clone();
                thread::spawn(move || answer(client, &info, refusal));
            }
        });
        Self { path }
    }

    /// Its URL, to be given to an agent.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.path.display())
    }
}

fn answer(mut client: UnixStream, info: &str, refusal: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    reader.read_line(&mut head)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, body) = if path.ends_with("/info") {
        ("200 OK", info)
    } else if path.ends_with("/version") {
        (
            "200 OK",
            r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"}"#,
        )
    } else {
        ("503 Service Unavailable", refusal)
    };
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}
