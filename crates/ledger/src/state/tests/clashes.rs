//! What two decisions do to each other.

use super::*;

/// The reason that a passed resolution had no effect.
fn without_effect(fed: &Fed, number: Number) -> String {
    match &fed.state.resolution(number).unwrap().effect {
        Some(Effect::None { why }) => why.clone(),
        other => panic!("{other:?}"),
    }
}

fn exclude(name: &str) -> Kind {
    let collective = slug(name);
    Kind::Exclude { collective }
}

#[test]
fn a_member_that_is_excluded_meanwhile_neither_carries_nor_blocks() {
    for (choice, phase) in [(Against, Phase::Passed), (For, Phase::Stalled)] {
        let mut fed = Fed::three();
        let first = fed.proposes("a", Size::Large, exclude("c"));
        fed.days(1);
        let later = fed.proposes("a", Size::Medium, Kind::Text);
        fed.votes("c", later, choice).unwrap();
        if choice == Against {
            fed.votes("a", later, For).unwrap();
        }
        for who in ["a", "b"] {
            fed.votes(who, first, For).unwrap();
        }
        fed.days(13);
        assert_eq!(code(fed.votes("c", later, For)), "AL-8407");
        assert_eq!(fed.status("c"), Status::Excluded);
        assert_eq!(fed.ends(later, &[]), phase, "{choice:?}");
    }
}

#[test]
fn a_vote_counts_again_once_its_member_is_back() {
    let mut fed = Fed::three();
    let suspend = Kind::Suspend {
        collective: slug("c"),
    };
    let reinstate = Kind::Reinstate {
        collective: slug("c"),
    };
    let long = fed.now + hours(24 * 60);
    let number = 1;
    fed.does("a", propose(Size::Medium, Kind::Text, long))
        .unwrap();
    fed.votes("c", number, Against).unwrap();
    fed.votes("a", number, For).unwrap();
    fed.decides(suspend);
    assert!(!fed.state.is_voting(&slug("c")));
    fed.decides(reinstate);
    fed.now = long;
    fed.state.advance(long);
    assert_eq!(fed.phase(number), Phase::Rejected);
}

#[test]
fn what_ends_at_the_same_moment_ends_in_the_order_of_its_numbers() {
    for block_first in [true, false] {
        let mut fed = Fed::three();
        let kinds = if block_first {
            [Kind::Text, exclude("c")]
        } else {
            [exclude("c"), Kind::Text]
        };
        let numbers = kinds.map(|kind| fed.proposes("a", Size::Large, kind));
        for number in numbers {
            for who in ["a", "b"] {
                fed.votes(who, number, For).unwrap();
            }
        }
        let text = numbers[usize::from(!block_first)];
        fed.votes("c", text, Against).unwrap();
        let phase = if block_first {
            Phase::Rejected
        } else {
            Phase::Passed
        };
        assert_eq!(fed.ends(text, &[]), phase, "block first: {block_first}");
        assert_eq!(fed.status("c"), Status::Excluded);
    }
}

#[test]
fn who_is_admitted_twice_joins_once() {
    let mut fed = Fed::three();
    fed.does("d", apply("d", "d")).unwrap();
    let (one, other) = (fed.vouches("a", "d", "d"), fed.vouches("b", "d", "d"));
    for who in ["a", "b"] {
        for number in [one, other] {
            fed.votes(who, number, For).unwrap();
        }
    }
    fed.days(14);
    let events = fed.state.advance(fed.now);
    let admitted = Event::RightsChanged {
        collective: slug("d"),
        how: Change::Admitted,
    };
    assert_eq!(events.iter().filter(|e| **e == admitted).count(), 1);
    assert_eq!(
        without_effect(&fed, other),
        "d has not applied with this key"
    );
    assert_eq!(fed.status("d"), Status::Member);
}

