//! The port itself: which mirror, who may fetch, how long, and what happens to a damaged one.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use allot_recipe::RecipeTree;
use async_trait::async_trait;
use gix::ObjectId;

use super::interrupt::Interrupt;
use super::location::Location;
use super::resolve::Miss;
use super::{
    Fetched, GitError, GitTree, Opened, Pinned, RecipeSource, SharedTree, Versions, Wanted, fetch,
    mirror, resolve, versions,
};

/// How often the size of a mirror is looked at while it is fetched into.
const SIZE_CHECK: Duration = Duration::from_millis(250);
/// How long an interrupted fetch gets to end by itself before the caller is told.
const GRACE: Duration = Duration::from_millis(500);

/// How mirrors are kept.
#[derive(Debug, Clone)]
pub struct MirrorOptions {
    /// The folder of the mirrors.
    pub root: PathBuf,
    /// The longest that one fetch may take, from the first packet to the last.
    pub fetch_timeout: Duration,
    /// The most bytes that one mirror may have on disk.
    pub max_mirror_bytes: u64,
    /// What is started for ssh URLs, with options put behind it.
    pub ssh_program: String,
}

impl MirrorOptions {
    /// The usual bounds: 60 seconds and 512 MiB.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            fetch_timeout: Duration::from_secs(60),
            max_mirror_bytes: 512 * 1024 * 1024,
            ssh_program: "ssh".to_owned(),
        }
    }
}

/// Recipes from bare mirrors that gix keeps. Clones share their locks.
#[derive(Clone)]
pub struct GixMirrors {
    options: Arc<MirrorOptions>,
    offline: bool,
    /// One lock for each mirror that was ever fetched; readers take none.
    locks: Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>>,
    /// What repositories of this host looked like from outside when they were last fetched, and what came of that.
    looks: Arc<Mutex<HashMap<String, (u64, Fetched)>>>,
}

impl GixMirrors {
    /// Opens the folder of the mirrors, makes it if it is not there, and removes what a killed process left half done. One
    /// process may use a folder at a time.
    pub fn open(options: MirrorOptions) -> Result<Self, GitError> {
        // Without a provider the first fetch over http would end the process.
        super::init_tls();
        let prepare = || {
            std::fs::create_dir_all(&options.root)?;
            mirror::sweep(&options.root)
        };
        prepare().map_err(|source| GitError::Folder {
            folder: options.root.clone(),
            source,
        })?;
        Ok(Self {
            options: Arc::new(options),
            offline: false,
            locks: Arc::default(),
            looks: Arc::default(),
        })
    }

    /// The same mirrors, without any network: what is on disk is what there is.
    pub fn offline(&self) -> Self {
        Self {
            offline: true,
            ..self.clone()
        }
    }

    /// The branch that the repository's head stood on when it was last fetched; none when that is not known.
    pub fn default_branch(&self, url: &str) -> Result<Option<String>, GitError> {
        Ok(mirror::branch(&self.folder(&Location::parse(url)?)))
    }

    /// Opens a mirror for all that somebody wants to read of it, and reads its versions. Fetches first when there is no mirror
    /// yet or it is damaged.
    ///
    /// # Errors
    /// The URL is none, or the mirror cannot be read and not be fetched either.
    pub async fn opened(&self, url: &str) -> Result<Opened, GitError> {
        let location = Location::parse(url)?;
        let read = |repository: &gix::Repository| {
            let versions = versions::read(repository)?;
            Ok((repository.clone().into_sync(), versions))
        };
        let (repository, versions) = self.read_or_fetch(&location, read).await?;
        Ok(Opened {
            repository,
            folder: self.folder(&location),
            shown: location.shown,
            versions,
        })
    }

    /// Removes mirrors of other repositories than these that nobody fetched for so long, and says how many. One that is
    /// being fetched stays.
    pub async fn keep_only(&self, urls: Vec<String>, idle: Duration) -> Result<usize, GitError> {
        let kept: HashSet<String> = urls
            .iter()
            .filter_map(|url| Some(Location::parse(url).ok()?.key))
            .collect();
        let this = self.clone();
        let work = tokio::task::spawn_blocking(move || this.remove_others(&kept, idle));
        let removed = work
            .await
            .unwrap_or_else(|error| Err(std::io::Error::other(error)));
        removed.map_err(|source| GitError::Folder {
            folder: self.options.root.clone(),
            source,
        })
    }

