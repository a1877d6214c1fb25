//! Servers that never answer.

use std::time::{Duration, Instant};

use super::fixture::{Mirrors, Repo};
use super::server::{Silent, fake_ssh};
use crate::RecipeSource;

fn impatient() -> Mirrors {
    Mirrors::with(|options| options.fetch_timeout = Duration::from_millis(400))
}

async fn gives_up(mirrors: &Mirrors, url: &str) {
    let begin = Instant::now();
    let error = mirrors.mirrors.fetch(url).await.expect_err("no answer");
    assert_eq!(error.code(), "AL-1501", "{error:?}");
    assert!(
        error.to_string().ends_with("did not answer within 0.4 s"),
        "{error}"
    );
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "took {:?}",
        begin.elapsed()
    );
}

#[tokio::test]
async fn gives_up_on_a_silent_server_and_closes_the_connection() {
    for scheme in ["http", "git", "https"] {
        let server = Silent::start();
        gives_up(
            &impatient(),
            &format!("{scheme}://127.0.0.1:{}/recipe.git", server.port),
        )
        .await;
        // The thread that fetched has really ended once its socket is closed.
        let hung_up = tokio::task::spawn_blocking(move || {
            server.hung_up.recv_timeout(Duration::from_secs(10))
        });
        hung_up
            .await
            .expect("joined")
            .unwrap_or_else(|_| panic!("the {scheme} connection stays open"));
    }
}

#[tokio::test]
async fn kills_an_ssh_that_hangs() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .expect("mkfifo runs")
            .success()
    );
    // The pipe is open for writing as long as the program lives.
    let ssh = fake_ssh(
        folder.path(),
        &format!(
            "exec 3>{}; echo started >&3; exec sleep 600",
            pipe.display()
        ),
    );
    let mirrors = Mirrors::with(|options| {
        options.fetch_timeout = Duration::from_millis(400);
        options.ssh_program = ssh.display().to_string();
    });
    let lived = tokio::task::spawn_blocking(move || std::fs::read_to_string(pipe));
    gives_up(&mirrors, "ssh://git@forge.example/recipe.git").await;
    let said = tokio::time::timeout(Duration::from_secs(10), lived)
        .await
        .expect("ssh has ended")
        .expect("joined");
    assert_eq!(said.expect("read"), "started\n");
}

#[tokio::test]
async fn a_second_fetch_does_not_wait_longer_than_its_own_time() {
    let server = Silent::start();
    let (mirrors, url) = (
        impatient(),
        format!("http://127.0.0.1:{}/recipe.git", server.port),
    );
    let begin = Instant::now();
    let (first, second) = tokio::join!(mirrors.mirrors.fetch(&url), mirrors.mirrors.fetch(&url));
    assert_eq!(first.expect_err("no answer").code(), "AL-1501");
    assert_eq!(second.expect_err("no answer").code(), "AL-1501");
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn another_recipe_is_not_kept_waiting_by_one_that_hangs() {
    let server = Silent::start();
    let mirrors = Mirrors::new();
    let hanging = {
        let (m, u) = (
            mirrors.mirrors.clone(),
            format!("git://127.0.0.1:{}/r.git", server.port),
        );
        tokio::spawn(async move { m.fetch(&u).await })
    };
    let repo = Repo::with_two_versions();
    mirrors.fetch(&repo.url()).await;
    assert!(!hanging.is_finished());
    // A caller that goes away ends its fetch.
    hanging.abort();
    let hung_up =
        tokio::task::spawn_blocking(move || server.hung_up.recv_timeout(Duration::from_secs(10)));
    hung_up
        .await
        .expect("joined")
        .expect("the connection is closed");
}
