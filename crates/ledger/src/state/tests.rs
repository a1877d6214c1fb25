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

fn code<T: std::fmt::Debug>(refused: Result<T, Refused>) -> &'static str {
    refused.unwrap_err().code()
}

use Choice::{Abstain, Against, For};

#[test]
fn l1_a_federation_is_named_by_its_first_leaf() {
    let (one, other) = (Fed::of(&["a"]), Fed::of(&["a", "b"]));
    assert_ne!(one.state.federation(), other.state.federation());
}

#[test]
fn l1_what_cannot_begin_a_federation_is_refused() {
    let fed = Fed::three();
    let leaf = |entry: &Entry, signer: &str| {
        let leaf = Leaf {
            time: start(),
            envelope: Envelope::sign(entry, &key(signer)).unwrap(),
        };
        let bytes = leaf.to_bytes().unwrap();
        State::found(&leaf, &bytes)
    };
    let genesis = |change: &dyn Fn(&mut Genesis)| {
        let mut genesis = fed.state.genesis().clone();
        change(&mut genesis);
        Entry {
            federation: "test".to_owned(),
            author: Author::Hub,
            seq: 1,
            at: start(),
            body: Body::Genesis(Box::new(genesis)),
        }
    };
    assert!(leaf(&genesis(&|_| ()), "hub entries").is_ok());
    assert_eq!(code(leaf(&genesis(&|_| ()), "a")), "AL-8013");
    assert_eq!(
        code(leaf(&genesis(&|g| g.founders.clear()), "hub entries")),
        "AL-8425"
    );
    assert_eq!(
        code(leaf(
            &genesis(&|g| g.founders[1].key = g.founders[0].key),
            "hub entries"
        )),
        "AL-8425"
    );
    assert_eq!(
        code(leaf(&genesis(&|g| g.rules.medium_for = 0), "hub entries")),
        "AL-8425"
    );
    assert_eq!(
        code(leaf(
            &genesis(&|g| g.hub.origin = "a b".to_owned()),
            "hub entries"
        )),
        "AL-8425"
    );
    assert_eq!(code(leaf(&fed.entry("a", Body::Leave), "a")), "AL-8425");
}

#[test]
fn l1_rejects_envelope_of_another_federation() {
    let (mut fed, other) = (Fed::three(), Fed::of(&["a", "b"]));
    assert_eq!(code(fed.take(&other.sign("a", Body::Leave))), "AL-8401");
}

#[test]
fn l1_what_was_verified_for_one_federation_is_refused_by_another() {
    let (mut fed, other) = (Fed::three(), Fed::of(&["a", "b"]));
    let leave = other.sign("a", Body::Leave);
    let verified = other.state.verify(&leave).unwrap();
    assert_eq!(code(fed.state.apply(&verified, fed.now)), "AL-8401");
    let entry = other.entry("a", Body::Leave);
    assert_eq!(code(fed.state.apply_trusted(&entry, fed.now)), "AL-8401");
    assert_eq!(fed.status("a"), Status::Member);
}

#[test]
fn l2_whose_key_it_is_and_whether_it_signed_are_asked_apart() {
    let fed = Fed::three();
    let forged = Envelope::sign(&fed.entry("a", Body::Leave), &key("b")).unwrap();
    let claim = fed.state.claim(&forged).unwrap();
    assert_eq!(claim.entry().body, Body::Leave);
    assert_eq!(code(claim.verify()), "AL-8013");
    let good = fed.state.claim(&fed.sign("a", Body::Leave)).unwrap();
    assert_eq!(good.verify().unwrap().entry().seq, 1);
}

#[test]
fn l2_rejects_forged_member() {
    let mut fed = Fed::three();
    let forged = Envelope::sign(&fed.entry("a", Body::Leave), &key("b")).unwrap();
    assert_eq!(code(fed.take(&forged)), "AL-8013");
    let nobody = Envelope::sign(&fed.entry("nobody", Body::Leave), &key("nobody")).unwrap();
    assert_eq!(code(fed.take(&nobody)), "AL-8402");
}

#[test]
fn l3_rejects_replayed_envelope() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    let vote = fed.sign(
        "a",
        Body::Vote {
            resolution: number,
            choice: For,
            reason: None,
        },
    );
    fed.take(&vote).unwrap();
    assert_eq!(code(fed.take(&vote)), "AL-8404");
}

#[test]
fn l3_rejects_sequence_gap() {
    let mut fed = Fed::three();
    let mut entry = fed.entry("a", Body::Leave);
    entry.seq += 1;
    let envelope = Envelope::sign(&entry, &key("a")).unwrap();
    let refused = fed.take(&envelope).unwrap_err();
    assert_eq!(refused.code(), "AL-8405");
    assert!(refused.to_string().contains("its next is 1"), "{refused}");
}

