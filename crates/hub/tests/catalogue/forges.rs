//! Organisations of a forge.

use std::collections::BTreeSet;

use allot_hub::catalogue::Status;
use allot_testkit::{FakeForge, Mood, RecipeRepo};
use serde_json::json;
use tempfile::TempDir;

use crate::running::{Running, forge, forges, git, next, recipe};

async fn with_recipes(dir: &TempDir, names: &[&str]) -> FakeForge {
    let fake = FakeForge::start(dir.path()).await;
    for name in names {
        recipe(&fake.folder("coop-cloud", name));
    }
    fake
}

fn names<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    names
        .into_iter()
        .map(|name| name.as_ref().to_owned())
        .collect()
}

/// The code that the first source's look ended with.
fn code(status: &Status) -> &'static str {
    status.sources[0]
        .error
        .as_ref()
        .map_or("", |error| error.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisations_repositories_are_recipes_and_are_fetched_below_the_forges_address() {
    let dir = TempDir::new().unwrap();
    let fake = with_recipes(&dir, &["web", "blog"]).await;
    // Wherever the forge says that a repository is, it is fetched from the forge.
    fake.say(
        "coop-cloud",
        "web",
        json!({"clone_url": "file:///etc", "website": "https://web.example", "description": "A\nweb"}),
    );
    let running = Running::with(forges(vec![forge(&fake, "coop-cloud")])).await;
    running.sync().await;
    assert_eq!(running.versions("web").await, ["1.0.0+1.27.0"]);
    assert_eq!(running.versions("blog").await, ["1.0.0+1.27.0"]);
    let about = running.about("web").await;
    assert_eq!(
        about.repository,
        format!("{}/coop-cloud/web.git", fake.url())
    );
    assert_eq!(about.website.as_deref(), Some("https://web.example"));
    assert!(about.ssh_url.unwrap().starts_with("ssh://git@"));
    // What changes at the forge alone is said too.
    fake.say(
        "coop-cloud",
        "web",
        json!({"website": "https://other.example"}),
    );
    running.sync().await;
    let about = running.about("web").await;
    assert_eq!(about.website.as_deref(), Some("https://other.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_which_nothing_is_new_asks_for_references_only() {
    let dir = TempDir::new().unwrap();
    let fake = with_recipes(&dir, &["web"]).await;
    let running = Running::with(forges(vec![forge(&fake, "coop-cloud")])).await;
    running.sync().await;
    running.sync().await;
    let _ = fake.take_requests();
    running.sync().await;
    let asked = fake.take_requests();
    let kinds: Vec<_> = asked.iter().map(|a| a.split('?').next().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "GET /api/v1/orgs/coop-cloud/repos",
            "GET /coop-cloud/web.git/info/refs",
            "POST /coop-cloud/web.git/git-upload-pack"
        ],
        "the list, and `ls-refs`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_many_pages_is_read_to_its_end_and_what_is_no_recipe_left_out() {
    let dir = TempDir::new().unwrap();
    let fake = with_recipes(&dir, &["web", "tool", "secret-plan", "Blog"]).await;
    for n in 0..120 {
        std::fs::create_dir_all(fake.folder("coop-cloud", &format!("empty{n:03}"))).unwrap();
    }
    fake.say("coop-cloud", "secret-plan", json!({"private": true}));
    let mut source = forge(&fake, "coop-cloud");
    source.exclude = names(["tool"]);
    let running = Running::with(forges(vec![source])).await;
    let status = running.sync().await;
    assert_eq!((code(&status), status.recipes), ("", 2));
    assert_eq!(
        running.versions("blog").await.len(),
        1,
        "names of recipes are lower-case"
    );
    assert_eq!(
        status.sources[0].left_out.len(),
        101,
        "the first, and how many more"
    );
    let everything = format!("{status:?} {:?}", running.entries().await);
    assert!(!everything.contains("secret-plan"), "not even the name");
    let running = running
        .restart(|config| config.forge[0].include = names(["web"]))
        .await;
    let status = running.sync().await;
    assert_eq!(status.sources[0].recipes, 1);
    assert_eq!(status.recipes, 2, "the log keeps what it knows");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_does_not_answer_as_it_should_is_told_and_bounded() {
    let dir = TempDir::new().unwrap();
    let fake = with_recipes(&dir, &["web"]).await;
    let running = Running::with(forges(vec![forge(&fake, "coop-cloud")])).await;
    running.sync().await;
    for (mood, expected) in [
        (Mood::Html, "AL-9207"),
        (Mood::Forbidden, "AL-9205"),
        (
            Mood::Sends("http://169.254.169.254/latest".to_owned()),
            "AL-9206",
        ),
        (
            Mood::GoesOnAt("http://169.254.169.254/latest".to_owned()),
            "AL-9206",
        ),
        (Mood::Endless, "AL-9208"),
        (Mood::Repeats, "AL-9208"),
        (Mood::Huge, "AL-9208"),
        (Mood::TooMany(Some(3_600)), "AL-9204"),
    ] {
        fake.always(Some(mood.clone()));
        let status = running.sync().await;
        assert_eq!(code(&status), expected, "{mood:?}");
        let error = status.sources[0].error.as_ref().unwrap();
        assert!(!error.help.is_empty());
        assert_eq!(status.recipes, 1, "what is known stays");
    }
    let alone = running.catalogue.status(None).await.sources[0]
        .next
        .unwrap();
    let alone = alone.duration_since(running.hub.clock().now());
    assert!(
        alone.as_secs() > 3_000,
        "it is left alone as long as it asks: {alone}"
    );
    fake.always(None);
    next(
        RecipeRepo::at(&fake.folder("coop-cloud", "web")),
        "1.1.0+1.27.1",
    );
    assert_eq!(code(&running.sync().await), "");
    assert_eq!(running.versions("web").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_is_busy_for_a_moment_is_asked_again() {
    let dir = TempDir::new().unwrap();
    let fake = with_recipes(&dir, &["web"]).await;
    fake.once(Mood::TooMany(Some(1)));
    fake.once(Mood::Down);
    let running = Running::with(forges(vec![forge(&fake, "coop-cloud")])).await;
    let began = std::time::Instant::now();
    let status = running.sync().await;
    assert_eq!((code(&status), status.recipes), ("", 1));
    assert!(
        began.elapsed() >= std::time::Duration::from_secs(1),
        "not before it said"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_given_to_its_forge_and_shown_to_nobody() {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("root");
    let fake = FakeForge::start(&root).await;
    recipe(&fake.folder("coop-cloud", "web"));
    fake.wants_token("canary");
    let token = dir.path().join("token");
    std::fs::write(&token, "wrong-canary\n").unwrap();
    let mut source = forge(&fake, "coop-cloud");
    source.token_file = Some(token.clone());
    let running = Running::with(forges(vec![source])).await;
    let status = running.sync().await;
    assert_eq!(code(&status), "AL-9205");
    assert!(!format!("{status:?}").contains("canary"));
    std::fs::write(&token, "canary\n").unwrap();
    assert_eq!(
        code(&running.sync().await),
        "",
        "a new token counts at once"
    );
    std::fs::remove_file(&token).unwrap();
    let status = running.sync().await;
    assert_eq!(code(&status), "AL-9202");
    assert_eq!(running.versions("web").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_sources_with_one_recipe_the_same_one_counts_also_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    let (a, b) = (
        FakeForge::start(&first).await,
        FakeForge::start(&second).await,
    );
    recipe(&a.folder("coop-cloud", "web"));
    next(recipe(&b.folder("forks", "web")), "9.9.9+1.27.9");
    let running = Running::with(forges(vec![forge(&a, "coop-cloud")])).await;
    running.sync().await;
    // The other one comes first in the file now, and the first is slow to answer.
    a.always(Some(Mood::Forbidden));
    let running = running
        .restart(|config| config.forge.insert(0, forge(&b, "forks")))
        .await;
    let status = running.sync().await;
    assert_eq!(running.versions("web").await, ["1.0.0+1.27.0"]);
    let left_out = &status.sources[0].left_out[0];
    assert!(left_out.contains(&a.url()), "{left_out}");
    // A repository that is named on purpose takes its place once the forge has it no more.
    let own = dir.path().join("web");
    next(recipe(&own), "2.0.0+1.27.2");
    let running = running
        .restart(|config| {
            config.forge.clear();
            config.git = vec![git(&own)];
        })
        .await;
    running.sync().await;
    assert_eq!(
        running.versions("web").await,
        ["1.0.0+1.27.0", "2.0.0+1.27.2"]
    );
}
