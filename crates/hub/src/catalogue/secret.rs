//! Secrets, from files. They are read when they are needed, so that a new one counts at once, and shown to nobody.

use std::path::Path;

use secrecy::SecretString;

use super::error::CatalogueError;
use crate::notify::secret;

/// The secret in a file, without the end of its line.
pub(super) fn read(path: &Path) -> Result<SecretString, CatalogueError> {
    secret::text(path)
        .map(SecretString::from)
        .map_err(|source| CatalogueError::Secret {
            path: path.to_owned(),
            source,
        })
}