#[test]
fn l4_rejects_backdated_entry() {
    let mut fed = Fed::three();
    fed.days(1).proposes("a", Size::Medium, Kind::Text);
    fed.now = start();
    assert_eq!(code(fed.does("a", Body::Leave)), "AL-8406");
}

#[test]
fn l8_the_hub_decides_nothing() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Large, Kind::Text);
    let deadline = fed.now + SignedDuration::from_hours(24 * 14);
    let reason = "because".to_owned();
    let decisions = [
        Body::Leave,
        Body::Profile(Profile::default()),
        Body::Draft(content(Size::Small, Kind::Text)),
        propose(Size::Large, Kind::Text, deadline),
        Body::Vote {
            resolution: number,
            choice: For,
            reason: None,
        },
        Body::Escalate {
            resolution: number,
            reason: reason.clone(),
        },
        Body::Withdraw {
            resolution: number,
            reason: reason.clone(),
        },
        Body::Close { resolution: number },
        Body::Import {
            resolutions: Vec::new(),
        },
        Body::AcceptHub {
            hub: Digest::of(b"x"),
        },
    ];
    for body in decisions {
        let kind = body.kind();
        assert_eq!(code(fed.does("hub", body)), "AL-8407", "{kind}");
    }
    let evict = Body::Evict {
        collective: slug("a"),
        agent: "one".to_owned(),
        reason,
    };
    assert_eq!(
        code(fed.does("a", evict.clone())),
        "AL-8407",
        "nor is a member the hub"
    );
    fed.does("hub", evict).unwrap();
    assert!(!fed.state.barred()[&slug("a")]["one"].for_good);
}

#[test]
fn l8_who_was_banned_stays_banned() {
    let mut fed = Fed::three();
    let (collective, agent, reason) = (slug("a"), "one".to_owned(), "stolen".to_owned());
    let ban = Body::Ban {
        collective: collective.clone(),
        agent: agent.clone(),
        reason: reason.clone(),
    };
    fed.does("hub", ban).unwrap();
    let evict = Body::Evict {
        collective,
        agent,
        reason,
    };
    fed.does("hub", evict).unwrap();
    assert!(fed.state.barred()[&slug("a")]["one"].for_good);
}

#[test]
fn l9_a_new_hub_counts_once_enough_members_accept_it() {
    let mut fed = Fed::three();
    let new = hub_keys("new");
    let replaced = Body::HubReplaced {
        hub: Box::new(new.clone()),
    };
    let by_new = Envelope::sign(&fed.entry("hub", replaced), &key("new entries")).unwrap();
    let one_key = HubKeys {
        log: new.entries,
        clock: new.entries,
        ..new.clone()
    };
    let named = HubKeys {
        origin: "a b+c".to_owned(),
        ..new.clone()
    };
    for bad in [one_key, named] {
        let body = Body::HubReplaced { hub: Box::new(bad) };
        let envelope = Envelope::sign(&fed.entry("hub", body), &key("new entries")).unwrap();
        assert_eq!(code(fed.take(&envelope)), "AL-8424");
    }
    fed.take(&by_new).unwrap();
    assert_eq!(fed.state.serving_hub(), &new);
    assert_eq!(fed.state.hub(), &hub_keys("hub"));
    assert_eq!(code(fed.does("a", Body::Leave)), "AL-8426");
    let accept = |digest| Body::AcceptHub { hub: digest };
    assert_eq!(code(fed.does("a", accept(Digest::of(b"other")))), "AL-8427");
    fed.does("a", accept(new.digest())).unwrap();
    fed.does("a", accept(new.digest())).unwrap();
    assert_eq!(
        fed.state.hub(),
        &hub_keys("hub"),
        "one member is one member"
    );
    fed.does("b", accept(new.digest())).unwrap();
    assert_eq!(fed.state.hub(), &new);
    fed.does("a", Body::Leave).unwrap();
}

#[test]
fn m1_only_members_write() {
    let mut fed = Fed::three();
    fed.does("d", apply("d", "d")).unwrap();
    let draft = || Body::Draft(content(Size::Small, Kind::Text));
    assert_eq!(code(fed.does("d", draft())), "AL-8407");
    fed.decides(Kind::Suspend {
        collective: slug("c"),
    });
    assert_eq!(code(fed.does("c", draft())), "AL-8407");
    fed.does("c", Body::Leave).unwrap();
    assert_eq!(code(fed.does("c", Body::Leave)), "AL-8407");
}

