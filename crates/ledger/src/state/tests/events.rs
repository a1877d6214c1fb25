//! What a delegate wants to know is told when it happens, and nothing happens silently.

use super::*;

/// Passes a large resolution, and gives what followed after it was closed.
fn followed(fed: &mut Fed, kind: Kind) -> Vec<Event> {
    let number = fed.proposes("a", Size::Large, kind);
    for who in ["a", "b"] {
        fed.votes(who, number, For).unwrap();
    }
    fed.days(14);
    let mut events = fed.state.advance(fed.now);
    let closed = events.remove(0);
    assert!(
        matches!(closed, Event::Closed { resolution, phase: Phase::Passed, without_effect: None, .. } if resolution == number),
        "{closed:?}"
    );
    events
}

fn rights(name: &str, how: Change) -> Event {
    let collective = slug(name);
    Event::RightsChanged { collective, how }
}

#[test]
fn what_a_passed_resolution_does_is_told() {
    let mut fed = Fed::three();
    fed.does("d", apply("d", "d")).unwrap();
    let c = || slug("c");
    let budget = Budget {
        number: 17,
        name: "Website".to_owned(),
        amount: Money {
            minor: 350_000,
            currency: "EUR".to_owned(),
        },
        who: "sutty".to_owned(),
        when: "this summer".to_owned(),
        purpose: "a new site".to_owned(),
    };
    let change = RuleChange {
        days_open: Some(7),
        ..RuleChange::default()
    };
    let new_key = key("c2").public();
    let steward = Kind::Steward {
        recipe: "guestbook".to_owned(),
        collectives: vec![slug("a")],
    };
    let until = Some("2030-01-01".parse().unwrap());
    let cases = [
        (admit("d", "d"), rights("d", Change::Admitted)),
        (
            Kind::WaiveDues {
                collective: c(),
                until,
            },
            Event::DuesWaived {
                collective: c(),
                until,
                resolution: 2,
            },
        ),
        (
            Kind::ChangeRule { change },
            Event::RulesChanged { resolution: 3 },
        ),
        (
            Kind::OpenBudget { budget },
            Event::BudgetOpened {
                budget: 17,
                resolution: 4,
            },
        ),
        (
            steward,
            Event::StewardsChanged {
                recipe: "guestbook".to_owned(),
                resolution: 5,
            },
        ),
        (
            Kind::Suspend { collective: c() },
            rights("c", Change::Suspended),
        ),
        (
            Kind::Reinstate { collective: c() },
            rights("c", Change::Reinstated),
        ),
        (
            Kind::ReplaceKey {
                collective: c(),
                key: new_key,
            },
            rights("c", Change::KeyReplaced),
        ),
        (
            Kind::Exclude { collective: c() },
            rights("c", Change::Excluded),
        ),
    ];
    for (kind, event) in cases {
        let name = kind.name();
        assert_eq!(followed(&mut fed, kind), [event], "{name}");
        if name == "admit" {
            // Two votes for are more than half of three.
            fed.does("d", Body::Leave).unwrap();
        }
    }
    assert_eq!(followed(&mut fed, Kind::Text), []);
}

#[test]
fn what_the_hub_writes_is_told() {
    let mut fed = Fed::three();
    let (agent, reason) = ("one".to_owned(), "its disk was stolen".to_owned());
    let evict = Body::Evict {
        collective: slug("a"),
        agent: agent.clone(),
        reason: reason.clone(),
    };
    let ban = Body::Ban {
        collective: slug("a"),
        agent: agent.clone(),
        reason,
    };
    let paid_until = "2026-12-31".parse().unwrap();
    let dues = Body::Dues {
        collective: slug("a"),
        paid_until,
    };
    let cases = [
        (
            evict,
            rights(
                "a",
                Change::AgentEvicted {
                    agent: agent.clone(),
                },
            ),
        ),
        (ban, rights("a", Change::AgentBanned { agent })),
        (
            dues,
            Event::DuesSeen {
                collective: slug("a"),
                paid_until,
                corrects: None,
            },
        ),
    ];
    for (body, event) in cases {
        assert_eq!(fed.does("hub", body).unwrap(), [event]);
    }
}

#[test]
fn what_a_collective_writes_is_told() {
    let mut fed = Fed::three();
    let (a, d) = (slug("a"), slug("d"));
    let applied = Event::Applied { collective: d };
    assert_eq!(fed.does("d", apply("d", "d")).unwrap(), [applied]);
    let profile = Body::Profile(Profile {
        name: "A collective".to_owned(),
        website: None,
    });
    let renamed = Event::ProfileChanged {
        collective: a.clone(),
    };
    assert_eq!(fed.does("a", profile).unwrap(), [renamed]);
    let drafted = Event::Drafted {
        resolution: 1,
        proposer: a.clone(),
    };
    let draft = Body::Draft(content(Size::Medium, Kind::Text));
    assert_eq!(fed.does("a", draft).unwrap(), [drafted]);
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    let escalate = Body::Escalate {
        resolution: number,
        reason: "it touches everybody".to_owned(),
    };
    let escalated = Event::Escalated {
        resolution: number,
        by: slug("b"),
    };
    assert_eq!(fed.does("b", escalate).unwrap(), [escalated]);
    let events = fed.does("a", withdraw(number)).unwrap();
    assert!(
        matches!(
            events[..],
            [Event::Closed {
                phase: Phase::Withdrawn,
                tally: None,
                ..
            }]
        ),
        "{events:?}"
    );
    let left = rights("a", Change::Left);
    assert_eq!(fed.does("a", Body::Leave).unwrap(), [left]);
}
