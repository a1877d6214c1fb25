//! A mirror that is opened once for all that is read of it at one time.

use std::path::PathBuf;
use std::sync::Arc;

use gix::{ObjectId, Repository, ThreadSafeRepository};

use super::mirror::{self, HEAD_REF};
use super::tree::Reader;
use super::{GitError, GitTree, SharedTree, Versions};

/// A mirror as it was when it was opened: its packs are opened once, however much is read. A mirror that takes its place
/// meanwhile changes nothing here. Everything but [`Opened::versions`] reads from the disk: call it on a thread that may block.
#[derive(Clone)]
pub struct Opened {
    pub(super) repository: ThreadSafeRepository,
    pub(super) folder: PathBuf,
    /// The URL, as everybody may see it.
    pub(super) shown: String,
    pub(super) versions: Versions,
}

impl Opened {
    /// The versions that it knows, ascending.
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// The files at the head of the default branch, as it was when it was last fetched; none when there is no such branch.
    ///
    /// # Errors
    /// The mirror is damaged.
    pub fn head(&self) -> Result<Option<SharedTree>, GitError> {
        let repository = self.repository.to_thread_local();
        let root = head(&repository).map_err(|source| self.damaged(source))?;
        Ok(root.map(|root| {
            let tree = GitTree::new(repository, root, self.folder.clone());
            Arc::new(tree) as SharedTree
        }))
    }

    /// The files at many commits, in the order of `commits`. They are read with one handle, so that what several of them
    /// have in common is unpacked once; threads that read at the same time ask for trees of their own.
    ///
    /// # Errors
    /// The mirror is damaged. That it has one of the commits not is told beside the others.
    pub fn trees<'c>(
        &self,
        commits: impl IntoIterator<Item = &'c str>,
    ) -> Result<Vec<Result<SharedTree, GitError>>, GitError> {
        let repository = self.repository.to_thread_local();
        let roots: gix::Result<Vec<_>> = commits
            .into_iter()
            .map(|commit| Ok((commit, root(&repository, commit)?)))
            .collect();
        let roots = roots.map_err(|source| self.damaged(source))?;
        let reader = Arc::new(Reader::of_many(repository, self.folder.clone()));
        let tree = |(commit, root): (&str, Option<ObjectId>)| match root {
            Some(root) => Ok(Arc::new(GitTree::of(Arc::clone(&reader), root)) as SharedTree),
            None => Err(GitError::NoSuchCommit {
                url: self.shown.clone(),
                wanted: commit.to_owned(),
                why: "it is not in the mirror",
            }),
        };
        Ok(roots.into_iter().map(tree).collect())
    }

    fn damaged(&self, source: gix::Error) -> GitError {
        mirror::mark_damaged(&self.folder);
        GitError::Damaged {
            url: self.shown.clone(),
            folder: self.folder.clone(),
            source: source.into(),
        }
    }
}

fn head(repository: &Repository) -> gix::Result<Option<ObjectId>> {
    let Some(mut head) = repository.try_find_reference(HEAD_REF)? else {
        return Ok(None);
    };
    Ok(Some(head.peel_to_commit()?.tree_id()?.detach()))
}

/// The tree of a commit, if it is there and leads to one.
fn root(repository: &Repository, commit: &str) -> gix::Result<Option<ObjectId>> {
    let id = ObjectId::from_hex(commit.as_bytes()).ok();
    let object = id.map(|id| repository.try_find_object(id)).transpose()?;
    Ok(object
        .flatten()
        .and_then(|object| Some(object.peel_to_tree().ok()?.id)))
}