#[test]
fn m2_an_application_carries_the_applicants_key() {
    let mut fed = Fed::three();
    let other_key = Envelope::sign(&fed.entry("d", apply("d", "d")), &key("x")).unwrap();
    assert_eq!(code(fed.take(&other_key)), "AL-8013");
    fed.does("d", apply("d", "d")).unwrap();
    let taken_over = Envelope::sign(&fed.entry("d", apply("d", "x")), &key("x")).unwrap();
    assert_eq!(code(fed.take(&taken_over)), "AL-8408");
    fed.does("d", apply("d", "d")).unwrap();
    assert_eq!(code(fed.does("a", apply("a", "a"))), "AL-8408");
}

#[test]
fn m3_members_admit_a_key_and_not_a_name() {
    let mut fed = Fed::three();
    let admit = |signer: &str| Kind::Admit {
        collective: slug("d"),
        key: key(signer).public(),
    };
    let deadline = fed.now + SignedDuration::from_hours(24 * 14);
    assert_eq!(
        code(fed.does("a", propose(Size::Large, admit("d"), deadline))),
        "AL-8419"
    );
    fed.does("d", apply("d", "d")).unwrap();
    assert_eq!(
        code(fed.does("a", propose(Size::Large, admit("x"), deadline))),
        "AL-8419"
    );
    fed.decides(admit("d"));
    assert_eq!(fed.status("d"), Status::Member);
}

#[test]
fn m4_invites_are_for_members_and_nobody_else() {
    let mut fed = Fed::three();
    let may = |fed: &Fed, name: &str| fed.state.may_be_invited(&slug(name)).is_ok();
    fed.does("d", apply("d", "d")).unwrap();
    assert!(may(&fed, "a") && !may(&fed, "d") && !may(&fed, "nobody"));
    fed.decides(Kind::Admit {
        collective: slug("d"),
        key: key("d").public(),
    });
    fed.decides(Kind::Suspend {
        collective: slug("b"),
    });
    fed.does("c", Body::Leave).unwrap();
    assert!(may(&fed, "d") && may(&fed, "b") && !may(&fed, "c"));
    assert_eq!(code(fed.state.may_be_invited(&slug("c"))), "AL-8408");
}

#[test]
fn m5_standing_is_shown_and_nothing_follows_from_it() {
    let mut fed = Fed::three();
    let (a, b) = (slug("a"), slug("b"));
    let day = |d: i32| jiff::civil::date(2026, 1, 1) + d.days();
    assert_eq!(fed.state.standing(&a, day(60)), Some(Standing::Good));
    assert_eq!(fed.state.standing(&a, day(61)), Some(Standing::Lapsed));
    let dues = Body::Dues {
        collective: a.clone(),
        paid_until: day(100),
    };
    fed.does("hub", dues).unwrap();
    assert_eq!(fed.state.standing(&a, day(160)), Some(Standing::Good));
    fed.decides(Kind::WaiveDues {
        collective: b.clone(),
        until: Some(day(300)),
    });
    assert_eq!(fed.state.standing(&b, day(300)), Some(Standing::Waived));
    assert_eq!(fed.state.standing(&b, day(301)), Some(Standing::Lapsed));
    fed.days(3650).proposes("b", Size::Medium, Kind::Text);
    assert_eq!(fed.status("b"), Status::Member, "never automatic");
}

#[test]
fn m6_participation_looks_at_the_last_large_decisions_one_could_vote_on() {
    let mut fed = Fed::three();
    for n in 0..12 {
        let number = fed.proposes("a", Size::Large, Kind::Text);
        let votes: &[_] = if n % 2 == 0 {
            &[("a", For)]
        } else {
            &[("a", For), ("b", Abstain)]
        };
        fed.ends(number, votes);
    }
    let of = |name| {
        let p = fed.state.participation(&slug(name));
        (p.voted, p.decisions)
    };
    assert_eq!((of("a"), of("b"), of("c")), ((10, 10), (5, 10), (0, 10)));
}

#[test]
fn m7_exclusion_is_only_by_resolution() {
    let mut fed = Fed::three();
    fed.decides(Kind::Exclude {
        collective: slug("c"),
    });
    assert_eq!(fed.status("c"), Status::Excluded);
    assert_eq!(code(fed.votes("c", 1, For)), "AL-8407");
    fed.does("c", apply("c", "c")).unwrap();
    assert_eq!(fed.status("c"), Status::Applied, "it may ask again");
}

