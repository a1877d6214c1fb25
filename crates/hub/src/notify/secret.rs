//! Secrets, from files. They are read for each message, so that a new one counts at once, and shown to nobody.

use std::{
    fs::File,
    io::{self, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use secrecy::SecretString;

use super::{error::NotifyError, limits::MAX_SECRET};

/// The secret in a file, without the end of its line.
pub(super) fn read(path: &Path) -> Result<SecretString, NotifyError> {
    text(path)
        .map(SecretString::from)
        .map_err(|source| NotifyError::Secret {
            path: path.to_owned(),
            source,
        })
}

/// As [`read`], with the plain error.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    let bad = |why| Err(io::Error::new(io::ErrorKind::InvalidData, why));
    let mut text = String::new();
    File::open(path)?
        .take(MAX_SECRET + 1)
        .read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|bytes| bytes > MAX_SECRET) {
        return bad("it is too long for a secret");
    }
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    if text.is_empty() {
        return bad("it is empty");
    }
    if text.contains(char::is_control) {
        return bad("it has more than one line");
    }
    Ok(text)
}

/// Says once, at the start, what is wrong with a secret's file.
pub(super) fn look_at(path: &Path) {
    if let Err(error) = read(path) {
        return error.log();
    }
    let others = |file: std::fs::Metadata| file.permissions().mode() & 0o007 != 0;
    if std::fs::metadata(path).is_ok_and(others) {
        let path = path.display();
        tracing::warn!("everybody on this machine can read the secret in {path}");
    }
}
