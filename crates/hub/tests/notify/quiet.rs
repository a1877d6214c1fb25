//! What must not be told, and to whom; and that nobody else is disturbed.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use allot_hub::notify::{FILE, config::NotifyConfig};
use tracing_subscriber::fmt::MakeWriter;

use super::{
    Hub, only, room,
    server::{Reply, Server},
    webhook,
};

/// What is logged, kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Everything that this thread logs, at every level.
fn logged() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn secrets_are_in_no_log_and_in_no_file() {
    let (log, _guard) = logged();
    let replies = [
        Reply::Status(500),
        Reply::Says(403, r#"{"errcode":"M_FORBIDDEN","error":"canary"}"#),
        Reply::Says(403, r#"{"errcode":"canary"}"#),
        Reply::With(302, "location", "https://canary.example/".to_owned()),
    ];
    let server = Server::new(&replies).await;
    let mut hub = Hub::new(NotifyConfig::default()).await;
    let with_password = format!("http://canary:canary@{}/canary?canary", server.address);
    hub.config.webhook.push(webhook("chat", &with_password));
    let dead = "http://canary:canary@127.0.0.1:1/canary".to_owned();
    hub.config.webhook.push(webhook("dead", &dead));
    hub.config.webhook[0].secret_file = Some(hub.secret("secret", "canary"));
    let token = hub.secret("token", "canary");
    hub.config.matrix.push(room("fedi", &server.url(""), token));
    hub.config.check().unwrap();
    let running = hub.starts().await;
    for title in ["One", "Two", "Three"] {
        hub.proposes(title).await;
    }
    hub.has_seen(3).await;
    hub.is_done().await;
    running.ends().await;
    let log = log.text();
    for code in ["AL-8905", "M_FORBIDDEN"] {
        assert!(log.contains(code), "{log}");
    }
    let found: Vec<_> = log.lines().filter(|line| line.contains("canary")).collect();
    assert!(found.is_empty(), "{found:#?}");
    let remembered = std::fs::read_to_string(hub.file()).unwrap();
    assert!(!remembered.contains("canary"));
}

#[tokio::test]
async fn a_contact_goes_nowhere() {
    let server = Server::new(&[]).await;
    let hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    let running = hub.starts().await;
    hub.fed.applies("mirnet").await;
    hub.fed
        .proposes(
            "autonomic",
            "Let mirnet in",
            super::fed::admit("mirnet"),
            super::fed::hours(300),
        )
        .await;
    let asked = server.wait_for(1).await.remove(0);
    assert!(!asked.body.contains("contact"), "{}", asked.body);
    running.ends().await;
}

#[tokio::test]
async fn who_tells_nobody_does_nothing() {
    let hub = Hub::new(NotifyConfig::default()).await;
    let notifier = allot_hub::notify::run(
        hub.config.clone(),
        Arc::clone(&hub.fed.replica),
        tokio::sync::mpsc::channel(1).1,
        Arc::clone(&hub.clock) as Arc<dyn allot_daemon::Clock>,
        hub.state_dir(),
        tokio_util::sync::CancellationToken::new(),
    );
    notifier.await.unwrap();
    assert!(!hub.state_dir().exists());
}

#[tokio::test]
async fn what_cannot_work_is_said_at_the_start() {
    let server = Server::new(&[]).await;
    let mut hub = Hub::new(only(vec![webhook("a b", &server.url("/"))])).await;
    let run = |hub: &Hub| {
        allot_hub::notify::run(
            hub.config.clone(),
            Arc::clone(&hub.fed.replica),
            tokio::sync::mpsc::channel(1).1,
            Arc::clone(&hub.clock) as Arc<dyn allot_daemon::Clock>,
            hub.state_dir(),
            tokio_util::sync::CancellationToken::new(),
        )
    };
    assert_eq!(run(&hub).await.unwrap_err().code(), "AL-8901");
    hub.config.webhook[0].name = "chat".to_owned();
    std::fs::write(hub.state_dir(), "a file").unwrap();
    assert_eq!(run(&hub).await.unwrap_err().code(), "AL-8903");
}

#[tokio::test]
async fn a_secret_that_comes_late_is_waited_for() {
    let server = Server::new(&[]).await;
    let mut hub = Hub::new(NotifyConfig::default()).await;
    hub.pace.tries = 1_000;
    hub.pace.longest_pause = std::time::Duration::from_millis(20);
    let token = hub.dir.path().join("token");
    hub.config.matrix.push(room("fedi", &server.url(""), token));
    let running = hub.starts().await;
    hub.proposes("A thing").await;
    hub.has_seen(1).await;
    hub.secret("token", "syt_token");
    let asked = server.wait_for(1).await.remove(0);
    assert_eq!(asked.header("authorization"), "Bearer syt_token");
    running.ends().await;
}

#[tokio::test]
async fn what_cannot_be_remembered_waits_until_it_can() {
    let (log, _guard) = logged();
    let server = Server::new(&[]).await;
    let hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    let running = hub.starts().await;
    // A directory cannot be replaced by a file: as good as a full disk.
    std::fs::remove_file(hub.file()).unwrap();
    std::fs::create_dir(hub.state_dir().join(FILE)).unwrap();
    hub.proposes("A thing").await;
    let said = async {
        while !log.text().contains("AL-8903") {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(super::server::LONG, said)
        .await
        .unwrap();
    assert!(server.asked().is_empty());
    std::fs::remove_dir(hub.file()).unwrap();
    server.wait_for(1).await;
    hub.is_done().await;
    running.ends().await;
    assert_eq!(server.names(), ["opened-1"]);
}
