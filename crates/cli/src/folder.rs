//! A folder that an export is written into and that it never leaves, whatever paths the agent sends.

use std::{
    fs::{self, Permissions},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::{error::CliError, limits};

/// The folder, and the file that is being written.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    open: Option<Open>,
    written: Written,
}

/// How much was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Files.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
}

#[derive(Debug)]
struct Open {
    path: String,
    target: PathBuf,
    file: NamedTempFile,
}

impl Folder {
    /// Makes the folder unless it is there. It may itself be reached by a link: the person named it.
    ///
    /// # Errors
    /// `AL-7009` when it cannot be made.
    pub fn create(path: &Path) -> Result<Self, CliError> {
        let root = fs::create_dir_all(path)
            .and_then(|()| path.canonicalize())
            .map_err(|source| unwritten(path, source))?;
        Ok(Self {
            root,
            open: None,
            written: Written::default(),
        })
    }

    /// Writes the next piece of a file; a file's pieces come one after the other. The file stands under its
    /// name only once it is whole.
    ///
    /// # Errors
    /// `AL-7011` when the path leads out of the folder, `AL-7009` when it cannot be written or the export has
    /// no end.
    pub fn piece(&mut self, path: &str, content: &[u8]) -> Result<(), CliError> {
        if self.open.as_ref().is_none_or(|open| open.path != path) {
            self.close()?;
            self.open(path)?;
        }
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        open.file
            .write_all(content)
            .map_err(|source| unwritten(&open.target, source))?;
        let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
        self.written.bytes = self.written.bytes.saturating_add(length);
        self.bounded(path)
    }

    /// How much there is so far.
    #[must_use]
    pub fn written(&self) -> Written {
        self.written
    }

    /// Puts the last file in its place.
    ///
    /// # Errors
    /// `AL-7009` when that fails.
    pub fn finish(mut self) -> Result<Written, CliError> {
        self.close()?;
        Ok(self.written)
    }

    fn open(&mut self, path: &str) -> Result<(), CliError> {
        let parts = parts(path)?;
        let (name, folders) = parts.split_last().ok_or_else(|| outside(path, EMPTY))?;
        let mut folder = self.root.clone();
        for part in folders {
            folder.push(part);
            enter(&folder, path)?;
        }
        let target = folder.join(name);
        match fs::symlink_metadata(&target) {
            Ok(there) if there.is_symlink() => return Err(outside(path, LINK)),
            Ok(there) if there.is_dir() => return Err(outside(path, "a folder is in its place")),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(unwritten(&target, source)),
        }
        // What is exported is public and for others to read; the umask takes away what it must.
        let file = tempfile::Builder::new()
            .prefix(".allot-")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(&folder)
            .map_err(|source| unwritten(&folder, source))?;
        self.open = Some(Open {
            path: path.to_owned(),
            target,
            file,
        });
        self.written.files += 1;
        self.bounded(path)
    }

    fn close(&mut self) -> Result<(), CliError> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        let done = open.file.flush();
        done.and_then(|()| Ok(open.file.persist(&open.target).map(drop)?))
            .map_err(|source| unwritten(&open.target, source))
    }

    fn bounded(&self, path: &str) -> Result<(), CliError> {
        let (files, bytes) = limits::MAX_EXPORT;
        if self.written.files <= files && self.written.bytes <= bytes {
            return Ok(());
        }
        let endless = io::Error::other(format!("more than {files} files or {bytes} bytes"));
        Err(unwritten(Path::new(path), endless))
    }
}

const EMPTY: &str = "its path is empty or too long";
const LINK: &str = "a symbolic link is in its way";

/// The parts of a relative path that leads nowhere but down.
fn parts(path: &str) -> Result<Vec<&str>, CliError> {
    if path.is_empty() || path.len() > limits::MAX_EXPORT_PATH {
        return Err(outside(path, EMPTY));
    }
    let parts: Vec<&str> = path.split('/').collect();
    let odd = |part: &&str| part.contains(['\\', '\0']) || part.chars().any(char::is_control);
    if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
        return Err(outside(path, "its path leads out of the folder"));
    }
    if parts.iter().any(odd) {
        return Err(outside(path, "its path has characters that no export has"));
    }
    Ok(parts)
}

