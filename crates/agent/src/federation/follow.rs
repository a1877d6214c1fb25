//! Following the hub's log, for as long as the agent is a member.

use std::{pin::pin, sync::Arc};

use allot_identity::{Refused, limits::BACKDATED};
use allot_ledger::log;
use allot_replica::ReplicaError;
use futures::StreamExt as _;
use tokio::{
    select,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout_at},
};

use super::{
    error::{FederationError, Result},
    hub::{Hub, HubError, Stretch},
    member::Member,
    told::Told,
};
use crate::limits::{BEAT_EVERY, BEATS_AT_ONCE};

/// Why following ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It was told to stop.
    Stopped,
    /// The own copy contradicts what was seen, and is to be fetched anew.
    StartOver,
}

impl Member {
    /// Follows until told to stop: connects, takes what comes, and connects again when that ends.
    pub(super) async fn follow(self: Arc<Self>) -> Ended {
        let mut waits = self.options.waits();
        loop {
            let Err(error) = self.session().await else {
                return Ended::Stopped;
            };
            if self.link.borrow().at_head {
                waits = self.options.waits();
            }
            self.has_lost(&error);
            if self.is_own_copy_wrong(&error).await {
                return Ended::StartOver;
            }
            let wait = if error.is_passing() {
                waits.next().unwrap_or(self.options.retry_most)
            } else {
                self.options.distrust_wait()
            };
            select! {
                () = self.stop.cancelled() => return Ended::Stopped,
                () = sleep(wait) => {}
            }
        }
    }

    /// Whether what was refused may be the own copy's fault: it lost its end, and a hub filled that with what turned out
    /// to be another history. Nobody could tell before all of it was there, and no honest hub can go on from it.
    async fn is_own_copy_wrong(&self, error: &FederationError) -> bool {
        let contradicts = matches!(
            error,
            FederationError::Log(log::Refused::Fork { .. } | log::Refused::Mixed { .. })
                | FederationError::Replica(ReplicaError::Rules { .. })
        );
        let Some(log) = self.has_log().filter(|_| contradicts) else {
            return false;
        };
        let seen = self.memory.lock().await.seen.size;
        log.book().await.size() < seen
    }

    /// One connection, or several when the certificate is renewed meanwhile. Comes back without an error only when told
    /// to stop.
    async fn session(self: &Arc<Self>) -> Result<()> {
        self.open_log().await?;
        let mut hub = select! {
            () = self.stop.cancelled() => return Ok(()),
            hub = self.connect() => hub?,
        };
        let mut stream = hub.follow(self.size()).await?;
        let mut linked = self.check_ca().await.is_ok();
        if linked {
            self.is_linked(&hub);
        }
        let mut renewal = pin!(self.renewal(hub.clone()));
        let mut tick = interval(self.options.tick);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pace = Pace::new();
        let mut heard = Instant::now();
        loop {
            select! {
                () = self.stop.cancelled() => return Ok(()),
                next = timeout_at(heard + self.options.silence, stream.next()) => {
                    let stretch = next.map_err(|_| self.silent())?.ok_or_else(ended)??;
                    heard = Instant::now();
                    pace.check(&stretch)?;
                    let is_head = self.take(stretch).await?.is_head;
                    match self.check_ca().await {
                        Err(error) if is_head => return Err(error),
                        Ok(()) if !linked => {
                            linked = true;
                            self.is_linked(&hub);
                            // What came before could not be cosigned.
                            self.head.send_modify(|_| {});
                        }
                        _ => {}
                    }
                    if is_head {
                        self.check_fresh().await?;
                        self.settle_before().await;
                        self.is_at_head();
                    }
                }
                new = &mut renewal => {
                    // Only when the log goes on over the new connection is the old one let go.
                    match new.follow(self.size()).await {
                        Ok(over_new) => {
                            stream = over_new;
                            hub = new;
                            if linked {
                                self.is_linked(&hub);
                            }
                        }
                        Err(error) => tracing::warn!("the new certificate waits for the next connection: {error}"),
                    }
                    renewal.set(self.renewal(hub.clone()));
                }
                _ = tick.tick() => if self.link.borrow().at_head {
                    self.check_fresh().await?;
                },
            }
        }
    }

    async fn connect(&self) -> Result<Hub> {
        let Some(span) = self.span() else {
            return Err(FederationError::NoCertificate {
                federation: self.membership.federation.clone(),
            });
        };
        if self.clock.now() > span.not_after {
            let at = span.not_after;
            return Err(FederationError::CertificateEnded { at });
        }
        let identity = Arc::clone(&self.identity);
        Ok(Hub::dial(&self.target(), identity, self.options.dial).await?)
    }

