//! Mirrors that were cut short, damaged or left behind.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::fixture::{Mirrors, Repo, version};
use super::server::HttpServer;
use crate::{GixMirrors, MirrorOptions, RecipeSource, Wanted};

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(current) = open.pop() {
        for entry in std::fs::read_dir(current).expect("listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files
}

#[tokio::test]
async fn a_fetch_that_is_cut_short_leaves_the_mirror_as_it_was() {
    let repo = Repo::with_two_versions();
    let (folder, bare) = repo.bare();
    let server = HttpServer::start(folder.path());
    let (mirrors, url) = (Mirrors::new(), server.url("recipe.git"));
    mirrors.fetch(&url).await;
    repo.write("noise", noise(800_000));
    repo.release("1.2.0+3");
    repo.git(&["push", "-q", "--mirror", bare.to_str().expect("UTF-8")]);
    server.knobs.cut_after.store(50_000, Ordering::SeqCst);
    mirrors.mirrors.fetch(&url).await.expect_err("cut short");
    assert_eq!(
        mirrors
            .mirrors
            .offline()
            .versions(&url)
            .await
            .expect("usable")
            .versions
            .len(),
        2
    );
    assert!(
        mirrors
            .text(&url, &version("1.1.0+2"), "compose.yml")
            .await
            .contains("two")
    );
    server.knobs.cut_after.store(0, Ordering::SeqCst);
    mirrors.fetch(&url).await;
    assert_eq!(mirrors.tags(&url).await.len(), 3);
}

#[tokio::test]
async fn a_first_fetch_that_is_cut_short_leaves_nothing() {
    let repo = Repo::with_two_versions();
    let (folder, _bare) = repo.bare();
    let server = HttpServer::start(folder.path());
    server.knobs.cut_after.store(100, Ordering::SeqCst);
    let mirrors = Mirrors::new();
    mirrors
        .mirrors
        .fetch(&server.url("recipe.git"))
        .await
        .expect_err("cut short");
    assert_eq!(
        std::fs::read_dir(mirrors.root.path())
            .expect("listed")
            .count(),
        0
    );
}

#[tokio::test]
async fn makes_a_damaged_mirror_anew() {
    let repo = Repo::with_two_versions();
    let (folder, _bare) = repo.bare();
    let server = HttpServer::start(folder.path());
    type Damage = (&'static str, fn(&Path));
    let damages: [Damage; 4] = [
        ("cut packs", |m| {
            files(&m.join("objects")).iter().for_each(|f| truncate(f))
        }),
        ("no objects", |m| {
            std::fs::remove_dir_all(m.join("objects")).expect("removed")
        }),
        ("no HEAD", |m| {
            std::fs::remove_file(m.join("HEAD")).expect("removed")
        }),
        ("broken refs", |m| {
            std::fs::write(
                m.join("packed-refs"),
                "# pack-refs with: peeled\nnonsense\n",
            )
            .expect("written")
        }),
    ];
    for url in [server.url("recipe.git"), repo.url()] {
        for (name, damage) in damages {
            let mirrors = Mirrors::new();
            mirrors.fetch(&url).await;
            damage(&mirrors.only_mirror());
            let text = mirrors.text(&url, &version("1.0.0+1"), "compose.yml").await;
            assert!(text.contains("one"), "{name}");
            mirrors.only_mirror();
        }
    }
}

fn truncate(file: &Path) {
    let mut rights = std::fs::metadata(file).expect("there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o644);
    std::fs::set_permissions(file, rights).expect("set");
    let length = std::fs::metadata(file).expect("there").len();
    std::fs::OpenOptions::new()
        .write(true)
        .open(file)
        .expect("open")
        .set_len(length / 3)
        .expect("cut");
}

#[tokio::test]
async fn offline_a_damaged_mirror_is_an_error_and_not_a_wrong_answer() {
    let repo = Repo::with_two_versions();
    let mirrors = Mirrors::new();
    mirrors.fetch(&repo.url()).await;
    files(&mirrors.only_mirror().join("objects"))
        .iter()
        .for_each(|f| truncate(f));
    let error = mirrors
        .mirrors
        .offline()
        .versions(&repo.url())
        .await
        .expect_err("damaged");
    assert_eq!(error.code(), "AL-1509", "{error:?}");
}

#[tokio::test]
async fn a_missing_file_object_is_told_and_mended_by_the_next_fetch() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    let commit = mirrors.commit(&url, &Wanted::Latest).await;
    let tree = mirrors.tree(&url, &commit).await;
    let blob = repo.git(&["rev-parse", "HEAD:compose.yml"]);
    let (dir, file) = blob.split_at(2);
    std::fs::remove_file(mirrors.only_mirror().join("objects").join(dir).join(file))
        .expect("a loose object");
    assert_eq!(
        tree.read("compose.yml", 100).expect_err("gone").code(),
        "AL-1205"
    );
    assert!(mirrors.fetch(&url).await.cloned);
    assert!(
        mirrors
            .text(&url, &Wanted::Latest, "compose.yml")
            .await
            .contains("two")
    );
}

#[tokio::test]
async fn locks_of_a_killed_fetch_block_nobody() {
    let repo = Repo::with_two_versions();
    let (mirrors, url) = (Mirrors::new(), repo.url());
    mirrors.fetch(&url).await;
    let mirror = mirrors.only_mirror();
    for lock in [
        "packed-refs.lock",
        "refs/tags/1.2.0+3.lock",
        "refs/heads/main.lock",
    ] {
        // Whoever writes a reference of its own makes its folder first.
        let lock = mirror.join(lock);
        std::fs::create_dir_all(lock.parent().expect("a folder")).expect("made");
        std::fs::write(lock, "").expect("written");
    }
    repo.release("1.2.0+3");
    assert!(mirrors.fetch(&url).await.updated);
}

#[tokio::test]
async fn sweeps_up_what_a_killed_agent_left() {
    let root = tempfile::tempdir().expect("a folder");
    for name in [".new-abc", ".old-recipe-1-2"] {
        std::fs::create_dir_all(root.path().join(name).join("objects")).expect("made");
    }
    GixMirrors::open(MirrorOptions::new(root.path())).expect("opened");
    assert_eq!(std::fs::read_dir(root.path()).expect("listed").count(), 0);
}

#[tokio::test]
async fn names_a_folder_that_cannot_be_used() {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::write(root.path().join("file"), "").expect("written");
    let error = GixMirrors::open(MirrorOptions::new(root.path().join("file")))
        .err()
        .expect("refused");
    assert_eq!(error.code(), "AL-1512");
}

/// A file system of 1 MiB, unmounted at the end.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where the test may not mount anything.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = std::process::Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(folder.path());
        let mounted = command
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|s| s.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        std::process::Command::new("umount")
            .arg(self.0.path())
            .status()
            .ok();
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_leaves_the_mirror_as_it_was() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!(
            "nothing may be mounted here; the classification of the error is tested elsewhere"
        );
        return;
    };
    let repo = Repo::with_two_versions();
    let (folder, bare) = repo.bare();
    let server = HttpServer::start(folder.path());
    let root = disk.0.path().join("mirrors");
    for url in [server.url("recipe.git"), repo.url()] {
        let mirrors = GixMirrors::open(MirrorOptions::new(&root)).expect("opened");
        mirrors.fetch(&url).await.expect("fits");
        repo.write("noise", noise(2_000_000));
        repo.release("1.2.0+3");
        repo.git(&["push", "-q", "--mirror", bare.to_str().expect("UTF-8")]);
        let error = mirrors.fetch(&url).await.expect_err("full");
        assert_eq!(error.code(), "AL-1508", "{error:?}");
        assert_eq!(
            mirrors
                .offline()
                .versions(&url)
                .await
                .expect("usable")
                .versions
                .len(),
            2
        );
        repo.git(&["tag", "-d", "1.2.0+3"]);
        repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
        repo.git(&["push", "-q", "--mirror", bare.to_str().expect("UTF-8")]);
        std::fs::remove_dir_all(&root).expect("removed");
    }
}

/// Bytes that do not compress.
fn noise(count: u32) -> Vec<u8> {
    (0..count / 4)
        .flat_map(|i| {
            i.wrapping_mul(2_654_435_761)
                .rotate_left(i % 31)
                .to_le_bytes()
        })
        .collect()
}
