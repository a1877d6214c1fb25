//! sled itself: opening it, letting go of it, and keeping its panics in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{fs, io};

use super::contents::{self, Contents};
use crate::fsx;

/// sled's page cache, in bytes. The index is small and the kernel caches its files as well.
const CACHE: u64 = 1024 * 1024;

/// sled's write buffer, in bytes. It holds several of them, and its default is half a MiB each.
const SEGMENT: usize = 64 * 1024;

/// How often sled writes its buffers out. Records that were not, are folded again after a crash.
const FLUSH_EVERY_MS: u64 = 1000;

/// How long sled may take to let go of its files.
const RELEASE: Duration = Duration::from_secs(5);

/// Opens sled and reads everything once: sled notices damage only when it reads, and some of it never.
pub(super) fn open_and_walk(sled_dir: &Path) -> Result<(sled::Db, Contents), String> {
    let (db, found, noted) = caught(|| {
        let config = sled::Config::new()
            .path(sled_dir)
            .cache_capacity(CACHE)
            .segment_size(SEGMENT);
        let db = config
            .mode(sled::Mode::LowSpace)
            .flush_every_ms(Some(FLUSH_EVERY_MS))
            .open()?;
        let (mut found, mut noted) = (Contents::default(), None);
        for pair in db.iter() {
            let (key, value) = pair?;
            match key.as_ref() == contents::KEY {
                true => noted = Some(value),
                false => found.add(&key, &value),
            }
        }
        Ok((db, found, noted))
    })?;
    let noted = match noted {
        None => Contents::default(),
        Some(bytes) => {
            Contents::decode(&bytes).ok_or("the sum of its contents has another length")?
        }
    };
    match (Contents {
        applied: noted.applied,
        ..found
    }) == noted
    {
        true => Ok((db, noted)),
        false => Err(format!(
            "it noted {} entries and has {}, or others",
            noted.entries, found.entries
        )),
    }
}

/// Runs what asks sled; its errors and panics become text.
pub(super) fn caught<T>(ask: impl FnOnce() -> sled::Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            Err(format!("sled panicked: {text}"))
        }
    }
}

/// Moves an index away, so that a person can look at it. Only the last one is kept.
pub(crate) fn set_aside(dir: &Path) -> io::Result<PathBuf> {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".discarded");
    let aside = dir.with_file_name(name);
    match fs::remove_dir_all(&aside) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        _ => fs::rename(dir, &aside)?,
    }
    fsx::sync_dir(fsx::parent(dir))?;
    Ok(aside)
}

/// Copies a directory with all that is in it.
pub(super) fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy_files(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Flushes and drops sled. Both wait for ever when the disk is full, so they are done by a thread, and after a
/// while that thread is left alone; the index is then not marked as closed.
pub(super) fn let_go(db: sled::Db) -> Result<(), String> {
    let (done, wait) = mpsc::channel();
    let work = move || {
        let outcome = caught(move || db.flush().map(|_| drop(db)));
        // Nobody may be waiting any more.
        let _ = done.send(outcome);
    };
    let thread = std::thread::Builder::new().name("index-close".to_owned());
    thread
        .spawn(work)
        .map_err(|cause| format!("cannot start a thread to close it: {cause}"))?;
    wait.recv_timeout(RELEASE)
        .map_err(|_| "sled does not end writing".to_owned())?
}

/// Waits until sled has let go of its files and makes them durable, which sled does not.
pub(super) fn make_durable(dir: &Path, sled_dir: &Path) -> Result<(), String> {
    await_release(sled_dir)?;
    sync_files(dir).map_err(|cause| cause.to_string())
}

/// Waits until sled has let go of its files: its threads live a little longer than the last handle.
fn await_release(sled_dir: &Path) -> Result<(), String> {
    let path = sled_dir.join("db");
    let begun = Instant::now();
    loop {
        let file = fs::File::open(&path).map_err(|cause| cause.to_string())?;
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(_) if begun.elapsed() < RELEASE => std::thread::sleep(RELEASE / 1000),
            Err(cause) => {
                return Err(format!(
                    "sled does not let go of {}: {cause}",
                    path.display()
                ));
            }
        }
    }
}

/// fsyncs every file in a directory.
fn sync_files(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_files(&path)?;
        } else {
            fs::File::open(&path)?.sync_all()?;
        }
    }
    fsx::sync_dir(dir)
}