#[test]
fn m8_a_key_belongs_to_one_collective_for_ever() {
    let mut fed = Fed::three();
    let rotate = |fed: &Fed, to: &str, prover: &str| {
        let old = key("a").public();
        Body::RotateKey {
            key: key(to).public(),
            proof: prove_rotation(fed.state.federation(), &old, &key(prover)),
        }
    };
    assert_eq!(code(fed.does("a", rotate(&fed, "b", "b"))), "AL-8420");
    assert_eq!(code(fed.does("a", rotate(&fed, "a2", "x"))), "AL-8421");
    let before = fed.sign("a", Body::Leave);
    fed.does("a", rotate(&fed, "a2", "a2")).unwrap();
    assert_eq!(code(fed.take(&before)), "AL-8013");
    let left = Envelope::sign(&fed.entry("a", Body::Leave), &key("a2")).unwrap();
    fed.take(&left).unwrap();
    assert_eq!(code(fed.does("e", apply("e", "a"))), "AL-8013");
    let old_key = Envelope::sign(&fed.entry("e", apply("e", "a")), &key("a")).unwrap();
    assert_eq!(code(fed.take(&old_key)), "AL-8420");
}

#[test]
fn m8_a_lost_key_is_replaced_by_resolution() {
    let mut fed = Fed::three();
    fed.decides(Kind::ReplaceKey {
        collective: slug("c"),
        key: key("c2").public(),
    });
    assert_eq!(code(fed.does("c", Body::Leave)), "AL-8013");
    let with_new = Envelope::sign(&fed.entry("c", Body::Leave), &key("c2")).unwrap();
    fed.take(&with_new).unwrap();
}

/// A vote that gives `c` a new key has just come to its deadline, and nobody has looked yet.
fn replacement_is_due() -> Fed {
    let mut fed = Fed::three();
    let kind = Kind::ReplaceKey {
        collective: slug("c"),
        key: key("c2").public(),
    };
    let number = fed.proposes("a", Size::Large, kind);
    for who in ["a", "b"] {
        fed.votes(who, number, For).unwrap();
    }
    fed.days(14);
    fed
}

#[test]
fn m8_rejects_the_old_key_from_the_moment_its_replacement_is_due() {
    let mut fed = replacement_is_due();
    let stolen = fed.sign("c", Body::Leave);
    let verified_before = fed.state.verify(&stolen).unwrap();
    assert_eq!(code(fed.state.apply(&verified_before, fed.now)), "AL-8403");
    assert_eq!(fed.status("c"), Status::Member);
}

#[test]
fn m8_who_looks_and_who_does_not_take_the_same_key() {
    for (signer, taken) in [("c", false), ("c2", true)] {
        let fed = replacement_is_due();
        let leaf = Leaf {
            time: fed.now,
            envelope: Envelope::sign(&fed.entry("c", Body::Leave), &key(signer)).unwrap(),
        };
        let (mut offline, mut looked) = (fed.state.clone(), fed.state.clone());
        looked.advance(fed.now);
        assert_eq!(offline.fold(&leaf).is_ok(), taken, "{signer}");
        assert_eq!(looked.fold(&leaf).is_ok(), taken, "{signer}");
        assert_eq!(offline.digest(), looked.digest(), "{signer}");
    }
}

#[test]
fn d1_a_small_decision_is_written_down() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Small, Kind::Text);
    assert_eq!(fed.phase(number), Phase::Passed);
    assert_eq!(code(fed.votes("b", number, For)), "AL-8411");
}

#[test]
fn d2_membership_money_and_rules_are_large_decisions() {
    let mut fed = Fed::three();
    let deadline = fed.now + SignedDuration::from_hours(24 * 14);
    let exclude = || Kind::Exclude {
        collective: slug("c"),
    };
    let steward = Kind::Steward {
        recipe: "guestbook".to_owned(),
        collectives: vec![slug("a"), slug("b")],
    };
    for (size, kind) in [
        (Size::Small, steward.clone()),
        (Size::Small, exclude()),
        (Size::Medium, exclude()),
    ] {
        assert_eq!(
            code(fed.does("a", propose(size, kind, deadline))),
            "AL-8415"
        );
    }
    let number = fed.proposes("a", Size::Medium, steward);
    assert_eq!(fed.ends(number, &[("b", For)]), Phase::Passed);
    assert_eq!(fed.state.stewards()["guestbook"].len(), 2);
}

#[test]
fn d3_one_member_one_vote_and_the_last_one_counts() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    fed.votes("b", number, Against).unwrap();
    let events = fed.votes("b", number, For).unwrap();
    assert!(events.contains(&Event::Voted {
        resolution: number,
        collective: slug("b"),
        choice: For,
        replaced: Some(Against),
    }));
    assert_eq!(fed.ends(number, &[]), Phase::Passed);
    let tally = fed.state.resolution(number).unwrap().result.unwrap();
    assert_eq!(
        (tally.votes_for, tally.votes_against),
        (1, 0),
        "second vote is not counted twice"
    );
}

