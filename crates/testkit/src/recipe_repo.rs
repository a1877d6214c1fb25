//! Recipes made on the fly: a git repository with an annotated tag for each version.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test's fixture that cannot be made has failed the test"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The env sample of a new recipe: only what every Co-op Cloud recipe has.
const SAMPLE: &str = "TYPE=recipe\n\nDOMAIN=app.example.com\n";

/// A recipe's repository in a folder of the caller's.
///
/// Nothing of the user's own git configuration (signing, hooks, another default branch) has a say, and dates are
/// fixed: the same files give the same commits.
#[derive(Debug)]
pub struct RecipeRepo {
    dir: PathBuf,
}

impl RecipeRepo {
    /// Makes an empty recipe in `dir`, which must not exist; the folder's name is the recipe's.
    ///
    /// # Panics
    /// The folder cannot be made, or there is no `git`.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        fs::create_dir_all(dir).expect("make the recipe's folder");
        let repo = Self {
            dir: dir.to_owned(),
        };
        repo.git(&["init", "-q", "--initial-branch=main"]);
        repo.file(".env.sample", SAMPLE)
    }

    /// Writes a file of the work tree; the next [`publish`](Self::publish) holds it.
    ///
    /// # Panics
    /// It cannot be written.
    #[must_use]
    pub fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.dir.join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("make a folder");
        fs::write(&path, text).expect("write a file of the recipe");
        self
    }

    /// Makes a symbolic link in the work tree.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn symlink(self, path: &str, target: &str) -> Self {
        std::os::unix::fs::symlink(target, self.dir.join(path)).expect("make a symbolic link");
        self
    }

    /// Commits the work tree and gives the commit an annotated tag.
    ///
    /// # Panics
    /// git refuses.
    #[must_use]
    pub fn publish(self, version: &str) -> Self {
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", version]);
        self.git(&["tag", "-a", version, "-m", version]);
        self
    }

    /// As [`publish`](Self::publish), with exactly what the index holds, whatever is in the work tree.
    ///
    /// # Panics
    /// git refuses.
    #[must_use]
    pub fn publish_index(self, version: &str) -> Self {
        self.git(&["commit", "-q", "-m", version]);
        self.git(&["tag", "-a", version, "-m", version]);
        self
    }

    /// The repository in `dir`, which is there already.
    #[must_use]
    pub fn at(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
        }
    }

    /// The repository's URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("file://{}", self.dir.display())
    }

    /// Runs git in the repository, and returns what it says.
    ///
    /// # Panics
    /// git refuses.
    pub fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(&self.dir)
            .args(args)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .envs([
                ("GIT_AUTHOR_NAME", "Allotment tests"),
                ("GIT_AUTHOR_EMAIL", "tests@allotment.invalid"),
                ("GIT_AUTHOR_DATE", "2026-09-01T12:00:00+0000"),
                ("GIT_COMMITTER_NAME", "Allotment tests"),
                ("GIT_COMMITTER_EMAIL", "tests@allotment.invalid"),
                ("GIT_COMMITTER_DATE", "2026-09-01T12:00:00+0000"),
            ])
            .stdin(Stdio::null())
            .output()
            .expect("run git");
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}
