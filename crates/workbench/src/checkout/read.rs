//! Reading a clone: where it stands, what has changed, the files of a version.

use std::path::PathBuf;

use allot_recipe::MemoryTree;

use super::{Checkout, GitError};
use crate::limits::{MAX_FILES, MAX_TREE_BYTES};

/// Where a clone stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The commit; none before the first.
    pub commit: Option<String>,
    /// The branch; none when a commit was checked out directly.
    pub branch: Option<String>,
}

/// A file that is not as it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its path.
    pub path: String,
    /// Whether git does not know it at all.
    pub untracked: bool,
    /// Whether it is gone from the disk.
    pub gone: bool,
}

impl Checkout {
    /// Where it stands.
    ///
    /// # Errors
    /// `AL-9402`.
    pub fn head(&self) -> Result<Head, GitError> {
        Ok(Head {
            commit: self
                .git
                .ask(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?,
            branch: self
                .git
                .ask(&["symbolic-ref", "--short", "--quiet", "HEAD"])?,
        })
    }

    /// The first line of the newest commit's message; nothing before the first commit.
    ///
    /// # Errors
    /// `AL-9402`.
    pub fn subject(&self) -> Result<String, GitError> {
        let subject = self.git.ask(&["log", "-1", "--format=%s"])?;
        Ok(subject.unwrap_or_default())
    }

    /// The tree of a commit.
    ///
    /// # Errors
    /// `AL-9402`.
    pub fn tree_of(&self, commit: &str) -> Result<String, GitError> {
        let tree = self.git.read(
            "find a commit's tree",
            &["rev-parse", "--verify", &format!("{commit}^{{tree}}")],
        )?;
        Ok(tree.trim().to_owned())
    }

    /// Every file that is not as it was committed, staged or not.
    ///
    /// # Errors
    /// `AL-9402`.
    pub fn changes(&self) -> Result<Vec<Change>, GitError> {
        let args = [
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--no-renames",
        ];
        let text = self.git.read("look for changes", &args)?;
        let changes = text.split('\0').filter_map(|entry| {
            Some(Change {
                path: entry.get(3..)?.to_owned(),
                untracked: entry.starts_with("??"),
                gone: entry.get(..2)?.contains('D'),
            })
        });
        Ok(changes.collect())
    }

    /// The remote that the branch follows, else `origin`, else the only one there is.
    #[must_use]
    pub fn remote(&self) -> Option<String> {
        let remotes = self.git.ask(&["remote"]).ok()??;
        let remotes: Vec<&str> = remotes.lines().collect();
        let branch = self.head().ok()?.branch.unwrap_or_default();
        let followed = self
            .git
            .ask(&["config", "--get", &format!("branch.{branch}.remote")])
            .ok()?;
        let followed = followed.filter(|remote| remotes.contains(&remote.as_str()));
        let usual = || {
            let origin = remotes.iter().find(|remote| **remote == "origin");
            let only = || remotes.first().filter(|_| remotes.len() == 1);
            origin.or_else(only).map(|remote| (*remote).to_owned())
        };
        followed.or_else(usual)
    }

    /// Where a remote is.
    #[must_use]
    pub fn remote_url(&self, remote: &str) -> Option<String> {
        self.git.ask(&["remote", "get-url", remote]).ok()?
    }

    /// Where a remote is, as it may be shown: who reads it in a log of CI must not get in.
    #[must_use]
    pub fn shown_url(&self, remote: &str) -> Option<String> {
        self.remote_url(remote).map(|url| without_login(&url))
    }

    /// The files of a commit or tag.
    ///
    /// # Errors
    /// `AL-9402`, and `AL-9405` when there are too many.
    pub fn tree(&self, commit: &str) -> Result<MemoryTree, GitError> {
        let entries = self.entries(commit)?;
        let ids: String = entries
            .iter()
            .map(|entry| format!("{}\n", entry.id))
            .collect();
        let bytes = self.git.feed(
            "read a version's files",
            &["cat-file", "--batch"],
            ids.into_bytes(),
        )?;
        let mut rest = bytes.as_slice();
        let mut tree = MemoryTree::new();
        for entry in entries {
            let (content, behind) = object(rest).ok_or(GitError::Failed {
                what: "read a version's files",
                said: format!("{} cannot be read", entry.path),
            })?;
            rest = behind;
            tree = match entry.link {
                true => tree.with_link(&entry.path, &String::from_utf8_lossy(content)),
                false => tree.with(&entry.path, content),
            };
        }
        Ok(tree)
    }

    fn entries(&self, commit: &str) -> Result<Vec<Entry>, GitError> {
        let args = [
            "ls-tree",
            "-r",
            "-z",
            "--long",
            "--full-tree",
            "--end-of-options",
            commit,
        ];
        let text = self.git.read("list a version's files", &args)?;
        let entries: Vec<Entry> = text.split('\0').filter_map(Entry::read).collect();
        let too_much = |what, limit| Err(GitError::TooMuch { what, limit });
        if entries.len() > MAX_FILES {
            return too_much("files", MAX_FILES as u64);
        }
        if entries.iter().map(|entry| entry.bytes).sum::<u64>() > MAX_TREE_BYTES {
            return too_much("bytes of files", MAX_TREE_BYTES);
        }
        Ok(entries)
    }

    /// Writes a file of the work tree whole, folders included.
    ///
    /// # Errors
    /// `AL-9403`.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), GitError> {
        let path: PathBuf = self.root.join(path);
        super::work::write_whole(&path, bytes).map_err(|source| GitError::File { path, source })
    }
}

/// A file of a version.
struct Entry {
    path: String,
    id: String,
    link: bool,
    bytes: u64,
}

impl Entry {
    /// Reads `MODE TYPE ID SIZE\tPATH`; submodules are no part of a recipe.
    fn read(text: &str) -> Option<Self> {
        let (meta, path) = text.split_once('\t')?;
        let mut fields = meta.split_ascii_whitespace();
        let (mode, kind, id, size) = (
            fields.next()?,
            fields.next()?,
            fields.next()?,
            fields.next()?,
        );
        (kind == "blob").then_some(Self {
            path: path.to_owned(),
            id: id.to_owned(),
            link: mode == "120000",
            bytes: size.parse().ok()?,
        })
    }
}

/// Reads `ID TYPE SIZE\nCONTENT\n`.
fn object(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let header = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let size: usize = header.rsplit(' ').next()?.parse().ok()?;
    let content = bytes.get(end + 1..end + 1 + size)?;
    Some((content, bytes.get(end + 1 + size + 1..)?))
}

/// A URL without the name and password in it. Over SSH there is only a name, and git needs it.
fn without_login(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) if scheme != "ssh" => format!("{scheme}://{host}{path}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        for (url, shown) in [
            (
                "https://u:sesame@example.org/a/b.git",
                "https://example.org/a/b.git",
            ),
            (
                "https://sesame@example.org:8443/a@b",
                "https://example.org:8443/a@b",
            ),
            ("http://u:p@ss@example.org", "http://example.org"),
            ("ssh://git@example.org/a", "ssh://git@example.org/a"),
            ("git@example.org:a/b", "git@example.org:a/b"),
            ("../a@b.git", "../a@b.git"),
            ("https://example.org/a", "https://example.org/a"),
        ] {
            assert_eq!(without_login(url), shown);
        }
    }
}
