//! Documents as bytes, within bounds.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CatalogueError, FORMAT};

/// The bytes of a document: compact, and the same for the same value.
pub(super) fn to_bytes<T: Serialize>(
    what: &'static str,
    value: &T,
    limit: usize,
) -> Result<Vec<u8>, CatalogueError> {
    let bytes = serde_json::to_vec(value)
        .map_err(|source| CatalogueError::NotADocument { what, source })?;
    check_size(what, bytes.len(), limit)?;
    Ok(bytes)
}

/// Reads a document. The format is looked at first, so that a newer document is told from a broken one.
pub(super) fn from_bytes<T: DeserializeOwned>(
    what: &'static str,
    bytes: &[u8],
    limit: usize,
) -> Result<T, CatalogueError> {
    #[derive(serde::Deserialize)]
    struct Head {
        format: u32,
    }
    check_size(what, bytes.len(), limit)?;
    let refuse = |source| CatalogueError::NotADocument { what, source };
    let head: Head = serde_json::from_slice(bytes).map_err(refuse)?;
    if head.format > FORMAT {
        return Err(CatalogueError::Newer {
            what,
            found: head.format,
            known: FORMAT,
        });
    }
    serde_json::from_slice(bytes).map_err(refuse)
}

pub(super) fn check_size(
    what: &'static str,
    size: usize,
    limit: usize,
) -> Result<(), CatalogueError> {
    if size > limit {
        return Err(CatalogueError::TooLarge { what, size, limit });
    }
    Ok(())
}
