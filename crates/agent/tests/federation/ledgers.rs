//! Logs of a hub that has all keys: true ones, and others.

use allot_ledger::{
    Author, Body, Digest, Entry, Envelope, Leaf, PublicKey, SecretKey, Slug,
    entry::{Founder, Genesis, HubKeys, Profile, Rules},
    log::{Checkpoint, SignedCheckpoint, Tree, clock_name},
};
use allot_replica::Book;
use bytes::Bytes;
use jiff::Timestamp;

pub const NAME: &str = "coopcloud-test";
pub const ORIGIN: &str = "hub.example/log";

/// A key that is the same whenever it is asked for.
pub fn key(of: &str) -> SecretKey {
    SecretKey::from_seed(&Digest::of(of.as_bytes()).0)
}

pub fn slug(name: &str) -> Slug {
    name.parse().unwrap()
}

pub fn hub_keys(ca: Digest) -> HubKeys {
    HubKeys {
        origin: ORIGIN.to_owned(),
        log: key("log").public(),
        clock: key("clock").public(),
        entries: key("entries").public(),
        ca,
    }
}

/// Those of the hub that takes a lost one's place.
pub fn second_hub_keys(ca: Digest) -> HubKeys {
    HubKeys {
        origin: "second.example/log".to_owned(),
        log: key("second log").public(),
        clock: key("second clock").public(),
        entries: key("second entries").public(),
        ca,
    }
}

/// Whole milliseconds, as a hub stamps.
pub fn stamp(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap()
}

/// A log, and what follows from it.
pub struct Ledger {
    pub book: Book,
    pub leaves: Vec<Bytes>,
}

impl Ledger {
    /// Founded by collectives with these keys.
    pub fn found(founders: &[(&str, PublicKey)], ca: Digest, now: Timestamp) -> Self {
        let now = stamp(now);
        let body = Genesis {
            name: slug(NAME),
            founded: now,
            founders: founders
                .iter()
                .map(|(name, key)| Founder {
                    slug: slug(name),
                    key: *key,
                })
                .collect(),
            rules: Rules::default(),
            hub: hub_keys(ca),
        };
        let entry = Entry {
            federation: NAME.to_owned(),
            author: Author::Hub,
            seq: 1,
            at: now,
            body: Body::Genesis(Box::new(body)),
        };
        let envelope = Envelope::sign(&entry, &key("entries")).unwrap();
        let first = leaf(envelope, now);
        Self {
            book: Book::found(&first).unwrap(),
            leaves: vec![first],
        }
    }

    /// The same log again, up to a size.
    pub fn upto(&self, size: usize) -> Self {
        let leaves = &self.leaves[..size];
        let mut book = Book::found(&leaves[0]).unwrap();
        for leaf in &leaves[1..] {
            book.fold(leaf).unwrap();
        }
        Self {
            book,
            leaves: leaves.to_vec(),
        }
    }

    pub fn size(&self) -> u64 {
        self.book.size()
    }

    pub fn federation(&self) -> Digest {
        self.book.state().federation()
    }

    /// Takes an entry, as a hub does.
    pub fn take(
        &mut self,
        envelope: Envelope,
        now: Timestamp,
    ) -> Result<Bytes, allot_replica::ReplicaError> {
        let time = stamp(now).max(self.book.state().time());
        let leaf = leaf(envelope, time);
        self.book.fold(&leaf)?;
        self.leaves.push(leaf.clone());
        Ok(leaf)
    }

    /// An entry of a collective, signed with its key and its next number.
    pub fn sign(&self, by: &str, key: &SecretKey, body: Body) -> Envelope {
        let author = Author::Collective(slug(by));
        let entry = Entry {
            federation: self.federation().to_string(),
            seq: self.book.state().next_seq(&author),
            author,
            at: Timestamp::now(),
            body,
        };
        Envelope::sign(&entry, key).unwrap()
    }

    /// A member says how it is called: an entry that changes little.
    pub fn rename(&mut self, by: &str, key: &SecretKey, name: &str, now: Timestamp) {
        let envelope = self.sign(by, key, profile(name));
        self.take(envelope, now).unwrap();
    }

    /// The second hub says that it goes on with the log.
    pub fn replace_hub(&mut self, ca: Digest, now: Timestamp) -> Digest {
        let hub = second_hub_keys(ca);
        let digest = hub.digest();
        let entry = Entry {
            federation: self.federation().to_string(),
            author: Author::Hub,
            seq: self.book.state().next_seq(&Author::Hub),
            at: now,
            body: Body::HubReplaced { hub: Box::new(hub) },
        };
        let envelope = Envelope::sign(&entry, &key("second entries")).unwrap();
        self.take(envelope, now).unwrap();
        digest
    }

    /// A checkpoint of the first `size` entries, without a clock, signed by the hub that serves.
    pub fn checkpoint(&self, size: u64) -> SignedCheckpoint {
        let origin = &self.book.state().serving_hub().origin;
        sign_as(origin, self.book.tree(), size)
    }
}

/// Keys of the hub with this log.
fn prefix(origin: &str) -> &'static str {
    if origin == ORIGIN { "" } else { "second " }
}

pub fn profile(name: &str) -> Body {
    Body::Profile(Profile {
        name: name.to_owned(),
        website: None,
    })
}

pub fn leaf(envelope: Envelope, time: Timestamp) -> Bytes {
    Leaf { time, envelope }.to_bytes().unwrap().into()
}

pub fn sign_tree(tree: &Tree, size: u64) -> SignedCheckpoint {
    sign_as(ORIGIN, tree, size)
}

fn sign_as(origin: &str, tree: &Tree, size: u64) -> SignedCheckpoint {
    let checkpoint = Checkpoint {
        origin: origin.to_owned(),
        size,
        root: tree.root_at(size).unwrap(),
    };
    let log = key(&format!("{}log", prefix(origin)));
    SignedCheckpoint::sign(&checkpoint, &log).unwrap()
}

/// With the hub's clock.
pub fn with_clock(mut signed: SignedCheckpoint, time: Timestamp) -> SignedCheckpoint {
    let origin = signed.checkpoint().origin.clone();
    let clock = key(&format!("{}clock", prefix(&origin)));
    let name = clock_name(&origin);
    let line = signed.cosignature(&name, &clock, time).unwrap();
    signed.add(&line, &[(name, clock.public())]).unwrap();
    signed
}
