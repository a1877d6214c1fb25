//! Content that is named by its SHA-256.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::TempPath;

use crate::error::BlobError;
use crate::fsx;
use crate::group_sync::GroupSync;
use crate::limits::MAX_BLOB;

/// The name of a blob: the SHA-256 of its content, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlobId([u8; 32]);

impl BlobId {
    /// The id of a content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

impl FromStr for BlobId {
    type Err = BlobError;

    fn from_str(text: &str) -> Result<Self, BlobError> {
        let mut hash = [0; 32];
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut hash) {
            Ok(()) if lower => Ok(Self(hash)),
            _ => Err(BlobError::Id {
                text: text.chars().take(80).collect(),
            }),
        }
    }
}

impl TryFrom<String> for BlobId {
    type Error = BlobError;

    fn try_from(text: String) -> Result<Self, BlobError> {
        text.parse()
    }
}

impl From<BlobId> for String {
    fn from(id: BlobId) -> String {
        id.to_string()
    }
}

/// A directory of blobs: `ab/abcd…`, directories 0700, files 0600. It may be shared between threads.
#[derive(Debug, Clone)]
pub struct Blobs {
    dir: PathBuf,
    /// None for who only looks.
    group: Option<Arc<GroupSync>>,
}

impl Blobs {
    /// Uses a directory, which is made if it is absent. Temporary files of a process that died are removed.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn open(dir: &Path) -> Result<Self, BlobError> {
        fsx::create_dir(dir).map_err(BlobError::io("make the directory", dir))?;
        fsx::remove_leftovers(dir).map_err(BlobError::io("tidy", dir))?;
        let group = GroupSync::new(dir).map_err(BlobError::io("open", dir))?;
        Ok(Self {
            dir: dir.to_owned(),
            group: Some(Arc::new(group)),
        })
    }

    /// Keeps a content, durably, and returns its id. A content that is there already is left as it is, unless
    /// it is damaged; then it is written anew.
    ///
    /// # Errors
    /// Too large, or what the operating system says; then nothing is kept.
    pub fn put(&self, content: &[u8]) -> Result<BlobId, BlobError> {
        let size = content.len() as u64;
        if size > MAX_BLOB {
            return Err(BlobError::TooLarge { size });
        }
        let id = BlobId::of(content);
        let path = self.path(id);
        if self.get(id).is_ok() {
            return Ok(id);
        }
        self.write(&path, content)
            .map_err(BlobError::io("write", &path))?;
        Ok(id)
    }

    /// Keeps many contents, as [`Self::put`] does, with two syncs of the file system for all of them and for whoever else
    /// keeps some at the same time, instead of two for each. Returns their ids in the same order.
    ///
    /// # Errors
    /// One is too large, or what the operating system says; then some of them may be kept.
    pub fn put_all<C: AsRef<[u8]>>(&self, contents: &[C]) -> Result<Vec<BlobId>, BlobError> {
        let (Some(group), [_, _, ..]) = (&self.group, contents) else {
            return contents.iter().map(|c| self.put(c.as_ref())).collect();
        };
        let mut ids = Vec::with_capacity(contents.len());
        let mut new = BTreeMap::new();
        for content in contents.iter().map(AsRef::as_ref) {
            let size = content.len() as u64;
            if size > MAX_BLOB {
                return Err(BlobError::TooLarge { size });
            }
            let id = BlobId::of(content);
            ids.push(id);
            if !new.contains_key(&id) && self.get(id).is_err() {
                let path = self.path(id);
                let file = write_beside(&path, content);
                new.insert(id, file.map_err(BlobError::io("write", &path))?);
            }
        }
        if new.is_empty() {
            return Ok(ids);
        }
        let sync = || group.sync().map_err(BlobError::io("sync", &self.dir));
        // A content has its name only once it is durable: whoever finds it there may rest on it.
        sync()?;
        for (id, file) in new {
            let path = self.path(id);
            let named = file.persist(&path).map_err(|refused| refused.error);
            named.map_err(BlobError::io("write", &path))?;
        }
        sync()?;
        Ok(ids)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        fsx::create_dir(fsx::parent(path))?;
        // The temporary file lies in the blob directory itself, where `open` looks for leftovers.
        let mut file = fsx::temporary_beside(fsx::parent(path))?;
        file.write_all(content)?;
        fsx::persist(file, path)
    }

    /// The content of a blob. Its hash is checked.
    ///
    /// # Errors
    /// Missing, damaged, or what the operating system says.
    pub fn get(&self, id: BlobId) -> Result<Bytes, BlobError> {
        let path = self.path(id);
        let content = match read_bounded(&path) {
            Ok(content) => content,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Err(BlobError::Missing { id: id.to_string() });
            }
            Err(source) => {
                return Err(BlobError::Io {
                    doing: "read",
                    path,
                    source,
                });
            }
        };
        let found = BlobId::of(&content);
        if found == id {
            return Ok(Bytes::from(content));
        }
        Err(BlobError::Damaged {
            id: id.to_string(),
            path,
            found: found.to_string(),
        })
    }

    /// How long a blob is; nothing when there is none. It is not read, so it may be damaged.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn size(&self, id: BlobId) -> Result<Option<u64>, BlobError> {
        let path = self.path(id);
        match fs::metadata(&path) {
            Ok(found) => Ok(Some(found.len())),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(BlobError::io("look at", &path)(cause)),
        }
    }

    /// Removes a blob, durably; says whether it was there.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn remove(&self, id: BlobId) -> Result<bool, BlobError> {
        let path = self.path(id);
        match fs::remove_file(&path) {
            Ok(()) => {
                fsx::sync_dir(fsx::parent(&path)).map_err(BlobError::io("remove", &path))?;
                Ok(true)
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(BlobError::Io {
                doing: "remove",
                path,
                source,
            }),
        }
    }

    /// The ids of all blobs, ascending within each first byte, in no order otherwise. Files with other names
    /// are passed over.
    pub fn iter(&self) -> impl Iterator<Item = Result<BlobId, BlobError>> + use<> {
        blob_files(&self.dir).filter_map(|path| match path {
            Ok(path) => path.file_name()?.to_str()?.parse().ok().map(Ok),
            Err(error) => Some(Err(error)),
        })
    }

    /// The file of a blob.
    pub(crate) fn path(&self, id: BlobId) -> PathBuf {
        let name = id.to_string();
        let fan = name.get(..2).unwrap_or_default();
        self.dir.join(fan).join(&name)
    }

    /// A handle on a directory that is only looked at.
    pub(crate) fn read_only(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            group: None,
        }
    }
}