#[test]
fn d4_rejects_vote_by_non_member() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Large, Kind::Text);
    fed.does("d", apply("d", "d")).unwrap();
    assert_eq!(code(fed.votes("d", number, For)), "AL-8407");
    let admit = fed.proposes(
        "a",
        Size::Large,
        Kind::Admit {
            collective: slug("d"),
            key: key("d").public(),
        },
    );
    for who in ["a", "b", "c"] {
        fed.votes(who, admit, For).unwrap();
    }
    fed.does("a", Body::Close { resolution: admit }).unwrap();
    assert_eq!(fed.status("d"), Status::Member);
    assert_eq!(
        code(fed.votes("d", number, For)),
        "AL-8412",
        "the electorate is that of the proposal"
    );
}

#[test]
fn d4_who_has_left_no_longer_counts_and_the_electorate_stays() {
    let mut fed = Fed::of(&["a", "b", "c", "d"]);
    let number = fed.proposes("a", Size::Large, Kind::Text);
    for who in ["a", "b", "c"] {
        fed.votes(who, number, For).unwrap();
    }
    fed.does("c", Body::Leave).unwrap();
    assert_eq!(
        fed.ends(number, &[]),
        Phase::Stalled,
        "2 of 4 is not more than half"
    );
}

#[test]
fn d5_the_rules_of_the_proposal_count() {
    let mut fed = Fed::three();
    let change = RuleChange {
        medium_for: Some(3),
        ..RuleChange::default()
    };
    let rules = fed.proposes("a", Size::Large, Kind::ChangeRule { change });
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    for who in ["a", "b", "c"] {
        fed.votes(who, rules, For).unwrap();
    }
    fed.does("a", Body::Close { resolution: rules }).unwrap();
    assert_eq!(fed.state.rules().medium_for, 3);
    assert_eq!(fed.ends(number, &[("b", For)]), Phase::Passed);
    let next = fed.proposes("a", Size::Medium, Kind::Text);
    assert_eq!(fed.ends(next, &[("b", For)]), Phase::Stalled);
}

#[test]
fn d6_a_short_deadline_is_told_and_a_past_one_refused() {
    let mut fed = Fed::three();
    let propose = |days: i64| {
        propose(
            Size::Medium,
            Kind::Text,
            start() + SignedDuration::from_hours(24 * days),
        )
    };
    let events = fed.does("a", propose(7)).unwrap();
    assert!(matches!(
        events[..],
        [Event::Opened {
            short_notice: true,
            ..
        }]
    ));
    let events = fed.does("a", propose(14)).unwrap();
    assert!(matches!(
        events[..],
        [Event::Opened {
            short_notice: false,
            ..
        }]
    ));
    for days in [-1, 0, 400] {
        assert_eq!(code(fed.does("a", propose(days))), "AL-8416", "{days}");
    }
}

#[test]
fn d7_medium_passes_with_one_for_and_no_block() {
    let cases: &[(&[(&str, Choice)], Phase)] = &[
        (&[], Phase::Stalled),
        (
            &[("a", Abstain), ("b", Abstain), ("c", Abstain)],
            Phase::Stalled,
        ),
        (&[("a", For)], Phase::Passed),
        (&[("a", For), ("b", Abstain)], Phase::Passed),
        (&[("a", For), ("b", For), ("c", Against)], Phase::Rejected),
        (&[("a", For), ("b", Against)], Phase::Rejected),
        (&[("b", Against)], Phase::Rejected),
    ];
    for (votes, phase) in cases {
        let mut fed = Fed::three();
        let number = fed.proposes("a", Size::Medium, Kind::Text);
        assert_eq!(fed.ends(number, votes), *phase, "{votes:?}");
    }
}

#[test]
fn d8_large_passes_with_more_than_half_of_all_members_and_no_block() {
    let four = ["a", "b", "c", "d"];
    let cases: &[(&[(&str, Choice)], Phase)] = &[
        (&[("a", For), ("b", For)], Phase::Stalled),
        (
            &[("a", For), ("b", For), ("c", Abstain), ("d", Abstain)],
            Phase::Stalled,
        ),
        (&[("a", For), ("b", For), ("c", For)], Phase::Passed),
        (
            &[("a", For), ("b", For), ("c", For), ("d", Abstain)],
            Phase::Passed,
        ),
        (
            &[("a", For), ("b", For), ("c", For), ("d", Against)],
            Phase::Rejected,
        ),
        (&[("a", Abstain)], Phase::Stalled),
    ];
    for (votes, phase) in cases {
        let mut fed = Fed::of(&four);
        let number = fed.proposes("a", Size::Large, Kind::Text);
        assert_eq!(fed.ends(number, votes), *phase, "{votes:?}");
    }
    let twenty: Vec<_> = (0..20).map(|n| format!("m{n}")).collect();
    let mut fed = Fed::of(&twenty.iter().map(String::as_str).collect::<Vec<_>>());
    let number = fed.proposes("m0", Size::Large, Kind::Text);
    assert_eq!(fed.state.resolution(number).unwrap().needed(), 11);
}

