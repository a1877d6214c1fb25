//! One bare mirror on disk.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use gix::bstr::BString;
use gix::lock::acquire::Fail;
use gix::refs::file::transaction::PackedRefs;
use gix::refs::transaction::{Change, PreviousValue, RefEdit, RefLog};
use gix::refs::{FullName, Target};
use gix::{ObjectId, ThreadSafeRepository};

/// Where the head of the repository's default branch is kept, apart from its branches.
pub(super) const HEAD_REF: &str = "refs/allot/HEAD";

/// A mirror with more packs than this is made anew: each fetch adds one, and each slows every read.
const MOST_PACKS: usize = 64;

/// The most bytes of one object, unpacked.
pub(super) const LARGEST_OBJECT: u64 = 64 * 1024 * 1024;

/// Written into a mirror in which an object was missing or broken. The next fetch makes the mirror anew.
const DAMAGE_MARK: &str = "allot-damaged";

/// Holds the name of the branch that the repository's head stands on.
const BRANCH: &str = "allot-branch";

/// Opens a repository without looking at the environment or at anybody's git configuration.
pub(super) fn open(folder: &Path) -> gix::Result<ThreadSafeRepository> {
    options().open(folder)
}

fn options() -> gix::open::Options {
    gix::open::Options::isolated()
        .with(gix::sec::Trust::Full)
        // Reference logs are for people who work in a repository. The limit keeps a small pack from unfolding into an
        // object that fills the memory.
        .config_overrides([
            "core.logAllRefUpdates=false".to_owned(),
            format!("gitoxide.objects.allocLimit={LARGEST_OBJECT}"),
        ])
}

/// Makes an empty bare mirror.
pub(super) fn create(folder: &Path) -> gix::Result<ThreadSafeRepository> {
    let create = gix::create::Options {
        destination_must_be_empty: Some(true),
        ..Default::default()
    };
    ThreadSafeRepository::init_opts(folder, gix::create::Kind::Bare, create, options())
}

/// Opens a mirror if it is there and sound enough to fetch into: no mark of damage, and every branch and tag leads to an
/// object that can be read. They come with it.
pub(super) fn open_sound(folder: &Path) -> Option<(gix::Repository, Refs)> {
    if folder.join(DAMAGE_MARK).exists() || count_packs(folder) > MOST_PACKS {
        return None;
    }
    let repository = open(folder).ok()?.to_thread_local();
    let refs = refs(&repository).ok()?;
    let sound = refs.values().all(|id| repository.find_object(*id).is_ok());
    sound.then_some((repository, refs))
}

/// Whether a mirror is there and nobody has found it damaged. What is in it is not looked at.
pub(super) fn seems_sound(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && !folder.join(DAMAGE_MARK).exists()
}

fn count_packs(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder.join("objects/pack")) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .filter(|e| e.path().extension().is_some_and(|x| x == "pack"))
        .count()
}

/// Remembers that the mirror is damaged.
pub(super) fn mark_damaged(folder: &Path) {
    if let Err(error) = std::fs::write(folder.join(DAMAGE_MARK), b"") {
        tracing::warn!(folder = %folder.display(), %error, "a damaged mirror could not be marked");
    }
}

/// Remembers the branch that the repository's head stands on, given as `refs/heads/…`; none when it stands on no branch.
pub(super) fn set_branch(folder: &Path, branch: Option<&str>) -> io::Result<()> {
    let branch = branch.and_then(|name| name.strip_prefix("refs/heads/"));
    let branch = branch.unwrap_or_default();
    let known = std::fs::read_to_string(folder.join(BRANCH));
    match known.is_ok_and(|known| known == branch) {
        true => Ok(()),
        false => std::fs::write(folder.join(BRANCH), branch),
    }
}

/// The branch that the repository's head stood on when it was last fetched.
pub(super) fn branch(folder: &Path) -> Option<String> {
    let branch = std::fs::read_to_string(folder.join(BRANCH)).ok()?;
    (!branch.is_empty()).then_some(branch)
}

/// Branches and tags and what each points at, tags not peeled. Names need not be UTF-8.
pub(super) type Refs = BTreeMap<BString, ObjectId>;

/// Every branch and tag. Each of them may be a file: that is the better part of the work where nothing else is new.
pub(super) fn refs(repository: &gix::Repository) -> gix::Result<Refs> {
    let mut refs = Refs::new();
    for reference in repository.references()?.all()? {
        let mut reference = reference?;
        let id = match reference.try_id() {
            Some(id) => id.detach(),
            None => reference.follow_to_object()?.detach(),
        };
        refs.insert(reference.name().as_bstr().to_owned(), id);
    }
    Ok(refs)
}