#[test]
fn who_is_excluded_twice_is_excluded_once_and_may_return() {
    let mut fed = Fed::three();
    let one = fed.proposes("a", Size::Large, exclude("c"));
    let long = fed.now + hours(24 * 90);
    fed.does("b", propose(Size::Large, exclude("c"), long))
        .unwrap();
    let other = one + 1;
    for who in ["a", "b"] {
        for number in [one, other] {
            fed.votes(who, number, For).unwrap();
        }
    }
    assert_eq!(fed.ends(one, &[]), Phase::Passed);
    fed.does("c", apply("c", "c")).unwrap();
    fed.now = long;
    fed.state.advance(long);
    assert_eq!(fed.phase(other), Phase::Passed);
    assert_eq!(without_effect(&fed, other), "c is no member");
    assert_eq!(fed.status("c"), Status::Applied);
}

#[test]
fn a_key_that_two_resolutions_give_away_is_given_once() {
    let mut fed = Fed::three();
    let give = |name: &str| Kind::ReplaceKey {
        collective: slug(name),
        key: key("new").public(),
    };
    let numbers = [give("b"), give("c")].map(|kind| fed.proposes("a", Size::Large, kind));
    for who in ["a", "b"] {
        for number in numbers {
            fed.votes(who, number, For).unwrap();
        }
    }
    fed.ends(numbers[1], &[]);
    assert_eq!(
        without_effect(&fed, numbers[1]),
        "this key is, or was, the key of b"
    );
    let key_of = |name: &str| fed.state.collective(&slug(name)).unwrap().key;
    assert_eq!(key_of("b"), key("new").public());
    assert_eq!(key_of("c"), key("c").public());
}

#[test]
fn stewards_that_have_left_drop_out_and_the_others_stay() {
    for (leavers, stewards) in [(vec!["b"], Some(1)), (vec!["a", "b"], None)] {
        let mut fed = Fed::three();
        let steward = Kind::Steward {
            recipe: "guestbook".to_owned(),
            collectives: vec![slug("a"), slug("b")],
        };
        let number = fed.proposes("c", Size::Medium, steward);
        fed.votes("c", number, For).unwrap();
        for who in leavers {
            fed.does(who, Body::Leave).unwrap();
        }
        assert_eq!(fed.ends(number, &[]), Phase::Passed);
        let now = fed.state.stewards().get("guestbook");
        assert_eq!(now.map(|s| s.len()), stewards);
    }
}

#[test]
fn two_changes_of_rules_add_up_and_the_same_one_twice_has_no_effect() {
    let mut fed = Fed::three();
    let kinds = [(7, 1), (7, 1), (7, 2)].map(|(days, medium)| Kind::ChangeRule {
        change: RuleChange {
            days_open: Some(days),
            medium_for: Some(medium),
            ..RuleChange::default()
        },
    });
    let numbers = kinds.map(|kind| fed.proposes("a", Size::Large, kind));
    for number in numbers {
        for who in ["a", "b"] {
            fed.votes(who, number, For).unwrap();
        }
    }
    fed.ends(numbers[0], &[]);
    assert_eq!(
        without_effect(&fed, numbers[1]),
        "the change of rules: it changes nothing"
    );
    let rules = fed.state.rules();
    assert_eq!((rules.days_open, rules.medium_for), (7, 2));
}

#[test]
fn a_suspended_proposer_can_do_nothing_and_its_vote_ends_all_the_same() {
    let mut fed = Fed::three();
    let suspend = fed.proposes(
        "b",
        Size::Large,
        Kind::Suspend {
            collective: slug("a"),
        },
    );
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    for who in ["a", "b", "c"] {
        fed.votes(who, suspend, For).unwrap();
        fed.votes(who, number, For).unwrap();
    }
    let close = |resolution| Body::Close { resolution };
    fed.does("b", close(suspend)).unwrap();
    assert_eq!(code(fed.does("a", close(number))), "AL-8407");
    assert_eq!(code(fed.does("a", withdraw(number))), "AL-8407");
    assert_eq!(fed.ends(number, &[]), Phase::Passed);
}
