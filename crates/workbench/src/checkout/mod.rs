//! A recipe's clone on the maintainer's machine: its work tree, and its repository through the maintainer's own `git`.
//!
//! The maintainer's git is used, and not a library: commits are signed, hooks run, remotes are reached and passwords
//! asked for exactly as the maintainer has set it up.

mod error;
mod git;
mod read;
mod tags;
mod work;
mod write;

use std::path::{Path, PathBuf};

pub use error::GitError;
pub use git::Git;
pub use read::{Change, Head};
pub use tags::Tag;
pub use work::WorkTree;
pub use write::Identity;

/// A recipe's clone.
#[derive(Debug, Clone)]
pub struct Checkout {
    root: PathBuf,
    git: Git,
}

impl Checkout {
    /// Opens the clone in a folder, which must be its top.
    ///
    /// # Errors
    /// `AL-9401` when it is none, `AL-9402` when git fails.
    pub fn open(folder: &Path) -> Result<Self, GitError> {
        let not_a_clone = |why: &str| GitError::NotAClone {
            folder: folder.to_owned(),
            why: why.to_owned(),
        };
        let root = folder
            .canonicalize()
            .map_err(|error| not_a_clone(&error.to_string()))?;
        let git = Git::new(&root);
        let top = match git.read("look for the clone", &["rev-parse", "--show-toplevel"]) {
            Ok(top) => PathBuf::from(top.trim_end_matches('\n')),
            Err(GitError::Failed { said, .. }) => return Err(not_a_clone(&said)),
            Err(error) => return Err(error),
        };
        if top.canonicalize().is_ok_and(|top| top == root) {
            return Ok(Self { root, git });
        }
        // A folder of some other repository is not a recipe of its own: a tag would be the other repository's.
        Err(not_a_clone(&format!(
            "it is a part of the repository {}",
            top.display()
        )))
    }

    /// The same clone, whose git never asks anybody for anything.
    #[must_use]
    pub fn without_questions(mut self) -> Self {
        self.git.silence();
        self
    }

    /// Its top folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The files as they are on disk.
    ///
    /// # Errors
    /// The folder went away.
    pub fn work_tree(&self) -> Result<WorkTree, GitError> {
        WorkTree::open(&self.root).map_err(|source| GitError::File {
            path: self.root.clone(),
            source,
        })
    }

    /// The recipe's name: what its remote is called, else its folder.
    #[must_use]
    pub fn name(&self) -> String {
        let remote = self
            .remote()
            .and_then(|remote| self.remote_url(&remote))
            .map(|url| last_part(&url).to_owned());
        let folder = self
            .root
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        remote
            .filter(|name| !name.is_empty())
            .or(folder)
            .unwrap_or_default()
    }
}

/// The name at the end of a git URL or path.
fn last_part(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    let last = url.rsplit(['/', ':']).next().unwrap_or(url);
    last.strip_suffix(".git").unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_is_called_as_its_repository() {
        for url in [
            "https://git.coopcloud.tech/coop-cloud/guestbook.git",
            "ssh://git@git.coopcloud.tech:2222/coop-cloud/guestbook",
            "git@example.org:guestbook.git",
            "/srv/guestbook/",
        ] {
            assert_eq!(last_part(url), "guestbook", "{url}");
        }
    }
}
