//! Many recipes at the same time.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::running::{Running, gits, next, recipe};

/// Feeds `git fast-import`.
pub fn fast_import(repo: &Path, text: &str) {
    let mut child = Command::new("git")
        .arg("-C")
        .arg(repo)
        // Thousands of references are not worth as many syncs.
        .args(["-c", "core.fsync=none", "fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_recipes_are_taken_in_parallel_and_one_that_is_broken_stops_none() {
    let dir = TempDir::new().unwrap();
    let paths: Vec<_> = (0..40)
        .map(|n| dir.path().join(format!("r{n:02}")))
        .collect();
    for path in &paths {
        next(recipe(path), "1.1.0+1.27.1");
    }
    // Its objects are gone: nothing of it can be read.
    let objects = paths[17].join(".git/objects");
    std::fs::remove_dir_all(&objects).unwrap();
    std::fs::create_dir(&objects).unwrap();
    let running = Running::with(gits(&paths.iter().map(|p| p.as_path()).collect::<Vec<_>>())).await;
    let status = running.sync().await;
    assert_eq!((status.recipes, status.versions), (39, 78));
    assert_eq!(status.told.len(), 1);
    assert_eq!(status.told[0].recipe.as_str(), "r17");
    assert!(status.told[0].error.is_some());
    assert_eq!(running.entries().await.len(), 78);
    // What the log has is what a stranger computes from it, texts included.
    let replica = std::sync::Arc::clone(&running.hub.replica);
    let book = tokio::task::spawn_blocking(move || replica.verify(|_| {}));
    let book = book.await.unwrap().unwrap();
    assert_eq!(book.state().recipes().versions(), 78);
}
