//! The rules, clause by clause; numbers are those of `GOVERNANCE.md`.

use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::prelude::*;

use super::*;
use crate::{
    SecretKey,
    entry::{
        Application, Body, Choice, Content, Envelope, Founder, Imported, ImportedState, Kind, Leaf,
        Money, Profile, RuleChange, Size, Text,
    },
};

/// A federation in a test: signs, stamps and folds.
struct Fed {
    state: State,
    now: Timestamp,
}

fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(&Digest::of(name.as_bytes()).0)
}

fn slug(name: &str) -> Slug {
    name.parse().unwrap()
}

fn hub_keys(of: &str) -> HubKeys {
    HubKeys {
        origin: format!("{of}.example/log"),
        log: key(&format!("{of} log")).public(),
        clock: key(&format!("{of} clock")).public(),
        entries: key(&format!("{of} entries")).public(),
        ca: Digest::of(b"root"),
    }
}

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

impl Fed {
    fn of(founders: &[&str]) -> Self {
        let genesis = Genesis {
            name: slug("test"),
            founded: start(),
            founders: founders
                .iter()
                .map(|name| Founder {
                    slug: slug(name),
                    key: key(name).public(),
                })
                .collect(),
            rules: Rules::default(),
            hub: hub_keys("hub"),
        };
        let entry = Entry {
            federation: "test".to_owned(),
            author: Author::Hub,
            seq: 1,
            at: start(),
            body: Body::Genesis(Box::new(genesis)),
        };
        let leaf = Leaf {
            time: start(),
            envelope: Envelope::sign(&entry, &key("hub entries")).unwrap(),
        };
        let state = State::found(&leaf, &leaf.to_bytes().unwrap()).unwrap();
        let now = start();
        Self { state, now }
    }

    fn three() -> Self {
        Self::of(&["a", "b", "c"])
    }

    fn entry(&self, author: &str, body: Body) -> Entry {
        let author = Author::try_from(author.to_owned()).unwrap();
        Entry {
            federation: self.state.federation().to_string(),
            seq: self.state.next_seq(&author),
            author,
            at: self.now,
            body,
        }
    }

    fn sign(&self, author: &str, body: Body) -> Envelope {
        let signer = if author == "hub" {
            "hub entries"
        } else {
            author
        };
        Envelope::sign(&self.entry(author, body), &key(signer)).unwrap()
    }

    fn take(&mut self, envelope: &Envelope) -> Result<Vec<Event>, Refused> {
        let verified = self.state.verify(envelope)?;
        self.state.apply(&verified, self.now)
    }

    fn does(&mut self, author: &str, body: Body) -> Result<Vec<Event>, Refused> {
        self.take(&self.sign(author, body))
    }

    fn days(&mut self, days: i64) -> &mut Self {
        self.now += SignedDuration::from_hours(24 * days);
        self
    }

    fn proposes(&mut self, author: &str, size: Size, kind: Kind) -> Number {
        let deadline = self.now + SignedDuration::from_hours(24 * 14);
        let events = self.does(author, propose(size, kind, deadline)).unwrap();
        match events.last() {
            Some(Event::Opened { resolution, .. } | Event::Closed { resolution, .. }) => {
                *resolution
            }
            other => panic!("{other:?}"),
        }
    }

    fn votes(&mut self, who: &str, number: Number, choice: Choice) -> Result<Vec<Event>, Refused> {
        let reason = (choice == Choice::Against).then(|| "no".to_owned());
        let resolution = number;
        self.does(
            who,
            Body::Vote {
                resolution,
                choice,
                reason,
            },
        )
    }

    /// Votes as given, then the deadline passes.
    fn ends(&mut self, number: Number, votes: &[(&str, Choice)]) -> Phase {
        for (who, choice) in votes {
            self.votes(who, number, *choice).unwrap();
        }
        self.days(14);
        self.state.advance(self.now);
        self.phase(number)
    }

    fn decides(&mut self, kind: Kind) -> Number {
        let everybody: Vec<_> = self.state.members().map(|c| c.slug.to_string()).collect();
        let proposer = everybody[0].clone();
        let number = self.proposes(&proposer, Size::Large, kind);
        let votes: Vec<_> = everybody
            .iter()
            .map(|w| (w.as_str(), Choice::For))
            .collect();
        assert_eq!(self.ends(number, &votes), Phase::Passed);
        number
    }

    /// Signs with another key than the one that goes by the author's name.
    fn does_with(&mut self, signer: &str, author: &str, body: Body) -> Result<Vec<Event>, Refused> {
        let envelope = Envelope::sign(&self.entry(author, body), &key(signer)).unwrap();
        self.take(&envelope)
    }

    /// Proposes to admit `name`, which applied with the key of `signer`.
    fn vouches(&mut self, who: &str, name: &str, signer: &str) -> Number {
        self.proposes(who, Size::Large, admit(name, signer))
    }

    fn phase(&self, number: Number) -> Phase {
        self.state.resolution(number).unwrap().phase
    }

    fn status(&self, name: &str) -> Status {
        self.state.collective(&slug(name)).unwrap().status
    }
}

fn content(size: Size, kind: Kind) -> Box<Content> {
    Box::new(Content {
        title: "A thing".to_owned(),
        size,
        kind,
        text: Text::Inline("Let us.".to_owned()),
    })
}

fn propose(size: Size, kind: Kind, deadline: Timestamp) -> Body {
    Body::Propose {
        draft: None,
        content: content(size, kind),
        deadline,
    }
}

fn apply(name: &str, signer: &str) -> Body {
    let _ = name;
    Body::Apply(Box::new(Application {
        key: key(signer).public(),
        profile: Profile {
            name: name.to_owned(),
            website: None,
        },
        summary: "We would like to join.".to_owned(),
        sponsor: None,
        contact: None,
    }))
}

fn admit(name: &str, signer: &str) -> Kind {
    Kind::Admit {
        collective: slug(name),
        key: key(signer).public(),
    }
}

fn withdraw(resolution: Number) -> Body {
    let reason = "a better idea".to_owned();
    Body::Withdraw { resolution, reason }
}

fn code<T: std::fmt::Debug>(refused: Result<T, Refused>) -> &'static str {
    refused.unwrap_err().code()
}

use Choice::{Abstain, Against, For};

mod applications;
mod decisions;
mod events;
mod fold;
mod governance;
mod log;
mod members;
mod trouble;
