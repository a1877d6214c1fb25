//! A recipe's files at one commit.
//!
//! Whatever holds them (git objects, a packed work tree, a map in a test) is adapted to [`RecipeTree`]. Paths are relative
//! to the recipe, with `/` between the parts, and never climb out of it; [`normal_path`] says how they are read.

mod memory;
mod path;

pub use memory::MemoryTree;
pub use path::{normal_path, resolve_link};

/// What a path of the recipe is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink,
    /// A git submodule, whose content is not part of the recipe.
    Submodule,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name within the folder.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// A recipe's files at one commit. Implementations enforce the size limit *before* they read, and follow symbolic links
/// only inside the recipe.
pub trait RecipeTree {
    /// The bytes of the file at `path`, at most `limit` of them.
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, TreeError>;

    /// The entries of the folder at `path` in the order of their names; `""` is the recipe itself.
    fn list(&self, path: &str) -> Result<Vec<Entry>, TreeError>;

    /// Whether `path` itself is a symbolic link.
    fn is_symlink(&self, path: &str) -> Result<bool, TreeError>;
}

/// Why a file of a recipe could not be had.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// Nothing is there.
    #[error("the recipe has no `{path}`")]
    NotFound {
        /// The path.
        path: String,
    },
    /// The path, or a link on it, leads out of the recipe.
    #[error("`{path}` leads out of the recipe: {why}")]
    Escapes {
        /// The path.
        path: String,
        /// How it does that.
        why: String,
    },
    /// A file was asked for, and something else is there, or the other way round.
    #[error("`{path}` is {found}, not a {wanted}")]
    WrongKind {
        /// The path.
        path: String,
        /// What is there, with its article.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// The file is too large.
    #[error("`{path}` has {size} bytes, more than the {limit} that are read of such a file")]
    TooLarge {
        /// The path.
        path: String,
        /// Its size in bytes.
        size: u64,
        /// The most bytes it may have.
        limit: u64,
    },
    /// The store that holds the files failed.
    #[error("`{path}` could not be read")]
    Unreadable {
        /// The path.
        path: String,
        /// What the store said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl TreeError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "AL-1201",
            Self::Escapes { .. } => "AL-1202",
            Self::WrongKind { .. } => "AL-1203",
            Self::TooLarge { .. } => "AL-1204",
            Self::Unreadable { .. } => "AL-1205",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(
            match self {
                Self::NotFound { .. } => "check the name, and that the file is committed in this version of the recipe",
                Self::Escapes { .. } => "put the file into the recipe and name it relative to the recipe's folder",
                Self::WrongKind { .. } => "name a file, not a folder or a submodule",
                Self::TooLarge { .. } => "take the large file out of the recipe; an image or a volume is the place for it",
                Self::Unreadable { .. } => "fetch the recipe again with `allot recipe versions`",
            }
            .to_owned(),
        )
    }

    /// Whether nothing is at the path.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}

/// The article and name of a kind, for [`TreeError::WrongKind`].
pub fn kind_name(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "a file",
        EntryKind::Folder => "a folder",
        EntryKind::Symlink => "a symbolic link",
        EntryKind::Submodule => "a submodule",
    }
}

/// Reads a file that may be absent.
pub fn read_optional(
    tree: &dyn RecipeTree,
    path: &str,
    limit: u64,
) -> Result<Option<Vec<u8>>, TreeError> {
    match tree.read(path, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
