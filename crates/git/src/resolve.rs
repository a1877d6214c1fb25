//! A wish into a commit.

use allot_recipe::RecipeVersion;
use allot_recipe::version::nearest;
use gix::ObjectId;

use super::mirror::HEAD_REF;
use super::{GitError, Pinned, Versions, Wanted, versions};

/// How many versions are named when the wanted one does not exist.
const NEIGHBOURS: usize = 4;

/// Why a wish came to nothing: it names nothing, or the mirror failed.
pub(super) enum Miss {
    /// The mirror has no such thing.
    Unknown(GitError),
    /// The mirror could not be read.
    Mirror(gix::Error),
}

impl From<gix::Error> for Miss {
    fn from(error: gix::Error) -> Self {
        Self::Mirror(error)
    }
}

/// Finds the commit that is wanted.
pub(super) fn resolve(
    repository: &gix::Repository,
    url: &str,
    wanted: &Wanted,
) -> Result<Pinned, Miss> {
    let versions = versions::read(repository)?;
    let id = match wanted {
        Wanted::Version(version) => return find_version(&versions, url, version),
        Wanted::Latest => match versions.latest() {
            Some(latest) => return Ok(pinned(latest)),
            None => head(repository, url)?,
        },
        Wanted::Head => head(repository, url)?,
        Wanted::Commit(digits) => find_commit(repository, url, digits)?,
    };
    let commit = repository.find_commit(id)?;
    let hash = id.to_string();
    // The newest of several versions at one commit, as the list is ascending.
    let version = versions
        .versions
        .iter()
        .rev()
        .find(|v| v.commit == hash)
        .map(|v| v.version.clone());
    Ok(Pinned {
        tree: commit.tree_id()?.to_string(),
        commit: hash,
        version,
    })
}

fn pinned(version: &super::Version) -> Pinned {
    Pinned {
        commit: version.commit.clone(),
        tree: version.tree.clone(),
        version: Some(version.version.clone()),
    }
}

fn find_version(versions: &Versions, url: &str, wanted: &RecipeVersion) -> Result<Pinned, Miss> {
    let exact = versions.versions.iter().find(|v| v.version == *wanted);
    let answers = || {
        versions
            .versions
            .iter()
            .rev()
            .find(|v| v.version.answers(wanted))
    };
    exact.or_else(answers).map(pinned).ok_or_else(|| {
        let known: Vec<RecipeVersion> = versions
            .versions
            .iter()
            .map(|v| v.version.clone())
            .collect();
        let nearest = nearest(&known, wanted.as_str(), NEIGHBOURS)
            .into_iter()
            .map(ToString::to_string)
            .collect();
        Miss::Unknown(GitError::NoSuchVersion {
            url: url.to_owned(),
            wanted: wanted.to_string(),
            nearest,
        })
    })
}

fn head(repository: &gix::Repository, url: &str) -> Result<ObjectId, Miss> {
    match repository.try_find_reference(HEAD_REF)? {
        Some(mut reference) => Ok(reference.peel_to_commit()?.id),
        None => Err(Miss::Unknown(GitError::NoSuchCommit {
            url: url.to_owned(),
            wanted: "HEAD".to_owned(),
            why: "its default branch has no commit",
        })),
    }
}

fn find_commit(repository: &gix::Repository, url: &str, digits: &str) -> Result<ObjectId, Miss> {
    let miss = |why| {
        Miss::Unknown(GitError::NoSuchCommit {
            url: url.to_owned(),
            wanted: digits.to_owned(),
            why,
        })
    };
    if digits.len() < 7 {
        return Err(miss("at least 7 digits are needed"));
    }
    let prefix = gix::hash::Prefix::from_hex(digits)
        .map_err(|_| miss("it is not a hexadecimal number of at most 40 digits"))?;
    match repository.objects.lookup_prefix(prefix, None)? {
        None => Err(miss("nothing in it has this hash")),
        Some(Err(())) => Err(miss("several objects begin with these digits")),
        Some(Ok(id)) => {
            let commit = repository.find_object(id)?.peel_to_commit();
            commit
                .map(|c| c.id)
                .map_err(|_| miss("what has this hash is not a commit"))
        }
    }
}
