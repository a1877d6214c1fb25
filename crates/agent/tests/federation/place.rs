//! An agent's directory, and its part in the federation.

use std::{path::Path, sync::Arc, time::Duration};

use allot_agent::{
    clock::Clock,
    federation::{Federation, FederationError, Home, Joined, Keys, Options, View, hub::Dial},
};
use allot_identity::invite::Invite;
use allot_ledger::{
    entry::{Kind, Size},
    log::Bounds,
};
use jiff::SignedDuration;
use tempfile::TempDir;

use crate::{
    hub::{TestClock, TestHub},
    ledgers::key,
};

/// Less patience than an operator has.
pub fn hasty() -> Options {
    Options {
        bounds: Bounds::default(),
        dial: Dial {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(3),
        },
        retry_first: Duration::from_millis(20),
        retry_most: Duration::from_millis(100),
        distrust: Duration::from_millis(60),
        renew_again: Duration::from_millis(100),
        silence: Duration::from_secs(5),
        tick: Duration::from_millis(20),
        fold: Duration::from_secs(15),
        cosign_every: Duration::from_millis(20),
        cosign: None,
        require_witnesses: false,
        witnesses: None,
        witness_patience: Duration::from_secs(10),
        join: Duration::from_secs(10),
        texts_again: Duration::from_millis(100),
    }
}

/// One agent.
pub struct Place {
    pub dir: TempDir,
    pub federation: Arc<Federation>,
    pub clock: Arc<TestClock>,
    pub options: Options,
}

impl Place {
    /// One that is in no federation; without a key.
    pub fn new(clock: Arc<TestClock>, options: Options) -> Self {
        let dir = TempDir::new().unwrap();
        let federation = open(dir.path(), &clock, options);
        Self {
            dir,
            federation,
            clock,
            options,
        }
    }

    /// One that has the key which is made of a collective's name, and no federation.
    pub fn of(collective: &str, clock: Arc<TestClock>, options: Options) -> Self {
        let place = Self::new(clock, options);
        place.give_key(collective);
        place
    }

    /// One that has joined.
    pub async fn joined(hub: &TestHub, collective: &str) -> Self {
        Self::joined_with(hub, collective, "swarm-1", hasty()).await
    }

    pub async fn joined_with(
        hub: &TestHub,
        collective: &str,
        agent: &str,
        options: Options,
    ) -> Self {
        let place = Self::of(collective, Arc::clone(&hub.inner.clock), options);
        place.join(&hub.invite(collective), agent).await.unwrap();
        place
    }

    pub fn give_key(&self, collective: &str) {
        let (secret, name) = (key(collective), collective);
        let text = format!(
            "{}\n{}\n",
            secret.public().verifier_key(name),
            secret.to_hex()
        );
        let path = self.keys().path();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn home(&self) -> Home {
        Home::of(self.dir.path())
    }

    pub fn keys(&self) -> Keys {
        Keys::of(self.home())
    }

    pub async fn join(&self, invite: &Invite, agent: &str) -> Result<Joined, FederationError> {
        let text = invite.to_text().unwrap();
        self.federation.join(&text, agent, "plot.example").await
    }

    pub async fn view(&self) -> View {
        self.federation.view().await.unwrap()
    }

    /// Ends the agent and starts it again, on what is on its disk.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start();
    }

    pub async fn stop(&self) {
        self.federation.close().await;
    }

    /// Starts it; call [`Place::stop`] before.
    pub fn start(&mut self) {
        // What was open is let go first: the log has one owner.
        let nothing = TempDir::new().unwrap();
        self.federation = open(nothing.path(), &self.clock, self.options);
        self.federation = open(self.dir.path(), &self.clock, self.options);
    }

    /// Looks until something is as it should be.
    pub async fn until(&self, what: &str, is_so: impl Fn(&View) -> bool) -> View {
        let looking = async {
            loop {
                let view = self.view().await;
                if is_so(&view) {
                    return view;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        match tokio::time::timeout(Duration::from_secs(30), looking).await {
            Ok(view) => view,
            Err(_) => panic!("{what}; it is {:#?}", self.view().await),
        }
    }

    pub async fn until_size(&self, size: u64) -> View {
        self.until(&format!("it has {size} entries"), |view| view.size == size)
            .await
    }

    pub async fn until_problem(&self, code: &str) -> View {
        let what = format!("the problem {code} is told");
        let told = |view: &View| view.problem.as_ref().is_some_and(|told| told.code == code);
        self.until(&what, told).await
    }

    pub async fn until_well(&self) -> View {
        self.until("all is well", |view| {
            view.problem.is_none() && view.hub_problem.is_none() && view.is_reachable
        })
        .await
    }

    pub async fn until_away(&self) -> View {
        self.until("the hub is missed", |view| !view.is_reachable)
            .await
    }
}

fn open(dir: &Path, clock: &Arc<TestClock>, options: Options) -> Arc<Federation> {
    let clock: Arc<dyn Clock> = clock.clone();
    Federation::open(dir, clock, options)
}

/// Bounds for a test in which a clock is moved by hours.
pub fn any_clock() -> Options {
    let days = SignedDuration::from_hours(24 * 30);
    Options {
        bounds: Bounds {
            stale: days,
            ahead: days,
        },
        ..hasty()
    }
}

/// A proposal of a text.
pub fn proposal(title: &str) -> allot_agent::federation::Proposal {
    allot_agent::federation::Proposal {
        title: title.to_owned(),
        size: Size::Medium,
        kind: Kind::Text,
        text: "Because it is good.".to_owned(),
    }
}
