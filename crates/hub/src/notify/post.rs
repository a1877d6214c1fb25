//! What goes out: the memory that is shared by who looks and who sends, and a sender for each target.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use allot_daemon::Clock;
use allot_ledger::state::State;
use allot_replica::Replica;
use jiff::Timestamp;
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use super::{
    error::NotifyError,
    look::{Plan, Seen},
    memory::Memory,
    notice::Notice,
    outbox::Message,
    send::Sender,
    target::Target,
};

pub(super) struct Post {
    path: PathBuf,
    targets: Vec<Target>,
    plan: Plan,
    memory: Mutex<Memory>,
    /// Counts what was put out.
    news: watch::Sender<u64>,
}

impl Post {
    /// Begins where the file says that it ended, or with what happens from now on.
    pub(super) async fn open(
        path: PathBuf,
        targets: Vec<Target>,
        plan: Plan,
        replica: &Replica,
        clock: &dyn Clock,
    ) -> Result<Self, NotifyError> {
        let fresh = {
            let book = replica.book().await;
            let state = book.state();
            let seen = Seen::everything(state, now(state, clock), &plan);
            Memory::new(state.federation(), seen)
        };
        Memory::make_place(&path)?;
        let mut memory = Memory::read(&path, fresh.federation)?.unwrap_or(fresh);
        let names: BTreeSet<_> = targets.iter().map(|t| t.name.clone()).collect();
        memory.outbox.only_for(&names);
        write(&memory, &path).await?;
        Ok(Self {
            path,
            targets,
            plan,
            memory: Mutex::new(memory),
            news: watch::Sender::new(0),
        })
    }

    pub(super) fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Puts out what is new. When it cannot be remembered it is not put out either, and is still new next time: better
    /// late than twice.
    pub(super) async fn look(
        &self,
        replica: &Replica,
        clock: &dyn Clock,
    ) -> Result<(), NotifyError> {
        let mut memory = self.memory.lock().await;
        let mut seen = memory.seen.clone();
        // Those who write the log wait for the book, so it is not held while the file is written.
        let notices = {
            let book = replica.book().await;
            seen.look(book.state(), now(book.state(), clock), &self.plan)
        };
        if seen == memory.seen {
            return Ok(());
        }
        let mut next = memory.clone();
        next.seen = seen;
        let messages = notices.iter().map(|notice| self.message(notice));
        let dropped: Vec<_> = messages.flat_map(|m| next.outbox.put(m)).collect();
        write(&next, &self.path).await?;
        *memory = next;
        dropped.iter().for_each(NotifyError::log);
        self.news
            .send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }

    fn message(&self, notice: &Notice) -> Message {
        let wants = |target: &&Target| target.wants(notice.topic());
        let to = self.targets.iter().filter(wants);
        Message::of(notice, to.map(|target| target.name.clone()).collect())
    }

    /// Sends to one target what waits for it, one after the other, until told to stop.
    pub(super) async fn serve(
        self: Arc<Self>,
        target: Target,
        sender: Sender,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) {
        let mut news = self.news.subscribe();
        loop {
            let next = self.memory.lock().await.outbox.next(&target.name).cloned();
            let Some(message) = next else {
                match stop.run_until_cancelled(news.changed()).await {
                    Some(_) => continue,
                    None => return,
                }
            };
            let sent = self.send(&target, &message, &sender, &*clock);
            if stop.run_until_cancelled(sent).await.is_none() {
                return;
            }
            // Not cut off: what arrived must not arrive again.
            self.done(&message.id, &target.name).await;
        }
    }

    async fn send(&self, target: &Target, message: &Message, sender: &Sender, clock: &dyn Clock) {
        let (id, to) = (message.id.clone(), target.name.clone());
        let worth_it = || message.is_of_use(clock.now());
        if !worth_it() {
            return tracing::info!(to, id, "not told: it came too late");
        }
        match sender.bring(target, message, worth_it).await {
            Ok(()) => tracing::info!(to, id, "told"),
            Err(source) => NotifyError::GivenUp { id, to, source }.log(),
        }
    }

    /// Also when it cannot be written: in this run it is not sent again, and the id tells whoever gets it twice.
    async fn done(&self, id: &str, to: &str) {
        let mut memory = self.memory.lock().await;
        memory.outbox.done(id, to);
        if let Err(error) = write(&memory, &self.path).await {
            error.log();
        }
    }
}

/// The machine's time, but never before what the log has seen.
fn now(state: &State, clock: &dyn Clock) -> Timestamp {
    clock.now().max(state.time())
}

/// On a thread that may block: a disk can take its time.
async fn write(memory: &Memory, path: &Path) -> Result<(), NotifyError> {
    let (memory, path) = (memory.clone(), path.to_owned());
    let failed = path.clone();
    let written = tokio::task::spawn_blocking(move || memory.write(&path)).await;
    written.unwrap_or_else(|ended| {
        Err(NotifyError::Memory {
            doing: "write",
            path: failed,
            source: std::io::Error::other(ended),
        })
    })
}
