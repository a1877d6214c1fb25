//! What registries are asked, and what is believed of their answers.

use std::time::Duration;

use allot_workbench::registry::{OciRegistry, Registry as _, RegistryError, RegistryOptions};

use crate::fake::Fake;
use crate::server::Server;

fn registry(docker_config: Option<&std::path::Path>) -> OciRegistry {
    OciRegistry::new(RegistryOptions {
        docker_config: docker_config.map(Into::into),
        first_pause: Duration::from_millis(1),
        answer: Duration::from_secs(30),
    })
    .unwrap()
}

fn logged_in(host: &str, encoded: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{{\"auths\":{{\"{host}\":{{\"auth\":\"{encoded}\"}}}}}}");
    std::fs::write(folder.path().join("config.json"), text).unwrap();
    folder
}

#[tokio::test]
async fn a_real_registry_tells_its_tags_and_digests() {
    let server = Server::start();
    let first = server.push("our/web", &["1.0", "1.1", "latest"], "").await;
    let image = server.repository("our/web");
    let mut tags = registry(None).tags(&image).await.unwrap();
    tags.sort();
    assert_eq!(tags, ["1.0", "1.1", "latest"]);
    assert_eq!(
        registry(None).digest(&image, "latest").await.unwrap(),
        first
    );
    let rebuilt = server.push("our/web", &["latest"], "again").await;
    assert_ne!(rebuilt, first);
    assert_eq!(
        registry(None).digest(&image, "latest").await.unwrap(),
        rebuilt
    );
    let missing = registry(None).digest(&image, "9").await.unwrap_err();
    assert_eq!(missing.code(), "AL-9425", "{missing:?}");
    let missing = registry(None)
        .tags(&server.repository("our/none"))
        .await
        .unwrap_err();
    assert_eq!(missing.code(), "AL-9425", "{missing:?}");
}

#[tokio::test]
async fn a_real_registry_with_a_password_takes_what_docker_login_left() {
    let server = Server::with_password();
    server.push("our/web", &["1.0"], "").await;
    let image = server.repository("our/web");
    let stranger = registry(None).tags(&image).await.unwrap_err();
    assert_eq!(stranger.code(), "AL-9421");
    // `merri-bek:sesame`
    let config = logged_in(&server.host, "bWVycmktYmVrOnNlc2FtZQ==");
    assert_eq!(
        registry(Some(config.path())).tags(&image).await.unwrap(),
        ["1.0"]
    );
    // `merri-bek:wrong`
    let config = logged_in(&server.host, "bWVycmktYmVrOndyb25n");
    let refused = registry(Some(config.path()))
        .tags(&image)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "AL-9421");
    assert!(!format!("{refused:?}").contains("wrong"), "{refused:?}");
}

