//! The notes of a release: what operators read before they upgrade.

use allot_recipe::tree::{RecipeTree, read_optional};
use allot_recipe::{RecipeVersion, release_notes};

use super::{ReleaseError, ReleaseOptions};
use crate::limits::MAX_NOTES_BYTES;

/// Where notes gather until there is a version for them.
pub const NEXT: &str = "release/next";

/// The notes of a release, and where they come from.
pub(super) struct Notes {
    /// The text; nothing when it goes without.
    pub text: Option<Vec<u8>>,
    /// The file of the clone that they are in now.
    pub from: Option<String>,
    /// The file that they belong into.
    pub to: String,
}

/// Where the notes of a version are.
pub(super) fn path(version: &RecipeVersion) -> String {
    format!("{}/{version}", release_notes::FOLDER)
}

/// Finds the notes of a release: those that were given, those that are there, those that gathered.
pub(super) fn find(
    tree: &dyn RecipeTree,
    version: &RecipeVersion,
    previous: Option<&RecipeVersion>,
    options: &ReleaseOptions,
) -> Result<Notes, ReleaseError> {
    let to = path(version);
    if let Some(text) = options
        .notes
        .as_ref()
        .filter(|text| !text.trim().is_empty())
    {
        return Ok(Notes {
            text: Some(ended(text).into_bytes()),
            from: None,
            to,
        });
    }
    for from in [to.clone(), NEXT.to_owned()] {
        let bytes = read_optional(tree, &from, MAX_NOTES_BYTES)?.unwrap_or_default();
        if !bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Notes {
                text: Some(bytes),
                from: Some(from),
                to,
            });
        }
    }
    // The first release has nobody who upgrades to it.
    let major = previous.is_some_and(|previous| version.major() > previous.major());
    if options.no_notes && !major {
        return Ok(Notes {
            text: None,
            from: None,
            to,
        });
    }
    Err(ReleaseError::NoNotes {
        version: version.to_string(),
        major,
    })
}

/// A text file ends with a line end.
fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end())
}
