//! How the agent behaves towards its hub.

use std::{num::NonZeroU32, time::Duration};

use allot_ledger::log::Bounds;
use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

use super::hub::Dial;

/// Times and patience; tests have less of it than operators.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How far the hub's clock may be off.
    pub bounds: Bounds,
    /// How patient to be with a connection and with an answer.
    pub dial: Dial,
    /// The first wait after the hub went away; each later one is longer.
    pub retry_first: Duration,
    /// The longest of these waits.
    pub retry_most: Duration,
    /// The wait after the hub showed what cannot be believed, or said no; up to twice as long.
    pub distrust: Duration,
    /// The wait after a certificate was not renewed.
    pub renew_again: Duration,
    /// A hub that sends nothing for as long is taken for gone: it beats every 10 s.
    pub silence: Duration,
    /// How often clocks and certificates are looked at.
    pub tick: Duration,
    /// How long an entry that the hub took may be on its way to the own copy.
    pub fold: Duration,
    /// The shortest time between two cosignatures.
    pub cosign_every: Duration,
    /// Whether this agent witnesses with its collective's key. Unless said, the one that made the key does: agents that
    /// share a key and not their memory could be shown two histories, and each would sign one.
    pub cosign: Option<bool>,
    /// Whether what rests on an entry is signed only once enough members have witnessed that entry.
    pub require_witnesses: bool,
    /// How many are enough, where it is not as many as the federation's rules say.
    pub witnesses: Option<NonZeroU32>,
    /// How long to wait for them.
    pub witness_patience: Duration,
    /// How long a new member's copy may take to be whole.
    pub join: Duration,
    /// The wait before a text is asked for again that the hub did not have.
    pub texts_again: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bounds: Bounds::default(),
            dial: Dial {
                connect: Duration::from_secs(10),
                answer: Duration::from_secs(15),
            },
            retry_first: Duration::from_millis(250),
            retry_most: Duration::from_secs(5),
            distrust: Duration::from_secs(10),
            renew_again: Duration::from_secs(300),
            silence: Duration::from_secs(45),
            tick: Duration::from_secs(15),
            fold: Duration::from_secs(15),
            cosign_every: Duration::from_secs(1),
            cosign: None,
            require_witnesses: false,
            witnesses: None,
            witness_patience: Duration::from_secs(10),
            join: Duration::from_secs(120),
            texts_again: Duration::from_secs(300),
        }
    }
}

impl Options {
    /// Waits between tries, ever longer up to the longest; a thousand agents do not come back at the same moment.
    #[must_use]
    pub fn waits(&self) -> ExponentialBackoff {
        ExponentialBuilder::new()
            .with_min_delay(self.retry_first)
            .with_max_delay(self.retry_most)
            .with_jitter()
            .without_max_times()
            .build()
    }

    /// How long to leave a hub alone that showed what cannot be believed, or said no.
    #[must_use]
    pub fn distrust_wait(&self) -> Duration {
        self.distrust.mul_f64(1.0 + rand::random::<f64>())
    }
}
