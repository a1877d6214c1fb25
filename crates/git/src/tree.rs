//! The files of a recipe at one commit.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use allot_recipe::tree::{
    Entry, EntryKind, RecipeTree, TreeError, kind_name, normal_path, resolve_link,
};
use gix::ObjectId;
use gix::objs::tree::{EntryKind as GitKind, EntryMode};
use gix::objs::{Kind, TreeRef};

use super::mirror;

/// The most links that are followed for one path, as on Linux.
const MOST_LINKS: usize = 40;
/// The longest target of a symbolic link, as on Linux.
const LONGEST_LINK: u64 = 4096;
/// The most bytes of one folder's object: some hundred thousand entries, more than any recipe has.
const LARGEST_FOLDER: u64 = 4 * 1024 * 1024;
/// So many objects, none with more bytes than this, are kept in memory: every path leads through the same few folders, and most
/// files are the same from one version to the next.
const MOST_KEPT: usize = 64;
const LARGEST_KEPT: usize = 64 * 1024;

/// A recipe's files, read from the objects of a mirror at one commit. Cheap to share between threads.
pub struct GitTree {
    reader: Arc<Reader>,
    root: ObjectId,
}

/// Bytes of objects. The kind stands beside the id, since a folder may call a file a folder.
type Kept = HashMap<(Kind, ObjectId), Arc<[u8]>>;

/// What the objects of a mirror are read with, by one tree or by several of the same mirror.
pub(super) struct Reader {
    /// One handle for all reads: each new one would begin without what the one before has unpacked.
    repository: Mutex<gix::Repository>,
    /// The mirror, which is marked when an object turns out to be missing or broken.
    folder: PathBuf,
    /// Objects that were read already.
    kept: Mutex<Kept>,
    /// Whether files are kept as well: a single tree reads each of them once.
    keeps_files: bool,
}

impl Reader {
    fn new(repository: gix::Repository, folder: PathBuf, keeps_files: bool) -> Self {
        Self {
            repository: Mutex::new(repository),
            folder,
            kept: Mutex::default(),
            keeps_files,
        }
    }

    /// For many trees of one mirror, which have most of their files in common.
    pub(super) fn of_many(repository: gix::Repository, folder: PathBuf) -> Self {
        Self::new(repository, folder, true)
    }

    fn kept(&self, kind: Kind, id: ObjectId) -> Option<Arc<[u8]>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&(kind, id)).map(Arc::clone)
    }

    fn keep(&self, kind: Kind, id: ObjectId, bytes: &Arc<[u8]>) {
        if bytes.len() > LARGEST_KEPT {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert((kind, id), Arc::clone(bytes));
    }
}

/// What was found at a path.
#[derive(Clone, Copy)]
struct Found {
    id: ObjectId,
    kind: EntryKind,
}

/// How far a walk along a path came.
enum Walk {
    /// To its end.
    Found(Found),
    /// To a link, after which the walk goes on elsewhere.
    Link(String),
}

impl GitTree {
    /// The files of the tree `root`.
    pub(super) fn new(repository: gix::Repository, root: ObjectId, folder: PathBuf) -> Self {
        Self::of(Arc::new(Reader::new(repository, folder, false)), root)
    }

    /// The files of the tree `root`, read together with others of the same mirror.
    pub(super) fn of(reader: Arc<Reader>, root: ObjectId) -> Self {
        Self { reader, root }
    }

