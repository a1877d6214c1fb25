//! All that somebody has who has taken over a hub: its directory.

use std::{fs, path::Path};

use allot_identity::Issuer;
use allot_ledger::{
    Author, Body, Digest, Entry, Envelope, Leaf, SecretKey, Slug,
    entry::HubKeys,
    log::{Checkpoint, SignedCheckpoint, Tree, clock_name},
    state::State,
};
use allot_replica::Replica;
use bytes::Bytes;
use jiff::Timestamp;

/// A hub's keys and log. The log can be changed.
pub struct Stolen {
    pub name: Slug,
    pub federation: Digest,
    pub keys: HubKeys,
    pub collectives: Vec<Slug>,
    pub issuer: Issuer,
    pub leaves: Vec<Bytes>,
    /// The number of the hub's next entry.
    pub next_seq: u64,
    log: SecretKey,
    clock: SecretKey,
    entries: SecretKey,
}

impl Stolen {
    /// What is in the directory of a hub that does not run.
    pub async fn from(dir: &Path) -> Self {
        let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
        let key = |name: &str| SecretKey::from_hex(&read(&format!("keys/{name}.key"))).unwrap();
        let [certificate, issuer_key] = pem::parse_many(read("issuer.pem"))
            .unwrap()
            .try_into()
            .unwrap();
        let [certificate, issuer_key] = [certificate, issuer_key].map(|part| pem::encode(&part));
        let (replica, _) = Replica::open(&dir.join("ledger")).unwrap();
        let leaves = replica.leaves(0).await.unwrap();
        let book = replica.book().await;
        assert_eq!(book.size(), leaves.len() as u64, "a short log");
        let state = book.state();
        Self {
            name: state.name().clone(),
            federation: state.federation(),
            keys: state.hub().clone(),
            collectives: state.collectives().keys().cloned().collect(),
            issuer: Issuer::from_pem(&read("root.pem"), &certificate, &issuer_key).unwrap(),
            next_seq: state.next_seq(&Author::Hub),
            leaves: leaves.clone(),
            log: key("log"),
            clock: key("clock"),
            entries: key("entries"),
        }
    }

    /// An entry of the hub's own, by the rules: that somebody has paid.
    pub fn dues(&self, seq: u64, paid_until: &str) -> Entry {
        let body = Body::Dues {
            collective: self.collectives[0].clone(),
            paid_until: paid_until.parse().unwrap(),
        };
        self.entry(Author::Hub, seq, body)
    }

    pub fn entry(&self, author: Author, seq: u64, body: Body) -> Entry {
        Entry {
            federation: self.federation.to_string(),
            author,
            seq,
            at: Timestamp::now(),
            body,
        }
    }

    /// A leaf that the hub signs itself.
    pub fn leaf(&self, entry: &Entry, time: Timestamp) -> Bytes {
        leaf(entry, &self.entries, time)
    }

    /// A checkpoint of these leaves, as followers get it who catch up.
    pub fn sign(&self, leaves: &[Bytes]) -> SignedCheckpoint {
        let mut tree = Tree::default();
        leaves.iter().for_each(|leaf| tree.push(leaf));
        let checkpoint = Checkpoint {
            origin: self.keys.origin.clone(),
            size: tree.size(),
            root: tree.root(),
        };
        SignedCheckpoint::sign(&checkpoint, &self.log).unwrap()
    }

    /// A checkpoint of these leaves with the hub's clock.
    pub fn head(&self, leaves: &[Bytes], time: Timestamp) -> SignedCheckpoint {
        let note = self.signer(leaves)(time);
        SignedCheckpoint::read(note.as_bytes(), &self.keys.origin, &self.keys.log).unwrap()
    }

    /// Signs these leaves with any clock, again and again.
    pub fn signer(&self, leaves: &[Bytes]) -> impl Fn(Timestamp) -> String + Send + Sync + 'static {
        let signed = self.sign(leaves);
        let (name, key, public) = (
            clock_name(&self.keys.origin),
            self.clock.clone(),
            self.keys.clock,
        );
        move |time| {
            let mut signed = signed.clone();
            let line = signed.cosignature(&name, &key, time).unwrap();
            signed.add(&line, &[(name.clone(), public)]).unwrap();
            signed.to_string()
        }
    }

    /// What the log comes to.
    pub fn state(&self) -> State {
        let read = |bytes: &Bytes| Leaf::from_bytes(bytes).unwrap();
        let mut state = State::found(&read(&self.leaves[0]), &self.leaves[0]).unwrap();
        for bytes in &self.leaves[1..] {
            state.fold(&read(bytes)).unwrap();
        }
        state
    }
}

/// A leaf with an entry that somebody signs.
pub fn leaf(entry: &Entry, key: &SecretKey, time: Timestamp) -> Bytes {
    let envelope = Envelope::sign(entry, key).unwrap();
    let time = Timestamp::from_millisecond(time.as_millisecond()).unwrap();
    Leaf { time, envelope }.to_bytes().unwrap().into()
}