    fn is_linked(&self, hub: &Hub) {
        let now = self.clock.now();
        self.link.send_modify(|link| {
            if link.hub.replace(hub.clone()).is_none() {
                link.since = Some(now);
                tracing::info!(hub = self.membership.hub, "connected to the hub");
            }
        });
    }

    fn is_at_head(&self) {
        self.is_well();
        self.link.send_if_modified(|link| {
            let was = link.at_head && link.problem.is_none();
            link.at_head = true;
            link.problem = None;
            !was
        });
    }

    fn has_lost(&self, error: &FederationError) {
        let told = Told::of(error);
        let known = self.link.borrow().problem.as_ref() == Some(&told);
        if !known {
            tracing::warn!(
                code = told.code,
                "no connection to the hub: {}",
                told.message
            );
        }
        if error.is_distrust() || error.is_own() {
            self.is_wrong(error);
        }
        if let Some(offset) = clock_hint(error) {
            self.measured(offset);
        }
        let now = self.clock.now();
        self.link.send_modify(|link| {
            if link.hub.take().is_some() {
                link.since = Some(now);
            }
            link.at_head = false;
            link.problem = Some(told);
        });
    }

    /// Who has another CA than the log says is not the federation's hub, whatever it shows: it may pass on what the hub
    /// says, and hold back what it likes. Nothing is asked of it, and nothing written through it. A new hub is named by
    /// its own entry, which may still have to come.
    async fn check_ca(&self) -> Result<()> {
        let book = self.log()?.book().await;
        let (ours, theirs) = (book.state().serving_hub().ca, self.membership.ca);
        if ours == theirs {
            return Ok(());
        }
        Err(FederationError::OtherCa {
            address: self.membership.hub.clone(),
            theirs,
            ours,
        })
    }

    /// A hub whose clock stands still shows an old log on purpose, or is not well.
    async fn check_fresh(&self) -> Result<()> {
        let memory = self.memory.lock().await;
        let fresh = memory
            .seen
            .check_fresh(self.clock.now(), self.options.bounds);
        Ok(fresh?)
    }

    fn silent(&self) -> FederationError {
        FederationError::Silent {
            seconds: self.options.silence.as_secs(),
        }
    }
}

/// How far this machine's clock is off, at least, when it is so far that the hub's certificate does not count here. The
/// hub makes itself a new one when it starts.
pub(super) fn clock_hint(error: &FederationError) -> Option<i64> {
    let FederationError::Hub(HubError::Identity(refused)) = error else {
        return None;
    };
    match refused {
        Refused::HubNotYet { at, now } => {
            let made = at.checked_add(BACKDATED).unwrap_or(*at);
            Some(now.duration_since(made).as_secs())
        }
        Refused::HubEnded { at, now } => Some(now.duration_since(*at).as_secs()),
        _ => None,
    }
}

fn ended() -> FederationError {
    let why = "the hub ended the stream".to_owned();
    HubError::Broken { why }.into()
}

/// How many messages without leaves may come: a hub that sends them without end keeps an agent busy for nothing.
struct Pace {
    left: u32,
    since: Instant,
}

impl Pace {
    fn new() -> Self {
        Self {
            left: BEATS_AT_ONCE,
            since: Instant::now(),
        }
    }

    fn check(&mut self, stretch: &Stretch) -> Result<()> {
        if !stretch.leaves.is_empty() {
            return Ok(());
        }
        let now = Instant::now();
        while self.left < BEATS_AT_ONCE && self.since + BEAT_EVERY <= now {
            self.since += BEAT_EVERY;
            self.left += 1;
        }
        if self.left == BEATS_AT_ONCE {
            self.since = now;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(FederationError::BadStretch {
                why: "one sign of life after the other, without end".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn beat() -> Stretch {
        Stretch {
            first: 0,
            leaves: Vec::new(),
            checkpoint: Vec::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn beats_without_end_are_refused_and_a_hubs_usual_ones_are_not() {
        let mut pace = Pace::new();
        for _ in 0..1_000 {
            pace.check(&beat()).unwrap();
            tokio::time::advance(Duration::from_millis(250)).await;
        }
        let flood = (0..1_000).find_map(|_| pace.check(&beat()).err());
        assert_eq!(flood.unwrap().code(), "AL-8812");
        tokio::time::advance(Duration::from_secs(60)).await;
        pace.check(&beat()).unwrap();
    }
}