    fn remove_others(&self, kept: &HashSet<String>, idle: Duration) -> std::io::Result<usize> {
        let mut removed = 0;
        for key in mirror::idle(&self.options.root, idle)? {
            let lock = self.lock_of(&key);
            let Ok(_held) = lock.try_lock() else {
                continue;
            };
            if !kept.contains(&key) {
                mirror::remove(&self.options.root.join(&key))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn folder(&self, location: &Location) -> PathBuf {
        self.options.root.join(&location.key)
    }

    fn lock(&self, location: &Location) -> Arc<tokio::sync::Mutex<()>> {
        self.lock_of(&location.key)
    }

    fn lock_of(&self, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(key.to_owned()).or_default())
    }

    async fn fetch_location(&self, location: &Location) -> Result<Fetched, GitError> {
        if self.offline {
            return self.count_refs(location).await;
        }
        let timeout = self.options.fetch_timeout;
        let late = || GitError::Timeout {
            url: location.shown.clone(),
            seconds: timeout.as_secs_f64(),
        };
        // Waiting for another fetch of the same mirror counts as waiting for the repository.
        let lock = tokio::time::timeout(timeout, self.lock(location).lock_owned())
            .await
            .map_err(|_| late())?;
        let interrupt = Arc::new(Interrupt::new(timeout));
        let guard = FireOnDrop(Arc::clone(&interrupt));
        let (this, place, brake) = (self.clone(), location.clone(), Arc::clone(&interrupt));
        let mut work = tokio::task::spawn_blocking(move || {
            // Held until the thread is really done, not until its caller loses patience.
            let _lock = lock;
            this.refresh(&place, &brake)
        });
        let cut_short = tokio::select! {
            done = &mut work => return done.unwrap_or_else(|_| Err(GitError::Stopped { url: location.shown.clone() })),
            () = tokio::time::sleep(timeout) => late(),
            () = self.watch_size(&interrupt) => GitError::TooLarge { url: location.shown.clone(), limit: self.options.max_mirror_bytes },
        };
        drop(guard);
        // The thread ends soon after; whether it does within the grace time changes nothing for the caller.
        let _ = tokio::time::timeout(GRACE, work).await;
        Err(cut_short)
    }

    /// Brings a mirror up to date, unless the repository is on this host and looks as it did when that was last done.
    fn refresh(&self, location: &Location, brake: &Interrupt) -> Result<Fetched, GitError> {
        let folder = self.folder(location);
        // Before anything is read: what changes meanwhile looks different the next time.
        let look = fetch::look(location);
        let looks = || self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let known = looks().get(&location.key).copied();
        if let (Some(look), Some((before, fetched))) = (look, known)
            && look == before
            && mirror::seems_sound(&folder)
            && mirror::touch(&folder).is_ok()
        {
            return Ok(fetched);
        }
        looks().remove(&location.key);
        let fetched = fetch::refresh(location, &self.options, brake)?;
        if let Some(look) = look {
            let again = Fetched {
                updated: false,
                cloned: false,
                ..fetched
            };
            looks().insert(location.key.clone(), (look, again));
        }
        Ok(fetched)
    }

    /// Ends when the mirror that is being written has grown too large.
    async fn watch_size(&self, interrupt: &Interrupt) {
        let limit = self.options.max_mirror_bytes;
        // Not at once: most fetches are over by then, and looking costs as much as a small one of them.
        let first = tokio::time::Instant::now() + SIZE_CHECK;
        let mut ticks = tokio::time::interval_at(first, SIZE_CHECK);
        loop {
            ticks.tick().await;
            let Some(folder) = interrupt.writing() else {
                continue;
            };
            let size = tokio::task::spawn_blocking(move || mirror::size(&folder));
            if size.await.is_ok_and(|size| size > limit) {
                return;
            }
        }
    }

    async fn count_refs(&self, location: &Location) -> Result<Fetched, GitError> {
        let refs = self
            .read(location, |repository| {
                mirror::refs(repository).map(|refs| refs.len())
            })
            .await?;
        Ok(Fetched {
            updated: false,
            refs,
            cloned: false,
        })
    }

    /// Reads from the mirror of a location, on a thread of its own.
    async fn read<T: Send + 'static>(
        &self,
        location: &Location,
        read: impl FnOnce(&gix::Repository) -> gix::Result<T> + Send + 'static,
    ) -> Result<T, GitError> {
        let folder = self.folder(location);
        if !folder.exists() {
            return Err(GitError::Offline {
                url: location.shown.clone(),
            });
        }
        let work = tokio::task::spawn_blocking({
            let folder = folder.clone();
            move || mirror::open(&folder).and_then(|repository| read(&repository.to_thread_local()))
        });
        match work.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(source)) => {
                mirror::mark_damaged(&folder);
                Err(GitError::Damaged {
                    url: location.shown.clone(),
                    folder,
                    source: source.into(),
                })
            }
            Err(_) => Err(GitError::Stopped {
                url: location.shown.clone(),
            }),
        }
    }

    /// Reads, and where there is no mirror or it is damaged, fetches and reads again.
    async fn read_or_fetch<T: Send + 'static>(
        &self,
        location: &Location,
        read: impl Fn(&gix::Repository) -> gix::Result<T> + Clone + Send + 'static,
    ) -> Result<T, GitError> {
        match self.read(location, read.clone()).await {
            Err(GitError::Offline { .. } | GitError::Damaged { .. }) if !self.offline => {
                self.fetch_location(location).await?;
                self.read(location, read).await
            }
            outcome => outcome,
        }
    }

    async fn try_resolve(
        &self,
        location: &Location,
        wanted: &Wanted,
    ) -> Result<Result<Pinned, GitError>, GitError> {
        let (url, wanted) = (location.shown.clone(), wanted.clone());
        self.read_or_fetch(location, move |repository| {
            match resolve::resolve(repository, &url, &wanted) {
                Ok(pinned) => Ok(Ok(pinned)),
                Err(Miss::Unknown(error)) => Ok(Err(error)),
                Err(Miss::Mirror(error)) => Err(error),
            }
        })
        .await
    }
}