#[test]
fn d7_a_block_says_why() {
    let mut fed = Fed::three();
    let resolution = fed.proposes("a", Size::Medium, Kind::Text);
    for reason in [None, Some("  ".to_owned())] {
        let block = Body::Vote {
            resolution,
            choice: Against,
            reason,
        };
        assert_eq!(code(fed.does("b", block)), "AL-8414");
    }
}

#[test]
fn d9_rejects_vote_after_closing() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    fed.votes("a", number, For).unwrap();
    fed.days(14);
    let refused = fed.votes("b", number, Against);
    assert_eq!(code(refused), "AL-8411", "the deadline itself is too late");
    assert_eq!(fed.phase(number), Phase::Passed);
}

#[test]
fn d9_what_closed_is_told_to_who_lets_time_pass_before_a_refused_entry() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    fed.votes("a", number, For).unwrap();
    let late = fed.sign("a", Body::Close { resolution: number });
    fed.days(14);
    let mut hub = fed.state.clone();
    assert_eq!(code(fed.take(&late)), "AL-8410");
    let told = hub.advance(fed.now);
    assert!(
        matches!(told[..], [Event::Closed { resolution, phase: Phase::Passed, .. }] if resolution == number),
        "{told:?}"
    );
    let verified = hub.verify(&late).unwrap();
    assert_eq!(code(hub.apply(&verified, fed.now)), "AL-8410");
    assert_eq!(
        hub.digest(),
        fed.state.digest(),
        "time passed for both, and nothing else happened"
    );
}

#[test]
fn d9_who_was_offline_comes_to_the_same_result() {
    let mut fed = Fed::three();
    let mut late = fed.state.clone();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    let deadline = start() + SignedDuration::from_hours(24 * 14);
    let opening = Entry {
        seq: 1,
        ..fed.entry("a", propose(Size::Medium, Kind::Text, deadline))
    };
    let mut log = vec![(opening, start())];
    for (who, days) in [("a", 1), ("b", 20), ("c", 30)] {
        fed.days(days);
        let body = if who == "a" {
            Body::Vote {
                resolution: number,
                choice: For,
                reason: None,
            }
        } else {
            Body::Leave
        };
        let entry = fed.entry(who, body);
        log.push((entry.clone(), fed.now));
        fed.state.advance(fed.now);
        fed.state.apply_trusted(&entry, fed.now).unwrap();
    }
    for (entry, time) in &log {
        late.apply_trusted(entry, *time).unwrap();
    }
    assert_eq!(late.digest(), fed.state.digest());
    assert_eq!(fed.phase(number), Phase::Passed);
}

#[test]
fn d10_numbers_follow_the_highest_that_was_used() {
    let mut fed = Fed::three();
    let imported = |number| Imported {
        number,
        title: "Decision making process".to_owned(),
        size: Some(Size::Large),
        state: ImportedState::Passed,
        date: "2023-03-03".to_owned(),
        deadline: "(live voting)".to_owned(),
        passed_on: String::new(),
        text: Text::Inline(String::new()),
    };
    let import = |numbers: &[u32]| Body::Import {
        resolutions: numbers.iter().copied().map(imported).collect(),
    };
    fed.does("a", import(&[1, 36])).unwrap();
    assert_eq!(fed.proposes("a", Size::Medium, Kind::Text), 37);
    fed.does("b", import(&[2])).unwrap();
    assert_eq!(code(fed.does("b", import(&[37]))), "AL-8422");
    assert_eq!(code(fed.does("b", import(&[3, 3]))), "AL-8422");
    assert_eq!(code(fed.does("b", import(&[0]))), "AL-8424");
    assert_eq!(
        code(fed.votes("b", 36, For)),
        "AL-8410",
        "history has no votes"
    );
}

