//! `release/<version>`: what an operator must read before an upgrade (reference 3.7).

use crate::limits::Limits;
use crate::tree::{EntryKind, RecipeTree, TreeError};
use crate::version::RecipeVersion;

/// The folder that holds the notes.
pub const FOLDER: &str = "release";

/// A note that the recipe has: its version and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoteRef {
    /// The version to which the note belongs; the file is named like it.
    pub version: RecipeVersion,
    /// Its path in the recipe.
    pub path: String,
}

/// A note and its text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ReleaseNote {
    /// The version to which it belongs.
    pub version: RecipeVersion,
    /// The text, with bytes that are no UTF-8 replaced.
    pub text: String,
}

/// The notes that a recipe has, in the order of their versions. Files that are named like no version (`next`,
/// `.git-keep-me`) are left out; a recipe without the folder has none.
pub fn list(tree: &dyn RecipeTree, limits: &Limits) -> Result<Vec<NoteRef>, TreeError> {
    let entries = match tree.list(FOLDER) {
        Ok(entries) => entries,
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut notes: Vec<NoteRef> = entries
        .into_iter()
        .filter(|entry| matches!(entry.kind, EntryKind::File | EntryKind::Symlink))
        .filter_map(|entry| {
            let version = RecipeVersion::parse(&entry.name).ok()?;
            Some(NoteRef {
                version,
                path: format!("{FOLDER}/{}", entry.name),
            })
        })
        .collect();
    notes.sort();
    // When there are more than anybody reads, the newest are the ones that matter.
    let surplus = notes.len().saturating_sub(limits.max_notes);
    Ok(notes.split_off(surplus))
}

/// The notes to read on the way from `old` (excluded) to `new` (included), the oldest first. Without an old version there
/// is nothing to migrate, so only the note of `new` itself counts. The way back (`old` above `new`) has no notes.
pub fn between<'a>(
    notes: &'a [NoteRef],
    old: Option<&RecipeVersion>,
    new: &RecipeVersion,
) -> Vec<&'a NoteRef> {
    let wanted = |note: &&NoteRef| match old {
        Some(old) => note.version > *old && note.version <= *new,
        None => note.version == *new,
    };
    notes.iter().filter(wanted).collect()
}

/// Reads the text of some notes. A note is prose from somebody's editor, so bytes that are no UTF-8 are replaced.
pub fn read(
    tree: &dyn RecipeTree,
    notes: &[&NoteRef],
    limits: &Limits,
) -> Result<Vec<ReleaseNote>, TreeError> {
    let read_one = |note: &&NoteRef| {
        let bytes = tree.read(&note.path, limits.max_note_bytes)?;
        Ok(ReleaseNote {
            version: note.version.clone(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        })
    };
    notes.iter().map(read_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::MemoryTree;

    fn v(text: &str) -> RecipeVersion {
        RecipeVersion::parse(text).expect(text)
    }

    fn tree() -> MemoryTree {
        MemoryTree::new()
            .with("release/1.0.0+1", "one")
            .with("release/1.10.0+2", "one ten")
            .with("release/1.9.0+2", "one nine")
            .with("release/2.0.0+3", b"two \xff".to_vec())
            .with("release/next", "soon")
            .with("release/.git-keep-me", "")
    }

    fn texts(old: Option<&str>, new: &str) -> Vec<String> {
        let limits = Limits::default();
        let notes = list(&tree(), &limits).expect("a folder");
        let old = old.map(v);
        let chosen = between(&notes, old.as_ref(), &v(new));
        read(&tree(), &chosen, &limits)
            .expect("readable")
            .into_iter()
            .map(|n| n.text)
            .collect()
    }

    #[test]
    fn picks_the_notes_after_the_old_version_up_to_the_new_one_in_order() {
        assert_eq!(texts(Some("1.0.0+1"), "1.10.0+2"), ["one nine", "one ten"]);
        assert_eq!(
            texts(Some("1.5.0+1"), "3.0.0+1"),
            ["one nine", "one ten", "two \u{fffd}"]
        );
        assert!(texts(Some("2.0.0+3"), "1.0.0+1").is_empty());
    }

    #[test]
    fn shows_only_the_note_of_the_version_on_a_first_deploy() {
        assert_eq!(texts(None, "1.9.0+2"), ["one nine"]);
        assert!(texts(None, "1.9.1+2").is_empty());
    }

    #[test]
    fn keeps_the_newest_notes_when_there_are_too_many() {
        let limits = Limits {
            max_notes: 1,
            ..Limits::default()
        };
        let notes = list(&tree(), &limits).expect("a folder");
        assert_eq!(notes[0].version, v("2.0.0+3"));
    }

    #[test]
    fn a_recipe_without_notes_has_none() {
        assert!(
            list(&MemoryTree::new(), &Limits::default())
                .expect("no folder")
                .is_empty()
        );
    }

    #[test]
    fn refuses_a_note_that_is_too_large() {
        let limits = Limits {
            max_note_bytes: 2,
            ..Limits::default()
        };
        let notes = list(&tree(), &limits).expect("a folder");
        assert_eq!(
            read(&tree(), &[&notes[0]], &limits)
                .expect_err("too large")
                .code(),
            "AL-1204"
        );
    }
}