#[async_trait]
impl RecipeSource for GixMirrors {
    async fn fetch(&self, url: &str) -> Result<Fetched, GitError> {
        self.fetch_location(&Location::parse(url)?).await
    }

    async fn versions(&self, url: &str) -> Result<Versions, GitError> {
        self.read_or_fetch(&Location::parse(url)?, versions::read)
            .await
    }

    async fn resolve(&self, url: &str, wanted: &Wanted) -> Result<Pinned, GitError> {
        let location = Location::parse(url)?;
        let known = self.folder(&location).exists();
        match self.try_resolve(&location, wanted).await? {
            // It may have been pushed since the last fetch.
            Err(_) if known && !self.offline => {
                self.fetch_location(&location).await?;
                self.try_resolve(&location, wanted).await?
            }
            outcome => outcome,
        }
    }

    async fn open(&self, url: &str, commit: &str) -> Result<SharedTree, GitError> {
        let location = Location::parse(url)?;
        let id = ObjectId::from_hex(commit.as_bytes()).map_err(|_| GitError::NoSuchCommit {
            url: location.shown.clone(),
            wanted: commit.chars().take(80).collect(),
            why: "a full hash of 40 hexadecimal digits is needed",
        })?;
        let folder = self.folder(&location);
        let found = self
            .read_or_fetch(&location, move |repository| {
                let Some(object) = repository.try_find_object(id)? else {
                    return Ok(None);
                };
                let root = object.peel_to_tree().map(|tree| tree.id).ok();
                Ok(root.map(|root| (repository.clone(), root)))
            })
            .await?;
        let missing = || GitError::NoSuchCommit {
            url: location.shown.clone(),
            wanted: commit.to_owned(),
            why: "it is not in the mirror",
        };
        let (repository, root) = found.ok_or_else(missing)?;
        Ok(Arc::new(GitTree::new(repository, root, folder)) as Arc<dyn RecipeTree + Send + Sync>)
    }
}

/// Ends a fetch whose caller went away, as when a request is cancelled.
struct FireOnDrop(Arc<Interrupt>);

impl Drop for FireOnDrop {
    fn drop(&mut self) {
        self.0.fire();
    }
}