#[test]
fn d11_effects_follow_by_themselves_or_say_why_not() {
    let mut fed = Fed::three();
    let exclude = Kind::Exclude {
        collective: slug("c"),
    };
    let number = fed.proposes("a", Size::Large, exclude);
    for who in ["a", "b"] {
        fed.votes(who, number, For).unwrap();
    }
    fed.does("c", Body::Leave).unwrap();
    assert_eq!(fed.ends(number, &[]), Phase::Passed);
    let effect = fed.state.resolution(number).unwrap().effect.clone();
    assert!(matches!(effect, Some(Effect::None { .. })), "{effect:?}");
    assert_eq!(fed.status("c"), Status::Left);

    let budget = |number| Budget {
        number,
        name: "Website".to_owned(),
        amount: Money {
            minor: 350_000,
            currency: "EUR".to_owned(),
        },
        who: "Sutty".to_owned(),
        when: "this summer".to_owned(),
        purpose: "a new site".to_owned(),
    };
    fed.decides(Kind::OpenBudget { budget: budget(17) });
    assert_eq!(fed.state.budgets()[&17].budget.amount.minor, 350_000);
    let again = propose(
        Size::Large,
        Kind::OpenBudget { budget: budget(17) },
        fed.now + SignedDuration::from_hours(24 * 14),
    );
    assert_eq!(code(fed.does("a", again)), "AL-8422");
    fed.decides(Kind::Suspend {
        collective: slug("b"),
    });
    fed.decides(Kind::Reinstate {
        collective: slug("b"),
    });
    assert_eq!(fed.status("b"), Status::Member);
}

#[test]
fn d12_a_medium_decision_becomes_large_when_any_member_says_so() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    let escalate = |reason: &str| Body::Escalate {
        resolution: number,
        reason: reason.to_owned(),
    };
    assert_eq!(code(fed.does("b", escalate(""))), "AL-8414");
    fed.does("b", escalate("it touches everybody")).unwrap();
    assert_eq!(code(fed.does("b", escalate("again"))), "AL-8410");
    assert_eq!(fed.ends(number, &[("a", For)]), Phase::Stalled);
}

#[test]
fn d13_only_its_proposer_withdraws_and_closes() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    let withdraw = Body::Withdraw {
        resolution: number,
        reason: "a better idea".to_owned(),
    };
    let close = Body::Close { resolution: number };
    assert_eq!(code(fed.does("b", withdraw.clone())), "AL-8413");
    assert_eq!(code(fed.does("a", close.clone())), "AL-8418");
    fed.does("a", withdraw).unwrap();
    assert_eq!(fed.phase(number), Phase::Withdrawn);
    assert_eq!(code(fed.votes("b", number, For)), "AL-8410");
    fed.days(20);
    fed.state.advance(fed.now);
    assert_eq!(fed.phase(number), Phase::Withdrawn);
    assert_eq!(code(fed.does("a", close)), "AL-8410");
}

#[test]
fn d14_a_draft_is_its_proposers_until_it_is_open() {
    let mut fed = Fed::three();
    fed.does("a", Body::Draft(content(Size::Medium, Kind::Text)))
        .unwrap();
    let revise = Body::Revise {
        resolution: 1,
        content: content(Size::Large, Kind::Text),
    };
    assert_eq!(code(fed.does("b", revise.clone())), "AL-8413");
    assert_eq!(code(fed.votes("b", 1, For)), "AL-8410");
    fed.does("a", revise.clone()).unwrap();
    fed.does("a", Body::Draft(content(Size::Medium, Kind::Text)))
        .unwrap();
    let withdraw = Body::Withdraw {
        resolution: 2,
        reason: "it is said elsewhere".to_owned(),
    };
    fed.does("a", withdraw).unwrap();
    assert_eq!(fed.phase(2), Phase::Withdrawn);
    let open = Body::Propose {
        draft: Some(1),
        content: content(Size::Large, Kind::Text),
        deadline: fed.now + SignedDuration::from_hours(24 * 14),
    };
    fed.does("a", open).unwrap();
    assert_eq!(fed.phase(1), Phase::Open);
    assert_eq!(code(fed.does("a", revise)), "AL-8410");
}

#[test]
fn the_only_member_leaves_and_nothing_can_be_decided() {
    let mut fed = Fed::of(&["a"]);
    let number = fed.proposes("a", Size::Large, Kind::Text);
    fed.votes("a", number, For).unwrap();
    fed.does("a", Body::Leave).unwrap();
    assert_eq!(fed.ends(number, &[]), Phase::Stalled);
    let again = propose(
        Size::Large,
        Kind::Text,
        fed.now + SignedDuration::from_hours(24),
    );
    assert_eq!(code(fed.does("a", again)), "AL-8407");
    assert_eq!(
        fed.state.witnesses_needed(),
        1,
        "nothing counts as witnessed by nobody"
    );
}

#[test]
fn one_member_cannot_fill_the_list() {
    let mut fed = Fed::three();
    let draft = || Body::Draft(content(Size::Small, Kind::Text));
    for _ in 0..crate::limits::MAX_OPEN_PER_MEMBER {
        fed.does("a", draft()).unwrap();
    }
    assert_eq!(code(fed.does("a", draft())), "AL-8423");
    fed.does("b", draft()).unwrap();
}

