//! What arrives.

use std::os::unix::fs::PermissionsExt as _;

use allot_hub::notify::config::{NotifyConfig, Topic};
use allot_ledger::{entry::Choice, state::Event};
use hmac::{Hmac, Mac as _};
use reqwest::Method;
use serde_json::json;

use super::{Hub, fed::hours, only, room, server::Server, webhook};

#[tokio::test]
async fn a_webhook_gets_signed_json() {
    let server = Server::new(&[]).await;
    let mut hub = Hub::new(only(vec![webhook("chat", &server.url("/hooks/x?y=z"))])).await;
    hub.config.webhook[0].secret_file = Some(hub.secret("secret", "s3cret\n"));
    let running = hub.starts().await;
    hub.proposes("A thing").await;
    let asked = server.wait_for(1).await.remove(0);
    assert_eq!(
        (asked.method.clone(), asked.path.as_str()),
        (Method::POST, "/hooks/x")
    );
    assert_eq!(asked.header("content-type"), "application/json");
    assert_eq!(asked.header("x-allot-event"), "opened");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"s3cret").unwrap();
    mac.update(asked.body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    assert_eq!(asked.header("x-allot-signature-256"), signature);
    let json = asked.json();
    assert_eq!(json["event"], "opened");
    assert_eq!(json["id"], asked.header("x-allot-id"));
    assert_eq!(json["resolution"]["title"], "A thing");
    assert_eq!(json["federation"]["name"], "commons");
    running.ends().await;
}

#[tokio::test]
async fn a_room_gets_a_message_that_a_second_try_does_not_double() {
    let server = Server::new(&[]).await;
    let mut hub = Hub::new(NotifyConfig::default()).await;
    let token = hub.secret("token", "syt_token\n");
    hub.config
        .matrix
        .push(room("fedi", &server.url("/base/"), token));
    let running = hub.starts().await;
    hub.proposes("A <thing> for @room").await;
    let asked = server.wait_for(1).await.remove(0);
    assert_eq!(asked.method, Method::PUT);
    let federation = hub
        .fed
        .replica
        .book()
        .await
        .state()
        .federation()
        .to_string();
    let transaction = format!("allot-{}-opened-1-fedi", &federation[..16]);
    assert_eq!(
        asked.path,
        format!(
            "/base/_matrix/client/v3/rooms/!abc%2Fd:matrix.example/send/m.room.message/{transaction}"
        )
    );
    assert_eq!(asked.header("authorization"), "Bearer syt_token");
    let sent = asked.json();
    assert_eq!(sent["msgtype"], "m.text");
    assert_eq!(sent["format"], "org.matrix.custom.html");
    assert_eq!(sent["m.mentions"], json!({}));
    let plain = sent["body"].as_str().unwrap();
    assert!(
        plain.starts_with("Resolution 001 is open: A <thing> for @room\n"),
        "{plain}"
    );
    let html = sent["formatted_body"].as_str().unwrap();
    assert!(html.contains("A &lt;thing&gt; for @room"), "{html}");
    running.ends().await;
}

#[tokio::test]
async fn what_is_only_to_be_known_rings_no_telephone() {
    let server = Server::new(&[]).await;
    let mut hub = Hub::new(NotifyConfig::default()).await;
    let token = hub.secret("token", "syt_token");
    hub.config.matrix.push(room("fedi", &server.url(""), token));
    let running = hub.starts().await;
    hub.fed
        .proposes(
            "autonomic",
            "A thing",
            allot_ledger::entry::Kind::Text,
            hours(3),
        )
        .await;
    server.wait_for(1).await;
    hub.pass(hours(4)).await;
    let asked = server.wait_for(2).await.remove(1);
    assert_eq!(asked.json()["msgtype"], "m.notice");
    running.ends().await;
}

#[tokio::test]
async fn from_beginning_to_end_everybody_is_told() {
    let server = Server::new(&[]).await;
    let mut hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    let running = hub.starts().await;
    hub.pass(hours(1)).await;
    hub.proposes("A thing").await;
    server.wait_for(1).await;
    hub.fed.votes("autonomic", 1, Choice::For, None).await;
    for (time, count) in [(22, 2), (10 * 24 + 16, 4), (48, 6), (24, 8)] {
        hub.pass(hours(time)).await;
        server.wait_for(count).await;
    }
    hub.is_done().await;
    running.ends().await;
    let names = server.names();
    let expected = [
        "opened-1",
        "digest-2026-11-02",
        "reminder-1-72h",
        "digest-2026-11-12",
        "reminder-1-24h",
        "digest-2026-11-14",
        "closed-1",
        "digest-2026-11-15",
    ];
    assert_eq!(names, expected);
    let asked = server.asked();
    let silent = &asked[2].json()["not_voted"]["items"];
    assert_eq!(silent, &json!(["local-it", "sutty"]));
    assert_eq!(asked[6].json()["outcome"], "passed");
}

#[tokio::test]
async fn each_gets_only_what_it_asked_for() {
    let (first, second) = (Server::new(&[]).await, Server::new(&[]).await);
    let mut all = vec![
        webhook("first", &first.url("/")),
        webhook("second", &second.url("/")),
    ];
    all[0].events = [Topic::Closed].into();
    all[1].events = [Topic::Opened].into();
    let mut hub = Hub::new(only(all)).await;
    let running = hub.starts().await;
    hub.fed
        .proposes(
            "autonomic",
            "A thing",
            allot_ledger::entry::Kind::Text,
            hours(3),
        )
        .await;
    second.wait_for(1).await;
    hub.pass(hours(4)).await;
    first.wait_for(1).await;
    hub.is_done().await;
    running.ends().await;
    assert_eq!(first.names(), ["closed-1"]);
    assert_eq!(second.names(), ["opened-1"]);
}

#[tokio::test]
async fn an_event_of_the_hub_is_looked_at_at_once() {
    let server = Server::new(&[]).await;
    let mut hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    hub.pace.look_every = std::time::Duration::from_secs(3600);
    let running = hub.starts().await;
    hub.proposes("A thing").await;
    running.events.try_send(vec![Event::HubReplaced]).unwrap();
    server.wait_for(1).await;
    running.ends().await;
}

#[tokio::test]
async fn nobody_but_the_hub_reads_what_it_remembers() {
    let server = Server::new(&[]).await;
    let hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    let running = hub.starts().await;
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(hub.state_dir()), mode(hub.file())), (0o700, 0o600));
    running.ends().await;
}
