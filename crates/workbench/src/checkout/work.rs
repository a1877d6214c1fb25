//! The files of a recipe as they are on disk.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use allot_recipe::tree::{Entry, EntryKind, RecipeTree, TreeError, kind_name, normal_path};

/// A folder that is read from and never left: a symbolic link that leads out is refused.
#[derive(Debug, Clone)]
pub struct WorkTree {
    root: PathBuf,
}

impl WorkTree {
    /// Opens a folder.
    ///
    /// # Errors
    /// It does not exist, or is none.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let root = folder.canonicalize()?;
        if !root.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        Ok(Self { root })
    }

    /// The folder, absolute and without links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn real(&self, path: &str) -> Result<PathBuf, TreeError> {
        let normal = normal_path(path)?;
        let real = self
            .root
            .join(&normal)
            .canonicalize()
            .map_err(|error| unreadable(path, error))?;
        if real.starts_with(&self.root) {
            return Ok(real);
        }
        Err(TreeError::Escapes {
            path: path.to_owned(),
            why: "it is a link to somewhere else on this machine".to_owned(),
        })
    }

    /// Writes a file whole, in the place of what is there.
    ///
    /// # Errors
    /// It cannot be written, or the path leads out.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), TreeError> {
        // What is there may be a link inside the recipe; its target is what the text came from.
        let real = match self.real(path) {
            Ok(real) => real,
            Err(error) if error.is_not_found() => self.root.join(normal_path(path)?),
            Err(error) => return Err(error),
        };
        write_whole(&real, bytes).map_err(|error| unreadable(path, error))
    }
}

impl RecipeTree for WorkTree {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, TreeError> {
        let real = self.real(path)?;
        let file = File::open(&real).map_err(|error| unreadable(path, error))?;
        let meta = file.metadata().map_err(|error| unreadable(path, error))?;
        if !meta.is_file() {
            return Err(TreeError::WrongKind {
                path: path.to_owned(),
                found: kind_name(EntryKind::Folder),
                wanted: "file",
            });
        }
        let too_large = |size| TreeError::TooLarge {
            path: path.to_owned(),
            size,
            limit,
        };
        if meta.len() > limit {
            return Err(too_large(meta.len()));
        }
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(path, error))?;
        match bytes.len() as u64 {
            // It grew while it was read.
            size if size > limit => Err(too_large(size)),
            _ => Ok(bytes),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, TreeError> {
        let real = self.real(path)?;
        let mut entries = Vec::new();
        for entry in fs::read_dir(&real).map_err(|error| unreadable(path, error))? {
            let entry = entry.map_err(|error| unreadable(path, error))?;
            let kind = entry.file_type().map_err(|error| unreadable(path, error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != ".git" {
                entries.push(Entry {
                    name,
                    kind: kind_of(kind),
                });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn is_symlink(&self, path: &str) -> Result<bool, TreeError> {
        match fs::symlink_metadata(self.root.join(normal_path(path)?)) {
            Ok(meta) => Ok(meta.is_symlink()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(unreadable(path, error)),
        }
    }
}

fn kind_of(kind: fs::FileType) -> EntryKind {
    match kind {
        kind if kind.is_dir() => EntryKind::Folder,
        kind if kind.is_symlink() => EntryKind::Symlink,
        _ => EntryKind::File,
    }
}

fn unreadable(path: &str, error: io::Error) -> TreeError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => TreeError::NotFound {
            path: path.to_owned(),
        },
        _ => TreeError::Unreadable {
            path: path.to_owned(),
            source: error.into(),
        },
    }
}

/// Writes a file beside and renames it into place, so that a full disk leaves the old text; mode bits stay.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".allot-")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    let mode = match fs::metadata(path) {
        Ok(meta) => meta.permissions(),
        Err(error) if error.kind() == ErrorKind::NotFound => usual_mode(),
        Err(error) => return Err(error),
    };
    file.as_file().set_permissions(mode)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// What an editor would give a text: `tempfile` makes files for one user alone.
fn usual_mode() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(0o644)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_work_tree_is_never_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("recipe");
        fs::create_dir_all(root.join("sub")).expect("folders");
        fs::write(folder.path().join("secret"), "no").expect("a file");
        fs::write(root.join("sub/in"), "yes").expect("a file");
        symlink("../secret", root.join("out")).expect("a link");
        symlink("sub/in", root.join("inside")).expect("a link");
        let tree = WorkTree::open(&root).expect("a folder");
        assert_eq!(tree.read("inside", 3).expect("within"), b"yes");
        assert_eq!(
            tree.read("inside", 2).expect_err("too large").code(),
            "AL-1204"
        );
        for (path, code) in [
            ("out", "AL-1202"),
            ("../secret", "AL-1202"),
            ("none", "AL-1201"),
            ("sub", "AL-1203"),
        ] {
            assert_eq!(tree.read(path, 99).expect_err(path).code(), code, "{path}");
        }
        assert_eq!(tree.write("out", b"x").expect_err("out").code(), "AL-1202");
        assert_eq!(
            fs::read(folder.path().join("secret")).expect("still there"),
            b"no"
        );
    }

    #[test]
    fn a_rewritten_file_keeps_its_mode() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.sh");
        fs::write(&path, "old").expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
        let tree = WorkTree::open(folder.path()).expect("a folder");
        tree.write("run.sh", b"new").expect("written");
        tree.write("deep/er/new", b"").expect("written");
        let mode = |path: &str| {
            fs::metadata(folder.path().join(path))
                .expect("there")
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!((mode("run.sh"), mode("deep/er/new")), (0o755, 0o644));
        assert_eq!(
            fs::read_dir(folder.path()).expect("a folder").count(),
            2,
            "nothing left beside"
        );
    }
}
