//! What the hub does, without the network: the edge calls it, and so do tests and benches.

mod admin;
mod append;
mod certificate;
mod contacts;
mod cosign;
mod enrol;
pub mod error;
mod follow;
mod frames;
mod gathered;
mod keeper;
mod pace;
pub mod private;
mod publish;
mod rights;
mod seats;
mod steady;
mod texts;
mod time;
mod trouble;

use std::sync::Arc;

use allot_daemon::Clock;
use allot_identity::{invite::Attempts, limits::AGENT_LIFE};
use allot_ledger::{Digest, Slug, state::Event};
use allot_replica::Replica;
use allot_store::IndexState;
use jiff::Timestamp;
use tokio::{sync::mpsc, task::JoinHandle, time::Duration};
use tokio_util::sync::CancellationToken;

pub use admin::{InviteMade, InviteRow, Status};
pub use certificate::rotate;
pub use enrol::Enrolled;
pub use error::{HubError, Result};
pub use follow::Follower;
pub use keeper::Taken;
pub use pace::Pace;
pub use publish::{Head, Published};
pub use rights::Rights;
pub use seats::{Row, Seat, Seats};
pub use time::Beat;

use crate::{
    config::Config,
    home::{self, Home, HubSecrets},
    limits::{CALL_TIME, EVENTS, HANDSHAKE_TIME, NOBODY_TIME, QUEUE, RENEWALS_PER_HOUR},
    metrics::Metrics,
};
use certificate::Authority;
use keeper::{Job, Keeper};
use private::Private;
use steady::Steady;
use time::HubTime;
use trouble::Trouble;

/// How often the hub does what it does by itself, and how patient it is with strangers.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// Signs its clock.
    pub beat: Duration,
    /// Shows new cosignatures: at most as often.
    pub gather: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long a connection without a certificate may last.
    pub nobody: Duration,
    /// How long a call may take; streams apart.
    pub call: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            beat: Duration::from_secs(10),
            gather: Duration::from_millis(250),
            handshake: HANDSHAKE_TIME,
            nobody: NOBODY_TIME,
            call: CALL_TIME,
        }
    }
}

/// A hub.
pub struct Hub {
    home: Home,
    config: Config,
    clock: Arc<Steady>,
    /// The log.
    pub replica: Arc<Replica>,
    name: Slug,
    genesis: Digest,
    keys: HubSecrets,
    authority: Authority,
    /// The newest checkpoint.
    pub published: Published,
    /// Who may call.
    pub rights: Rights,
    /// Who follows.
    pub seats: Seats,
    /// Figures.
    pub metrics: Metrics,
    private: Private,
    jobs: mpsc::Sender<Job>,
    events: mpsc::Sender<Vec<Event>>,
    attempts: Attempts,
    appends: Pace<Slug>,
    renewals: Pace<String>,
    trouble: Trouble,
    rhythm: Rhythm,
    started: Timestamp,
    notes: Vec<String>,
}

/// A hub that was opened.
pub struct Opened {
    /// The hub.
    pub hub: Arc<Hub>,
    /// What it does by itself.
    pub tasks: Tasks,
    /// What happens in the federation.
    pub events: mpsc::Receiver<Vec<Event>>,
}

/// What a hub does by itself; it ends when the hub is told to stop.
pub struct Tasks {
    keeper: JoinHandle<()>,
    gatherer: JoinHandle<()>,
}

impl Tasks {
    /// Resolves when one of them ends though nobody told it to: then the hub writes no more.
    pub async fn broken(&mut self) {
        tokio::select! {
            _ = &mut self.keeper => {}
            _ = &mut self.gatherer => {}
        }
    }

    /// Waits for the end.
    pub async fn ended(self) {
        for task in [self.keeper, self.gatherer] {
            if let Err(error) = task.await {
                tracing::error!("a task of the hub ended early: {error}");
            }
        }
    }
}

