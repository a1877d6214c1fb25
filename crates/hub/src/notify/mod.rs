//! Messages to people: what was opened and what ended, reminders before a deadline, and a digest once a day; as JSON to
//! webhooks, and into Matrix rooms. Off unless `[notify]` in `hub.toml` names somebody.
//!
//! The log is what counts, and a message only says that there is something in it. So nothing here can hold the hub: what
//! is not delivered is tried again, given up after a while, and said in the hub's log. Only what the log says goes out.
//!
//! | file | what it holds |
//! |---|---|
//! | `config`, `address` | who is told what |
//! | `look` | what is new since the last look |
//! | `notice`, `daily`, `text` | what is told, as JSON and for people |
//! | `outbox`, `memory` | what waits and what was told, in one file |
//! | `target`, `send` | requests, and trying again |
//! | `post` | looking and sending, side by side |

mod address;
pub mod config;
mod daily;
mod error;
pub mod limits;
mod look;
mod memory;
mod notice;
mod outbox;
mod post;
pub(crate) mod secret;
mod send;
mod target;
#[cfg(test)]
mod tests;
mod text;

use std::{path::PathBuf, sync::Arc, time::Duration};

use allot_daemon::Clock;
use allot_ledger::state::Event;
use allot_replica::Replica;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

pub use error::NotifyError;
pub use memory::FILE;
pub use send::{Pace, SendError};

use config::NotifyConfig;
use look::Plan;
use post::Post;
use send::Sender;
use target::Target;

/// Tells people until told to stop; returns at once when there is nobody to tell.
///
/// `events` only say that there is something to look at: what is told is read from the log's state. So the hub sends
/// them with `try_send`, and loses nothing when they are not taken. `state_dir` gets the one file [`FILE`].
///
/// # Errors
/// The configuration cannot work, or what was told already cannot be read. The hub goes on without.
pub async fn run(
    config: NotifyConfig,
    replica: Arc<Replica>,
    events: mpsc::Receiver<Vec<Event>>,
    clock: Arc<dyn Clock>,
    state_dir: PathBuf,
    stop: CancellationToken,
) -> Result<(), NotifyError> {
    let notifier = Notifier {
        config,
        replica,
        clock,
        state_dir,
        pace: Pace::default(),
    };
    notifier.run(events, stop).await
}

/// All that telling people needs; see [`run`].
pub struct Notifier {
    /// Who is told what.
    pub config: NotifyConfig,
    /// The log.
    pub replica: Arc<Replica>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where the file is.
    pub state_dir: PathBuf,
    /// How fast things go.
    pub pace: Pace,
}

impl Notifier {
    /// See [`run`].
    ///
    /// # Errors
    /// As [`run`].
    pub async fn run(
        self,
        events: mpsc::Receiver<Vec<Event>>,
        stop: CancellationToken,
    ) -> Result<(), NotifyError> {
        self.config.check()?;
        if self.config.is_off() {
            return Ok(());
        }
        let sender = Sender::new(self.pace)?;
        let post = Arc::new(self.open().await?);
        let mut senders = JoinSet::new();
        for target in post.targets().iter().cloned() {
            target.look_at_secret();
            let (name, server) = (&target.name, target.server());
            tracing::info!(name, server, "messages go there");
            let (post, sender) = (Arc::clone(&post), sender.clone());
            senders.spawn(post.serve(target, sender, Arc::clone(&self.clock), stop.clone()));
        }
        self.look_again_and_again(&post, events, &stop).await;
        while senders.join_next().await.is_some() {}
        Ok(())
    }

    async fn open(&self) -> Result<Post, NotifyError> {
        let plan = Plan {
            digest_at: self.config.digest_at,
            remind: self.config.remind_hours_before.clone(),
        };
        let path = self.state_dir.join(FILE);
        let targets = Target::all(&self.config);
        Post::open(path, targets, plan, &self.replica, &*self.clock).await
    }

    async fn look_again_and_again(
        &self,
        post: &Post,
        mut events: mpsc::Receiver<Vec<Event>>,
        stop: &CancellationToken,
    ) {
        let mut failing = false;
        loop {
            let looked = post.look(&self.replica, &*self.clock).await;
            match &looked {
                // Said once: a full disk is full for a while.
                Err(error) if !failing => error.log(),
                _ => {}
            }
            failing = looked.is_err();
            let pause = async {
                sleep(self.pace.look_pause).await;
                wait(&mut events, self.pace.look_every).await;
            };
            if stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
    }
}

/// Until something happened, or for as long as nothing needs to.
async fn wait(events: &mut mpsc::Receiver<Vec<Event>>, most: Duration) {
    let something = async {
        if events.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        while events.try_recv().is_ok() {}
    };
    // Both are reasons to look.
    let _ = timeout(most, something).await;
}
