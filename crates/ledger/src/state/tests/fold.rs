//! The same entries give the same state, whoever folds them and whenever they look.

use super::*;

/// Something that an author tries, some time after what came before; much of it is refused.
#[derive(Debug, Clone)]
struct Attempt {
    hours: i64,
    who: u8,
    what: u8,
    number: u8,
    extra: u8,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let hours = prop_oneof![30 => 0..6i64, 4 => 20..200i64, 1 => 1_000..2_500i64];
    (hours, 0..7u8, 0..24u8, 0..6u8, 0..20u8).prop_map(|(hours, who, what, number, extra)| {
        Attempt {
            hours,
            who,
            what,
            number,
            extra,
        }
    })
}

fn kind(number: u8, extra: u8) -> Kind {
    let other = slug(["a", "b", "c", "d"][usize::from(extra) % 4]);
    let kinds = [
        Kind::Text,
        admit("d", "d"),
        Kind::Exclude {
            collective: other.clone(),
        },
        Kind::Suspend {
            collective: other.clone(),
        },
        Kind::Reinstate {
            collective: other.clone(),
        },
        Kind::ReplaceKey {
            collective: other,
            key: key(&format!("new {extra}")).public(),
        },
    ];
    kinds[usize::from(number) % kinds.len()].clone()
}

fn body(fed: &Fed, attempt: &Attempt) -> Body {
    let Attempt {
        what,
        number,
        extra,
        ..
    } = *attempt;
    let last = fed.state.resolutions().keys().next_back().copied();
    let resolution = last.unwrap_or(1).saturating_sub(u32::from(number) / 2);
    let deadline = fed.now + SignedDuration::from_hours(i64::from(extra) * 24 - 24);
    let choice = match extra {
        0 => Against,
        1..4 => Abstain,
        _ => For,
    };
    let reason = (extra.is_multiple_of(2)).then(|| "because".to_owned());
    match what {
        0 | 1 => propose(Size::Large, kind(number, extra), deadline),
        2 => propose(Size::Medium, Kind::Text, deadline),
        3 => apply("d", if extra > 16 { "x" } else { "d" }),
        4 if extra > 17 || attempt.who == 5 && extra > 10 => Body::Leave,
        4 => propose(Size::Large, admit("d", "d"), deadline),
        5 => Body::Close { resolution },
        6 => Body::Escalate {
            resolution,
            reason: reason.unwrap_or_default(),
        },
        7 => withdraw(resolution),
        8 => Body::Draft(content(Size::Large, admit("d", "d"))),
        9 => Body::Revise {
            resolution,
            content: content(Size::Large, kind(number, extra)),
        },
        10 => propose(Size::Large, admit("d", "d"), deadline),
        _ => Body::Vote {
            resolution,
            choice,
            reason,
        },
    }
}

/// What a hub tries that goes on with the log, and what members do then.
fn about_a_hub(fed: &Fed, attempt: &Attempt) -> Option<Body> {
    let pending = fed.state.pending_hub();
    match (pending, attempt.who, attempt.extra) {
        (Some(pending), 0..=5, 6..) => Some(Body::AcceptHub {
            hub: pending.keys.digest(),
        }),
        (_, 6, extra) => Some(Body::HubReplaced {
            hub: Box::new(hub_keys(&format!("new {extra}"))),
        }),
        _ => None,
    }
}

/// The name of whoever has the author's key now.
fn signer(fed: &Fed, author: &str, body: &Body) -> String {
    if author == "hub" {
        let counts = match body {
            Body::HubReplaced { hub } => hub.entries,
            _ => fed.state.hub().entries,
        };
        let new = (0..20).map(|n| format!("new {n} entries"));
        let mut names = new.chain(["hub entries".to_owned()]);
        return names.find(|name| key(name).public() == counts).unwrap();
    }
    let wanted = match body {
        Body::Apply(application) => application.key,
        _ => match fed.state.collective(&slug(author)) {
            Some(known) => known.key,
            None => return author.to_owned(),
        },
    };
    let new = (0..20).map(|n| format!("new {n}"));
    new.chain(["x".to_owned()])
        .find(|name| key(name).public() == wanted)
        .unwrap_or_else(|| author.to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn folding_again_gives_the_same_state_bit_for_bit(
        attempts in prop::collection::vec(attempt(), 1..160),
    ) {
        let mut fed = Fed::three();
        let genesis = fed.state.clone();
        let mut log = Vec::new();
        for attempt in attempts {
            fed.now += SignedDuration::from_hours(attempt.hours);
            let author = match attempt.what {
                3 => "d",
                _ => ["a", "b", "c", "a", "b", "d", "hub"][usize::from(attempt.who)],
            };
            let body = match attempt.what {
                3 => None,
                _ => about_a_hub(&fed, &attempt),
            };
            let body = body.unwrap_or_else(|| self::body(&fed, &attempt));
            let signer = signer(&fed, author, &body);
            let entry = fed.entry(author, body);
            let envelope = Envelope::sign(&entry, &key(&signer)).unwrap();
            let mut waited = fed.state.clone();
            waited.advance(fed.now);
            match fed.take(&envelope) {
                Ok(_) => log.push((entry, fed.now)),
                // Nothing has changed but that time has passed; an envelope that is not verified not even that.
                Err(_) => prop_assert!(fed.state == waited || fed.state.time() < fed.now),
            }
            prop_assert!(!fed.state.is_due(fed.state.time()), "nothing is left that is due");
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
        // What waits is exactly who has applied (M9), and what is open is exactly what has a deadline to come (D9).
        for collective in again.collectives().values() {
            if let Some(ends) = collective.application_ends() {
                prop_assert!(ends > again.time() || again.is_taken_up(&collective.slug));
            }
        }
        for r in again.resolutions().values().filter(|r| r.is_open()) {
            prop_assert!(r.deadline > Some(again.time()) || again.pending_hub().is_some());
        }
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
