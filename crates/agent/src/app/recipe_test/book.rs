//! What came of each phase, written down and told as it happens.

use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use super::report::{Phase, PhaseVerdict, Release, Report};
use crate::{
    app::error::Result,
    limits::{TEST_LOG_LINE_CHARS, TEST_LOG_LINES, TEST_TOLD_LINES},
};

/// What a test tells.
#[derive(Debug, Clone)]
pub enum Told {
    /// It is about to begin.
    Started {
        /// Its name.
        run: String,
        /// Its throw-away stack.
        stack: String,
        /// The recipe.
        recipe: String,
        /// What is tested.
        candidate: Release,
        /// What it is upgraded from.
        previous: Option<Release>,
    },
    /// A phase begins.
    Phase(String),
    /// Something that happens in it.
    Line(String),
    /// A phase ended.
    Ended(Phase),
    /// The report; nothing follows.
    Report {
        /// Digest of its bytes, hex; empty when it could not be kept.
        sha256: String,
        /// Its JSON as it is kept.
        json: Vec<u8>,
        /// The same, read.
        report: Box<Report>,
    },
}

/// How a phase ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) verdict: PhaseVerdict,
    pub(super) text: String,
    pub(super) log: Vec<String>,
}

impl End {
    pub(super) fn new(verdict: PhaseVerdict, text: impl Into<String>) -> Self {
        Self {
            verdict,
            text: text.into(),
            log: Vec::new(),
        }
    }

    pub(super) fn passed(text: impl Into<String>) -> Self {
        Self::new(PhaseVerdict::Passed, text)
    }

    pub(super) fn failed(text: impl Into<String>) -> Self {
        Self::new(PhaseVerdict::Failed, text)
    }

    pub(super) fn with_log(mut self, log: Vec<String>) -> Self {
        self.log = log;
        self
    }
}

/// Tells whoever listens, and knows which words must not be told.
#[derive(Clone)]
pub(super) struct Teller {
    to: mpsc::UnboundedSender<Told>,
    secrets: Arc<Mutex<Vec<SecretString>>>,
    /// Lines that the phase may still tell, so that a service that flaps does not fill memory.
    lines: Arc<Mutex<usize>>,
}

impl Teller {
    pub(super) fn tell(&self, told: Told) {
        // Nobody listening any more ends the test elsewhere.
        let _ = self.to.send(told);
    }

    /// Tells a line of the phase.
    pub(super) fn line(&self, text: &str) {
        let mut left = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(less) = left.checked_sub(1) {
            *left = less;
            self.tell(Told::Line(self.clean(text)));
        }
    }

    /// Keeps a value from ever being told.
    pub(super) fn hide(&self, value: SecretString) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.push(value);
    }

    /// A line as it may be told: bounded, and without the secrets of the throw-away stack.
    pub(super) fn clean(&self, text: &str) -> String {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let without = secrets.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.expose_secret(), "[secret]")
        });
        without.chars().take(TEST_LOG_LINE_CHARS).collect()
    }

    /// The end of a log, as it may be told.
    fn log(&self, lines: &[String]) -> Vec<String> {
        let from = lines.len().saturating_sub(TEST_LOG_LINES);
        lines
            .get(from..)
            .unwrap_or_default()
            .iter()
            .map(|line| self.clean(line))
            .collect()
    }
}

/// The phases of a test.
pub(super) struct Book {
    teller: Teller,
    pub(super) stop: CancellationToken,
    pub(super) phases: Vec<Phase>,
}

impl Book {
    pub(super) fn new(to: mpsc::UnboundedSender<Told>, stop: CancellationToken) -> Self {
        Self {
            teller: Teller {
                to,
                secrets: Arc::default(),
                lines: Arc::default(),
            },
            stop,
            phases: Vec::new(),
        }
    }

    pub(super) fn teller(&self) -> Teller {
        self.teller.clone()
    }

    /// A phase, unless the test is stopped, before it or in it. Gives back whether it failed nothing.
    pub(super) async fn phase(
        &mut self,
        name: &str,
        work: impl Future<Output = Result<End>>,
    ) -> bool {
        if self.stop.is_cancelled() {
            self.skip(name, "the test was stopped before");
            return false;
        }
        let stop = self.stop.clone();
        let stopped = async move {
            stop.cancelled().await;
            Ok(End::new(PhaseVerdict::Skipped, "the test was stopped here"))
        };
        self.always(name, async {
            tokio::select! {
                end = work => end,
                end = stopped => end,
            }
        })
        .await;
        !self.stop.is_cancelled() && self.last_is_good()
    }

    /// A phase that takes place whether the test was stopped or not: what was made is removed.
    pub(super) async fn always(&mut self, name: &str, work: impl Future<Output = Result<End>>) {
        self.teller.tell(Told::Phase(name.to_owned()));
        *self
            .teller
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = TEST_TOLD_LINES;
        let began = Instant::now();
        let end = work.await.unwrap_or_else(|error| {
            let text = format!("{error} ({})", error.code());
            let help = error.help().map(|help| format!("help: {help}"));
            End::failed(text).with_log(help.into_iter().collect())
        });
        let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.put(name, end, elapsed_ms);
    }

    /// A phase that does not take place.
    pub(super) fn skip(&mut self, name: &str, why: &str) {
        self.put(name, End::new(PhaseVerdict::Skipped, why), 0);
    }

    fn put(&mut self, name: &str, end: End, elapsed_ms: u64) {
        let phase = Phase {
            name: name.to_owned(),
            verdict: end.verdict,
            elapsed_ms,
            text: self.teller.clean(&end.text),
            log: self.teller.log(&end.log),
        };
        self.teller.tell(Told::Ended(phase.clone()));
        self.phases.push(phase);
    }

    fn last_is_good(&self) -> bool {
        let last = self.phases.last();
        last.is_none_or(|phase| phase.verdict != PhaseVerdict::Failed)
    }

    /// Whether a phase failed.
    pub(super) fn has_failed(&self) -> bool {
        let mut all = self.phases.iter();
        all.any(|phase| phase.verdict == PhaseVerdict::Failed)
    }
}
