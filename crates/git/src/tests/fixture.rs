//! A repository made with the `git` program, and mirrors to fetch it into.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::{Fetched, GixMirrors, MirrorOptions, RecipeSource, SharedTree, Wanted};

/// A git command that sees nobody's configuration and always makes the same commits.
pub fn git_command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "Test")
            .env(format!("GIT_{who}_EMAIL"), "test@example.org");
        command.env(format!("GIT_{who}_DATE"), "2026-01-02T03:04:05Z");
    }
    command
}

/// A recipe's repository with a work tree, as a maintainer has it.
pub struct Repo {
    folder: TempDir,
}

impl Repo {
    pub fn new() -> Self {
        let repo = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    /// A repository with a compose file, tagged 1.0.0+1 and 1.1.0+2 (annotated).
    pub fn with_two_versions() -> Self {
        let repo = Self::new();
        repo.write("compose.yml", "services: {app: {image: one}}\n");
        repo.write(".env.sample", "TYPE=demo\n");
        repo.release("1.0.0+1");
        repo.write("compose.yml", "services: {app: {image: two}}\n");
        repo.release("1.1.0+2");
        repo
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn url(&self) -> String {
        self.path().to_str().expect("UTF-8").to_owned()
    }

    pub fn git(&self, args: &[&str]) -> String {
        let output = git_command(self.path())
            .args(args)
            .output()
            .expect("git runs");
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Commits what there is and tags it as a maintainer does.
    pub fn release(&self, version: &str) -> String {
        let commit = self.commit(version);
        self.git(&["tag", "-a", "-m", version, version]);
        commit
    }

    /// A bare copy, as a forge has it.
    pub fn bare(&self) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("recipe.git");
        self.git(&["clone", "-q", "--bare", ".", path.to_str().expect("UTF-8")]);
        (folder, path)
    }
}

/// Mirrors in a temporary folder.
pub struct Mirrors {
    pub mirrors: GixMirrors,
    pub root: TempDir,
}

impl Mirrors {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut MirrorOptions)) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let mut options = MirrorOptions::new(root.path());
        options.fetch_timeout = Duration::from_secs(20);
        change(&mut options);
        Self {
            mirrors: GixMirrors::open(options).expect("opened"),
            root,
        }
    }

    /// The folder of the only mirror.
    pub fn only_mirror(&self) -> PathBuf {
        let mut folders = std::fs::read_dir(self.root.path())
            .expect("listed")
            .map(|e| e.expect("an entry").path());
        let folder = folders.next().expect("one mirror");
        assert_eq!(folders.next(), None, "nothing else lies beside the mirror");
        folder
    }

    /// Fetches, which must work.
    pub async fn fetch(&self, url: &str) -> Fetched {
        self.mirrors
            .fetch(url)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error:?}"))
    }

    /// The code of the error with which a fetch fails.
    pub async fn refusal(&self, url: &str) -> &'static str {
        let error = self.mirrors.fetch(url).await.expect_err(url);
        assert!(error.help().is_some(), "{error} has a remedy");
        error.code()
    }

    /// The tags that are versions, ascending.
    pub async fn tags(&self, url: &str) -> Vec<String> {
        let all = self
            .mirrors
            .versions(url)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error:?}"));
        all.versions.into_iter().map(|v| v.tag).collect()
    }

    /// The commit at the wanted state.
    pub async fn commit(&self, url: &str, wanted: &Wanted) -> String {
        self.mirrors
            .resolve(url, wanted)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error:?}"))
            .commit
    }

    /// The files at a commit.
    pub async fn tree(&self, url: &str, commit: &str) -> SharedTree {
        self.mirrors
            .open(url, commit)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error:?}"))
    }

    /// The text of a file at the wanted state.
    pub async fn text(&self, url: &str, wanted: &Wanted, path: &str) -> String {
        let tree = self.tree(url, &self.commit(url, wanted).await).await;
        String::from_utf8(tree.read(path, 1 << 20).expect("read")).expect("UTF-8")
    }
}

pub fn version(text: &str) -> Wanted {
    Wanted::Version(text.parse().expect("a version"))
}
