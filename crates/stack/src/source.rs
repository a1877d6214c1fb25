//! Where the bytes come from: compose files, and the files that compose files name.

use std::borrow::Cow;

/// One compose file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path relative to the recipe, such as `compose.yml`.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Gives the files that a compose file names (`env_file:`, `file:` of secrets and configs).
///
/// Paths arrive normalised: relative to the recipe, `/` between parts, no `.` and no `..`
/// (see [`recipe_path`]). An implementation must refuse what leaves the recipe all the same,
/// a symbolic link in particular: a recipe must never read its host.
pub trait FileSource {
    /// The bytes of the file at `path`, at most `limit` of them.
    ///
    /// # Errors
    /// A [`FileRefusal`] that says why there are none.
    fn read(&self, path: &str, limit: usize) -> Result<Vec<u8>, FileRefusal>;
}

/// A recipe without further files.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl FileSource for NoFiles {
    fn read(&self, _path: &str, _limit: usize) -> Result<Vec<u8>, FileRefusal> {
        Err(FileRefusal::Missing)
    }
}

/// Why a file that a recipe names is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileRefusal {
    /// There is no such file.
    #[error("there is no such file in the recipe")]
    Missing,
    /// The path leaves the recipe: absolute, from a home directory, or by `..`.
    #[error("the path leaves the recipe")]
    OutsideRecipe,
    /// A symbolic link leads out of the recipe.
    #[error("a symbolic link leads out of the recipe")]
    LinkOutsideRecipe,
    /// It is a directory or something else without bytes.
    #[error("it is not a file")]
    NotAFile,
    /// It is larger than the limit.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// The bound.
        limit: usize,
    },
    /// The variable that `environment:` names has no value.
    #[error("the variable is not set")]
    UnsetVariable,
    /// It has neither `file`, `environment`, `driver` nor `external`.
    #[error("it has no content: no `file`, no `environment`, and it is not external")]
    NoSource,
    /// The system said no.
    #[error("{0}")]
    System(String),
}

impl FileRefusal {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Missing | Self::NotAFile => "Add the file to the recipe, or correct the path.",
            Self::OutsideRecipe | Self::LinkOutsideRecipe => {
                "Move the file into the recipe and name it by a relative path."
            }
            Self::TooLarge { .. } => {
                "Make the file smaller; swarm takes secrets up to 500 KB and configs up to 1000 KB."
            }
            Self::UnsetVariable => "Set the variable in the app's env.",
            Self::NoSource => "Give it a `file:`, or make it `external: true`.",
            Self::System(_) => "Make the file readable.",
        }
    }
}

/// The normal form of a path that a compose file names, relative to the recipe.
///
/// ```
/// use allot_stack::source::recipe_path;
/// assert_eq!(recipe_path("./conf/../app.conf").unwrap(), "app.conf");
/// assert!(recipe_path("../other/app.conf").is_err());
/// assert!(recipe_path("/etc/passwd").is_err());
/// ```
///
/// # Errors
/// [`FileRefusal::OutsideRecipe`] when it is absolute, begins with `~`, or climbs out by `..`;
/// [`FileRefusal::NotAFile`] when nothing is left of it.
pub fn recipe_path(path: &str) -> Result<String, FileRefusal> {
    let windows_absolute = path.as_bytes().get(1) == Some(&b':') || path.starts_with('\\');
    if path.starts_with('/') || path.starts_with('~') || windows_absolute {
        return Err(FileRefusal::OutsideRecipe);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(FileRefusal::OutsideRecipe)?;
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err(FileRefusal::NotAFile);
    }
    Ok(parts.join("/"))
}

/// Joins a relative path to a directory and removes `.`, `..` and empty parts, without looking
/// at the file system (Go's `filepath.Join`, which the docker CLI uses for bind sources).
pub(crate) fn join_path(directory: &str, path: &str) -> String {
    let absolute = directory.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let root: Cow<'_, str> = if absolute { "/".into() } else { "".into() };
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_recipe_are_refused() {
        for path in [
            "..",
            "../x",
            "a/../../x",
            "/etc/passwd",
            "~/x",
            "~root/x",
            "C:\\x",
            "\\\\host\\share",
        ] {
            assert_eq!(recipe_path(path), Err(FileRefusal::OutsideRecipe), "{path}");
        }
    }

    #[test]
    fn paths_inside_the_recipe_are_normalised() {
        assert_eq!(recipe_path("./a//b/./c").unwrap(), "a/b/c");
        assert_eq!(recipe_path("a/b/../c").unwrap(), "a/c");
        assert_eq!(recipe_path("."), Err(FileRefusal::NotAFile));
    }

    #[test]
    fn bind_sources_are_joined_as_go_does() {
        assert_eq!(join_path("/srv/app", "./data"), "/srv/app/data");
        assert_eq!(join_path("/srv/app", "../x/"), "/srv/x");
        assert_eq!(join_path("/", "../../x"), "/x");
    }
}
