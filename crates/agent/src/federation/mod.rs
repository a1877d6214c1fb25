//! The agent in its federation: it follows the hub's log, believes nothing of it that does not prove itself, and writes
//! for its collective.
//!
//! Without a hub everything that reads works on, and nothing is queued. An agent in no federation opens nothing and runs
//! nothing of this.

mod application;
mod before;
mod compare;
mod cosign;
mod credential;
mod decide;
mod enough;
mod entries;
mod error;
mod evidence;
mod figures;
mod follow;
mod gather;
mod home;
pub mod hub;
mod join;
mod keys;
mod lost;
mod markdown;
mod member;
mod members;
mod membership;
mod memory;
mod news;
mod notices;
mod open;
mod options;
mod renew;
mod rotate;
mod running;
mod sent;
mod stewards;
mod summary;
mod take;
mod texts;
mod told;
mod view;
mod withdrawal;
pub mod witness;
mod write;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use allot_replica::Replica;
use arc_swap::ArcSwapOption;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use application::ApplicationForm;
pub use compare::{Compared, Verdict};
pub use decide::{Proposal, ProposeWhat};
pub use entries::{EntryQuery, EntryRow};
pub use error::{FederationError, Result};
pub use home::{DIR, FileError, Home};
pub use join::Joined;
pub use keys::{CollectiveKey, KEY_FILE, KeyError, Keys};
pub use markdown::{ExportWhat, ImportDone, MarkdownExport};
pub use members::Contacts;
pub use options::Options;
pub use rotate::Rotated;
use running::Running;
pub use stewards::ReleaseForm;
pub use texts::KnownText;
pub use told::Told;
pub use view::{Outside, View};
pub use write::Recorded;

use crate::{clock::Clock, limits::VERIFICATIONS};
use member::Member;
use membership::Membership;

/// The agent's part in a federation, or its being in none.
pub struct Federation {
    home: Home,
    keys: Keys,
    clock: Arc<dyn Clock>,
    options: Options,
    active: Arc<ArcSwapOption<Active>>,
    /// Why what is on disk is of no use.
    unusable: Mutex<Option<Told>>,
    /// How far this machine's clock is off, as joining found out.
    offset: Mutex<Option<i64>>,
    /// Held while the agent joins.
    joining: tokio::sync::Mutex<()>,
    /// Room to verify the whole log.
    verifying: Arc<Semaphore>,
    stop: CancellationToken,
}

/// A membership with its tasks.
struct Active {
    member: Arc<Member>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Federation {
    /// That of the agent in `agent_dir`; begins to follow the hub when it is in one. What is wrong on disk is told in
    /// the status: apps are looked after all the same.
    #[must_use]
    pub fn open(agent_dir: &Path, clock: Arc<dyn Clock>, options: Options) -> Arc<Self> {
        let home = Home::of(agent_dir);
        let federation = Arc::new(Self {
            keys: Keys::of(home.clone()),
            home,
            clock,
            options,
            active: Arc::default(),
            unusable: Mutex::default(),
            offset: Mutex::default(),
            joining: tokio::sync::Mutex::default(),
            verifying: Arc::new(Semaphore::new(VERIFICATIONS)),
            stop: CancellationToken::new(),
        });
        let known = federation.home.finish_going_back();
        let known = known.and_then(|()| Ok(Membership::read(&federation.home)?));
        let begun = known.and_then(|known| {
            known.map_or(Ok(()), |membership| federation.begin(membership, None))
        });
        if let Err(error) = begun {
            tracing::error!(code = error.code(), "the federation: {error}");
            *federation.unusable() = Some(Told::of(&error));
        }
        federation
    }

    /// Ends following, and waits until nothing of it is under way.
    pub async fn close(&self) {
        self.stop.cancel();
        self.end().await;
    }

    /// The collective's key files.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Leave to verify the whole log, for as long as it is held.
    ///
    /// # Errors
    /// Somebody has it.
    pub fn may_verify(&self) -> Result<OwnedSemaphorePermit> {
        let room = Arc::clone(&self.verifying);
        room.try_acquire_owned()
            .map_err(|_| FederationError::Verifying)
    }

    /// The membership.
    fn member(&self) -> Result<Arc<Member>> {
        if let Some(active) = &*self.active.load() {
            return Ok(Arc::clone(&active.member));
        }
        let unusable = self.unusable().clone();
        Err(unusable.map_or(FederationError::NotJoined, |told| {
            FederationError::Unusable { why: told.message }
        }))
    }

    fn unusable(&self) -> std::sync::MutexGuard<'_, Option<Told>> {
        self.unusable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to follow. `log` is the copy that is open already.
    fn begin(&self, membership: Membership, log: Option<Arc<Replica>>) -> Result<()> {
        let running = Running {
            home: self.home.clone(),
            clock: Arc::clone(&self.clock),
            options: self.options,
            membership,
            active: Arc::clone(&self.active),
            tasks: TaskTracker::new(),
            stop: self.stop.child_token(),
        };
        let member = running.member()?;
        *self.unusable() = None;
        running.show(&member);
        let tasks = running.tasks.clone();
        tasks.spawn(running.run(member, log));
        Ok(())
    }

    /// Ends what runs, and gives the copy of the log that was open.
    async fn end(&self) -> Option<Arc<Replica>> {
        let active = self.active.load_full()?;
        active.stop.cancel();
        active.tasks.close();
        active.tasks.wait().await;
        // It may have begun anew meanwhile.
        self.active.load_full()?.member.has_log().cloned()
    }
}

impl std::fmt::Debug for Federation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Federation")
    }
}