/// Goes into a folder below the root, which must be a real one.
fn enter(folder: &Path, path: &str) -> Result<(), CliError> {
    match fs::symlink_metadata(folder) {
        Ok(there) if there.is_dir() => Ok(()),
        Ok(there) if there.is_symlink() => Err(outside(path, LINK)),
        Ok(_) => Err(outside(path, "a file is where its folder should be")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir(folder).map_err(|source| unwritten(folder, source))
        }
        Err(source) => Err(unwritten(folder, source)),
    }
}

fn outside(path: &str, why: &'static str) -> CliError {
    CliError::OutsideFolder {
        path: path.chars().take(limits::MAX_EXPORT_PATH).collect(),
        why,
    }
}

fn unwritten(path: &Path, source: io::Error) -> CliError {
    CliError::Output {
        what: path.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn pieces_of_a_file_come_together_and_replace_an_older_one() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("a/b");
        fs::create_dir_all(out.join("passed")).unwrap();
        fs::write(out.join("passed/036.md"), "a longer one of before").unwrap();
        let mut folder = Folder::create(&out).unwrap();
        folder.piece("passed/036.md", b"one ").unwrap();
        folder.piece("passed/036.md", b"two").unwrap();
        folder.piece("nav.yml", b"").unwrap();
        let written = folder.finish().unwrap();
        assert_eq!(written, Written { files: 2, bytes: 7 });
        assert_eq!(fs::read(out.join("passed/036.md")).unwrap(), b"one two");
        assert_eq!(names(&out), ["nav.yml", "passed"]);
        assert_eq!(
            names(&out.join("passed")),
            ["036.md"],
            "nothing is left over"
        );
    }

    #[test]
    fn a_path_that_leads_out_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let long = "x".repeat(limits::MAX_EXPORT_PATH + 1);
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "passed/../../x",
            "passed/..",
            "./x",
            "a//b",
            "a/",
            "..\\x",
            "a\nb",
            "a\0b",
            &long,
        ] {
            let mut folder = Folder::create(&out).unwrap();
            let error = folder.piece(path, b"owned").unwrap_err();
            assert_eq!(error.code(), "AL-7011", "{path}");
        }
        assert_eq!(names(dir.path()), ["out"]);
        assert!(names(&out).is_empty());
    }

    #[test]
    fn a_link_in_the_way_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (out, elsewhere) = (dir.path().join("out"), dir.path().join("elsewhere"));
        fs::create_dir_all(&out).unwrap();
        fs::create_dir_all(&elsewhere).unwrap();
        fs::write(elsewhere.join("file"), "mine").unwrap();
        symlink(&elsewhere, out.join("passed")).unwrap();
        symlink(elsewhere.join("file"), out.join("nav.yml")).unwrap();
        for path in ["passed/036.md", "nav.yml"] {
            let mut folder = Folder::create(&out).unwrap();
            let error = folder.piece(path, b"owned").unwrap_err();
            assert_eq!(error.code(), "AL-7011", "{path}");
        }
        assert_eq!(names(&elsewhere), ["file"]);
        assert_eq!(fs::read(elsewhere.join("file")).unwrap(), b"mine");
    }

    #[test]
    fn an_export_that_breaks_off_leaves_no_half_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = Folder::create(dir.path()).unwrap();
        folder.piece("passed/036.md", b"half").unwrap();
        drop(folder);
        assert!(names(&dir.path().join("passed")).is_empty());
    }

    #[test]
    fn a_folder_that_is_a_file_is_told() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("passed"), "").unwrap();
        let mut folder = Folder::create(dir.path()).unwrap();
        let error = folder.piece("passed/036.md", b"x").unwrap_err();
        assert_eq!(error.code(), "AL-7011");
        let error = Folder::create(&dir.path().join("passed")).unwrap_err();
        assert_eq!(error.code(), "AL-7009");
    }
}
