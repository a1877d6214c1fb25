//! What [`DockerEngine`] sends and how it takes failure, against a socket that plays an engine.

// A helper that fails is a failing test here, as in the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use allot_agent::engine::docker::{DockerEngine, Timeouts};
use allot_agent::engine::{Engine, EngineError};
use allot_stack::spec::ServiceSpec;
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

/// A socket that records requests and answers what the script says.
struct Player {
    dir: tempfile::TempDir,
    heads: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

/// Status and body; `None` never answers.
type Answer = Option<(u16, &'static str)>;

impl Player {
    fn new(script: fn(&str) -> Answer) -> Self {
        Self::with(script, false)
    }

    /// Promises more of every answer but the version than it sends, and hangs up.
    fn breaking(script: fn(&str) -> Answer) -> Self {
        Self::with(script, true)
    }

    fn with(script: fn(&str) -> Answer, breaks: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join("s")).unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let recorded = heads.clone();
        let serving = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(serve(stream, script, breaks, recorded.clone()));
            }
        });
        Self {
            dir,
            heads,
            serving,
        }
    }

    fn engine(&self) -> DockerEngine {
        let timeouts = Timeouts {
            call: Duration::from_secs(1),
            registry: Duration::from_secs(1),
        };
        let endpoint = format!("unix://{}", self.dir.path().join("s").display());
        DockerEngine::connect(&endpoint, timeouts).unwrap()
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: UnixStream,
    script: fn(&str) -> Answer,
    breaks: bool,
    heads: Arc<Mutex<Vec<String>>>,
) {
    while let Some(head) = request(&mut stream).await {
        let line = head.lines().next().unwrap().to_owned();
        heads.lock().unwrap().push(head);
        let Some((status, body)) = script(&line) else {
            std::future::pending::<()>().await;
            return;
        };
        let hang_up = breaks && !line.contains("/version");
        let promised = body.len() + usize::from(hang_up);
        let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: {promised}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await.unwrap();
        if hang_up {
            return;
        }
    }
}

/// Reads one request and returns its head.
async fn request(stream: &mut UnixStream) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(head)
}

fn version_or(line: &str, other: Answer) -> Answer {
    if line.contains("/version") {
        Some((200, r#"{"ApiVersion": "1.41", "MinAPIVersion": "1.12"}"#))
    } else {
        other
    }
}

#[tokio::test]
async fn the_agreed_version_is_asked_once_and_sent_with_every_request() {
    let player = Player::new(|line| version_or(line, Some((200, "[]"))));
    let engine = player.engine();
    engine.services("a").await.unwrap();
    engine.services("a").await.unwrap();
    let lines: Vec<String> = player
        .heads()
        .iter()
        .map(|head| head.split_whitespace().nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], "/version");
    assert!(
        lines[1].starts_with("/v1.41/services?filters="),
        "{lines:?}"
    );
    assert_eq!(lines[1], lines[2]);
}

#[tokio::test]
async fn an_update_sends_version_and_credentials_as_they_came() {
    let player = Player::new(|line| version_or(line, Some((200, "{}"))));
    let spec = ServiceSpec {
        name: Some("a_b".to_owned()),
        ..Default::default()
    };
    let engine = player.engine();
    engine
        .update_service("id", 77, &spec, Some("e30="))
        .await
        .unwrap();
    let head = player.heads().pop().unwrap();
    let line = head.lines().next().unwrap();
    assert!(
        line.starts_with("POST /v1.41/services/id/update?"),
        "{line}"
    );
    assert!(
        line.contains("version=77") && line.contains("registryAuthFrom=spec"),
        "{line}"
    );
    assert!(!line.contains("rollback"), "{line}");
    assert!(
        head.to_lowercase().contains("x-registry-auth: e30="),
        "{head}"
    );
}

#[tokio::test]
async fn an_engine_that_does_not_answer_is_given_up_in_time() {
    let player = Player::new(|line| version_or(line, None));
    let error = player.engine().services("a").await.unwrap_err();
    assert!(matches!(error, EngineError::Timeout { .. }), "{error}");
    let error = player.engine().events().await.err().unwrap();
    assert!(matches!(error, EngineError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_no_error() {
    let player = Player::new(|line| version_or(line, None));
    let resolved = player.engine().resolve_image("nginx:1", None).await;
    assert_eq!(resolved.unwrap(), None);
}

#[tokio::test]
async fn a_registrys_digest_is_written_as_the_docker_cli_does() {
    let player = Player::new(|line| {
        version_or(
            line,
            Some((
                200,
                r#"{"Descriptor": {"mediaType": "x", "digest": "sha256:1", "size": 1}, "Platforms": [{"architecture": "amd64", "os": "linux"}, {"architecture": "arm", "os": "linux"}]}"#,
            )),
        )
    });
    let engine = player.engine();
    let resolved = engine.resolve_image("docker.io/library/nginx", None).await;
    let resolved = resolved.unwrap().unwrap();
    assert_eq!(resolved.reference, "nginx:latest@sha256:1");
    let platforms = [("amd64", "linux"), ("", "linux")].map(|(a, o)| (a.to_owned(), o.to_owned()));
    assert_eq!(resolved.platforms, platforms);
    let line = player.heads().pop().unwrap();
    assert!(
        line.starts_with("GET /v1.41/distribution/nginx:latest/json "),
        "{line}"
    );
}

#[tokio::test]
async fn an_absent_socket_and_a_broken_connection_are_unreachable() {
    let player = Player::new(|line| version_or(line, Some((200, "[]"))));
    let engine = player.engine();
    engine.services("a").await.unwrap();
    player.serving.abort();
    std::fs::remove_file(player.dir.path().join("s")).unwrap();
    let error = loop {
        // The pooled connection may carry one more request before it is seen to be closed.
        match engine.services("a").await {
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, EngineError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn an_open_event_stream_ends_with_an_error_when_the_engine_goes_away() {
    // The answer promises more bytes than come before the connection breaks.
    let player = Player::breaking(|line| {
        let event = r#"{"Type":"service","Action":"create","Actor":{"ID":"s1","Attributes":{}}}
"#;
        version_or(line, Some((200, event)))
    });
    let mut events = player.engine().events().await.unwrap();
    let first = events.next().await.unwrap().unwrap();
    assert_eq!(
        (first.kind.as_str(), first.service_id.as_deref()),
        ("service", Some("s1"))
    );
    let error = events.next().await.unwrap().unwrap_err();
    assert!(matches!(error, EngineError::Unreachable { .. }), "{error}");
}
