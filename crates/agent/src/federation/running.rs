//! A membership's tasks: following, witnessing, fetching texts. All of them begin anew when the copy of the log has to.

use std::sync::Arc;

use allot_replica::Replica;
use arc_swap::ArcSwapOption;
use tokio::{
    select,
    time::{Instant, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Active, error::Result, follow::Ended, home::Home, member::Member, membership::Membership,
    options::Options,
};
use crate::{clock::Clock, limits::START_OVER_EVERY};

/// What runs.
pub(super) struct Running {
    pub(super) home: Home,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: Options,
    pub(super) membership: Membership,
    pub(super) active: Arc<ArcSwapOption<Active>>,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
}

impl Running {
    /// A membership that has opened nothing yet.
    pub(super) fn member(&self) -> Result<Arc<Member>> {
        let (home, clock) = (self.home.clone(), Arc::clone(&self.clock));
        let (membership, stop) = (self.membership.clone(), self.stop.child_token());
        Ok(Arc::new(Member::new(
            home,
            clock,
            self.options,
            membership,
            stop,
        )?))
    }

    /// Whoever asks is answered by this one from now on.
    pub(super) fn show(&self, member: &Arc<Member>) {
        self.active.store(Some(Arc::new(Active {
            member: Arc::clone(member),
            tasks: self.tasks.clone(),
            stop: self.stop.clone(),
        })));
    }

    /// Runs until told to stop. `log` is the copy that is open already.
    pub(super) async fn run(mut self, mut member: Arc<Member>, log: Option<Arc<Replica>>) {
        if let Some(log) = log
            && let Err(error) = member.take_over(log).await
        {
            member.is_wrong(&error);
        }
        self.spawn_others(&member);
        let mut next = Instant::now();
        while Arc::clone(&member).follow().await == Ended::StartOver {
            select! {
                () = self.stop.cancelled() => return,
                () = sleep_until(next) => {}
            }
            next = Instant::now() + START_OVER_EVERY;
            match self.start_over(&member).await {
                Ok(new) => {
                    member.stop.cancel();
                    member = new;
                    self.spawn_others(&member);
                }
                Err(error) => member.is_wrong(&error),
            }
        }
    }

    fn spawn_others(&self, member: &Arc<Member>) {
        self.tasks.spawn(Arc::clone(member).cosign());
        self.tasks.spawn(Arc::clone(member).gather());
    }

    /// Sets the copy aside, and begins with none; what is remembered beside it stays. Nobody writes meanwhile.
    async fn start_over(&mut self, old: &Arc<Member>) -> Result<Arc<Member>> {
        let _writing = old.writing.lock().await;
        let _memory = old.memory.lock().await;
        let why = "was filled by the hub with what contradicts what this agent has seen";
        old.set_forked_aside(why).await?;
        if let Some(membership) = Membership::read(&self.home)? {
            self.membership = membership;
        }
        let new = self.member()?;
        self.show(&new);
        Ok(new)
    }
}
