//! Bringing a mirror up to date. Everything here blocks and runs on a thread of its own.

mod classify;
mod local;
mod meter;
mod moved;
mod remote;
mod unchanged;

use std::collections::HashSet;
use std::path::Path;

use gix::bstr::BString;

use super::interrupt::Interrupt;
use super::location::{Location, Place};
use super::mirror::{self, Refs};
use super::{Fetched, GitError, MirrorOptions};

/// What a repository has.
struct Offered {
    /// The names of its branches and tags, and of its head.
    refs: Vec<BString>,
    /// The branch that its head stands on.
    branch: Option<String>,
    /// What the mirror has now, where that is known without reading it once more.
    now: Option<Refs>,
}

pub(super) use classify::{Job, Trouble};
pub(super) use unchanged::look;

/// Brings the mirror of `location` up to date, and makes it anew where there is none or it is damaged.
pub(super) fn refresh(
    location: &Location,
    options: &MirrorOptions,
    interrupt: &Interrupt,
) -> Result<Fetched, GitError> {
    let job = Job {
        location,
        options,
        interrupt,
    };
    let place = options.root.join(&location.key);
    if let Some((repository, before)) = mirror::open_sound(&place) {
        match update(&job, &place, &repository, before, false) {
            // A mirror that turns out to be broken is no reason to fail as long as the repository answers.
            Err(trouble) if trouble.may_be_damage() => tracing::warn!(
                url = location.shown,
                "the mirror is damaged; it is made anew"
            ),
            outcome => return outcome.map_err(|trouble| job.explain(trouble)),
        }
    }
    clone(&job, &place).map_err(|trouble| job.explain(trouble))
}

fn update(
    job: &Job,
    place: &Path,
    repository: &gix::Repository,
    before: Refs,
    fresh: bool,
) -> Result<Fetched, Trouble> {
    job.interrupt.writes(place);
    mirror::touch(place)?;
    mirror::remove_leftovers(place)?;
    let offered = match &job.location.place {
        Place::Remote(url) => remote::receive(repository, url, job, fresh)?,
        Place::Local(path) => local::receive(repository, path, job, &before)?,
    };
    let wanted: HashSet<BString> = offered.refs.into_iter().collect();
    if wanted.is_empty() {
        return Err(Trouble::Empty);
    }
    mirror::set_branch(place, offered.branch.as_deref())?;
    let now = match offered.now {
        Some(now) => now,
        None => mirror::refs(repository)?,
    };
    let after = prune(repository, now, &wanted)?;
    Ok(Fetched {
        updated: before != after,
        refs: after.len(),
        cloned: fresh,
    })
}

/// Removes the references that the repository no longer has. Their objects stay, for an app may run at such a commit.
fn prune(
    repository: &gix::Repository,
    mut refs: Refs,
    wanted: &HashSet<BString>,
) -> Result<Refs, Trouble> {
    let gone: Vec<BString> = refs
        .keys()
        .filter(|name| !wanted.contains(*name))
        .cloned()
        .collect();
    if !gone.is_empty() {
        mirror::set_refs(repository, [], gone.iter().cloned())?;
        refs.retain(|name, _| !gone.contains(name));
    }
    Ok(refs)
}

/// Fetches into a new folder and puts that in place when it is complete, so that a half mirror is never seen.
fn clone(job: &Job, place: &Path) -> Result<Fetched, Trouble> {
    let new = tempfile::Builder::new()
        .prefix(mirror::NEW)
        .tempdir_in(&job.options.root)?;
    let repository = mirror::create(new.path())?.to_thread_local();
    let fetched = update(job, new.path(), &repository, Refs::new(), true)?;
    mirror::replace(new, place)?;
    Ok(fetched)
}
