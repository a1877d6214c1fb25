//! Repositories over http, git and ssh.

use super::fixture::{Mirrors, Repo, version};
use super::server::{Daemon, HttpServer, fake_ssh};
use crate::{RecipeSource, Wanted};

/// Fetches, reads, sees an update and a removed tag: what every transport must do.
async fn works_over(url: &str, repo: &Repo, bare: &std::path::Path, mirrors: &Mirrors) {
    let push = || repo.git(&["push", "-q", "--mirror", bare.to_str().expect("UTF-8")]);
    assert!(
        mirrors
            .text(url, &version("1.0.0+1"), "compose.yml")
            .await
            .contains("one"),
        "{url}"
    );
    assert_eq!(
        mirrors.commit(url, &Wanted::Head).await,
        repo.git(&["rev-parse", "HEAD"])
    );
    let branch = mirrors.mirrors.default_branch(url).expect("a URL");
    assert_eq!(branch.as_deref(), Some("main"), "{url}");
    repo.write("compose.yml", "services: {app: {image: three}}\n");
    repo.release("1.2.0+3");
    repo.git(&["tag", "-d", "1.0.0+1"]);
    push();
    assert!(mirrors.fetch(url).await.updated);
    assert!(!mirrors.fetch(url).await.updated);
    let tags = mirrors.tags(url).await;
    assert_eq!(tags, ["1.1.0+2", "1.2.0+3"]);
    assert!(
        mirrors
            .text(url, &Wanted::Latest, "compose.yml")
            .await
            .contains("three")
    );
}

#[tokio::test]
async fn fetches_over_http() {
    let repo = Repo::with_two_versions();
    let (folder, bare) = repo.bare();
    let server = HttpServer::start(folder.path());
    works_over(&server.url("recipe.git"), &repo, &bare, &Mirrors::new()).await;
}

#[tokio::test]
async fn asks_for_no_pack_when_nothing_is_new() {
    let repo = Repo::with_two_versions();
    let (folder, bare) = repo.bare();
    let server = HttpServer::start(folder.path());
    let (mirrors, url) = (Mirrors::new(), server.url("recipe.git"));
    let packs = || server.knobs.packs.load(std::sync::atomic::Ordering::SeqCst);
    mirrors.fetch(&url).await;
    for _ in 0..3 {
        assert!(!mirrors.fetch(&url).await.updated);
    }
    assert_eq!(packs(), 1);
    repo.release("1.2.0+3");
    repo.git(&["push", "-q", "--mirror", bare.to_str().expect("UTF-8")]);
    assert!(mirrors.fetch(&url).await.updated);
    assert_eq!(packs(), 2);
}

#[tokio::test]
async fn an_empty_repository_is_called_so_and_a_head_that_is_not_there_hides_no_version() {
    let repo = Repo::with_two_versions();
    let (folder, bare) = repo.bare();
    let server = HttpServer::start(folder.path());
    let (mirrors, url) = (Mirrors::new(), server.url("recipe.git"));
    let empty = folder.path().join("empty.git");
    repo.git(&["init", "-q", "--bare", empty.to_str().expect("UTF-8")]);
    assert_eq!(mirrors.refusal(&server.url("empty.git")).await, "AL-1507");
    // A forge whose default branch has another name than the one that was pushed.
    let bare = bare.to_str().expect("UTF-8");
    repo.git(&["--git-dir", bare, "symbolic-ref", "HEAD", "refs/heads/none"]);
    assert!(mirrors.fetch(&url).await.updated);
    assert_eq!(mirrors.tags(&url).await, ["1.0.0+1", "1.1.0+2"]);
    assert_eq!(mirrors.mirrors.default_branch(&url).expect("a URL"), None);
    repo.git(&["--git-dir", bare, "symbolic-ref", "HEAD", "refs/heads/main"]);
    assert!(mirrors.fetch(&url).await.updated);
    let head = mirrors.commit(&url, &Wanted::Head).await;
    assert_eq!(head, repo.git(&["rev-parse", "HEAD"]));
}

#[tokio::test]
async fn knows_the_default_branch_and_when_it_changes() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    let branch = || mirrors.mirrors.default_branch(&url).expect("a URL");
    assert_eq!(branch(), None);
    mirrors.fetch(&url).await;
    assert_eq!(branch().as_deref(), Some("main"));
    repo.git(&["checkout", "-q", "-b", "next/one"]);
    mirrors.fetch(&url).await;
    assert_eq!(branch().as_deref(), Some("next/one"));
    repo.git(&["checkout", "-q", "--detach"]);
    mirrors.fetch(&url).await;
    assert_eq!(branch(), None);
}

#[tokio::test]
async fn fetches_from_a_git_daemon() {
    let repo = Repo::with_two_versions();
    let (folder, bare) = repo.bare();
    let daemon = Daemon::start(folder.path());
    works_over(
        &format!("git://127.0.0.1:{}/recipe.git", daemon.port),
        &repo,
        &bare,
        &Mirrors::new(),
    )
    .await;
}

#[tokio::test]
async fn fetches_over_ssh() {
    let repo = Repo::with_two_versions();
    let (folder, bare) = repo.bare();
    // What follows the options (each of two words) and the host is run here.
    let script = "while [ \"${1#-}\" != \"$1\" ]; do shift 2; done; shift; eval \"$*\"";
    let ssh = fake_ssh(folder.path(), script);
    let mirrors = Mirrors::with(|options| options.ssh_program = ssh.display().to_string());
    works_over(
        &format!("ssh://git@forge.example{}", bare.display()),
        &repo,
        &bare,
        &mirrors,
    )
    .await;
}

