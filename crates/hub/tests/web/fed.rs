//! A federation's log in a directory, which tests write to as a hub would.

#![allow(dead_code)] // Each test program takes what it needs.

use std::sync::Arc;

use allot_ledger::{
    Author, Body, Digest, Entry, Envelope, Leaf, SecretKey, Slug,
    entry::{
        Application, Choice, Content, Founder, Genesis, HubKeys, Kind, Number, Profile, Rules,
        Size, Text,
    },
    log::{Checkpoint, SignedCheckpoint},
    state::Event,
};
use allot_replica::Replica;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

pub const ORIGIN: &str = "hub.example/log";

pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(&Digest::of(name.as_bytes()).0)
}

pub fn slug(name: &str) -> Slug {
    name.parse().unwrap()
}

pub fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// The log, and what time it is.
pub struct Fed {
    pub dir: TempDir,
    pub replica: Arc<Replica>,
    pub now: Timestamp,
}

impl Fed {
    pub async fn of(founders: &[&str]) -> Self {
        let now = "2026-11-01T10:00:00Z".parse().unwrap();
        let dir = TempDir::new().unwrap();
        let first = genesis(founders, now);
        let replica = Replica::create(dir.path(), first).await.unwrap();
        let replica = Arc::new(replica);
        Self { dir, replica, now }
    }

    /// A collective writes an entry, now.
    pub async fn does(&self, author: &str, body: Body) -> Vec<Event> {
        self.do_all(vec![(author, body)]).await
    }

    /// Entries that are written to the disk at once.
    pub async fn do_all(&self, bodies: Vec<(&str, Body)>) -> Vec<Event> {
        let mut pen = self.replica.pen().await;
        let mut events = Vec::new();
        for (name, body) in bodies {
            let author = Author::Collective(slug(name));
            let state = pen.book().state();
            let entry = Entry {
                federation: state.federation().to_string(),
                seq: state.next_seq(&author),
                author,
                at: self.now,
                body,
            };
            let envelope = Envelope::sign(&entry, &key(name)).unwrap();
            let time = self.now;
            let leaf = Leaf { time, envelope }.to_bytes().unwrap();
            events.extend(pen.fold(&Bytes::from(leaf)).unwrap());
        }
        pen.keep().await.unwrap();
        events
    }

    /// Lets time pass, as the hub does on each beat.
    pub async fn pass(&mut self, time: SignedDuration) {
        self.now += time;
        let mut pen = self.replica.pen().await;
        pen.advance(self.now);
    }

    pub async fn proposes(
        &self,
        author: &str,
        title: &str,
        kind: Kind,
        open: SignedDuration,
    ) -> Number {
        let content = content(title, kind, "Let us.");
        let deadline = self.now + open;
        let propose = Body::Propose {
            draft: None,
            content,
            deadline,
        };
        match self.does(author, propose).await.last() {
            Some(Event::Opened { resolution, .. } | Event::Closed { resolution, .. }) => {
                *resolution
            }
            other => panic!("{other:?}"),
        }
    }

    pub async fn votes(&self, who: &str, resolution: Number, choice: Choice, why: Option<&str>) {
        let vote = Body::Vote {
            resolution,
            choice,
            reason: why.map(str::to_owned),
        };
        self.does(who, vote).await;
    }

    pub async fn applies(&self, name: &str) {
        let application = Application {
            key: key(name).public(),
            profile: Profile {
                name: name.to_owned(),
                website: None,
            },
            summary: "We would like to join.".to_owned(),
            sponsor: None,
            contact: Some(Digest::of(b"salted contact")),
        };
        self.does(name, Body::Apply(Box::new(application))).await;
    }

    /// The checkpoint of the log as it is, signed by the log's key.
    pub async fn checkpoint(&self) -> SignedCheckpoint {
        let book = self.replica.book().await;
        let checkpoint = Checkpoint {
            origin: ORIGIN.to_owned(),
            size: book.size(),
            root: book.root(),
        };
        SignedCheckpoint::sign(&checkpoint, &key("log")).unwrap()
    }
}

pub fn admit(name: &str) -> Kind {
    Kind::Admit {
        collective: slug(name),
        key: key(name).public(),
    }
}

/// Of the size that the kind asks for; a text is medium.
pub fn content(title: &str, kind: Kind, text: &str) -> Box<Content> {
    Box::new(Content {
        title: title.to_owned(),
        size: kind.smallest().max(Size::Medium),
        kind,
        text: Text::of(text).unwrap(),
    })
}

fn genesis(founders: &[&str], founded: Timestamp) -> Bytes {
    let founder = |name: &&str| Founder {
        slug: slug(name),
        key: key(name).public(),
    };
    let body = Genesis {
        name: slug("commons"),
        founded,
        founders: founders.iter().map(founder).collect(),
        rules: Rules::default(),
        hub: HubKeys {
            origin: ORIGIN.to_owned(),
            log: key("log").public(),
            clock: key("clock").public(),
            entries: key("entries").public(),
            ca: Digest::of(b"ca"),
        },
    };
    let entry = Entry {
        federation: "commons".to_owned(),
        author: Author::Hub,
        seq: 1,
        at: founded,
        body: Body::Genesis(Box::new(body)),
    };
    let envelope = Envelope::sign(&entry, &key("entries")).unwrap();
    let leaf = Leaf {
        time: founded,
        envelope,
    };
    leaf.to_bytes().unwrap().into()
}
