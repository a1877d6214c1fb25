//! What becomes of tags.

use tempfile::TempDir;

use crate::running::{Running, gits, next, readme, recipe};

#[tokio::test(flavor = "multi_thread")]
async fn annotated_tags_become_entries_and_what_is_in_them_documents() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = next(recipe(&web), "1.1.0+1.27.1");
    let running = Running::with(gits(&[&web])).await;
    let status = running.sync().await;
    assert_eq!((status.recipes, status.versions), (1, 2));
    assert!(status.told.is_empty(), "{:?}", status.told);
    assert_eq!(
        running.entries().await,
        ["recipe web", "observe web 1.0.0+1.27.0 1.1.0+1.27.1"]
    );
    let commit = repo.git(&["rev-parse", "1.1.0+1.27.1^{commit}"]);
    let tree = repo.git(&["rev-parse", "1.1.0+1.27.1^{tree}"]);
    assert_eq!(running.commit("web", "1.1.0+1.27.1").await.unwrap(), commit);
    let document = running.document("web", "1.1.0+1.27.1").await;
    assert!(document.is_of("web", "1.1.0+1.27.1", &commit, &tree));
    assert_eq!(document.services["app"].tag, "1.27.1");
    assert!(document.tagged_at.is_some());
    let about = running.about("web").await;
    assert_eq!(
        (about.default_branch.as_str(), about.recipe.as_str()),
        ("main", "web")
    );
    assert_eq!(about.metadata.unwrap().category.as_deref(), Some("Apps"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_pushed_is_one_entry_more_and_nothing_new_is_none() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = recipe(&web);
    let running = Running::with(gits(&[&web])).await;
    running.sync().await;
    running.sync().await;
    assert_eq!(running.entries().await.len(), 2);
    let repo = next(repo, "1.1.0+1.27.1");
    running.sync().await;
    assert_eq!(running.entries().await[2..], ["observe web 1.1.0+1.27.1"]);
    // The recipe as a whole has changed, and no version of it.
    let repo = repo.file("README.md", readme("Utilities"));
    repo.git(&["commit", "-q", "-a", "-m", "another category"]);
    running.sync().await;
    assert_eq!(running.entries().await[3..], ["recipe web"]);
    let metadata = running.about("web").await.metadata.unwrap();
    assert_eq!(metadata.category.as_deref(), Some("Utilities"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_tag_is_refused_and_told_and_the_log_keeps_what_it_said() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = recipe(&web);
    let running = Running::with(gits(&[&web])).await;
    running.sync().await;
    let first = running.commit("web", "1.0.0+1.27.0").await.unwrap();
    let repo = repo.file("compose.yml", "services: {app: {image: evil}}\n");
    repo.git(&["commit", "-q", "-a", "-m", "evil"]);
    repo.git(&["tag", "-f", "-a", "-m", "moved", "1.0.0+1.27.0"]);
    let status = running.sync().await;
    assert_eq!(running.commit("web", "1.0.0+1.27.0").await.unwrap(), first);
    assert_eq!(
        running.document("web", "1.0.0+1.27.0").await.services["app"].tag,
        "1.27.0"
    );
    let problem = &status.told[0].problems[0];
    assert_eq!(problem.tag.as_deref(), Some("1.0.0+1.27.0"));
    assert!(problem.what.contains(&first), "{}", problem.what);
    assert_eq!(running.about("web").await.problems, status.told[0].problems);
    // A new version beside it is taken nevertheless.
    next(repo, "1.1.0+1.27.1");
    running.sync().await;
    assert_eq!(
        running.versions("web").await,
        ["1.0.0+1.27.0", "1.1.0+1.27.1"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_annotated_tag_of_one_version_is_told_and_not_taken() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = recipe(&web);
    repo.git(&["tag", "1.1.0+1.27.1"]);
    repo.git(&["tag", "-a", "-m", "x", "nightly"]);
    for twice in ["1.2.0+1.27.2", "v1.2.0+1.27.2"] {
        repo.git(&["tag", "-a", "-m", "x", twice]);
    }
    repo.git(&["tag", "-a", "-m", "x", "1.3.0+ü"]);
    repo.git(&["tag", "-a", "-m", "no commit", "1.4.0+1", "HEAD^{tree}"]);
    let running = Running::with(gits(&[&web])).await;
    let status = running.sync().await;
    assert_eq!(running.versions("web").await, ["1.0.0+1.27.0"]);
    let mut told: Vec<_> = status.told[0]
        .problems
        .iter()
        .map(|problem| problem.tag.clone().unwrap())
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "1.1.0+1.27.1",
            "1.2.0+1.27.2",
            "1.3.0+ü",
            "1.4.0+1",
            "nightly",
            "v1.2.0+1.27.2"
        ]
    );
    assert_eq!(running.about("web").await.problems.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_gone_is_told_and_comes_back_to_nothing_new() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = next(recipe(&web), "1.1.0+1.27.1");
    let running = Running::with(gits(&[&web])).await;
    running.sync().await;
    repo.git(&["tag", "-d", "1.0.0+1.27.0"]);
    let status = running.sync().await;
    assert!(status.told[0].problems[0].what.contains("gone"));
    assert_eq!(running.versions("web").await.len(), 2);
    repo.git(&["tag", "-a", "-m", "again", "1.0.0+1.27.0", "HEAD~1"]);
    let status = running.sync().await;
    assert!(status.told.is_empty(), "{:?}", status.told);
    let observed = running.entries().await;
    assert_eq!(
        observed.iter().filter(|e| e.starts_with("observe")).count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_where_it_was() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = recipe(&web);
    let running = Running::with(gits(&[&web])).await;
    running.sync().await;
    let before = running.entries().await;
    let running = running.restart(|_| {}).await;
    running.sync().await;
    assert_eq!(running.entries().await, before, "nothing is said twice");
    next(repo, "1.1.0+1.27.1");
    let running = running.restart(|_| {}).await;
    running
        .until("the hub looks by itself when it starts", async || {
            (running.versions("web").await.len() == 2).then_some(())
        })
        .await;
    // What was lost can be fetched again.
    let mirrors = running.dir.path().join("mirrors");
    let running = running
        .restart(|_| std::fs::remove_dir_all(&mirrors).unwrap())
        .await;
    running.sync().await;
    assert_eq!(running.entries().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_changes_all_the_time_does_not_fill_the_log() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = recipe(&web);
    let running = Running::with(gits(&[&web])).await;
    running.sync().await;
    let most = usize::try_from(allot_hub::catalogue::limits::ABOUTS_PER_HOUR).unwrap();
    for n in 0..most + 3 {
        repo.git(&["tag", &format!("nonsense-{n}")]);
        running.sync().await;
    }
    let entries = running.entries().await;
    let abouts = entries.iter().filter(|e| e.starts_with("recipe")).count();
    assert_eq!(abouts, most + 1);
    // Versions are not held up by it.
    next(repo, "1.1.0+1.27.1");
    running.sync().await;
    assert_eq!(running.versions("web").await.len(), 2);
    assert_eq!(running.told("web").await.problems.len(), most + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_a_recipe_is_bounded() {
    let dir = TempDir::new().unwrap();
    let web = dir.path().join("web");
    let repo = recipe(&web);
    let commit = repo.git(&["rev-parse", "HEAD"]);
    let lightweight = |n| format!("reset refs/tags/nonsense-{n}\nfrom {commit}\n\n");
    crate::many::fast_import(&web, &(0..500).map(lightweight).collect::<String>());
    let running = Running::with(gits(&[&web])).await;
    let status = running.sync().await;
    let problems = &status.told[0].problems;
    assert_eq!(problems.len(), allot_hub::catalogue::limits::MAX_PROBLEMS);
    assert_eq!(problems.last().unwrap().what, "401 more problems");
    assert_eq!(&running.about("web").await.problems, problems);
    assert_eq!(running.versions("web").await, ["1.0.0+1.27.0"]);
}
