//! Changing a clone: commits, tags, pushes.

use super::{Checkout, Git, GitError};

/// Who makes the commits of a new recipe, when it is not who git thinks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// `user.name`
    pub name: Option<String>,
    /// `user.email`
    pub email: Option<String>,
}

impl Checkout {
    /// Makes a folder a repository with the branch `main`; its identity is kept in it.
    ///
    /// # Errors
    /// `AL-9402`, and as [`Checkout::open`].
    pub fn init(folder: &std::path::Path, identity: &Identity) -> Result<Self, GitError> {
        let git = Git::new(folder);
        git.act(
            "make a repository",
            &["init", "--quiet", "--initial-branch=main"],
        )?;
        for (key, value) in [
            ("user.name", &identity.name),
            ("user.email", &identity.email),
        ] {
            if let Some(value) = value {
                git.act("keep who you are", &["config", "--local", key, value])?;
            }
        }
        Self::open(folder)
    }

    /// Commits some files as they are on disk, those that are gone included, and no others.
    ///
    /// # Errors
    /// `AL-9402`, with what git or a hook said.
    pub fn commit(&self, paths: &[String], message: &str) -> Result<(), GitError> {
        let (mut staged, mut wanted) = (Vec::new(), Vec::new());
        for path in paths {
            // git refuses to stage what neither is there nor was, and what was taken away is staged only once.
            let there = self.root.join(path).symlink_metadata().is_ok();
            let known = |args: &[&str]| {
                let listed = self.git.ask(&[args, &["--", path]].concat());
                listed.map(|listed| listed.is_some_and(|list| !list.is_empty()))
            };
            let stage = there || known(&["ls-files"])?;
            if stage {
                staged.push(path.as_str());
            }
            if stage || known(&["ls-tree", "--name-only", "HEAD"])? {
                wanted.push(path.as_str());
            }
        }
        if !staged.is_empty() {
            let add = ["add", "--all", "--"];
            self.git
                .act("stage the files", &[&add, staged.as_slice()].concat())?;
        }
        let commit = ["commit", "--quiet", "--message", message, "--"];
        self.git
            .act("commit", &[&commit, wanted.as_slice()].concat())
    }

    /// Commits everything.
    ///
    /// # Errors
    /// As [`Checkout::commit`].
    pub fn commit_all(&self, message: &str) -> Result<(), GitError> {
        self.commit(&[".".to_owned()], message)
    }

    /// Gives the newest commit an annotated tag.
    ///
    /// # Errors
    /// `AL-9402`.
    pub fn tag(&self, name: &str, message: &str) -> Result<(), GitError> {
        self.git.act(
            "tag",
            &["tag", "--annotate", "--message", message, "--", name],
        )
    }

    /// Where a tag of a remote points in the end; `None` when it has no such tag.
    ///
    /// # Errors
    /// `AL-9402` when the remote does not answer.
    pub fn remote_tag(&self, remote: &str, name: &str) -> Result<Option<String>, GitError> {
        let full = format!("refs/tags/{name}");
        let peeled = format!("{full}^{{}}");
        let text = self.git.read(
            "ask the remote for its tags",
            &["ls-remote", "--tags", "--", remote, &full, &peeled],
        )?;
        let find = |wanted: &str| {
            text.lines().find_map(|line| {
                let (id, name) = line.split_once('\t')?;
                (name == wanted).then(|| id.to_owned())
            })
        };
        Ok(find(&peeled).or_else(|| find(&full)))
    }

    /// Pushes a branch and a tag, both or neither.
    ///
    /// # Errors
    /// `AL-9402`, with what git or the remote said.
    pub fn push(&self, remote: &str, branch: &str, tag: &str) -> Result<(), GitError> {
        let branch = format!("refs/heads/{branch}:refs/heads/{branch}");
        let tag = format!("refs/tags/{tag}:refs/tags/{tag}");
        self.git.act(
            "push",
            &["push", "--quiet", "--atomic", "--", remote, &branch, &tag],
        )
    }
}
