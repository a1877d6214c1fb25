//! Messages to people, as a webhook and a Matrix room get them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may fail like tests

#[path = "../web/fed.rs"]
mod fed;
mod quiet;
mod server;
mod told;
mod tries;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use allot_daemon::Clock;
use allot_hub::notify::{
    FILE, Notifier, NotifyError, Pace,
    config::{MatrixConfig, NotifyConfig, WebhookConfig},
};
use allot_ledger::{entry::Kind, state::Event};
use fed::{Fed, hours};
use jiff::{SignedDuration, Timestamp};
use server::LONG;
use tempfile::TempDir;
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

/// A hub that tells people, and the log that it tells of.
struct Hub {
    fed: Fed,
    dir: TempDir,
    clock: Arc<Time>,
    config: NotifyConfig,
    pace: Pace,
}

/// What time a test says it is.
struct Time(Mutex<Timestamp>);

impl Clock for Time {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A notifier that runs.
struct Running {
    stop: CancellationToken,
    events: mpsc::Sender<Vec<Event>>,
    task: JoinHandle<Result<(), NotifyError>>,
}

impl Hub {
    async fn new(config: NotifyConfig) -> Self {
        let fed = Fed::of(&["autonomic", "local-it", "sutty"]).await;
        Self {
            clock: Arc::new(Time(Mutex::new(fed.now))),
            dir: TempDir::new().unwrap(),
            fed,
            config,
            pace: Pace {
                look_every: Duration::from_millis(20),
                look_pause: Duration::from_millis(1),
                request: Duration::from_secs(10),
                first_pause: Duration::from_millis(5),
                longest_pause: Duration::from_secs(5),
                tries: 6,
            },
        }
    }

    /// Begins to tell, and has looked once when this returns: what was before is not told.
    async fn starts(&self) -> Running {
        let notifier = Notifier {
            config: self.config.clone(),
            replica: Arc::clone(&self.fed.replica),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            state_dir: self.state_dir(),
            pace: self.pace,
        };
        let (events, received) = mpsc::channel(8);
        let stop = CancellationToken::new();
        let task = tokio::spawn(notifier.run(received, stop.clone()));
        let running = Running { stop, events, task };
        self.wait_until(Path::exists).await;
        running
    }

    fn state_dir(&self) -> PathBuf {
        self.dir.path().join("notify")
    }

    fn file(&self) -> PathBuf {
        self.state_dir().join(FILE)
    }

    /// Waits for the file to be as it should.
    async fn wait_until(&self, holds: impl Fn(&Path) -> bool) {
        let path = self.file();
        let look = async {
            while !holds(&path) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(LONG, look)
            .await
            .expect("the file of what was told");
    }

    /// Waits until resolutions up to this one were looked at.
    async fn has_seen(&self, number: u32) {
        let seen = format!(r#""highest":{number},"#);
        self.wait_until(|path| {
            std::fs::read_to_string(path).is_ok_and(|text| text.contains(&seen))
        })
        .await;
    }

    /// Waits until nothing is left to be delivered.
    async fn is_done(&self) {
        self.wait_until(|path| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            text.contains(r#""outbox":[]"#)
        })
        .await;
    }

    async fn proposes(&self, title: &str) {
        self.fed
            .proposes("autonomic", title, Kind::Text, hours(14 * 24))
            .await;
    }

    async fn pass(&mut self, time: SignedDuration) {
        self.fed.pass(time).await;
        *self.clock.0.lock().unwrap() = self.fed.now;
    }

    fn secret(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Running {
    async fn ends(self) {
        self.stop.cancel();
        let ended = timeout(LONG, self.task).await.expect("ends in time");
        ended.unwrap().unwrap();
    }
}

fn webhook(name: &str, url: &str) -> WebhookConfig {
    WebhookConfig {
        name: name.to_owned(),
        url: url.parse().unwrap(),
        secret_file: None,
        events: everything(),
    }
}

fn room(name: &str, homeserver: &str, token_file: PathBuf) -> MatrixConfig {
    MatrixConfig {
        name: name.to_owned(),
        homeserver: homeserver.parse().unwrap(),
        room: "!abc/d:matrix.example".to_owned(),
        token_file,
        events: everything(),
    }
}

fn everything() -> std::collections::BTreeSet<allot_hub::notify::config::Topic> {
    serde_json::from_str(r#"["opened", "closed", "reminder", "digest"]"#).unwrap()
}

fn only(webhooks: Vec<WebhookConfig>) -> NotifyConfig {
    NotifyConfig {
        webhook: webhooks,
        ..NotifyConfig::default()
    }
}
