//! Servers that do not do what they should, and hubs that are restarted.

use std::time::Duration;

use super::{
    Hub,
    fed::hours,
    only, room,
    server::{Reply, Server},
    webhook,
};

fn bodies(asked: &[super::server::Asked]) -> Vec<&str> {
    asked.iter().map(|a| a.body.as_str()).collect()
}

#[tokio::test]
async fn a_message_is_tried_again_until_it_arrives() {
    let replies = [Reply::Status(500), Reply::Status(503), Reply::Status(429)];
    let server = Server::new(&replies).await;
    let hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    let running = hub.starts().await;
    hub.proposes("A thing").await;
    let asked = server.wait_for(4).await;
    assert!(bodies(&asked).windows(2).all(|two| two[0] == two[1]));
    hub.is_done().await;
    hub.proposes("Another").await;
    assert_eq!(server.wait_for(5).await[4].name(), "opened-2");
    running.ends().await;
}

#[tokio::test]
async fn who_asks_to_be_left_alone_is_left_alone() {
    for later in [
        Reply::With(429, "retry-after", "1".to_owned()),
        Reply::With(503, "retry-after", "1".to_owned()),
        Reply::Says(
            429,
            r#"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1000}"#,
        ),
    ] {
        let server = Server::new(&[later]).await;
        let hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
        let running = hub.starts().await;
        hub.proposes("A thing").await;
        let asked = server.wait_for(2).await;
        let pause = asked[1].at - asked[0].at;
        assert!(pause >= Duration::from_secs(1), "{pause:?}");
        running.ends().await;
    }
}

#[tokio::test]
async fn who_asks_for_a_year_gets_the_longest_pause() {
    let year = Reply::With(429, "retry-after", "31536000".to_owned());
    let server = Server::new(&[year]).await;
    let mut hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    hub.pace.longest_pause = Duration::from_millis(50);
    let running = hub.starts().await;
    hub.proposes("A thing").await;
    server.wait_for(2).await;
    running.ends().await;
}

