//! Repositories and forges as a stranger would make them, to see what breaks.

use std::{collections::BTreeSet, fs, path::Path, time::SystemTime};

use allot_hub::catalogue::Status;
use allot_testkit::{FakeForge, Mood, RecipeRepo};
use serde_json::json;
use tempfile::TempDir;

use crate::running::{COMPOSE, Running, forge, forges, git, gits, next, recipe};

/// What is told of a recipe: its error's code, and its problems.
fn told(status: &Status, recipe: &str) -> (String, Vec<String>) {
    let row = status.told.iter().find(|row| row.recipe.as_str() == recipe);
    let code = row.and_then(|row| row.error.as_ref());
    let problems = row.map(|row| &row.problems[..]).unwrap_or_default();
    let text = |p: &allot_recipe::catalogue::Problem| {
        format!("{}: {}", p.tag.as_deref().unwrap_or(""), p.what)
    };
    (
        code.map(|error| error.code.to_owned()).unwrap_or_default(),
        problems.iter().map(text).collect(),
    )
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_made_again_at_the_same_commit_is_the_same_version() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = recipe(&web);
    let running = Running::with(gits(&[&web])).await;
    running.sync().await;
    let entries = running.entries().await;
    repo.git(&["tag", "-f", "-a", "-m", "signed this time", "1.0.0+1.27.0"]);
    repo.git(&["tag", "-a", "-m", "x", "other", "1.0.0+1.27.0"]);
    repo.git(&["tag", "-f", "-a", "-m", "of a tag", "1.0.0+1.27.0", "other"]);
    repo.git(&["tag", "-d", "other"]);
    let status = running.sync().await;
    assert_eq!(told(&status, "web"), (String::new(), Vec::new()));
    assert_eq!(running.entries().await, entries);
    // Gone, and made again at another commit.
    repo.git(&["tag", "-d", "1.0.0+1.27.0"]);
    running.sync().await;
    repo.git(&["commit", "-q", "--allow-empty", "-m", "evil"]);
    repo.git(&["tag", "-a", "-m", "x", "1.0.0+1.27.0"]);
    let status = running.sync().await;
    let (_, problems) = told(&status, "web");
    assert!(problems[0].contains("was moved to"), "{problems:?}");
    assert_eq!(running.versions("web").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wild_repositories_are_told_and_stop_nobody() {
    let dir = TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name);
    recipe(&at("web"));
    // Only tags, and a head that leads nowhere.
    let repo = recipe(&at("headless"));
    repo.git(&["symbolic-ref", "HEAD", "refs/heads/nothing"]);
    repo.git(&["branch", "-D", "main"]);
    // A compose file that is a folder, a submodule, a link in a circle.
    let repo = RecipeRepo::new(&at("folder")).file("compose.yml/a", "x");
    drop(repo.publish("1.0.0+1"));
    let repo = RecipeRepo::new(&at("submodule"));
    repo.git(&["add", "--all"]);
    let info = format!("160000,{},compose.yml", "1".repeat(40));
    repo.git(&["update-index", "--add", "--cacheinfo", &info]);
    drop(repo.publish_index("1.0.0+1"));
    let repo = RecipeRepo::new(&at("circle")).symlink("compose.yml", "compose.yml");
    drop(repo.publish("1.0.0+1"));
    // What unfolds into more than anybody has memory for.
    let mut bomb = "x0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for n in 1..12 {
        let before = vec![format!("*x{}", n - 1); 9].join(", ");
        bomb.push_str(&format!("x{n}: &x{n} [{before}]\n"));
    }
    bomb.push_str("services: {app: {image: nginx, labels: *x11}}\n");
    drop(
        RecipeRepo::new(&at("bomb"))
            .file("compose.yml", bomb)
            .publish("1.0.0+1"),
    );
    let deep = format!("services: {}1{}\n", "[".repeat(50_000), "]".repeat(50_000));
    drop(
        RecipeRepo::new(&at("deep"))
            .file("compose.yml", deep)
            .publish("1.0.0+1"),
    );
    // Files that are far too large, or far too many.
    let large = "# x\n".repeat(2 << 20);
    let repo = RecipeRepo::new(&at("large"))
        .file("compose.yml", COMPOSE)
        .file("README.md", &large)
        .publish("1.0.0+1")
        .file("release/1.1.0+1", &large)
        .publish("1.1.0+1")
        .file(".env.sample", &large)
        .publish("1.2.0+1");
    drop(repo.file("compose.yml", &large).publish("1.3.0+1"));
    let mut repo = RecipeRepo::new(&at("many"));
    for n in 0..500 {
        repo = repo.file(&format!("compose.{n}.yml"), COMPOSE);
    }
    drop(repo.file("compose.yml", COMPOSE).publish("1.0.0+1"));
    // Nothing in it, and two documents in one.
    let repo = RecipeRepo::new(&at("odd")).file("compose.yml", "");
    let repo = repo
        .publish("1.0.0+1")
        .file("compose.yml", "---\na: 1\n---\nb: 2\n");
    let repo = repo.publish("1.1.0+1").file("compose.yml", b"\xff\xfe\x00");
    let repo = repo
        .publish("1.2.0+1")
        .file("compose.yml", "services: {app: }\n");
    drop(
        repo.publish("1.3.0+1")
            .file("compose.yml", COMPOSE)
            .publish("1.4.0+1"),
    );
    let all = [
        "web",
        "headless",
        "folder",
        "submodule",
        "circle",
        "bomb",
        "deep",
        "large",
        "many",
        "odd",
    ];
    let paths: Vec<_> = all.iter().map(|name| at(name)).collect();
    let paths: Vec<&Path> = paths.iter().map(|path| path.as_path()).collect();
    let running = Running::with(gits(&paths)).await;
    let status = running.sync().await;
    assert_eq!(running.versions("web").await.len(), 1);
    assert_eq!(running.versions("headless").await, ["1.0.0+1.27.0"]);
    for broken in ["folder", "submodule", "circle", "bomb", "deep"] {
        assert_eq!(running.versions(broken).await.len(), 0, "{broken}");
        let (code, problems) = told(&status, broken);
        assert!(!code.is_empty() || !problems.is_empty(), "{broken}");
    }
    assert_eq!(running.versions("many").await, ["1.0.0+1"]);
    // No app needs a README or a note.
    assert_eq!(running.versions("large").await, ["1.0.0+1", "1.1.0+1"]);
    let warnings = running
        .document("large", "1.1.0+1")
        .await
        .warnings
        .join("\n");
    assert!(
        warnings.contains("README.md") && warnings.contains("release/1.1.0+1"),
        "{warnings}"
    );
    assert!(
        running
            .versions("odd")
            .await
            .contains(&"1.4.0+1".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_forge_says_of_repositories_is_believed_as_far_as_it_can_do_no_harm() {
    let dir = TempDir::new().unwrap();
    let fake = FakeForge::start(dir.path()).await;
    for name in ["web", "Web", "old", "inside", "plain"] {
        recipe(&fake.folder("coop-cloud", name));
    }
    fake.say("coop-cloud", "old", json!({"archived": true}));
    fake.say("coop-cloud", "inside", json!({"internal": true}));
    let nothing = json!({"description": null, "website": null, "avatar_url": null, "ssh_url": null, "owner": null});
    fake.say("coop-cloud", "plain", nothing);
    for (folder, name) in [
        ("odd1", "../../etc"),
        ("odd2", ".git"),
        ("odd3", ""),
        ("odd4", "späti"),
        ("odd5", "a b"),
        ("odd6", "web%2f..%2fsecret"),
        ("odd7", &"x".repeat(100_000)),
    ] {
        recipe(&fake.folder("coop-cloud", folder));
        fake.say("coop-cloud", folder, json!({ "name": name }));
    }
    let running = Running::with(forges(vec![forge(&fake, "coop-cloud")])).await;
    let status = running.sync().await;
    let entries = running.entries().await;
    let recipes: BTreeSet<_> = entries
        .iter()
        .filter_map(|e| e.strip_prefix("recipe "))
        .collect();
    assert_eq!(recipes, BTreeSet::from(["old", "plain", "web"]));
    let (code, problems) = told(&status, "old");
    assert_eq!(code, "");
    assert!(problems[0].contains("archived"), "{problems:?}");
    assert_eq!(running.about("old").await.problems.len(), 1);
    let left_out = status.sources[0].left_out.join("\n");
    assert!(left_out.contains("a second time"), "{left_out}");
    assert!(!left_out.contains("inside") && left_out.len() < 2_000);
    // Unarchived, it is as good as before.
    fake.say("coop-cloud", "old", json!({"archived": false}));
    running.sync().await;
    assert_eq!(running.about("old").await.problems, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_lies_or_a_link_that_is_missing_hides_no_recipe() {
    let dir = TempDir::new().unwrap();
    let fake = FakeForge::start(dir.path()).await;
    for n in 0..60 {
        let folder = fake.folder("coop-cloud", &format!("r{n:02}"));
        match n {
            0 | 59 => drop(recipe(&folder)),
            _ => fs::create_dir_all(&folder).unwrap(),
        }
    }
    for (count, recipes) in [("60", 2), ("1000000", 2), ("3", 1), ("-1", 1), ("many", 1)] {
        fake.always(Some(Mood::Counts(count)));
        let running = Running::with(forges(vec![forge(&fake, "coop-cloud")])).await;
        let status = running.sync().await;
        assert_eq!(status.sources[0].error, None, "{count}");
        assert_eq!(status.recipes, recipes, "{count}");
        let asked = fake.take_requests();
        let pages = asked.iter().filter(|a| a.contains("/api/")).count();
        assert!(
            pages <= 6,
            "{count}: {pages} pages for a look at the start and one more"
        );
    }
    // With a link, the count counts for nothing.
    fake.always(None);
    let running = Running::with(forges(vec![forge(&fake, "coop-cloud")])).await;
    assert_eq!(running.sync().await.recipes, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_is_followed_at_its_forge_and_nowhere_else() {
    let dir = TempDir::new().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let (fake, other) = (FakeForge::start(&one).await, FakeForge::start(&two).await);
    recipe(&fake.folder("coop-cloud", "new"));
    recipe(&other.folder("coop-cloud", "evil"));
    fake.moved(
        "coop-cloud",
        "old",
        &format!("{}/coop-cloud/new.git", fake.url()),
    );
    fake.moved(
        "coop-cloud",
        "lured",
        &format!("{}/coop-cloud/evil.git", other.url()),
    );
    let mut config = gits(&[]);
    for name in ["old", "lured"] {
        let mut source = git(Path::new("/x"));
        let url = format!("{}/coop-cloud/{name}.git", fake.url());
        source.url = url.parse().unwrap();
        config.git.push(source);
    }
    let running = Running::with(config).await;
    let status = running.sync().await;
    assert_eq!(running.versions("old").await, ["1.0.0+1.27.0"]);
    let (code, _) = told(&status, "lured");
    assert_eq!(code, "AL-1514");
    assert_eq!(other.take_requests(), Vec::<String>::new());
    // What an organisation has no more is told, and the log keeps it.
    let running = running
        .restart(|config| {
            config.git.clear();
            config.forge = vec![forge(&fake, "coop-cloud")];
        })
        .await;
    let status = running.sync().await;
    assert_eq!(running.versions("new").await, ["1.0.0+1.27.0"]);
    let (_, problems) = told(&status, "old");
    assert!(problems[0].contains("no source has it"), "{problems:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_to_take_and_to_leave_are_patterns() {
    let dir = TempDir::new().unwrap();
    let fake = FakeForge::start(dir.path()).await;
    for name in ["web", "web-docs", "Blog", "abra", "go-abra"] {
        recipe(&fake.folder("coop-cloud", name));
    }
    let mut source = forge(&fake, "coop-cloud");
    source.include = names(&["web*", "blog", "wbe"]);
    source.exclude = names(&["*-docs", "*abra"]);
    let running = Running::with(forges(vec![source])).await;
    let status = running.sync().await;
    let entries = running.entries().await.join(" ");
    assert_eq!(status.recipes, 2, "{entries}");
    assert!(entries.contains("recipe web") && entries.contains("recipe blog"));
    assert_eq!(
        status.sources[0].left_out,
        ["`wbe` of `include` fits no repository"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn mirrors_that_no_source_has_any_more_are_removed_after_a_day() {
    let dir = TempDir::new().unwrap();
    let (web, blog) = (dir.path().join("web"), dir.path().join("blog"));
    recipe(&web);
    let repo = recipe(&blog);
    let running = Running::with(gits(&[&web, &blog])).await;
    running.sync().await;
    let running = running
        .restart(|config| {
            config
                .git
                .retain(|git| git.url.to_string().ends_with("web"))
        })
        .await;
    running.sync().await;
    let mirrors = running.dir.path().join("mirrors");
    let left = || {
        let all = fs::read_dir(&mirrors).unwrap();
        let mut all: Vec<String> = all
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .map(|name| name.split('-').next().unwrap().to_owned())
            .collect();
        all.sort();
        all
    };
    assert_eq!(running.catalogue.tidy().await.unwrap(), 0, "only since now");
    assert_eq!(left(), ["blog", "web"]);
    let long_ago = SystemTime::now() - allot_hub::catalogue::limits::GONE_FOR * 2;
    for entry in fs::read_dir(&mirrors).unwrap() {
        let folder = fs::File::open(entry.unwrap().path()).unwrap();
        folder.set_modified(long_ago).unwrap();
    }
    assert_eq!(running.catalogue.tidy().await.unwrap(), 1);
    assert_eq!(left(), ["web"]);
    // It comes back with its source, and nothing is said twice.
    let entries = running.entries().await;
    let running = running.restart(|config| config.git.push(git(&blog))).await;
    running.sync().await;
    assert_eq!(running.entries().await, entries);
    next(repo, "1.1.0+1.27.1");
    running.sync().await;
    assert_eq!(running.versions("blog").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_finds_the_catalogue_at_the_hubs_address() {
    let running = Running::with(gits(&[])).await;
    let answer = running.client().get(running.url("/")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("test-federation") && page.contains("href=\"recipes.json\""),
        "{page}"
    );
    for other in ["/?x", "//"] {
        let answer = running
            .client()
            .get(running.url(other))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 404, "{other}");
    }
}
