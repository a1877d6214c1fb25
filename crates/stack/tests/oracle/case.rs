//! A stack to compare.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// A directory with compose files.
///
/// `compose.yml` comes first, then `compose.*.yml` in order of their names. `env` holds
/// variables (`NAME=value`, taken as they stand), `row` the id of the difference that the case is about.
pub struct Case {
    pub name: String,
    pub dir: PathBuf,
    pub files: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub row: Option<String>,
}

impl Case {
    /// Every directory below `root`.
    pub fn all(root: &Path) -> Vec<Self> {
        let mut cases: Vec<Self> = list(root)
            .into_iter()
            .filter(|name| root.join(name).is_dir())
            .map(|name| Self::read(root, name))
            .collect();
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        cases
    }

    fn read(root: &Path, name: String) -> Self {
        let dir = root.join(&name);
        let mut files: Vec<String> = list(&dir)
            .into_iter()
            .filter(|f| f.starts_with("compose.") && f.ends_with(".yml") && f != "compose.yml")
            .collect();
        files.sort();
        files.insert(0, "compose.yml".to_owned());
        let env = fs::read_to_string(dir.join("env")).unwrap_or_default();
        let env = env
            .lines()
            .filter_map(|l| l.split_once('='))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        let row = fs::read_to_string(dir.join("row"))
            .ok()
            .map(|row| row.trim().to_owned());
        Self {
            name,
            dir,
            files,
            env,
            row,
        }
    }
}

fn list(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect()
}
