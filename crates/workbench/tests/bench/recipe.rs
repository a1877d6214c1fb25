//! Recipes on disk, with git or without.

use std::path::{Path, PathBuf};
use std::process::Command;

use allot_workbench::checkout::Checkout;

pub struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(folder.path()).unwrap();
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    /// A clone of a remote in the same folder, its files committed by `sutty` and pushed.
    pub fn cloned(files: &[(&str, &str)]) -> Self {
        let folder = Self::new(files);
        folder.git(&["init", "-q", "--initial-branch=main"]);
        for (key, value) in [
            ("user.name", "sutty"),
            ("user.email", "it@sutty.example"),
            ("commit.gpgsign", "false"),
            ("tag.gpgsign", "false"),
            ("core.hooksPath", "/dev/null"),
        ] {
            folder.git(&["config", key, value]);
        }
        folder.git(&["add", "--all"]);
        folder.git(&["commit", "-q", "-m", "begin"]);
        git(
            folder.dir.path(),
            &[
                "init",
                "-q",
                "--bare",
                "--initial-branch=main",
                "guestbook.git",
            ],
        );
        let remote = folder.remote();
        folder.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
        folder.git(&["push", "-q", "origin", "main"]);
        folder
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("guestbook")
    }

    pub fn remote(&self) -> PathBuf {
        self.dir.path().join("guestbook.git")
    }

    pub fn checkout(&self) -> Checkout {
        Checkout::open(&self.path()).unwrap()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).unwrap()
    }

    pub fn has(&self, path: &str) -> bool {
        self.path().join(path).exists()
    }

    pub fn git(&self, args: &[&str]) -> String {
        git(&self.path(), args)
    }
}

/// Runs git, whatever the machine's own configuration says.
pub fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A compose file with a label that says `version`.
pub fn compose(version: &str, tag: &str) -> String {
    format!(
        "services:\n  app:\n    image: 'nginx:{tag}' # the web\n    deploy:\n      labels:\n        - \"coop-cloud.${{STACK_NAME}}.version={version}\"  # by sync\n        - a=b\n"
    )
}
