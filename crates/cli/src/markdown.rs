//! The federation's Markdown files, from folders and single files, in batches that fit into a message.

use std::{
    fs,
    path::{Path, PathBuf},
};

use allot_proto::agent::MarkdownFile;

use crate::{
    error::CliError,
    limits,
    prompt::{self, unreadable},
};

/// Folders that resolutions lie in, by state (reference/federation.md section 4).
const STATES: [&str; 5] = ["drafts", "proposed", "in-progress", "passed", "stalled"];

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Files, as they are sent.
    pub files: Vec<MarkdownFile>,
    /// Files that cannot be, and why.
    pub refused: Vec<String>,
    bytes: usize,
    entries: usize,
}

/// Reads the files that `paths` name, and those in folders of resolutions below the folders they name.
/// Links in folders are not followed.
///
/// # Errors
/// `AL-7006` when a named path cannot be read, or there is more than an import can have.
pub fn find(paths: &[PathBuf]) -> Result<Found, CliError> {
    let mut found = Found::default();
    for path in paths {
        let shown = path.display().to_string();
        let real = path
            .canonicalize()
            .map_err(|error| unreadable(&shown, error))?;
        if real.is_dir() {
            found.folder(&real, 0)?;
        } else {
            let content = prompt::read(&real, limits::MAX_MARKDOWN)?;
            found.add(&real, content)?;
        }
    }
    Ok(found)
}

impl Found {
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), CliError> {
        if depth > limits::MAX_FOLDER_DEPTH {
            return Ok(());
        }
        let shown = folder.display().to_string();
        let unread = |error| unreadable(&shown, error);
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder).map_err(unread)? {
            entries.push(entry.map_err(unread)?);
            self.entries += 1;
            if self.entries > limits::MAX_FOLDER_ENTRIES {
                return Err(unreadable(&shown, "it holds too many files"));
            }
        }
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let is = entry.file_type().map_err(unread)?;
            let name = entry.file_name();
            if is.is_dir() && !name.as_encoded_bytes().starts_with(b".") {
                self.folder(&path, depth + 1)?;
            } else if is.is_file() && is_resolution(&path) {
                match prompt::read(&path, limits::MAX_MARKDOWN) {
                    Ok(content) => self.add(&path, content)?,
                    Err(error) => self.refuse(&path, &error),
                }
            } else if is.is_symlink() && is_resolution(&path) {
                self.refused
                    .push(format!("{}: it is a symbolic link", name_of(&path)));
            }
        }
        Ok(())
    }

    fn refuse(&mut self, path: &Path, error: &CliError) {
        let why = error.causes().join(": ");
        self.refused.push(format!("{}: {why}", name_of(path)));
    }

    fn add(&mut self, path: &Path, content: Vec<u8>) -> Result<(), CliError> {
        self.bytes += content.len();
        if self.files.len() >= limits::MAX_IMPORT_FILES || self.bytes > limits::MAX_IMPORT_BYTES {
            let why = format!(
                "an import has at most {} files and {} bytes",
                limits::MAX_IMPORT_FILES,
                limits::MAX_IMPORT_BYTES
            );
            return Err(unreadable("so many files", why));
        }
        let path = name_of(path);
        self.files.push(MarkdownFile { path, content });
        Ok(())
    }

    /// The files, in pieces of which each fits into a message.
    #[must_use]
    pub fn batches(&self) -> Vec<&[MarkdownFile]> {
        let (most, most_bytes) = limits::IMPORT_BATCH;
        let mut batches = Vec::new();
        let mut rest = self.files.as_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = rest.iter().take(most).take_while(|file| {
                bytes += file.content.len();
                bytes <= most_bytes
            });
            // A single file is smaller than a batch, so that each has at least one.
            let (batch, after) = rest.split_at(fits.count().max(1));
            batches.push(batch);
            rest = after;
        }
        batches
    }
}

fn is_resolution(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name);
    path.extension().is_some_and(|e| e == "md")
        && folder.is_some_and(|name| STATES.iter().any(|state| name == *state))
}

/// Folder and file: `passed/036.md`.
fn name_of(path: &Path) -> String {
    let part = |name: Option<&std::ffi::OsStr>| {
        name.map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let folder = part(path.parent().and_then(Path::file_name));
    format!("{folder}/{}", part(path.file_name()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("resolutions");
        for (path, text) in [
            ("index.md", "not a resolution"),
            ("passed/001.md", "one"),
            ("passed/036.md", "thirty-six"),
            ("passed/notes.txt", "no Markdown"),
            ("in-progress/041.md", "forty-one"),
            (".git/passed/999.md", "not looked at"),
        ] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    fn paths(found: &Found) -> Vec<&str> {
        found.files.iter().map(|f| f.path.as_str()).collect()
    }

    #[test]
    fn resolutions_are_found_by_their_folders() {
        let dir = tree();
        let found = find(&[dir.path().to_owned()]).unwrap();
        let all = ["in-progress/041.md", "passed/001.md", "passed/036.md"];
        assert_eq!(paths(&found), all);
        let passed = find(&[dir.path().join("resolutions/passed")]).unwrap();
        assert_eq!(paths(&passed), all[1..]);
        let one = find(&[dir.path().join("resolutions/index.md")]).unwrap();
        assert_eq!(paths(&one), ["resolutions/index.md"], "named, so sent");
    }

    #[test]
    fn a_link_or_a_huge_file_is_refused_and_the_others_are_taken() {
        let dir = tree();
        let passed = dir.path().join("resolutions/passed");
        symlink("/etc/passwd", passed.join("002.md")).unwrap();
        fs::write(passed.join("003.md"), vec![b'x'; limits::MAX_MARKDOWN + 1]).unwrap();
        let found = find(&[passed]).unwrap();
        assert_eq!(paths(&found), ["passed/001.md", "passed/036.md"]);
        assert_eq!(
            found.refused,
            [
                "passed/002.md: it is a symbolic link",
                "passed/003.md: it is larger than 1048576 bytes"
            ]
        );
    }

    #[test]
    fn a_path_that_is_not_there_is_told() {
        let error = find(&["/nonexistent/passed".into()]).unwrap_err();
        assert_eq!(error.code(), "AL-7006");
    }

    #[test]
    fn batches_keep_their_bounds_and_lose_nothing() {
        let file = |bytes: usize| MarkdownFile {
            path: "passed/001.md".into(),
            content: vec![b'x'; bytes],
        };
        let mut files: Vec<MarkdownFile> = (0..250).map(|_| file(10)).collect();
        files.extend((0..7).map(|_| file(limits::MAX_MARKDOWN)));
        let found = Found {
            files,
            ..Found::default()
        };
        let batches = found.batches();
        let (most, most_bytes) = limits::IMPORT_BATCH;
        for batch in &batches {
            assert!(!batch.is_empty() && batch.len() <= most);
            assert!(batch.iter().map(|f| f.content.len()).sum::<usize>() <= most_bytes);
        }
        let sent: usize = batches.iter().map(|b| b.len()).sum();
        assert_eq!(sent, found.files.len());
    }
}