#[tokio::test]
async fn tokens_are_fetched_for_anybody_and_for_somebody() {
    let fake = Fake::start().await;
    assert_eq!(
        registry(None)
            .tags(&fake.repository("public/x"))
            .await
            .unwrap()
            .len(),
        2
    );
    let private = fake.repository("private/x");
    assert_eq!(
        registry(None).tags(&private).await.unwrap_err().code(),
        "AL-9421"
    );
    let config = logged_in(&fake.host, "c29tZWJvZHk6c2VjcmV0");
    assert_eq!(
        registry(Some(config.path()))
            .tags(&private)
            .await
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn credentials_that_cannot_be_used_are_told_when_they_are_missed() {
    let fake = Fake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "{{\"auths\":{{\"{}\":{{\"identitytoken\":\"hush\"}}}}}}",
        fake.host
    );
    std::fs::write(folder.path().join("config.json"), text).unwrap();
    let error = registry(Some(folder.path()))
        .tags(&fake.repository("private/x"))
        .await
        .unwrap_err();
    let help = error.help().unwrap();
    assert!(
        help.contains("identity token") && !help.contains("hush"),
        "{help}"
    );
}

#[tokio::test]
async fn pages_are_followed_to_their_end() {
    let fake = Fake::start().await;
    let tags = registry(None)
        .tags(&fake.repository("paged/x"))
        .await
        .unwrap();
    assert_eq!(tags, ["1.0", "1.1", "1.2"]);
}

#[tokio::test]
async fn a_busy_or_broken_registry_is_asked_again_and_not_for_ever() {
    let fake = Fake::start().await;
    assert_eq!(
        registry(None)
            .tags(&fake.repository("busy-once/x"))
            .await
            .unwrap()
            .len(),
        2
    );
    let fake = Fake::start().await;
    assert_eq!(
        registry(None)
            .tags(&fake.repository("broken-once/x"))
            .await
            .unwrap()
            .len(),
        2
    );
    let fake = Fake::start().await;
    let busy = registry(None)
        .tags(&fake.repository("busy/x"))
        .await
        .unwrap_err();
    assert!(matches!(busy, RegistryError::Busy { .. }), "{busy:?}");
    assert_eq!(fake.asked(), allot_workbench::limits::TRIES);
}

#[tokio::test]
async fn what_is_no_registry_is_told_in_one_line() {
    let fake = Fake::start().await;
    let html = fake.repository("html/x");
    for error in [
        registry(None).tags(&html).await.unwrap_err(),
        registry(None).digest(&html, "1").await.unwrap_err(),
        registry(None)
            .digest(&fake.repository("old/x"), "1")
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), "AL-9423", "{error:?}");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.len() < 300, "{cause}");
    }
}

#[tokio::test]
async fn a_registry_that_lies_about_a_digest_is_refused() {
    let fake = Fake::start().await;
    let error = registry(None)
        .digest(&fake.repository("liar/x"), "1.0")
        .await
        .unwrap_err();
    assert_eq!(error.code(), "AL-9424", "{error:?}");
}

#[tokio::test]
async fn a_registry_without_end_is_stopped() {
    let fake = Fake::start().await;
    for path in ["endless/x", "trickle/x"] {
        let error = registry(None)
            .tags(&fake.repository(path))
            .await
            .unwrap_err();
        assert_eq!(error.code(), "AL-9426", "{error:?}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_kept() {
    let fake = Fake::start().await;
    let registry = registry(None);
    for error in [
        registry.tags(&fake.repository("huge/x")).await.unwrap_err(),
        registry
            .digest(&fake.repository("huge/x"), "1.0")
            .await
            .unwrap_err(),
        registry
            .tags(&fake.repository("huge-token/x"))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), "AL-9426", "{error:?}");
    }
    assert!(memory() < 300 * 1024 * 1024, "{} bytes", memory());
}

/// The most memory that this process had at any time, bytes.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn a_password_goes_nowhere_without_tls() {
    let fake = Fake::start().await;
    let config = logged_in(&fake.host, "c29tZWJvZHk6c2VjcmV0");
    let error = registry(Some(config.path()))
        .tags(&fake.repository("token-elsewhere/x"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "AL-9423", "{error:?}");
}

#[tokio::test]
async fn only_what_can_be_a_tag_is_taken_for_one() {
    let fake = Fake::start().await;
    let registry = registry(None);
    let odd = registry.tags(&fake.repository("odd/x")).await.unwrap();
    assert_eq!(odd, ["1.0", "1.1"]);
    let none = registry.tags(&fake.repository("nothing/x")).await.unwrap();
    assert!(none.is_empty(), "{none:?}");
}

#[tokio::test]
async fn a_silent_registry_is_given_up() {
    let fake = Fake::start().await;
    let registry = OciRegistry::new(RegistryOptions {
        docker_config: None,
        first_pause: Duration::from_millis(1),
        answer: Duration::from_millis(50),
    })
    .unwrap();
    let error = registry
        .tags(&fake.repository("silent/x"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "AL-9420", "{error:?}");
}
