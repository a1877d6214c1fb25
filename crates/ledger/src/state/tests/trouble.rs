//! What could go wrong, whatever the clause.

use super::*;

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
fn nothing_awaits_the_vote_of_who_cannot_vote_any_more_m1() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    let waits = |fed: &Fed, who: &str| fed.state.awaiting_vote(&slug(who)).count();
    assert_eq!(waits(&fed, "b"), 1);
    fed.does("b", Body::Leave).unwrap();
    assert_eq!(code(fed.votes("b", number, For)), "AL-8407");
    assert_eq!((waits(&fed, "b"), waits(&fed, "c")), (0, 1));
    fed.votes("c", number, For).unwrap();
    assert_eq!(waits(&fed, "c"), 0);
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

#[test]
fn everyone_abstains_and_nothing_passes() {
    for size in [Size::Medium, Size::Large] {
        let mut fed = Fed::three();
        let number = fed.proposes("a", size, Kind::Text);
        let votes = [("a", Abstain), ("b", Abstain), ("c", Abstain)];
        assert_eq!(fed.ends(number, &votes), Phase::Stalled, "{size:?}");
    }
}

#[test]
fn half_of_the_members_is_a_tie_and_not_more_than_half() {
    let mut fed = Fed::of(&["a", "b"]);
    let number = fed.proposes("a", Size::Large, Kind::Text);
    assert_eq!(fed.ends(number, &[("a", For)]), Phase::Stalled);
    let number = fed.proposes("a", Size::Large, Kind::Text);
    assert_eq!(fed.ends(number, &[("a", For), ("b", For)]), Phase::Passed);
}

#[test]
fn when_everybody_has_left_what_is_open_ends_and_nothing_new_begins() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    fed.votes("b", number, Against).unwrap();
    for who in ["a", "b", "c"] {
        fed.does(who, Body::Leave).unwrap();
    }
    assert_eq!(fed.ends(number, &[]), Phase::Stalled);
    fed.does("d", apply("d", "d")).unwrap();
    let draft = Body::Draft(content(Size::Large, admit("d", "d")));
    for who in ["a", "d"] {
        assert_eq!(code(fed.does(who, draft.clone())), "AL-8407");
    }
    assert_eq!(fed.state.members().count(), 0);
}

#[test]
fn a_vote_one_millisecond_before_the_deadline_counts_and_one_at_it_does_not() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    let deadline = fed.now + hours(24 * 14);
    fed.now = deadline - SignedDuration::from_millis(1);
    fed.votes("a", number, For).unwrap();
    fed.now = deadline;
    assert_eq!(code(fed.votes("b", number, Against)), "AL-8411");
    assert_eq!(fed.phase(number), Phase::Passed);
    let closed = fed.state.resolution(number).unwrap().closed;
    assert_eq!(closed, Some(deadline));
}

#[test]
fn an_escalation_one_millisecond_before_the_deadline_makes_it_large() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    let deadline = fed.now + hours(24 * 14);
    fed.votes("a", number, For).unwrap();
    fed.now = deadline - SignedDuration::from_millis(1);
    let escalate = Body::Escalate {
        resolution: number,
        reason: "it touches everybody".to_owned(),
    };
    fed.does("c", escalate.clone()).unwrap();
    fed.state.advance(deadline);
    assert_eq!(fed.phase(number), Phase::Stalled);
    assert_eq!(fed.state.participation(&slug("a")).decisions, 1);
    fed.now = deadline;
    assert_eq!(code(fed.does("c", escalate)), "AL-8410");
}

#[test]
fn rules_under_which_nothing_could_be_decided_again_are_refused() {
    use crate::entry::More;
    let mut fed = Fed::three();
    let deadline = fed.now + hours(24);
    let half = |than, of| Some(More { than, of });
    let large_for = |large_for| RuleChange {
        large_for,
        ..RuleChange::default()
    };
    let witnesses = |witnesses| RuleChange {
        witnesses,
        ..RuleChange::default()
    };
    let days_open = |days| RuleChange {
        days_open: Some(days),
        ..RuleChange::default()
    };
    let changes = [
        large_for(half(1, 1)),
        large_for(half(3, 2)),
        large_for(half(0, 0)),
        witnesses(half(1, 1)),
        days_open(0),
        days_open(366),
        RuleChange::default(),
        days_open(14),
    ];
    for change in changes {
        let kind = Kind::ChangeRule {
            change: change.clone(),
        };
        let refused = fed.does("a", propose(Size::Large, kind, deadline));
        assert_eq!(code(refused), "AL-8424", "{change:?}");
    }
    // The strictest that is possible: everybody. It can be changed back.
    let strict = large_for(half(99, 100));
    fed.decides(Kind::ChangeRule { change: strict });
    let back = Kind::ChangeRule {
        change: large_for(half(1, 2)),
    };
    let number = fed.proposes("a", Size::Large, back.clone());
    assert_eq!(
        fed.ends(number, &[("a", For), ("b", For)]),
        Phase::Stalled,
        "all three are needed"
    );
    fed.decides(back);
    let number = fed.proposes("a", Size::Large, Kind::Text);
    assert_eq!(fed.ends(number, &[("a", For), ("b", For)]), Phase::Passed);
}

#[test]
fn ten_thousand_resolutions_cost_no_more_each_than_the_first_ones() {
    let mut fed = Fed::three();
    let mut thousands = Vec::new();
    for _ in 0..10 {
        let started = std::time::Instant::now();
        for n in 0..1_000 {
            let author = ["a", "b", "c"][n % 3];
            let size = [Size::Small, Size::Large][n % 2];
            let deadline = fed.now + hours(24 * 3);
            let entry = fed.entry(author, propose(size, Kind::Text, deadline));
            fed.state.apply_trusted(&entry, fed.now).unwrap();
            fed.now += hours(3);
        }
        thousands.push(started.elapsed());
    }
    assert_eq!(fed.state.resolutions().len(), 10_000);
    assert!(fed.state.count(Phase::Stalled) > 4_900);
    // Whatever else the machine does, the quickest of several tells. Were each to look at all before it, the later ones
    // would take many times as long.
    let (early, late) = thousands.split_at(5);
    let (early, late) = (early.iter().min().unwrap(), late.iter().min().unwrap());
    assert!(*late < *early * 4, "{thousands:?}");
    let json = serde_json::to_string(&fed.state).unwrap();
    let again: State = serde_json::from_str(&json).unwrap();
    assert_eq!(again.digest(), fed.state.digest());
}