impl Hub {
    /// Opens the hub in a directory, and begins to write until `stop`.
    ///
    /// # Errors
    /// A file is damaged, or the log is not the one that was signed.
    pub async fn open(
        home: Home,
        config: Config,
        clock: Arc<dyn Clock>,
        rhythm: Rhythm,
        stop: CancellationToken,
    ) -> Result<Opened> {
        let keys = home.read_secrets()?;
        let (replica, log_found) = Replica::open(&home.ledger())?;
        let (private, private_found) = Private::open(&home.private())?;
        let mut notes = note("the log", &log_found);
        notes.extend(note("the private journal", &private_found.recovery));
        if let IndexState::Discarded(reason) = &private_found.index {
            notes.push(format!("the private index was made anew: {reason}"));
        }
        let beat = Beat::read(&home)?;
        notes.extend(beat.and_then(|beat| time::gap(clock.now(), beat.time)));
        notes.iter().for_each(|note| tracing::warn!("{note}"));
        let kept = home::read_if_there(&home.checkpoint())?;
        let (published, rights, name, genesis, authority, signed);
        {
            let book = replica.book().await;
            let state = book.state();
            let serving = state.serving_hub();
            let own = [&keys.log, &keys.clock, &keys.entries].map(|key| key.public());
            if own != [serving.log, serving.clock, serving.entries] {
                return Err(HubError::NotTheHub);
            }
            beat.map_or(Ok(()), |beat| beat.check(book.tree()))?;
            // Before the first beat nothing was signed; the genesis is as good a time as any.
            signed = beat.map_or(state.time(), |beat| beat.time);
            name = state.name().clone();
            genesis = state.federation();
            rights = Rights::of(state);
            authority = Authority::open(&home, &name, serving.ca, clock.now())?;
            let (tree, members) = (book.tree(), state.witnesses());
            let (origin, signed) = (&serving.origin, time::second(signed));
            published = Published::new(origin, &keys, members, tree, signed, kept.as_deref())?;
        }
        let (jobs, inbox) = mpsc::channel(QUEUE);
        let (tell, events) = mpsc::channel(EVENTS);
        let hub = Arc::new(Self {
            attempts: Attempts::per_hour(config.limits.enrolments_per_hour),
            appends: Pace::per_minute(config.limits.appends_per_minute),
            renewals: Pace::per_hour(RENEWALS_PER_HOUR),
            replica: Arc::new(replica),
            started: clock.now(),
            events: tell,
            seats: Seats::default(),
            metrics: Metrics::default(),
            trouble: Trouble::default(),
            rhythm,
            home,
            config,
            clock: Arc::new(Steady::new(clock)),
            name,
            genesis,
            keys,
            authority,
            published,
            rights,
            private,
            jobs,
            notes,
        });
        let keeper = Keeper {
            time: HubTime::new(Arc::clone(&hub.clock), signed),
            hub: Arc::clone(&hub),
            jobs: inbox,
            full_until: None,
        };
        let tasks = Tasks {
            keeper: tokio::spawn(keeper.run(rhythm.beat, stop.clone())),
            gatherer: tokio::spawn(cosign::gather(Arc::clone(&hub), rhythm.gather, stop)),
        };
        Ok(Opened { hub, tasks, events })
    }

    /// What time it is, for invites and certificates: not before what the hub has signed, as far as that is plausible. A
    /// clock that went back an hour would else take nobody's certificate for one that has begun; and one that was set a
    /// day forward would take everybody's for one that has ended.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let (now, signed) = (self.clock.now(), self.published.head().time);
        match signed.duration_since(now) < AGENT_LIFE {
            true => now.max(signed),
            false => now,
        }
    }

    /// How often, and how patient.
    #[must_use]
    pub fn rhythm(&self) -> Rhythm {
        self.rhythm
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The files.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The clock that everything is held against.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as Arc<dyn Clock>
    }

    /// What the federation is called.
    #[must_use]
    pub fn name(&self) -> &Slug {
        &self.name
    }

    /// Says what happened, to who tells people. They look into the log themselves, so nothing is lost when they are slow
    /// or not there; and they hold nobody up.
    fn tell(&self, events: Vec<Event>) {
        if !events.is_empty() {
            let _ = self.events.try_send(events);
        }
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hub({} in {})", self.name, self.home.dir().display())
    }
}

fn note(what: &str, found: &allot_store::Recovery) -> Vec<String> {
    let cut = found.cut.iter().map(|cut| {
        let (reason, bytes, offset) = (&cut.reason, cut.bytes, cut.offset);
        let kept = cut.saved_to.display();
        format!(
            "the end of {what} was torn ({reason}): {bytes} bytes from {offset} on were cut off and are kept in {kept}"
        )
    });
    cut.collect()
}

/// Runs something to its end, also when the caller goes away in between.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(work).await.unwrap_or_else(|error| {
        let what = error.to_string();
        Err(HubError::Worker { what })
    })
}

/// Runs something that waits for the disk away from the async threads.
async fn blocking<T: Send + 'static>(
    what: &'static str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| {
        let what = format!("{what}: {error}");
        Err(HubError::Worker { what })
    })
}
