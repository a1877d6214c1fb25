//! When a source is looked at: every so often, and when somebody asks. Who asks again and again, asks once.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use allot_ledger::RecipeName;
use rand::RngExt as _;
use tokio::sync::{Notify, watch};

use super::limits::{JITTER, MAX_NAMED};

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All that the source has.
    All,
    /// These recipes.
    Named(BTreeSet<RecipeName>),
}

/// Looks of a source: how many have begun, and how many of them are over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Looks {
    begun: u64,
    over: u64,
}

/// The bell of a source.
#[derive(Debug, Default)]
pub(super) struct Bell {
    wanted: Mutex<Option<Wanted>>,
    rung: Notify,
    looks: watch::Sender<Looks>,
}

impl Bell {
    /// Asks for a look. What comes before it begins is one look.
    pub(super) fn ring(&self, new: Wanted) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        *wanted = Some(match (wanted.take(), new) {
            (None, new) => new,
            (Some(Wanted::Named(mut names)), Wanted::Named(more)) => {
                names.extend(more);
                match names.len() > MAX_NAMED {
                    true => Wanted::All,
                    false => Wanted::Named(names),
                }
            }
            _ => Wanted::All,
        });
        drop(wanted);
        self.rung.notify_one();
    }

    /// Resolves when somebody has asked, and no look has begun since.
    pub(super) async fn rung(&self) {
        loop {
            self.rung.notified().await;
            let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            if wanted.is_some() {
                return;
            }
        }
    }

    /// Begins a look, at what was asked for, or at everything.
    pub(super) fn begin(&self) -> Wanted {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        self.looks.send_modify(|looks| looks.begun += 1);
        wanted.take().unwrap_or(Wanted::All)
    }

    /// The look is over.
    pub(super) fn end(&self) {
        self.looks.send_modify(|looks| looks.over = looks.begun);
    }

    /// Asks for a look, and resolves when one is over that began after this.
    pub(super) async fn ring_and_wait(&self, wanted: Wanted) {
        let mut looks = self.looks.subscribe();
        let after = looks.borrow().begun;
        self.ring(wanted);
        // The sender is here as long as this is.
        let _ = looks.wait_for(|looks| looks.over > after).await;
    }
}

/// The time until the next look, a little earlier or later than the interval, and not before the source wants to be asked.
pub(super) fn pause(poll: Duration, after: Option<Duration>) -> Duration {
    let jitter = rand::rng().random_range(1.0 - JITTER..1.0 + JITTER);
    poll.mul_f64(jitter).max(after.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn named(names: &[&str]) -> Wanted {
        Wanted::Named(names.iter().map(|name| name.parse().unwrap()).collect())
    }

    #[tokio::test]
    async fn what_is_asked_for_before_a_look_is_one_look() {
        let bell = Bell::default();
        bell.ring(named(&["web"]));
        bell.ring(named(&["web"]));
        bell.ring(named(&["blog"]));
        bell.rung().await;
        bell.ring(named(&["web"]));
        assert_eq!(bell.begin(), named(&["blog", "web"]));
        bell.end();
        let again = tokio::time::timeout(Duration::from_millis(20), bell.rung()).await;
        assert!(again.is_err(), "it is rung once");
        assert_eq!(bell.begin(), Wanted::All, "by the clock");
        bell.ring(named(&["web"]));
        bell.ring(Wanted::All);
        bell.ring(named(&["blog"]));
        assert_eq!(bell.begin(), Wanted::All);
        for n in 0..=MAX_NAMED {
            bell.ring(named(&[&format!("r{n}")]));
        }
        assert_eq!(bell.begin(), Wanted::All, "too many to be named");
    }

    #[tokio::test]
    async fn who_waits_for_a_look_is_not_put_off_with_one_that_has_begun() {
        let bell = Arc::new(Bell::default());
        bell.begin();
        let waits = tokio::spawn({
            let bell = Arc::clone(&bell);
            async move { bell.ring_and_wait(Wanted::All).await }
        });
        bell.rung().await;
        bell.end();
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        bell.begin();
        bell.end();
        waits.await.unwrap();
    }

    #[test]
    fn looks_are_spread_and_never_sooner_than_a_source_asks() {
        let poll = Duration::from_secs(1_000);
        let pauses: BTreeSet<_> = (0..50).map(|_| pause(poll, None)).collect();
        assert!(pauses.len() > 40, "{pauses:?}");
        let bounds = Duration::from_secs(900)..=Duration::from_secs(1_100);
        assert!(pauses.iter().all(|pause| bounds.contains(pause)));
        let after = Duration::from_secs(5_000);
        assert_eq!(pause(poll, Some(after)), after);
    }
}
