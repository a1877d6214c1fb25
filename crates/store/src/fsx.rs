//! Files and directories that are private and durable.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Replaces the file at `path` by `bytes`, whole or not at all: a temporary file beside it is written, fsynced
/// and renamed, and the directory is fsynced. The file has mode 0600.
///
/// # Errors
/// What the operating system says; the old file is then still there, and the temporary one is not.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary_beside(path)?;
    file.write_all(bytes)?;
    persist(file, path)
}

/// How the names of temporary files begin; one that a dead process left behind can be removed.
pub(crate) const TEMPORARY: &str = ".new-";

/// A temporary file with mode 0600 in the directory of `path`; it is removed unless it is persisted.
pub(crate) fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    // `tempfile` makes its files with mode 0600.
    tempfile::Builder::new()
        .prefix(TEMPORARY)
        .tempfile_in(parent(path))
}

/// Makes a temporary file durable under its final name.
pub(crate) fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    sync_dir(parent(path))
}

/// Removes the temporary files that a process that died left in a directory.
pub(crate) fn remove_leftovers(dir: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(TEMPORARY.as_bytes())
        {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes what happened in a directory (a file made, renamed, removed) durable.
///
/// # Errors
/// What the operating system says.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Makes a directory and those above it, each with mode 0700; one that exists is left as it is.
pub(crate) fn create_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    make_dir(dir)?;
    sync_dir(parent(dir))
}

/// The same, left to others to make durable.
pub(crate) fn make_dir(dir: &Path) -> io::Result<()> {
    // Making one that is there already would hold up all who make something beside it.
    if dir.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Opens a file for reading and writing; `create` makes it with mode 0600 when it is absent.
pub(crate) fn open_private(path: &Path, create: bool) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(create)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// The first of `stem`, `stem.1`, `stem.2`… in `dir` that does not exist.
pub(crate) fn free_name(dir: &Path, stem: &str) -> PathBuf {
    let first = dir.join(stem);
    if !first.exists() {
        return first;
    }
    (1u32..)
        .map(|n| dir.join(format!("{stem}.{n}")))
        .find(|path| !path.exists())
        .unwrap_or(first)
}

/// The directory that holds `path`.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// Whether the operating system said that there is no room: disk full, quota used up, file size limit.
pub(crate) fn is_no_space(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// The same error once more, for another waiter (`io::Error` cannot be cloned).
pub(crate) fn same(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