/// Clauses are written `- **D7** …`; their tests are named `d7_…`.
#[test]
fn every_clause_of_the_governance_has_a_test() {
    let governance = include_str!("../../../../GOVERNANCE.md");
    let tests = [
        include_str!("tests.rs"),
        include_str!("../log/tests.rs"),
        include_str!("../entry/tests.rs"),
    ]
    .concat();
    let clauses: Vec<_> = governance
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("**"))
        .map(|(clause, _)| clause)
        .filter(|clause| clause.ends_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert_eq!(clauses.len(), 8 + 14 + 9);
    for clause in clauses {
        let name = format!("fn {}_", clause.to_lowercase());
        assert!(tests.contains(&name), "no test shows {clause}");
    }
}

/// Something that an author tries; much of it is refused.
fn attempt() -> impl Strategy<Value = (u8, u8, u8, u8)> {
    (0..5u8, 0..12u8, 0..6u8, 0..20u8)
}

fn body(fed: &Fed, what: u8, number: u8, extra: u8) -> Body {
    let resolution = u32::from(number) + 1;
    let deadline = fed.now + SignedDuration::from_hours(i64::from(extra) * 12 - 12);
    let names = ["a", "b", "c", "d"];
    let other = slug(names[usize::from(extra) % 4]);
    let kinds = [
        Kind::Text,
        Kind::Admit {
            collective: slug("d"),
            key: key("d").public(),
        },
        Kind::Exclude {
            collective: other.clone(),
        },
        Kind::Suspend {
            collective: other.clone(),
        },
        Kind::Reinstate { collective: other },
    ];
    let kind = kinds[usize::from(number) % kinds.len()].clone();
    let choice = [For, Against, Abstain][usize::from(extra) % 3];
    let reason = (extra.is_multiple_of(2)).then(|| "because".to_owned());
    match what {
        0 | 1 => propose(Size::Large, kind, deadline),
        2 => propose(Size::Medium, Kind::Text, deadline),
        3 => apply("d", "d"),
        4 => Body::Leave,
        5 => Body::Close { resolution },
        6 => Body::Escalate {
            resolution,
            reason: reason.unwrap_or_default(),
        },
        7 => Body::Withdraw {
            resolution,
            reason: "no".to_owned(),
        },
        _ => Body::Vote {
            resolution,
            choice,
            reason,
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn folding_again_gives_the_same_state_bit_for_bit(
        attempts in prop::collection::vec(attempt(), 1..80),
    ) {
        let mut fed = Fed::three();
        let genesis = fed.state.clone();
        let mut log = Vec::new();
        for (who, what, number, extra) in attempts {
            fed.now += SignedDuration::from_hours(i64::from(extra));
            let author = ["a", "b", "c", "d", "hub"][usize::from(who)];
            let entry = fed.entry(author, body(&fed, what, number, extra));
            let envelope = Envelope::sign(&entry, &key(if who == 4 { "hub entries" } else { author })).unwrap();
            let mut waited = fed.state.clone();
            waited.advance(fed.now);
            match fed.take(&envelope) {
                Ok(_) => log.push((entry, fed.now)),
                // Nothing has changed but that time has passed; an envelope that is not verified not even that.
                Err(_) => prop_assert!(fed.state == waited || fed.state.time() < fed.now),
            }
        }
        // A member that never looks in between.
        let mut again = genesis.clone();
        for (entry, time) in &log {
            again.apply_trusted(entry, *time).unwrap();
        }
        again.advance(fed.now);
        let mut looked = fed.state.clone();
        looked.advance(fed.now);
        prop_assert_eq!(again.digest(), looked.digest());
        // A member that stops and starts, and looks every hour.
        let mut restarted = genesis;
        for (entry, time) in &log {
            let mut clock = restarted.time();
            while clock < *time {
                restarted.advance(clock);
                clock += SignedDuration::from_hours(1);
            }
            restarted.apply_trusted(entry, *time).unwrap();
            let json = serde_json::to_string(&restarted).unwrap();
            restarted = serde_json::from_str(&json).unwrap();
        }
        restarted.advance(fed.now);
        prop_assert_eq!(restarted.digest(), again.digest());
        // Results by the letter of Resolution 001, counted anew.
        for r in again.resolutions().values().filter(|r| r.result.is_some()) {
            let t = r.result.unwrap();
            let naive = if t.votes_against >= 1 {
                Phase::Rejected
            } else if r.size == Some(Size::Medium) && t.votes_for >= 1
                || r.size == Some(Size::Large) && 2 * t.votes_for as usize > r.electorate.len()
            {
                Phase::Passed
            } else {
                Phase::Stalled
            };
            prop_assert_eq!(r.phase, naive);
        }
    }
}
