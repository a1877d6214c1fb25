//! Fetching from a repository in a folder of this host.
//!
//! git's own way would start `git-upload-pack`, which the host need not have. Objects are copied instead, those
//! below before those above, so that whatever is there is complete even when the copy is cut short.

use std::collections::HashSet;
use std::path::Path;

use gix::bstr::BString;
use gix::objs::{Kind, Write};
use gix::{ObjectId, Repository};

use super::Offered;
use super::classify::{Job, Trouble};
use crate::mirror::{self, HEAD_REF, Refs};

/// A repository with more packs than this is copied object by object, so that the mirror has few.
const FEW_PACKS: usize = 16;

/// Copies every branch and tag and the head to a mirror that has these.
pub(super) fn receive(
    mirror: &Repository,
    path: &Path,
    job: &Job,
    have: &Refs,
) -> Result<Offered, Trouble> {
    let source = mirror::open(path)?.to_thread_local();
    let mut wanted: Vec<(BString, ObjectId)> = mirror::refs(&source)?
        .into_iter()
        .filter(|(name, _)| name.starts_with(b"refs/heads/") || name.starts_with(b"refs/tags/"))
        .collect();
    if let Ok(head) = source.head_id() {
        wanted.push((HEAD_REF.into(), head.detach()));
    }
    let changed: Vec<_> = wanted
        .iter()
        .filter(|(name, id)| have.get(name) != Some(id))
        .cloned()
        .collect();
    let mut now = have.clone();
    now.extend(changed.iter().cloned());
    let offered = Offered {
        now: Some(now),
        refs: wanted.into_iter().map(|(name, _)| name).collect(),
        branch: source.head_name()?.map(|name| name.as_bstr().to_string()),
    };
    if changed.is_empty() {
        return Ok(offered);
    }
    let packed = have.is_empty() && copy_packs(&source, mirror, job)?;
    let mut copy = Copy {
        source: &source,
        mirror,
        job,
        packed,
        seen: complete_commits(mirror, have).map_err(Trouble::Mirror)?,
        bytes: 0,
    };
    for (_, id) in &changed {
        copy.closure(*id)?;
    }
    match have.is_empty() {
        true => mirror::set_first_refs(mirror, changed)?,
        false => mirror::set_refs(mirror, changed, [])?,
    }
    Ok(offered)
}

/// Copies the packs of a repository, as they are, into a mirror that has nothing yet, and says whether it did: that is much less
/// work than one object after the other, and a pack is read faster afterwards. The walk finds what is not in them.
fn copy_packs(source: &Repository, mirror: &Repository, job: &Job) -> Result<bool, Trouble> {
    let folder = |repository: &Repository| repository.common_dir().join("objects/pack");
    let (from, to) = (folder(source), folder(mirror));
    let Ok(entries) = std::fs::read_dir(from) else {
        return Ok(false);
    };
    let (mut files, mut bytes) = (Vec::new(), 0u64);
    for entry in entries {
        let pack = entry?.path();
        let index = pack.with_extension("idx");
        if pack.extension().is_some_and(|x| x == "pack") && index.is_file() {
            bytes = bytes.saturating_add(pack.metadata()?.len());
            // An index without its pack would be damage; a pack without its index is nothing.
            files.extend([pack, index]);
        }
    }
    if files.is_empty() || files.len() > 2 * FEW_PACKS || bytes > job.options.max_mirror_bytes {
        return Ok(false);
    }
    std::fs::create_dir_all(&to)?;
    for file in files {
        match std::fs::copy(&file, to.join(file.file_name().unwrap_or_default())) {
            Ok(_) => {}
            // Somebody packs the repository anew at this moment.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// The commits that the mirror's references lead to; with them comes everything below.
fn complete_commits(mirror: &Repository, have: &Refs) -> gix::Result<HashSet<ObjectId>> {
    let mut seen = HashSet::new();
    let mut open: Vec<ObjectId> = have.values().copied().collect();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let object = mirror.find_object(id)?;
        match object.kind {
            Kind::Commit => open.extend(object.into_commit().parent_ids().map(gix::Id::detach)),
            Kind::Tag => open.push(object.into_tag().target_id()?.detach()),
            _ => {}
        }
    }
    Ok(seen)
}

struct Copy<'a> {
    source: &'a Repository,
    mirror: &'a Repository,
    job: &'a Job<'a>,
    /// The mirror may have objects that no reference leads to yet.
    packed: bool,
    /// What was copied, or is in the mirror with everything below it.
    seen: HashSet<ObjectId>,
    bytes: u64,
}

/// A step on the way down and up again.
enum Step {
    /// Look at an object and what it names.
    Visit(ObjectId),
    /// Everything below is there; write the object.
    Write(Kind, Vec<u8>),
}

impl Copy<'_> {
    /// Copies an object and everything that it leads to.
    fn closure(&mut self, root: ObjectId) -> Result<(), Trouble> {
        let mut steps = vec![Step::Visit(root)];
        while let Some(step) = steps.pop() {
            self.check()?;
            match step {
                Step::Visit(id) => self.visit(id, &mut steps)?,
                Step::Write(kind, data) => {
                    self.mirror
                        .objects
                        .write_buf(kind, &data)
                        .map_err(write_failed)?;
                }
            }
        }
        Ok(())
    }

    fn visit(&mut self, id: ObjectId, steps: &mut Vec<Step>) -> Result<(), Trouble> {
        if !self.seen.insert(id) {
            return Ok(());
        }
        let header = self.source.find_header(id)?;
        self.bytes = self.bytes.saturating_add(header.size());
        if self.bytes > self.job.options.max_mirror_bytes {
            return Err(Trouble::TooLarge(self.job.options.max_mirror_bytes));
        }
        let there = self.packed && self.mirror.has_object(id);
        if there && header.kind() == Kind::Blob {
            return Ok(());
        }
        let object = self.source.find_object(id)?.detach();
        let below = self.below(&object)?;
        if !there {
            steps.push(Step::Write(object.kind, object.data));
        }
        steps.extend(
            below
                .into_iter()
                .filter(|id| !self.seen.contains(id))
                .map(Step::Visit),
        );
        Ok(())
    }

    fn below(&self, object: &gix::ObjectDetached) -> Result<Vec<ObjectId>, Trouble> {
        let data = &object.data;
        Ok(match object.kind {
            Kind::Blob => Vec::new(),
            Kind::Tag => {
                vec![gix::objs::TagRefIter::from_bytes(data, object.id.kind()).target_id()?]
            }
            Kind::Commit => {
                let mut commit = gix::objs::CommitRefIter::from_bytes(data, object.id.kind());
                let tree = commit.tree_id()?;
                std::iter::once(tree).chain(commit.parent_ids()).collect()
            }
            Kind::Tree => {
                let tree = gix::objs::TreeRef::from_bytes(data, object.id.kind())?;
                // A submodule's commit lies in another repository.
                tree.entries
                    .iter()
                    .filter(|e| !e.mode.is_commit())
                    .map(|e| e.oid.to_owned())
                    .collect()
            }
        })
    }

    fn check(&self) -> Result<(), Trouble> {
        if self.job.interrupt.is_fired() || self.job.interrupt.is_late() {
            return Err(Trouble::Io(std::io::ErrorKind::TimedOut.into()));
        }
        Ok(())
    }
}

fn write_failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Trouble {
    Trouble::Git(gix::Error::from_boxed(error.into()))
}
