//! Opening an index: using it, or setting it aside and beginning anew.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, io};

use super::contents::Contents;
pub(crate) use super::sled_files::set_aside;
use super::sled_files::{copy_files, open_and_walk};
use super::state_file::{Phase, StateFile, boot_id};
use super::{DiscardReason, Index, IndexIdentity, IndexState, OpenedIndex};
use crate::error::IndexError;
use crate::fsx;
use crate::header::StoreId;
use crate::seq::Seq;

/// What was found in the directory.
enum Found {
    Nothing,
    Usable(Opened),
    Doubtful(DiscardReason),
}

/// An index that sled has opened and that was read once.
struct Opened {
    db: sled::Db,
    contents: Contents,
    dir: PathBuf,
    state: StateFile,
}

pub(super) fn open(dir: &Path, identity: IndexIdentity) -> Result<OpenedIndex, IndexError> {
    let state = match find(dir, identity)? {
        Found::Nothing => IndexState::Fresh,
        Found::Usable(opened) => {
            let state = IndexState::UpTo(opened.contents.applied);
            return Ok(OpenedIndex {
                index: opened.into_use()?,
                state,
            });
        }
        Found::Doubtful(reason) => {
            tracing::warn!(dir = %dir.display(), %reason, "the index is set aside and made anew from the journal");
            set_aside(dir).map_err(IndexError::io("set aside", dir))?;
            IndexState::Discarded(reason)
        }
    };
    Ok(OpenedIndex {
        index: begin(dir, identity)?,
        state,
    })
}

fn begin(dir: &Path, identity: IndexIdentity) -> Result<Index, IndexError> {
    fsx::create_dir(dir).map_err(IndexError::io("make the directory of", dir))?;
    let state = StateFile::new(identity.format, identity.store_id);
    state.write(dir).map_err(IndexError::io("mark", dir))?;
    // sled makes its directory with the umask of the process; one that is there it leaves as it is.
    let sled_dir = state.sled_dir(dir);
    fsx::create_dir(&sled_dir).map_err(IndexError::io("make the directory of", &sled_dir))?;
    let unusable = |reason| IndexError::Unusable {
        dir: dir.to_owned(),
        reason,
    };
    let (db, contents) = open_and_walk(&sled_dir).map_err(unusable)?;
    Opened {
        db,
        contents,
        dir: dir.to_owned(),
        state,
    }
    .into_use()
}

impl Opened {
    fn into_use(self) -> Result<Index, IndexError> {
        let Self {
            db,
            contents,
            dir,
            state,
        } = self;
        let state = state.with_phase(Phase::InUse);
        state.write(&dir).map_err(IndexError::io("mark", &dir))?;
        Ok(Index {
            db: Some(db),
            dir,
            state,
            contents: Mutex::new(contents),
            damage: Mutex::new(None),
        })
    }
}

fn find(dir: &Path, identity: IndexIdentity) -> Result<Found, IndexError> {
    if is_empty(dir).map_err(IndexError::io("read", dir))? {
        return Ok(Found::Nothing);
    }
    let state = match trustworthy(StateFile::read(dir), identity) {
        Ok(state) => StateFile {
            phase: Phase::Opening,
            boot: boot_id(),
            ..state
        },
        Err(reason) => return Ok(Found::Doubtful(reason)),
    };
    state.write(dir).map_err(IndexError::io("mark", dir))?;
    let opened = open_and_walk(&state.sled_dir(dir)).map_err(DiscardReason::Damaged);
    match opened
        .and_then(|(db, contents)| not_ahead(contents.applied, identity).map(|()| (db, contents)))
    {
        Ok((db, contents)) => Ok(Found::Usable(Opened {
            db,
            contents,
            dir: dir.to_owned(),
            state,
        })),
        Err(reason) => Ok(Found::Doubtful(reason)),
    }
}

/// Whether a directory has nothing in it, or is not there.
fn is_empty(dir: &Path) -> io::Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(cause) => Err(cause),
    }
}

fn not_ahead(applied: Seq, identity: IndexIdentity) -> Result<(), DiscardReason> {
    let journal_last = identity.journal_last;
    if applied > journal_last {
        return Err(DiscardReason::AheadOfJournal {
            applied,
            journal_last,
        });
    }
    Ok(())
}

/// Whether what `state.json` says allows the index to be opened at all.
fn trustworthy(
    found: Option<StateFile>,
    identity: IndexIdentity,
) -> Result<StateFile, DiscardReason> {
    let found = found.ok_or(DiscardReason::Unknown)?;
    if found.format != identity.format {
        return Err(DiscardReason::OtherFormat {
            found: found.format,
            wanted: identity.format,
        });
    }
    if found.store != identity.store_id {
        return Err(DiscardReason::OtherStore { found: found.store });
    }
    match found.phase {
        Phase::Closed => Ok(found),
        Phase::InUse if found.boot == boot_id() => Ok(found),
        Phase::InUse => Err(DiscardReason::MachineWentDown),
        Phase::Opening => Err(DiscardReason::OpeningCrashed),
        Phase::Condemned => Err(DiscardReason::Condemned),
    }
}

/// How far the index in `dir` is, or why it would be discarded. Reads all of a copy: sled writes to what it
/// opens. Its format is the caller's affair, so any is right; the store is compared when it is known.
pub(crate) fn applied_read_only(
    dir: &Path,
    store: Option<StoreId>,
    journal_last: Seq,
) -> Result<Seq, String> {
    let found = StateFile::read(dir);
    let (format, own) = found
        .as_ref()
        .map_or((0, None), |found| (found.format, Some(found.store)));
    let store_id = store
        .or(own)
        .ok_or_else(|| DiscardReason::Unknown.to_string())?;
    let identity = IndexIdentity {
        format,
        store_id,
        journal_last,
    };
    let state = trustworthy(found, identity).map_err(|reason| reason.to_string())?;
    let copy =
        tempfile::tempdir().map_err(|cause| format!("cannot copy it to look at it: {cause}"))?;
    copy_files(dir, copy.path())
        .map_err(|cause| format!("cannot copy it to look at it: {cause}"))?;
    let (_, contents) = open_and_walk(&state.sled_dir(copy.path()))?;
    not_ahead(contents.applied, identity).map_err(|reason| reason.to_string())?;
    Ok(contents.applied)
}