/// Writes a temporary file beside `path`, and leaves it to others to make it durable.
fn write_beside(path: &Path, content: &[u8]) -> io::Result<TempPath> {
    fsx::make_dir(fsx::parent(path))?;
    let mut file = fsx::temporary_beside(fsx::parent(path))?;
    file.write_all(content)?;
    Ok(file.into_temp_path())
}

/// Every file in the fan-out directories; one directory's names are in memory at a time.
pub(crate) fn blob_files(dir: &Path) -> impl Iterator<Item = Result<PathBuf, BlobError>> + use<> {
    let fans = list(dir);
    fans.into_iter().flat_map(|fan| match fan {
        Ok(path) if path.is_dir() => list(&path),
        Ok(_) => Vec::new(),
        Err(error) => vec![Err(error)],
    })
}

fn list(dir: &Path) -> Vec<Result<PathBuf, BlobError>> {
    let named = |cause| BlobError::io("list", dir)(cause);
    match fs::read_dir(dir) {
        Ok(entries) => {
            let mut paths: Vec<_> = entries
                .map(|entry| entry.map(|entry| entry.path()).map_err(named))
                .collect();
            paths.sort_by(|a, b| a.as_ref().ok().cmp(&b.as_ref().ok()));
            paths
        }
        Err(cause) => vec![Err(named(cause))],
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    // A file over the bound is no blob of ours; what is read of it does not have the hash.
    let mut content = Vec::with_capacity(usize::try_from(size.min(MAX_BLOB)).unwrap_or_default());
    file.take(MAX_BLOB + 1).read_to_end(&mut content)?;
    Ok(content)
}
