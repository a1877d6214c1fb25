//! What the agent had at its hub before it joined at another one. Whoever has a copy of the log can say to go on with
//! it, and send invites: until enough members have accepted the new hub, there is a way back.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Federation,
    credential::Credential,
    error::{FederationError, Result},
    home::{FileError, Home},
    member::Member,
    membership::Membership,
    memory::Memory,
    notices::Notice,
    write::to_the_end,
};

/// The folder. It is whole when it has this name.
const DIR: &str = "before";

/// Its name while it is made.
const NEW: &str = "before.new";

/// Its name once it was decided to go back, until all of it is in its place.
const BACK: &str = "before.back";

/// Its name while it is taken away.
const GONE: &str = "before.gone";

impl Home {
    /// The membership that is kept aside, if one is.
    ///
    /// # Errors
    /// Its file cannot be read.
    pub(super) fn before(&self) -> std::result::Result<Option<Membership>, FileError> {
        Membership::read(&self.within(DIR))
    }

    /// Keeps aside what is here, unless something older is. Nobody may write to the log meanwhile.
    fn keep_before(&self) -> Result<()> {
        if self.path(DIR).exists() {
            return Ok(());
        }
        self.take_away(NEW)?;
        let new = self.within(NEW);
        if let Some(membership) = Membership::read(self)? {
            membership.write(&new)?;
        }
        if let Some(credential) = Credential::read(self)? {
            credential.write(&new)?;
        }
        if let Some(memory) = Memory::read(self)? {
            memory.write(&new)?;
        }
        copy_dir(&self.ledger(), &new.ledger())?;
        allot_store::sync_dir(&self.path(NEW)).map_err(failed("sync", &self.path(NEW)))?;
        Ok(self.rename(NEW, DIR)?)
    }

    /// Puts back what was kept aside.
    fn put_back(&self) -> Result<()> {
        self.rename(DIR, BACK)?;
        self.finish_going_back()
    }

    /// Ends what an agent that died had begun. Each step can be taken twice.
    pub(super) fn finish_going_back(&self) -> Result<()> {
        if self.path(BACK).exists() {
            let back = self.within(BACK);
            if back.ledger().exists() {
                self.remove_ledger()?;
                let (from, to) = (back.ledger(), self.ledger());
                fs::rename(&from, &to).map_err(failed("rename", &from))?;
            }
            match Credential::read(&back)? {
                Some(credential) => credential.write(self)?,
                None => Credential::remove(self)?,
            }
            match Memory::read(&back)? {
                Some(memory) => memory.write(self)?,
                None => Memory::remove(self)?,
            }
            if let Some(membership) = Membership::read(&back)? {
                membership.write(self)?;
            }
            self.rename(BACK, GONE)?;
        }
        Ok(self.take_away(GONE)?)
    }

    /// Forgets what was kept aside: the new hub is the federation's.
    fn forget_before(&self) -> Result<()> {
        self.take_away(GONE)?;
        self.rename(DIR, GONE)?;
        Ok(self.take_away(GONE)?)
    }

    fn take_away(&self, name: &str) -> std::result::Result<(), FileError> {
        let path = self.path(name);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }
}

impl Federation {
    /// Goes back to the hub before, while the new one is not accepted. Says where it is.
    ///
    /// # Errors
    /// There is none to go back to, or the disk says no.
    pub async fn reject_hub(self: &Arc<Self>) -> Result<String> {
        let federation = Arc::clone(self);
        to_the_end(async move { federation.reject().await }).await
    }

    async fn reject(&self) -> Result<String> {
        let _one = self.joining.lock().await;
        let member = self.member()?;
        if self.home.before()?.is_none() || member.is_accepted().await {
            return Err(FederationError::NoHubBefore);
        }
        let theirs = member.membership.hub.clone();
        self.go_back().await?;
        let member = self.member()?;
        let ours = member.membership.hub.clone();
        member.notices.add(vec![Notice {
            time: self.clock.now(),
            text: format!("the hub at {theirs} was rejected; this agent is back at {ours}"),
        }]);
        Ok(ours)
    }

    /// Keeps all aside that the agent has at its hub. What runs has ended then; it goes on if this fails.
    pub(super) async fn keep_before(&self, membership: &Membership) -> Result<()> {
        let log = self.end().await;
        let home = self.home.clone();
        let kept = blocking(move || home.keep_before()).await;
        if kept.is_err() {
            self.begin(membership.clone(), log)?;
        }
        kept
    }

    /// As before the agent joined at another hub.
    pub(super) async fn go_back(&self) -> Result<()> {
        self.end().await;
        let active = self.active.load_full();
        // Whoever still writes through the hub that is left changes nothing of what is put back.
        let _held = match &active {
            Some(active) => {
                active.member.link.send_modify(|link| {
                    link.hub = None;
                    link.at_head = false;
                });
                let writing = active.member.writing.lock().await;
                Some((writing, active.member.memory.lock().await))
            }
            None => None,
        };
        let home = self.home.clone();
        blocking(move || home.put_back()).await?;
        let membership = Membership::read(&self.home)?.ok_or(FederationError::NotJoined)?;
        self.begin(membership, None)
    }
}

impl Member {
    /// Whether the log says that this hub is the federation's, and nobody has to accept it any more.
    pub(super) async fn is_accepted(&self) -> bool {
        let Ok(log) = self.log() else {
            return false;
        };
        let book = log.book().await;
        let state = book.state();
        state.pending_hub().is_none() && state.hub().ca == self.membership.ca
    }

    /// Forgets the hub before, once this one is accepted.
    pub(super) async fn settle_before(&self) {
        if !self.home.path(DIR).exists() || !self.is_accepted().await {
            return;
        }
        let gave_up = self.memory.lock().await.gave_up.clone();
        if gave_up.is_some_and(|gave_up| !gave_up.is_checked) {
            return;
        }
        let home = self.home.clone();
        if let Err(error) = blocking(move || home.forget_before()).await {
            tracing::warn!(
                code = error.code(),
                "what was kept of the hub before stays: {error}"
            );
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| FederationError::Worker {
        what: error.to_string(),
    })?
}

/// Copies a folder with all that is in it, and sees to it that it is on disk; an empty one when there is none.
fn copy_dir(from: &Path, to: &Path) -> std::result::Result<(), FileError> {
    fs::create_dir_all(to).map_err(failed("make", to))?;
    let entries = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        entries => entries
            .and_then(Iterator::collect)
            .map_err(failed("read", from))?,
    };
    for entry in entries {
        let entry: fs::DirEntry = entry;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_dir(&from, &to)?;
        } else {
            let copied = fs::copy(&from, &to).and_then(|_| File::open(&to)?.sync_all());
            copied.map_err(failed("copy", &from))?;
        }
    }
    allot_store::sync_dir(to).map_err(failed("sync", to))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path: PathBuf = path.to_owned();
    move |source| FileError::Io {
        doing,
        path,
        source,
    }
}