/// Points references at objects and removes others, all or nothing.
pub(super) fn set_refs(
    repository: &gix::Repository,
    set: impl IntoIterator<Item = (BString, ObjectId)>,
    remove: impl IntoIterator<Item = BString>,
) -> gix::Result<()> {
    let mut edits = updates(set)?;
    for name in remove {
        let change = Change::Delete {
            expected: PreviousValue::Any,
            log: RefLog::AndReference,
        };
        edits.push(RefEdit {
            change,
            name: full_name(name)?,
            deref: false,
        });
    }
    repository.edit_references(edits)?;
    Ok(())
}

/// Points references of a mirror that has none at objects: all of them in one file, which is read much faster than one for each.
pub(super) fn set_first_refs(
    repository: &gix::Repository,
    set: impl IntoIterator<Item = (BString, ObjectId)>,
) -> gix::Result<()> {
    let packed = PackedRefs::DeletionsAndNonSymbolicUpdatesRemoveLooseSourceReference(Box::new(
        &repository.objects,
    ));
    let transaction = repository.refs.transaction().packed_refs(packed);
    // Nobody else writes into a mirror that is being made.
    let prepared = transaction.prepare(updates(set)?, Fail::Immediately, Fail::Immediately)?;
    prepared.commit(None)?;
    Ok(())
}

fn updates(set: impl IntoIterator<Item = (BString, ObjectId)>) -> gix::Result<Vec<RefEdit>> {
    let update = |(name, id)| {
        let change = Change::Update {
            log: Default::default(),
            expected: PreviousValue::Any,
            new: Target::Object(id),
        };
        Ok(RefEdit {
            change,
            name: full_name(name)?,
            deref: false,
        })
    };
    set.into_iter().map(update).collect()
}

fn full_name(name: BString) -> gix::Result<FullName> {
    FullName::try_from(name).map_err(gix::Error::from_error)
}

/// Removes what a fetch that was killed may have left: lock files, which would block every later change of the same
/// reference. Only the fetch that holds the mirror may do this.
pub(super) fn remove_leftovers(folder: &Path) -> io::Result<()> {
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in std::fs::read_dir(&current)? {
            let (path, kind) = entry.and_then(|e| Ok((e.path(), e.file_type()?)))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if kind.is_dir() && name != "objects" {
                open.push(path);
            } else if kind.is_file() && name.ends_with(".lock") {
                std::fs::remove_file(&path)?;
            }
        }
    }
    remove_half_packs(&folder.join("objects/pack"))
}

/// Removes packs that were being received: files without one of the endings of a finished pack.
fn remove_half_packs(folder: &Path) -> io::Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        let finished = path
            .extension()
            .is_some_and(|x| ["pack", "idx", "rev", "keep"].iter().any(|e| x == *e));
        if !finished && path.is_file() {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Remembers that a mirror is fetched now.
pub(super) fn touch(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.set_modified(SystemTime::now())
}

/// The names of mirrors that were not fetched for so long.
pub(super) fn idle(root: &Path, idle: Duration) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let meta = entry.metadata()?;
        // A clock that was set back makes none old.
        let age = meta.modified()?.elapsed().unwrap_or_default();
        if meta.is_dir() && !name.starts_with('.') && age >= idle {
            names.push(name);
        }
    }
    Ok(names)
}

/// Removes a mirror, at once for whoever opens it from now on.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    let old = aside(folder);
    remove_if_there(&old)?;
    match std::fs::rename(folder, &old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => remove_if_there(&old),
    }
}

/// Puts a new mirror in the place of an old one, or of none. Readers of the old one keep what they have open.
pub(super) fn replace(new: tempfile::TempDir, place: &Path) -> io::Result<()> {
    let new = new.keep();
    let old = aside(place);
    remove_if_there(&old)?;
    match std::fs::rename(place, &old) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    std::fs::rename(&new, place)?;
    if let Some(folder) = place.parent() {
        // The rename itself has to survive a loss of power.
        std::fs::File::open(folder)?.sync_all()?;
    }
    remove_if_there(&old)
}

fn remove_if_there(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn aside(place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!("{OLD}{name}-{}", std::process::id()))
}

/// What the folder of a mirror that is being made begins with.
pub(super) const NEW: &str = ".new-";
/// What the folder of a mirror that was replaced begins with.
const OLD: &str = ".old-";

/// Removes the folders that a killed process left behind.
pub(super) fn sweep(root: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(NEW) || name.starts_with(OLD) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// The bytes in the files of a mirror's object store; what cannot be read counts as nothing.
pub(super) fn size(folder: &Path) -> u64 {
    let mut total = 0;
    let mut open = vec![folder.join("objects")];
    while let Some(current) = open.pop() {
        let Ok(entries) = std::fs::read_dir(current) else {
            continue;
        };
        for entry in entries.filter_map(Result::ok) {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => open.push(entry.path()),
                Ok(meta) => total += meta.len(),
                Err(_) => {}
            }
        }
    }
    total
}
