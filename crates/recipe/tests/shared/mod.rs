//! The real recipes outside the repository, as trees in memory.

// Each test binary uses a part of this.
#![allow(dead_code, reason = "shared by several test binaries")]

use std::path::{Path, PathBuf};

use allot_recipe::MemoryTree;

/// The folders of `../shared/recipes`, or none where they are not at hand.
pub fn shared_recipes() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recipes");
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut folders: Vec<_> = entries
        .filter_map(|e| e.ok())
        .map(|e| e.path())
        .filter(|p| p.is_dir())
        .collect();
    folders.sort();
    folders
}

/// One of them.
pub fn recipe(name: &str) -> Option<MemoryTree> {
    let folder = shared_recipes().into_iter().find(|f| f.ends_with(name))?;
    Some(tree_of(&folder))
}

/// Every file of a folder.
pub fn tree_of(folder: &Path) -> MemoryTree {
    let mut tree = MemoryTree::new();
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in std::fs::read_dir(&current).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("inside")
                    .to_str()
                    .expect("UTF-8")
                    .to_owned();
                tree.insert(&name, std::fs::read(&path).expect("readable"));
            }
        }
    }
    tree
}