#[tokio::test]
async fn says_when_a_repository_wants_credentials() {
    let repo = Repo::with_two_versions();
    let (folder, _bare) = repo.bare();
    let server = HttpServer::start(folder.path());
    server.knobs.lock(Some("nobody has this"));
    assert_eq!(
        Mirrors::new().refusal(&server.url("recipe.git")).await,
        "AL-1503"
    );
}

#[tokio::test]
async fn says_when_a_repository_cannot_be_reached() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = HttpServer::start(folder.path());
    for url in [
        server.url("nothing.git"),
        "http://127.0.0.1:1/r.git".to_owned(),
        "git://127.0.0.1:1/r.git".to_owned(),
    ] {
        let error = Mirrors::new().mirrors.fetch(&url).await.expect_err(&url);
        assert_eq!(error.code(), "AL-1502", "{error:?}");
        assert!(
            std::error::Error::source(&error).is_some(),
            "the cause is told"
        );
    }
}

/// Everything that an error says, to people and to a log.
fn everything(error: &dyn std::error::Error) -> String {
    let mut all = format!("{error} {error:?}");
    if let Some(source) = error.source() {
        all.push_str(&everything(source));
    }
    all
}

#[tokio::test]
async fn never_shows_the_password_of_a_url_nor_sends_it_unencrypted() {
    let repo = Repo::with_two_versions();
    let (folder, _bare) = repo.bare();
    let server = HttpServer::start(folder.path());
    server.knobs.lock(Some("nobody has this"));
    for url in [
        format!("http://me:canary@127.0.0.1:{}/recipe.git", server.port),
        "http://me:canary@127.0.0.1:1/recipe.git".to_owned(),
        format!("http://me:canary@127.0.0.1:{}/nothing.git", server.port),
    ] {
        let error = Mirrors::new()
            .mirrors
            .fetch(&url)
            .await
            .expect_err("refused");
        let said = everything(&error);
        assert!(!said.contains("canary"), "{said}");
    }
    // What a log would show when the cause is printed as well.
    server.knobs.lock(None);
    let url = format!("http://me:canary@127.0.0.1:{}/recipe.git", server.port);
    let error = Mirrors::new()
        .mirrors
        .fetch(&url)
        .await
        .expect_err("refused");
    assert!(
        everything(&error).contains("clear text"),
        "{}",
        everything(&error)
    );
}

#[tokio::test]
async fn follows_a_repository_that_was_renamed_at_the_same_host() {
    let repo = Repo::with_two_versions();
    let (folder, bare) = repo.bare();
    let server = HttpServer::start(folder.path());
    for (old, to, status) in [
        ("old.git", server.url("recipe.git"), 301),
        ("older.git", "/recipe.git".to_owned(), 302),
        ("oldest.git", server.url("recipe.git"), 307),
    ] {
        server.knobs.moves(old, &to, status);
        works_over(&server.url(old), &repo, &bare, &Mirrors::new()).await;
        repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
        repo.git(&["tag", "-d", "1.2.0+3"]);
        repo.git(&["tag", "-a", "-m", "again", "1.0.0+1", "HEAD~1"]);
        repo.git(&[
            "push",
            "-q",
            "--mirror",
            "-f",
            bare.to_str().expect("UTF-8"),
        ]);
    }
}

#[tokio::test]
async fn never_follows_to_another_host_and_says_where_it_was_sent() {
    let repo = Repo::with_two_versions();
    let (folder, _bare) = repo.bare();
    let (server, other) = (
        HttpServer::start(folder.path()),
        HttpServer::start(folder.path()),
    );
    for status in [301, 302, 307, 308] {
        server
            .knobs
            .moves("old.git", &other.url("recipe.git"), status);
        let mirrors = Mirrors::new();
        let error = mirrors.mirrors.fetch(&server.url("old.git")).await;
        let error = error.expect_err("refused");
        assert_eq!(error.code(), "AL-1514", "{error:?}");
        assert!(
            error.to_string().contains(&other.url("recipe.git")),
            "{error}"
        );
    }
    let asked = other.knobs.asked.lock().expect("not poisoned").clone();
    assert!(asked.is_empty(), "nobody asked there: {asked:?}");
    // Round and round ends too.
    server.knobs.moves("old.git", &server.url("old.git"), 302);
    assert_eq!(
        Mirrors::new().refusal(&server.url("old.git")).await,
        "AL-1514"
    );
}

#[tokio::test]
async fn a_repository_that_moves_away_later_leaves_the_mirror_as_it_is() {
    let repo = Repo::with_two_versions();
    let (folder, _bare) = repo.bare();
    let (server, other) = (
        HttpServer::start(folder.path()),
        HttpServer::start(folder.path()),
    );
    let (mirrors, url) = (Mirrors::new(), server.url("recipe.git"));
    mirrors.fetch(&url).await;
    server
        .knobs
        .moves("recipe.git", &other.url("recipe.git"), 302);
    assert_eq!(mirrors.refusal(&url).await, "AL-1514");
    assert_eq!(mirrors.tags(&url).await, ["1.0.0+1", "1.1.0+2"]);
}