    fn repository(&self) -> MutexGuard<'_, gix::Repository> {
        let repository = self.reader.repository.lock();
        repository.unwrap_or_else(PoisonError::into_inner)
    }

    fn broken(&self, path: &str, source: gix::Error) -> TreeError {
        mirror::mark_damaged(&self.reader.folder);
        TreeError::Unreadable {
            path: path.to_owned(),
            source: source.into(),
        }
    }

    /// Finds what is at a path, links followed.
    fn find(
        &self,
        repository: &gix::Repository,
        asked: &str,
        follow_last: bool,
    ) -> Result<Found, TreeError> {
        let mut path = normal_path(asked)?;
        for _ in 0..MOST_LINKS {
            match self
                .walk(repository, &path, follow_last)
                .map_err(|e| e.naming(asked))?
            {
                Walk::Found(found) => return Ok(found),
                Walk::Link(target) => path = target,
            }
        }
        Err(TreeError::Escapes {
            path: asked.to_owned(),
            why: "its links go in circles".to_owned(),
        })
    }

    fn walk(
        &self,
        repository: &gix::Repository,
        path: &str,
        follow_last: bool,
    ) -> Result<Walk, TreeError> {
        let mut found = Found {
            id: self.root,
            kind: EntryKind::Folder,
        };
        let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
        for (index, name) in parts.iter().enumerate() {
            let here = parts.get(..=index).unwrap_or_default().join("/");
            if found.kind != EntryKind::Folder {
                return Err(TreeError::NotFound { path: here });
            }
            found = self.child(repository, found.id, name, &here)?;
            let is_last = index + 1 == parts.len();
            if found.kind == EntryKind::Symlink && (follow_last || !is_last) {
                let target = self.link_target(repository, found.id, &here)?;
                let rest = parts.get(index + 1..).unwrap_or_default().join("/");
                let target = format!("{}/{rest}", resolve_link(&here, &target)?);
                return Ok(Walk::Link(normal_path(target.trim_start_matches('/'))?));
            }
        }
        Ok(Walk::Found(found))
    }

    fn child(
        &self,
        repository: &gix::Repository,
        folder: ObjectId,
        name: &str,
        path: &str,
    ) -> Result<Found, TreeError> {
        let bytes = self.folder_object(repository, folder, path)?;
        let tree = self.decode(&bytes, folder, path)?;
        match tree.entries.iter().find(|e| e.filename == name) {
            Some(entry) => Ok(Found {
                id: entry.oid.to_owned(),
                kind: kind(entry.mode),
            }),
            None => Err(TreeError::NotFound {
                path: path.to_owned(),
            }),
        }
    }

    /// The bytes of a folder's object.
    fn folder_object(
        &self,
        repository: &gix::Repository,
        id: ObjectId,
        path: &str,
    ) -> Result<Arc<[u8]>, TreeError> {
        if let Some(bytes) = self.reader.kept(Kind::Tree, id) {
            return Ok(bytes);
        }
        self.check_size(repository, id, path, LARGEST_FOLDER)?;
        let mut tree = repository.find_tree(id).map_err(|e| self.broken(path, e))?;
        let bytes: Arc<[u8]> = std::mem::take(&mut tree.data).into();
        self.reader.keep(Kind::Tree, id, &bytes);
        Ok(bytes)
    }

    fn decode<'b>(
        &self,
        bytes: &'b [u8],
        id: ObjectId,
        path: &str,
    ) -> Result<TreeRef<'b>, TreeError> {
        TreeRef::from_bytes(bytes, id.kind()).map_err(|e| self.broken(path, e))
    }

    fn link_target(
        &self,
        repository: &gix::Repository,
        id: ObjectId,
        path: &str,
    ) -> Result<String, TreeError> {
        let bytes = self.blob(repository, id, path, LONGEST_LINK)?;
        String::from_utf8(bytes).map_err(|_| TreeError::Escapes {
            path: path.to_owned(),
            why: "its target is not UTF-8 text".to_owned(),
        })
    }

    fn blob(
        &self,
        repository: &gix::Repository,
        id: ObjectId,
        path: &str,
        limit: u64,
    ) -> Result<Vec<u8>, TreeError> {
        if let Some(bytes) = self.reader.kept(Kind::Blob, id) {
            check_size(u64::try_from(bytes.len()).unwrap_or(u64::MAX), path, limit)?;
            return Ok(bytes.to_vec());
        }
        self.check_size(repository, id, path, limit)?;
        let mut blob = repository.find_blob(id).map_err(|e| self.broken(path, e))?;
        if self.reader.keeps_files {
            self.reader.keep(Kind::Blob, id, &Arc::from(&blob.data[..]));
        }
        Ok(blob.take_data())
    }

    /// Looks at the size in an object's header, before its content is unpacked.
    fn check_size(
        &self,
        repository: &gix::Repository,
        id: ObjectId,
        path: &str,
        limit: u64,
    ) -> Result<(), TreeError> {
        let size = repository
            .find_header(id)
            .map_err(|e| self.broken(path, e))?
            .size();
        check_size(size, path, limit)
    }
}

impl RecipeTree for GitTree {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, TreeError> {
        let repository = self.repository();
        let found = self.find(&repository, path, true)?;
        if found.kind != EntryKind::File {
            return Err(TreeError::WrongKind {
                path: path.to_owned(),
                found: kind_name(found.kind),
                wanted: "file",
            });
        }
        self.blob(&repository, found.id, path, limit)
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, TreeError> {
        let repository = self.repository();
        let found = self.find(&repository, path, true)?;
        if found.kind != EntryKind::Folder {
            return Err(TreeError::WrongKind {
                path: path.to_owned(),
                found: kind_name(found.kind),
                wanted: "folder",
            });
        }
        let bytes = self.folder_object(&repository, found.id, path)?;
        let tree = self.decode(&bytes, found.id, path)?;
        let mut entries: Vec<Entry> = tree
            .entries
            .iter()
            .map(|e| Entry {
                name: e.filename.to_string(),
                kind: kind(e.mode),
            })
            .collect();
        for entry in entries.iter().filter(|e| e.kind == EntryKind::Submodule) {
            tracing::warn!(
                folder = path,
                name = entry.name,
                "a submodule is not part of the recipe and is left out"
            );
        }
        // git orders folders as if their names ended in `/`.
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn is_symlink(&self, path: &str) -> Result<bool, TreeError> {
        let repository = self.repository();
        match self.find(&repository, path, false) {
            Ok(found) => Ok(found.kind == EntryKind::Symlink),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn check_size(size: u64, path: &str, limit: u64) -> Result<(), TreeError> {
    if size > limit {
        return Err(TreeError::TooLarge {
            path: path.to_owned(),
            size,
            limit,
        });
    }
    Ok(())
}

fn kind(mode: EntryMode) -> EntryKind {
    match mode.kind() {
        GitKind::Blob | GitKind::BlobExecutable => EntryKind::File,
        GitKind::Tree => EntryKind::Folder,
        GitKind::Link => EntryKind::Symlink,
        GitKind::Commit => EntryKind::Submodule,
    }
}

/// An error of a walk names the path that was asked for, wherever links led.
trait Naming {
    fn naming(self, asked: &str) -> Self;
}

impl Naming for TreeError {
    fn naming(mut self, asked: &str) -> Self {
        if let Self::NotFound { path } | Self::Escapes { path, .. } = &mut self {
            asked.clone_into(path);
        }
        self
    }
}
