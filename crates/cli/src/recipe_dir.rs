//! A recipe in a directory, for commands that work without an agent.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use allot_stack::{FileRefusal, FileSource};

/// A directory that is read from and never left: a symbolic link that leads out is refused.
#[derive(Debug)]
pub struct RecipeDir {
    root: PathBuf,
}

impl RecipeDir {
    /// Opens a directory.
    ///
    /// # Errors
    /// It does not exist, or is no directory.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let root = path.canonicalize()?;
        if !root.is_dir() {
            return Err(std::io::Error::from(ErrorKind::NotADirectory));
        }
        Ok(Self { root })
    }

    /// The directory, absolute and without links.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The directory's own name.
    pub fn name(&self) -> String {
        let name = self
            .root
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        name.unwrap_or_default()
    }

    /// Whether there is something of that name.
    pub fn has(&self, name: &str) -> bool {
        self.root.join(name).exists()
    }
}

impl FileSource for RecipeDir {
    fn read(&self, path: &str, limit: usize) -> Result<Vec<u8>, FileRefusal> {
        let real = self
            .root
            .join(path)
            .canonicalize()
            .map_err(|error| refusal(&error))?;
        if !real.starts_with(&self.root) {
            return Err(FileRefusal::LinkOutsideRecipe);
        }
        let file = File::open(&real).map_err(|error| refusal(&error))?;
        if !file.metadata().map_err(|error| refusal(&error))?.is_file() {
            return Err(FileRefusal::NotAFile);
        }
        let mut bytes = Vec::new();
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        file.take(most)
            .read_to_end(&mut bytes)
            .map_err(|error| refusal(&error))?;
        if bytes.len() > limit {
            Err(FileRefusal::TooLarge { limit })
        } else {
            Ok(bytes)
        }
    }
}

fn refusal(error: &std::io::Error) -> FileRefusal {
    match error.kind() {
        ErrorKind::NotFound => FileRefusal::Missing,
        ErrorKind::NotADirectory | ErrorKind::IsADirectory => FileRefusal::NotAFile,
        _ => FileRefusal::System(error.to_string()),
    }
}
