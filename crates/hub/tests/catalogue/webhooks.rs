//! Forges that say that something changed.

use std::time::{Duration, Instant};

use allot_hub::catalogue::config::CatalogueConfig;
use allot_testkit::{FakeForge, RecipeRepo};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use tempfile::TempDir;

use crate::running::{Running, forge, forges, next, recipe, with_webhook};

fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

async fn post(running: &Running, header: &str, signature: &str, body: &[u8]) -> u16 {
    let request = running.client().post(running.url("/webhook"));
    let request = request.header(header, signature).body(body.to_vec());
    request.send().await.unwrap().status().as_u16()
}

fn config(dir: &TempDir, fake: &FakeForge) -> CatalogueConfig {
    let secret = dir.path().join("webhook-secret");
    std::fs::write(&secret, "canary\n").unwrap();
    with_webhook(forges(vec![forge(fake, "coop-cloud")]), secret)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_wakes_the_hub_for_the_repository_that_it_names() {
    let dir = TempDir::new().unwrap();
    let fake = FakeForge::start(&dir.path().join("root")).await;
    let web = recipe(&fake.folder("coop-cloud", "web"));
    recipe(&fake.folder("coop-cloud", "blog"));
    let running = Running::with(config(&dir, &fake)).await;
    running.sync().await;
    let _ = fake.take_requests();
    next(web, "1.1.0+1.27.1");
    let body = fake.push("coop-cloud", "web");
    let status = post(
        &running,
        "X-Forgejo-Signature",
        &sign("canary", &body),
        &body,
    )
    .await;
    assert_eq!(status, 202);
    running
        .until("the version is seen", async || {
            (running.versions("web").await.len() == 2).then_some(())
        })
        .await;
    let asked = fake.take_requests();
    assert!(
        asked.iter().all(|a| a.contains("/web.git")),
        "only that one: {asked:?}"
    );
    // A repository that is new is on no list yet.
    recipe(&fake.folder("coop-cloud", "wiki"));
    let body = fake.push("coop-cloud", "wiki");
    let status = post(&running, "X-Gitea-Signature", &sign("canary", &body), &body).await;
    assert_eq!(status, 202);
    running
        .until("the recipe is seen", async || {
            (running.versions("wiki").await.len() == 1).then_some(())
        })
        .await;
    let asked = fake.take_requests();
    assert!(!asked.iter().any(|a| a.contains("/blog.git")), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_not_signed_wakes_nobody_and_is_counted() {
    let dir = TempDir::new().unwrap();
    let fake = FakeForge::start(&dir.path().join("root")).await;
    recipe(&fake.folder("coop-cloud", "web"));
    let running = Running::with(config(&dir, &fake)).await;
    running.sync().await;
    let _ = fake.take_requests();
    let body = fake.push("coop-cloud", "web");
    let wrong = sign("another", &body);
    assert_eq!(
        post(&running, "X-Forgejo-Signature", &wrong, &body).await,
        401
    );
    let prefixed = format!("sha256={}", sign("canary", &body));
    assert_eq!(
        post(&running, "X-Hub-Signature-256", &prefixed, &body).await,
        401
    );
    let large = vec![b' '; (1 << 20) + 1];
    let right = sign("canary", &large);
    assert_eq!(
        post(&running, "X-Forgejo-Signature", &right, &large).await,
        413
    );
    let metrics = running.metrics().await;
    assert!(
        metrics.contains("webhooks_total{outcome=\"unsigned\"} 2"),
        "{metrics}"
    );
    assert!(
        metrics.contains("webhooks_total{outcome=\"refused\"} 1"),
        "{metrics}"
    );
    assert_eq!(fake.take_requests(), Vec::<String>::new());
    let get = running
        .client()
        .get(running.url("/webhook"))
        .send()
        .await
        .unwrap();
    assert_eq!(get.status().as_u16(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_comes_again_and_again_is_one_look() {
    let dir = TempDir::new().unwrap();
    let fake = FakeForge::start(&dir.path().join("root")).await;
    recipe(&fake.folder("coop-cloud", "web"));
    let running = Running::with(config(&dir, &fake)).await;
    running.sync().await;
    let _ = fake.take_requests();
    let body = fake.push("coop-cloud", "web");
    let signature = sign("canary", &body);
    let began = Instant::now();
    for _ in 0..50 {
        assert_eq!(
            post(&running, "X-Forgejo-Signature", &signature, &body).await,
            202
        );
    }
    running.catalogue.sync(None).await.unwrap();
    let seconds = began.elapsed().as_secs_f64();
    let asked = fake.take_requests();
    let fetches = asked.iter().filter(|a| a.contains("info/refs")).count();
    // At most one look a second, and each of them has one fetch.
    let most = seconds / Duration::from_secs(1).as_secs_f64() + 2.0;
    assert!(
        fetches >= 1 && f64::from(u32::try_from(fetches).unwrap()) <= most,
        "{fetches} in {seconds} s"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_takes_no_webhooks_has_no_place_for_them() {
    let dir = TempDir::new().unwrap();
    let fake = FakeForge::start(dir.path()).await;
    let web = recipe(&fake.folder("coop-cloud", "web"));
    let running = Running::with(forges(vec![forge(&fake, "coop-cloud")])).await;
    let body = fake.push("coop-cloud", "web");
    let status = post(&running, "X-Forgejo-Signature", &sign("", &body), &body).await;
    assert_eq!(status, 405);
    drop::<RecipeRepo>(web);
}
