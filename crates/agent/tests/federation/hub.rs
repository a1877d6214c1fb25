//! A hub in this process, with real TLS, that serves an honest log or whatever it is told to.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use allot_daemon::Clock;
use allot_identity::{
    Barred, Issuer, Peer, Register, Root,
    invite::{Invite, Secret},
    tls::{HubIdentity, Now, hub_config},
};
use allot_ledger::{
    Body, Digest, PublicKey, SecretKey, Slug,
    log::{SignedCheckpoint, witness_name},
};
use allot_proto::hub as pb;
use arc_swap::ArcSwap;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use tokio::{net::TcpListener, runtime::Runtime, sync::watch};

use crate::{
    hub_rpc::serve,
    ledgers::{Ledger, NAME, key, slug, with_clock},
};

/// The machine's clock, or one that is so many seconds off.
#[derive(Debug, Default)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn set_off(&self, by: SignedDuration) {
        self.0.store(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// What a hub does that it should not.
#[derive(Default)]
pub struct Mood {
    /// Streams get exactly this, and then nothing.
    pub script: Option<Vec<pb::Stretch>>,
    /// As a script, without end.
    pub endless: Option<pb::Stretch>,
    /// Says this time for ever.
    pub stopped_clock: Option<Timestamp>,
    /// Takes entries and does not answer, so often.
    pub lost_answers: usize,
    /// Changes answers before they are sent.
    pub answer: Option<fn(&mut pb::AppendResponse)>,
    /// Takes entries and says that their numbers were used before, so often.
    pub says_replayed: usize,
    /// Says that entries come too early, without looking.
    pub says_gap: bool,
    /// Says that it is asked for texts too often, so often.
    pub too_often: usize,
    /// Changes the next answer with texts before it is sent.
    pub texts: Option<fn(&mut pb::GetTextsResponse)>,
    /// Answers so often when it is asked for texts, and then no more.
    pub texts_answered: Option<usize>,
}

/// What is the same before and after the hub is stopped.
pub struct Inner {
    pub clock: Arc<TestClock>,
    pub root: Root,
    pub issuer: Issuer,
    pub register: Arc<ArcSwap<Register>>,
    pub mood: Mutex<Mood>,
    pub ledger: Mutex<Ledger>,
    pub cosignatures: Mutex<VecDeque<(u64, String)>>,
    /// The agents that brought them.
    pub cosigned_by: Mutex<BTreeSet<String>>,
    pub invites: Mutex<HashMap<[u8; 32], Slug>>,
    pub texts: Mutex<HashMap<String, Vec<u8>>>,
    /// The texts that agents asked for, by call.
    pub texts_asked: Mutex<Vec<Vec<String>>>,
    pub contacts: Mutex<Vec<(String, String)>>,
    pub changed: watch::Sender<u64>,
    /// From where streams began, in their order.
    pub followed: Mutex<Vec<u64>>,
    /// Streams that are open.
    pub streams: AtomicUsize,
    pub renewals: AtomicUsize,
}

impl Inner {
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    pub fn mood(&self) -> MutexGuard<'_, Mood> {
        self.mood.lock().unwrap()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets streams look again.
    pub fn wake(&self) {
        self.changed.send_modify(|n| *n += 1);
    }

    /// The newest checkpoint, with clock and cosignatures.
    pub fn head(&self) -> SignedCheckpoint {
        let ledger = self.ledger();
        let time = self.mood().stopped_clock.unwrap_or_else(|| self.now());
        let mut head = with_clock(ledger.checkpoint(ledger.size()), time);
        let size = ledger.size();
        let names: Vec<_> = self.cosigners(&ledger);
        for (at, line) in self.cosignatures.lock().unwrap().iter() {
            if *at == size {
                let _ = head.add(line, &names);
            }
        }
        head
    }

    pub fn cosigners(&self, ledger: &Ledger) -> Vec<(String, PublicKey)> {
        let origin = ledger.book.state().serving_hub().origin.clone();
        let witnesses = ledger.book.state().witnesses();
        witnesses
            .into_iter()
            .map(|(slug, key)| (witness_name(&origin, &slug), key))
            .collect()
    }
}

/// The hub: it runs until it is stopped or dropped, and breaks all connections then.
pub struct TestHub {
    pub inner: Arc<Inner>,
    pub address: SocketAddr,
    running: Option<Runtime>,
}

impl TestHub {
    /// Founded by collectives whose keys are made of their names.
    pub fn found(founders: &[&str]) -> Self {
        let keys: Vec<_> = founders
            .iter()
            .map(|name| (*name, key(name).public()))
            .collect();
        Self::found_with(&keys)
    }

    pub fn found_with(founders: &[(&str, PublicKey)]) -> Self {
        let clock = Arc::new(TestClock::default());
        let root = Root::create(&slug(NAME), clock.now()).unwrap();
        let issuer = root.make_issuer(&slug(NAME), clock.now()).unwrap();
        let ledger = Ledger::found(founders, root.fingerprint(), clock.now());
        let register = Register {
            collectives: founders
                .iter()
                .map(|(name, _)| slug(name))
                .collect::<BTreeSet<_>>(),
            ..Register::default()
        };
        let inner = Inner {
            clock,
            root,
            issuer,
            register: Arc::new(ArcSwap::from_pointee(register)),
            mood: Mutex::default(),
            ledger: Mutex::new(ledger),
            cosignatures: Mutex::default(),
            cosigned_by: Mutex::default(),
            invites: Mutex::default(),
            texts: Mutex::default(),
            texts_asked: Mutex::default(),
            contacts: Mutex::default(),
            changed: watch::Sender::default(),
            followed: Mutex::default(),
            streams: AtomicUsize::default(),
            renewals: AtomicUsize::default(),
        };
        let mut hub = Self {
            inner: Arc::new(inner),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            running: None,
        };
        hub.start();
        hub
    }

    /// A hub with other keys, at another address, that goes on with a lost one's log. Also the digest of its keys.
    pub fn recover(from: &Self, founders: &[&str]) -> (Self, Digest) {
        let keys: Vec<_> = founders
            .iter()
            .map(|name| (*name, key(name).public()))
            .collect();
        let hub = Self::found_with(&keys);
        let mut ledger = from.copy(from.size());
        let digest = ledger.replace_hub(hub.inner.root.fingerprint(), hub.inner.now());
        hub.swap(ledger);
        (hub, digest)
    }

    /// Serves, at the same address as before.
    pub fn start(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let std = std::net::TcpListener::bind(self.address).unwrap();
        std.set_nonblocking(true).unwrap();
        self.address = std.local_addr().unwrap();
        let inner = Arc::clone(&self.inner);
        let now = self.tls_clock();
        let (certificate, key) = inner.issuer.sign_hub(&slug(NAME), inner.now()).unwrap();
        let identity = Arc::new(HubIdentity::new(&certificate, key).unwrap());
        let register = Arc::clone(&inner.register);
        let config = hub_config(&slug(NAME), inner.issuer.root(), identity, register, now).unwrap();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(std).unwrap();
            serve(listener, config, inner).await;
        });
        self.running = Some(runtime);
    }

    fn tls_clock(&self) -> Now {
        let clock = Arc::clone(&self.inner.clock);
        Arc::new(move || clock.now())
    }

    /// As if its machine had lost its power.
    pub fn stop(&mut self) {
        if let Some(runtime) = self.running.take() {
            // Not on a thread of the test's own runtime, which may not block.
            let ended = std::thread::spawn(|| runtime.shutdown_timeout(Duration::from_secs(5)));
            ended.join().unwrap();
        }
    }

    /// A new invite.
    pub fn invite(&self, collective: &str) -> Invite {
        let secret = Secret::from_random(rand::random());
        let mut invites = self.inner.invites.lock().unwrap();
        invites.insert(*secret.expose(), slug(collective));
        Invite {
            federation: slug(NAME),
            genesis: self.inner.ledger().federation(),
            address: self.address.to_string(),
            ca: self.inner.root.fingerprint(),
            collective: slug(collective),
            secret,
            expires: self.inner.now() + SignedDuration::from_hours(1),
        }
    }

    /// Has members say how they are called, so often.
    pub fn grow(&self, by: &str, count: usize) {
        self.grow_with(by, &key(by), count);
    }

    pub fn grow_with(&self, by: &str, key: &SecretKey, count: usize) {
        let now = self.inner.now();
        let mut ledger = self.inner.ledger();
        for n in 0..count {
            let name = format!("{by} {}-{n}", ledger.size());
            ledger.rename(by, key, &name, now);
        }
        drop(ledger);
        self.inner.wake();
    }

    /// Has a member say something.
    pub fn say(&self, by: &str, body: Body) {
        let now = self.inner.now();
        let mut ledger = self.inner.ledger();
        let envelope = ledger.sign(by, &key(by), body);
        ledger.take(envelope, now).unwrap();
        drop(ledger);
        self.inner.wake();
    }

    pub fn size(&self) -> u64 {
        self.inner.ledger().size()
    }

    pub fn root(&self) -> Digest {
        self.inner.ledger().book.root()
    }

    pub fn leaves(&self) -> Vec<Bytes> {
        self.inner.ledger().leaves.clone()
    }

    /// Behaves otherwise from now on; open streams end, so that it shows.
    pub fn be(&self, change: impl FnOnce(&mut Mood)) {
        change(&mut self.inner.mood());
        self.inner.wake();
    }

    /// Serves another log from now on, and gives the one before.
    pub fn swap(&self, ledger: Ledger) -> Ledger {
        let old = std::mem::replace(&mut *self.inner.ledger(), ledger);
        self.inner.wake();
        old
    }

    /// A copy of its log.
    pub fn copy(&self, size: u64) -> Ledger {
        self.inner.ledger().upto(usize::try_from(size).unwrap())
    }

    pub fn evict(&self, collective: &str, agent: &str) {
        let mut register = (**self.inner.register.load()).clone();
        let agents = register.barred.entry(slug(collective)).or_default();
        let barred = Barred {
            since: self.inner.now(),
            for_good: false,
        };
        agents.insert(agent.to_owned(), barred);
        self.inner.register.store(Arc::new(register));
        self.inner.wake();
    }

    pub fn followed(&self) -> Vec<u64> {
        self.inner.followed.lock().unwrap().clone()
    }
}

impl Drop for TestHub {
    fn drop(&mut self) {
        if let Some(runtime) = self.running.take() {
            runtime.shutdown_background();
        }
    }
}

/// Whoever called, by their certificate.
pub type Caller = Option<Peer>;
