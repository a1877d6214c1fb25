//! Whether a repository in a folder of this host is as it was when it was last fetched from. Its references are files, and
//! those say when they changed: looking at them is much less than reading them.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::location::{Location, Place};

/// A file that changed less than this ago may change once more without another time on it.
const SETTLED: Duration = Duration::from_secs(2);

/// Files and folders that are looked at; a repository that has more of them is read instead.
const MOST: usize = 20_000;

/// What the references of a repository look like from outside; nothing when that cannot be said, or not yet.
pub(crate) fn look(location: &Location) -> Option<u64> {
    match &location.place {
        Place::Local(path) => Look::at(&git_folder(path)?),
        Place::Remote(_) => None,
    }
}

/// The folder with the references, where they are of the usual kind.
fn git_folder(path: &Path) -> Option<PathBuf> {
    let inner = path.join(".git");
    let folder = if inner.is_dir() {
        inner
    } else {
        path.to_owned()
    };
    let elsewhere = ["commondir", "reftable"];
    let usual = elsewhere.iter().all(|name| !folder.join(name).exists());
    (usual && folder.join("HEAD").is_file()).then_some(folder)
}

struct Look {
    hasher: DefaultHasher,
    seen: usize,
    /// What changed after this may still change.
    before: Duration,
}

impl Look {
    fn at(folder: &Path) -> Option<u64> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let mut look = Self {
            hasher: DefaultHasher::new(),
            seen: 0,
            before: now.checked_sub(SETTLED)?,
        };
        for file in ["HEAD", "config", "packed-refs"] {
            look.stamp(&folder.join(file))?;
        }
        let mut open = vec![folder.join("refs")];
        while let Some(current) = open.pop() {
            look.stamp(&current)?;
            let mut entries: Vec<PathBuf> = std::fs::read_dir(&current)
                .ok()?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<_, _>>()
                .ok()?;
            entries.sort();
            for path in entries {
                match path.is_dir() {
                    true => open.push(path),
                    false => look.stamp(&path)?,
                }
            }
        }
        Some(look.hasher.finish())
    }

    /// Takes in what is known of a file from outside. That it is not there is known, too.
    fn stamp(&mut self, path: &Path) -> Option<()> {
        path.hash(&mut self.hasher);
        self.seen += 1;
        if self.seen > MOST {
            return None;
        }
        let Ok(found) = std::fs::symlink_metadata(path) else {
            return Some(());
        };
        let seconds = u64::try_from(found.ctime()).ok()?;
        // What a link leads to changes without the link.
        if seconds >= self.before.as_secs() || found.is_symlink() {
            return None;
        }
        let facts = (found.ino(), found.size(), found.ctime(), found.ctime_nsec());
        facts.hash(&mut self.hasher);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const LOOK_AGAIN: Duration = Duration::from_millis(20);

    fn repository() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("refs/tags/v")).unwrap();
        fs::write(dir.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(dir.path().join("refs/tags/v/1"), "0".repeat(40)).unwrap();
        dir
    }

    /// As it looks once nothing in it is young any more.
    fn settled(folder: &Path) -> u64 {
        let deadline = std::time::Instant::now() + 5 * SETTLED;
        loop {
            if let Some(look) = Look::at(folder) {
                return look;
            }
            assert!(std::time::Instant::now() < deadline, "it never settles");
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    #[test]
    fn a_change_is_seen_and_one_that_is_too_young_is_not_trusted() {
        let dir = repository();
        let folder = git_folder(dir.path()).unwrap();
        assert_eq!(
            Look::at(&folder),
            None,
            "it may change within the same tick"
        );
        let first = settled(&folder);
        assert_eq!(settled(&folder), first);
        fs::write(folder.join("refs/tags/v/1"), "1".repeat(40)).unwrap();
        assert_eq!(Look::at(&folder), None);
        let second = settled(&folder);
        assert_ne!(second, first, "of the same length, at the same place");
        fs::write(folder.join("packed-refs"), "").unwrap();
        assert_ne!(settled(&folder), second);
    }

    #[test]
    fn references_of_another_kind_are_read() {
        let dir = repository();
        fs::create_dir(dir.path().join("reftable")).unwrap();
        assert_eq!(git_folder(dir.path()), None);
        let none = tempfile::tempdir().unwrap();
        assert_eq!(git_folder(none.path()), None);
        let linked = repository();
        std::os::unix::fs::symlink("v/1", linked.path().join("refs/tags/latest")).unwrap();
        let deadline = std::time::Instant::now() + SETTLED + SETTLED / 2;
        while std::time::Instant::now() < deadline {
            assert_eq!(Look::at(linked.path()), None);
            std::thread::sleep(LOOK_AGAIN);
        }
    }
}
