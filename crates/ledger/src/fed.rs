//! A federation for tests: collectives that sign, and a hub that stamps.

use jiff::{SignedDuration, Timestamp};

use crate::{
    Digest, SecretKey, Slug,
    entry::{
        Application, Author, Body, Choice, Content, Entry, Envelope, Founder, Genesis, HubKeys,
        Kind, Leaf, Number, Profile, Rules, Size, Text,
    },
    state::{Event, Phase, Refused, State, Status},
};

/// A federation in a test: signs, stamps and folds.
pub(crate) struct Fed {
    pub(crate) state: State,
    pub(crate) now: Timestamp,
}

pub(crate) fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(&Digest::of(name.as_bytes()).0)
}

pub(crate) fn slug(name: &str) -> Slug {
    name.parse().unwrap()
}

pub(crate) fn hub_keys(of: &str) -> HubKeys {
    HubKeys {
        origin: format!("{of}.example/log"),
        log: key(&format!("{of} log")).public(),
        clock: key(&format!("{of} clock")).public(),
        entries: key(&format!("{of} entries")).public(),
        ca: Digest::of(b"root"),
    }
}

pub(crate) fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

impl Fed {
    pub(crate) fn of(founders: &[&str]) -> Self {
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

    pub(crate) fn three() -> Self {
        Self::of(&["a", "b", "c"])
    }

    pub(crate) fn entry(&self, author: &str, body: Body) -> Entry {
        let author = Author::try_from(author.to_owned()).unwrap();
        Entry {
            federation: self.state.federation().to_string(),
            seq: self.state.next_seq(&author),
            author,
            at: self.now,
            body,
        }
    }

    pub(crate) fn sign(&self, author: &str, body: Body) -> Envelope {
        let signer = if author == "hub" {
            "hub entries"
        } else {
            author
        };
        Envelope::sign(&self.entry(author, body), &key(signer)).unwrap()
    }

    pub(crate) fn take(&mut self, envelope: &Envelope) -> Result<Vec<Event>, Refused> {
        let verified = self.state.verify(envelope)?;
        self.state.apply(&verified, self.now)
    }

    pub(crate) fn does(&mut self, author: &str, body: Body) -> Result<Vec<Event>, Refused> {
        self.take(&self.sign(author, body))
    }

    pub(crate) fn days(&mut self, days: i64) -> &mut Self {
        self.now += SignedDuration::from_hours(24 * days);
        self
    }

    pub(crate) fn proposes(&mut self, author: &str, size: Size, kind: Kind) -> Number {
        let deadline = self.now + SignedDuration::from_hours(24 * 14);
        let events = self.does(author, propose(size, kind, deadline)).unwrap();
        match events.last() {
            Some(Event::Opened { resolution, .. } | Event::Closed { resolution, .. }) => {
                *resolution
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn votes(
        &mut self,
        who: &str,
        number: Number,
        choice: Choice,
    ) -> Result<Vec<Event>, Refused> {
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
    pub(crate) fn ends(&mut self, number: Number, votes: &[(&str, Choice)]) -> Phase {
        for (who, choice) in votes {
            self.votes(who, number, *choice).unwrap();
        }
        self.days(14);
        self.state.advance(self.now);
        self.phase(number)
    }

    pub(crate) fn decides(&mut self, kind: Kind) -> Number {
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
    pub(crate) fn does_with(
        &mut self,
        signer: &str,
        author: &str,
        body: Body,
    ) -> Result<Vec<Event>, Refused> {
        let envelope = Envelope::sign(&self.entry(author, body), &key(signer)).unwrap();
        self.take(&envelope)
    }

    /// Proposes to admit `name`, which applied with the key of `signer`.
    pub(crate) fn vouches(&mut self, who: &str, name: &str, signer: &str) -> Number {
        self.proposes(who, Size::Large, admit(name, signer))
    }

    pub(crate) fn phase(&self, number: Number) -> Phase {
        self.state.resolution(number).unwrap().phase
    }

    pub(crate) fn status(&self, name: &str) -> Status {
        self.state.collective(&slug(name)).unwrap().status
    }
}

pub(crate) fn content(size: Size, kind: Kind) -> Box<Content> {
    Box::new(Content {
        title: "A thing".to_owned(),
        size,
        kind,
        text: Text::Inline("Let us.".to_owned()),
    })
}

pub(crate) fn propose(size: Size, kind: Kind, deadline: Timestamp) -> Body {
    Body::Propose {
        draft: None,
        content: content(size, kind),
        deadline,
    }
}

pub(crate) fn apply(name: &str, signer: &str) -> Body {
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

pub(crate) fn admit(name: &str, signer: &str) -> Kind {
    Kind::Admit {
        collective: slug(name),
        key: key(signer).public(),
    }
}

pub(crate) fn withdraw(resolution: Number) -> Body {
    let reason = "a better idea".to_owned();
    Body::Withdraw { resolution, reason }
}

pub(crate) fn code<T: std::fmt::Debug>(refused: Result<T, Refused>) -> &'static str {
    refused.unwrap_err().code()
}