#[tokio::test]
async fn what_is_refused_is_not_tried_again() {
    for reply in [
        Reply::Status(400),
        Reply::Status(401),
        Reply::Says(403, r#"{"errcode":"M_FORBIDDEN"}"#),
        Reply::Status(404),
    ] {
        let server = Server::new(&[reply]).await;
        let hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
        let running = hub.starts().await;
        hub.proposes("A thing").await;
        hub.proposes("Another").await;
        server.wait_for(2).await;
        hub.is_done().await;
        running.ends().await;
        assert_eq!(server.names(), ["opened-1", "opened-2"]);
    }
}

#[tokio::test]
async fn a_message_is_given_up_after_a_while() {
    let server = Server::new(&vec![Reply::Status(500); 6]).await;
    let hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    let running = hub.starts().await;
    hub.proposes("A thing").await;
    hub.proposes("Another").await;
    server.wait_for(7).await;
    hub.is_done().await;
    running.ends().await;
    let names = server.names();
    assert_eq!(names[..6], ["opened-1"; 6]);
    assert_eq!(names[6..], ["opened-2"]);
}

#[tokio::test]
async fn nothing_is_sent_twice_by_a_restart() {
    let server = Server::new(&[]).await;
    let mut hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    let running = hub.starts().await;
    hub.pass(hours(1)).await;
    hub.proposes("A thing").await;
    server.wait_for(1).await;
    hub.pass(hours(24)).await;
    server.wait_for(2).await;
    hub.is_done().await;
    running.ends().await;
    for _ in 0..3 {
        let running = hub.starts().await;
        running.ends().await;
    }
    // What happens while nobody looks is told by the next one, once.
    hub.proposes("Meanwhile").await;
    let running = hub.starts().await;
    server.wait_for(3).await;
    hub.is_done().await;
    running.ends().await;
    assert_eq!(
        server.names(),
        ["opened-1", "digest-2026-11-02", "opened-2"]
    );
}

#[tokio::test]
async fn digests_that_were_missed_while_down_are_one() {
    let server = Server::new(&[]).await;
    let mut hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    hub.starts().await.ends().await;
    hub.pass(hours(1)).await;
    hub.proposes("A thing").await;
    hub.pass(hours(5 * 24)).await;
    let running = hub.starts().await;
    server.wait_for(2).await;
    hub.is_done().await;
    running.ends().await;
    assert_eq!(server.names(), ["opened-1", "digest-2026-11-06"]);
    let opened = &server.asked()[1].json()["opened"]["items"];
    assert_eq!(opened[0]["resolution"]["title"], "A thing");
}

#[tokio::test]
async fn what_was_not_delivered_is_delivered_by_the_next_run_as_the_same() {
    let server = Server::new(&[Reply::Silence]).await;
    let mut hub = Hub::new(Default::default()).await;
    let token = hub.secret("token", "syt_token");
    hub.config.matrix.push(room("fedi", &server.url(""), token));
    let running = hub.starts().await;
    hub.proposes("A thing").await;
    server.wait_for(1).await;
    running.ends().await;
    let running = hub.starts().await;
    let asked = server.wait_for(2).await;
    hub.is_done().await;
    running.ends().await;
    // The same transaction: a homeserver that took the first one does not post it again.
    assert_eq!(asked[0].path, asked[1].path);
    assert_eq!(asked[0].body, asked[1].body);
}

#[tokio::test]
async fn a_slow_server_is_not_waited_for() {
    let server = Server::new(&[Reply::Silence, Reply::Silence]).await;
    let mut hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    hub.pace.request = Duration::from_millis(100);
    let running = hub.starts().await;
    hub.proposes("A thing").await;
    server.wait_for(3).await;
    hub.is_done().await;
    running.ends().await;
    assert_eq!(server.names(), ["opened-1"; 3]);
}

#[tokio::test]
async fn a_dead_webhook_holds_nobody() {
    let (alive, dead) = (Server::new(&[]).await, closed_port().await);
    let mut hub = Hub::new(only(vec![
        webhook("dead", &format!("http://{dead}/")),
        webhook("alive", &alive.url("/")),
    ]))
    .await;
    hub.pace.longest_pause = Duration::from_secs(3600);
    hub.pace.first_pause = Duration::from_secs(3600);
    let running = hub.starts().await;
    for n in 1..=5 {
        hub.proposes("A thing").await;
        alive.wait_for(n).await;
    }
    running.ends().await;
}

/// An address where nobody listens.
async fn closed_port() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_with_what_is_for_one() {
    for code in [301, 302, 303, 307, 308] {
        let elsewhere = Server::new(&[]).await;
        let there = elsewhere.url("/stolen");
        let server = Server::new(&[Reply::With(code, "location", there)]).await;
        let mut hub = Hub::new(Default::default()).await;
        let token = hub.secret("token", "syt_token");
        hub.config.matrix.push(room("fedi", &server.url(""), token));
        let running = hub.starts().await;
        hub.proposes("A thing").await;
        hub.proposes("Another").await;
        server.wait_for(2).await;
        hub.is_done().await;
        running.ends().await;
        assert!(elsewhere.asked().is_empty(), "{code}");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read_to_the_end() {
    let replies = [
        Reply::Endless(200),
        Reply::Endless(500),
        Reply::Endless(403),
    ];
    let server = Server::new(&replies).await;
    let hub = Hub::new(only(vec![webhook("chat", &server.url("/"))])).await;
    let running = hub.starts().await;
    for title in ["One", "Two", "Three"] {
        hub.proposes(title).await;
    }
    server.wait_for(4).await;
    hub.is_done().await;
    running.ends().await;
    let names = server.names();
    assert_eq!(names, ["opened-1", "opened-2", "opened-2", "opened-3"]);
}
