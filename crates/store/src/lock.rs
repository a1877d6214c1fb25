//! One process at a time: an advisory lock on a file that names its owner.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::fsx;

/// The name of the lock file in a directory.
pub(crate) const LOCK: &str = "LOCK";

/// Holds the lock until it is dropped; the kernel lets go of it when the process dies, however it dies.
#[derive(Debug)]
pub(crate) struct DirLock {
    _file: File,
}

/// Why the lock was not taken.
#[derive(Debug)]
pub(crate) enum LockFault {
    /// Somebody has it; the process id if it is written in the file.
    Held(Option<u32>),
    /// The file cannot be made or locked.
    Io(io::Error),
}

impl DirLock {
    /// Takes the lock of a directory for this process and writes its id into the file.
    pub fn acquire(dir: &Path) -> Result<Self, LockFault> {
        let mut file = fsx::open_private(&dir.join(LOCK), true).map_err(LockFault::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockFault::Held(read_pid(&mut file))),
            Err(TryLockError::Error(cause)) => return Err(LockFault::Io(cause)),
        }
        // The id is a help for people. When the disk is full the lock itself still holds.
        if let Err(cause) = write_pid(&mut file) {
            tracing::warn!(%cause, "cannot write the process id into the lock file");
        }
        Ok(Self { _file: file })
    }

    /// Takes the lock without writing anything, or says that nobody ever made one.
    pub fn acquire_read_only(dir: &Path) -> Result<Option<Self>, LockFault> {
        let mut file = match File::open(dir.join(LOCK)) {
            Ok(file) => file,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(LockFault::Io(cause)),
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Err(LockFault::Held(read_pid(&mut file))),
            Err(TryLockError::Error(cause)) => Err(LockFault::Io(cause)),
        }
    }
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
