//! A recipe in memory, for tests and for a packed work tree.

use std::collections::{BTreeMap, BTreeSet};

use super::{Entry, EntryKind, RecipeTree, TreeError, kind_name, normal_path, resolve_link};

/// The most links that are followed for one path, as on Linux.
const MOST_LINKS: usize = 40;

/// A recipe in memory: files and symbolic links by path.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    nodes: BTreeMap<String, Node>,
}

#[derive(Debug, Clone)]
enum Node {
    File(Vec<u8>),
    Link(String),
}

impl MemoryTree {
    /// An empty recipe.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces it.
    pub fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.insert(path, bytes.into());
        self
    }

    /// Adds a symbolic link, or replaces what is there.
    pub fn with_link(mut self, path: &str, target: &str) -> Self {
        self.nodes
            .insert(path.to_owned(), Node::Link(target.to_owned()));
        self
    }

    /// Adds a file, or replaces it.
    pub fn insert(&mut self, path: &str, bytes: Vec<u8>) {
        self.nodes.insert(path.to_owned(), Node::File(bytes));
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        match self.nodes.get(path) {
            Some(Node::File(_)) => Some(EntryKind::File),
            Some(Node::Link(_)) => Some(EntryKind::Symlink),
            None if path.is_empty() => Some(EntryKind::Folder),
            None => self.below(path).next().map(|_| EntryKind::Folder),
        }
    }

    fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> {
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        self.nodes
            .keys()
            .filter_map(move |path| path.strip_prefix(prefix.as_str()))
    }

    /// The path with every link on it followed.
    fn follow(&self, path: &str) -> Result<String, TreeError> {
        let mut path = normal_path(path)?;
        for _ in 0..MOST_LINKS {
            match self.first_link(&path) {
                Some((link, target)) => {
                    let behind = path.get(link.len()..).unwrap_or_default();
                    path = normal_path(&format!("{}{behind}", resolve_link(&link, target)?))?;
                }
                None => return Ok(path),
            }
        }
        Err(TreeError::Escapes {
            path,
            why: "its links go in circles".to_owned(),
        })
    }

    fn first_link(&self, path: &str) -> Option<(String, &str)> {
        let ends = path
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([path.len()]);
        ends.filter_map(|end| path.get(..end))
            .find_map(|prefix| match self.nodes.get(prefix) {
                Some(Node::Link(target)) => Some((prefix.to_owned(), target.as_str())),
                _ => None,
            })
    }
}

impl RecipeTree for MemoryTree {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, TreeError> {
        let followed = self.follow(path)?;
        match (self.nodes.get(&followed), self.kind(&followed)) {
            (Some(Node::File(bytes)), _) if bytes.len() as u64 > limit => {
                Err(TreeError::TooLarge {
                    path: path.to_owned(),
                    size: bytes.len() as u64,
                    limit,
                })
            }
            (Some(Node::File(bytes)), _) => Ok(bytes.clone()),
            (_, Some(kind)) => Err(TreeError::WrongKind {
                path: path.to_owned(),
                found: kind_name(kind),
                wanted: "file",
            }),
            (_, None) => Err(TreeError::NotFound {
                path: path.to_owned(),
            }),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, TreeError> {
        let folder = self.follow(path)?;
        match self.kind(&folder) {
            Some(EntryKind::Folder) => {}
            Some(kind) => {
                return Err(TreeError::WrongKind {
                    path: path.to_owned(),
                    found: kind_name(kind),
                    wanted: "folder",
                });
            }
            None => {
                return Err(TreeError::NotFound {
                    path: path.to_owned(),
                });
            }
        }
        let names: BTreeSet<&str> = self
            .below(&folder)
            .filter_map(|rest| rest.split('/').next())
            .collect();
        let entry = |name: &str| {
            let full = if folder.is_empty() {
                name.to_owned()
            } else {
                format!("{folder}/{name}")
            };
            Some(Entry {
                name: name.to_owned(),
                kind: self.kind(&full)?,
            })
        };
        Ok(names.into_iter().filter_map(entry).collect())
    }

    fn is_symlink(&self, path: &str) -> Result<bool, TreeError> {
        let path = normal_path(path)?;
        match path.rsplit_once('/') {
            Some((folder, name)) => {
                let folder = self.follow(folder)?;
                Ok(self.kind(&format!("{folder}/{name}")) == Some(EntryKind::Symlink))
            }
            None => Ok(self.kind(&path) == Some(EntryKind::Symlink)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> MemoryTree {
        MemoryTree::new()
            .with("a/b.txt", "b")
            .with("top", "t")
            .with_link("link", "a/b.txt")
            .with_link("folder", "a")
            .with_link("out", "../secret")
            .with_link("loop", "loop")
    }

    #[test]
    fn reads_files_through_links_that_stay_inside() {
        assert_eq!(tree().read("link", 10).expect("inside"), b"b");
        assert_eq!(tree().read("folder/b.txt", 10).expect("inside"), b"b");
        assert_eq!(tree().read("./a/../top", 10).expect("inside"), b"t");
    }

    #[test]
    fn refuses_links_out_of_the_recipe_and_in_circles() {
        for path in ["out", "loop", "../x"] {
            assert_eq!(tree().read(path, 10).expect_err(path).code(), "AL-1202");
        }
    }

    #[test]
    fn lists_a_folder_in_order() {
        let names = |path| {
            tree()
                .list(path)
                .expect(path)
                .into_iter()
                .map(|e| e.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(""), ["a", "folder", "link", "loop", "out", "top"]);
        assert_eq!(names("folder"), ["b.txt"]);
        assert_eq!(tree().list("top").expect_err("a file").code(), "AL-1203");
    }

    #[test]
    fn says_what_is_missing_too_large_or_no_file() {
        assert!(tree().read("nope", 10).expect_err("missing").is_not_found());
        assert_eq!(
            tree().read("top", 0).expect_err("too large").code(),
            "AL-1204"
        );
        assert_eq!(
            tree().read("a", 10).expect_err("a folder").code(),
            "AL-1203"
        );
        assert!(tree().is_symlink("link").expect("there"));
        assert!(!tree().is_symlink("top").expect("there"));
    }
}
