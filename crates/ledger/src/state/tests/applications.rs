//! Applications, from their beginning to their end: clauses M2, M9 and M10.

use super::*;
use crate::limits::{APPLICATION_DAYS, MAX_APPLICATIONS, MAX_PER_SPONSOR};

fn ended(name: &str, how: Ended) -> Event {
    let collective = slug(name);
    Event::ApplicationEnded { collective, how }
}

fn draft_admission(name: &str) -> Body {
    Body::Draft(content(Size::Large, admit(name, name)))
}

#[test]
fn m9_an_application_ends_with_the_resolution_that_did_not_pass() {
    let cases: &[(&[(&str, Choice)], Phase)] = &[
        (&[("a", For), ("b", Against)], Phase::Rejected),
        (&[("a", For)], Phase::Stalled),
    ];
    for (votes, phase) in cases {
        let mut fed = Fed::three();
        fed.does("d", apply("d", "d")).unwrap();
        let number = fed.vouches("a", "d", "d");
        for (who, choice) in *votes {
            fed.votes(who, number, *choice).unwrap();
        }
        fed.days(14);
        let events = fed.state.advance(fed.now);
        assert_eq!(fed.phase(number), *phase);
        assert_eq!(fed.status("d"), Status::Declined);
        assert_eq!(events.last(), Some(&ended("d", Ended::Declined)));
        assert!(fed.state.may_be_invited(&slug("d")).is_err());
        fed.does("d", apply("d", "d")).unwrap();
        let again = fed.vouches("a", "d", "d");
        assert_eq!(fed.ends(again, &[("a", For), ("b", For)]), Phase::Passed);
        assert_eq!(fed.status("d"), Status::Member, "it may ask again");
    }
}

#[test]
fn m9_one_member_cannot_turn_an_applicant_away_by_taking_its_vouch_back() {
    let mut fed = Fed::three();
    fed.does("d", apply("d", "d")).unwrap();
    fed.does("a", draft_admission("d")).unwrap();
    fed.does("a", withdraw(1)).unwrap();
    let number = fed.vouches("a", "d", "d");
    let events = fed.does("a", withdraw(number)).unwrap();
    assert_eq!(events.len(), 1, "the vote has closed, and that is all");
    assert_eq!(fed.status("d"), Status::Applied, "no vote has ended");
    fed.days(APPLICATION_DAYS);
    fed.state.advance(fed.now);
    assert_eq!(fed.status("d"), Status::Expired, "it waits as long as ever");
}

#[test]
fn m9_one_member_cannot_turn_an_applicant_away_with_a_vote_of_a_minute() {
    let short = |fed: &mut Fed| {
        let deadline = fed.now + SignedDuration::from_mins(1);
        let vote = propose(Size::Large, admit("d", "d"), deadline);
        fed.does("a", vote).unwrap();
        fed.state.resolutions().len().try_into().unwrap()
    };
    let cases: &[(&[(&str, Choice)], Status)] = &[
        (&[("a", For)], Status::Applied),
        (&[("b", Against)], Status::Declined),
        (
            &[("a", For), ("b", Abstain), ("c", Abstain)],
            Status::Declined,
        ),
    ];
    for (votes, status) in cases {
        let mut fed = Fed::three();
        fed.does("d", apply("d", "d")).unwrap();
        let number = short(&mut fed);
        fed.ends(number, votes);
        assert_ne!(fed.phase(number), Phase::Passed);
        assert_eq!(fed.status("d"), *status, "{votes:?}");
    }
}

#[test]
fn m9_an_application_waits_while_another_open_resolution_would_admit_it() {
    let mut fed = Fed::three();
    fed.does("d", apply("d", "d")).unwrap();
    let (one, other) = (fed.vouches("a", "d", "d"), fed.vouches("b", "d", "d"));
    fed.does("a", withdraw(one)).unwrap();
    assert_eq!(fed.status("d"), Status::Applied);
    assert_eq!(fed.ends(other, &[("a", For), ("c", For)]), Phase::Passed);
    assert_eq!(fed.status("d"), Status::Member);
}

#[test]
fn m9_what_became_of_an_earlier_application_does_not_end_a_later_one() {
    let mut fed = Fed::three();
    fed.does("d", apply("d", "d")).unwrap();
    let number = fed.vouches("a", "d", "d");
    fed.does("d", Body::Leave).unwrap();
    fed.does_with("x", "d", apply("d", "x")).unwrap();
    assert_eq!(fed.ends(number, &[("b", Against)]), Phase::Rejected);
    let now = fed.state.collective(&slug("d")).unwrap();
    assert_eq!((now.status, now.key), (Status::Applied, key("x").public()));
}

#[test]
fn m9_an_applicant_takes_its_application_back() {
    let mut fed = Fed::three();
    fed.does("d", apply("d", "d")).unwrap();
    let number = fed.vouches("a", "d", "d");
    let events = fed.does("d", Body::Leave).unwrap();
    assert_eq!(events, [ended("d", Ended::TakenBack)]);
    assert_eq!(fed.status("d"), Status::Left);
    assert_eq!(code(fed.does("d", Body::Leave)), "AL-8407");
    assert_eq!(fed.ends(number, &[("a", For), ("b", For)]), Phase::Passed);
    let effect = &fed.state.resolution(number).unwrap().effect;
    assert!(matches!(effect, Some(Effect::None { .. })), "{effect:?}");
    assert_eq!(
        fed.status("d"),
        Status::Left,
        "nobody joins against its will"
    );
}

#[test]
fn m9_an_application_that_nobody_takes_up_ends_after_its_days() {
    let mut fed = Fed::three();
    fed.does("d", apply("d", "d")).unwrap();
    let ends = fed.now + SignedDuration::from_hours(24 * APPLICATION_DAYS);
    let applicant = fed.state.collective(&slug("d")).unwrap();
    assert_eq!(applicant.application_ends(), Some(ends));
    let just_before = ends - SignedDuration::from_millis(1);
    assert!(!fed.state.is_due(just_before) && fed.state.is_due(ends));
    assert_eq!(fed.state.advance(just_before), []);
    assert_eq!(fed.state.advance(ends), [ended("d", Ended::Expired)]);
    assert_eq!(fed.status("d"), Status::Expired);
    fed.now = ends;
    let late = propose(
        Size::Large,
        admit("d", "d"),
        fed.now + SignedDuration::from_hours(24),
    );
    assert_eq!(code(fed.does("a", late)), "AL-8419");
}

#[test]
fn m9_an_application_that_is_changed_does_not_wait_anew() {
    let mut fed = Fed::three();
    fed.does("d", apply("d", "d")).unwrap();
    fed.days(APPLICATION_DAYS - 1);
    fed.does("d", apply("d", "d")).unwrap();
    fed.days(1);
    fed.state.advance(fed.now);
    assert_eq!(fed.status("d"), Status::Expired);
}

#[test]
fn m9_an_application_that_is_taken_up_waits_for_its_decision() {
    let mut fed = Fed::three();
    fed.does("d", apply("d", "d")).unwrap();
    fed.days(APPLICATION_DAYS - 1);
    let number = fed.vouches("a", "d", "d");
    fed.days(5);
    fed.state.advance(fed.now);
    assert_eq!(fed.status("d"), Status::Applied);
    assert_eq!(fed.ends(number, &[("a", For), ("b", For)]), Phase::Passed);
    assert_eq!(fed.status("d"), Status::Member);
}

#[test]
fn m9_a_draft_keeps_an_application_until_it_says_something_else() {
    let revise = |fed: &mut Fed| {
        let content = content(Size::Small, Kind::Text);
        let resolution = 1;
        fed.does(
            "a",
            Body::Revise {
                resolution,
                content,
            },
        )
    };
    let take_back = |fed: &mut Fed| fed.does("a", withdraw(1));
    let leave = |fed: &mut Fed| fed.does("a", Body::Leave);
    for end in [revise, take_back, leave] {
        let mut fed = Fed::three();
        fed.does("d", apply("d", "d")).unwrap();
        fed.does("a", draft_admission("d")).unwrap();
        fed.days(APPLICATION_DAYS + 10);
        fed.state.advance(fed.now);
        assert_eq!(fed.status("d"), Status::Applied);
        fed.days(1);
        let events = end(&mut fed).unwrap();
        assert_eq!(events.last(), Some(&ended("d", Ended::Expired)));
        let applicant = fed.state.collective(&slug("d")).unwrap();
        assert_eq!(
            (applicant.status, applicant.since),
            (Status::Expired, fed.now)
        );
    }
}

#[test]
fn m2_applications_that_ended_make_room_for_others() {
    let sponsors = ["a", "b", "c", "f", "g", "h", "i", "j", "k", "l"];
    let mut fed = Fed::of(&sponsors);
    assert_eq!(sponsors.len() * MAX_PER_SPONSOR, MAX_APPLICATIONS);
    for n in 0..MAX_APPLICATIONS {
        let name = format!("d{n}");
        let application = sponsored(&name, Some(sponsors[n % sponsors.len()]));
        fed.does(&name, application).unwrap();
    }
    let refused = fed.does("e", apply("e", "e")).unwrap_err().to_string();
    assert!(refused.starts_with("open applications is"), "{refused}");
    fed.does("d7", sponsored("d7", Some("j"))).unwrap();
    fed.does("d7", Body::Leave).unwrap();
    fed.does("e", apply("e", "e")).unwrap();
    assert_eq!(code(fed.does("d7", apply("d7", "d7"))), "AL-8423");
    fed.days(APPLICATION_DAYS);
    fed.does("d7", apply("d7", "d7")).unwrap();
    assert_eq!(fed.status("d8"), Status::Expired);
}

fn sponsored(name: &str, sponsor: Option<&str>) -> Body {
    let Body::Apply(mut application) = apply(name, name) else {
        unreachable!()
    };
    application.sponsor = sponsor.map(slug);
    Body::Apply(application)
}

#[test]
fn m11_one_sponsor_cannot_take_the_room_of_the_others() {
    for (one, other) in [(Some("a"), Some("b")), (Some("a"), None), (None, Some("a"))] {
        let mut fed = Fed::three();
        for n in 0..MAX_PER_SPONSOR {
            let name = format!("d{n}");
            fed.does(&name, sponsored(&name, one)).unwrap();
        }
        assert_eq!(code(fed.does("e", sponsored("e", one))), "AL-8423");
        fed.does("e", sponsored("e", other)).unwrap();
        assert_eq!(
            code(fed.does("e", sponsored("e", one))),
            "AL-8423",
            "nor by a change"
        );
        fed.does("d1", sponsored("d1", one)).unwrap();
        fed.does("d1", Body::Leave).unwrap();
        fed.does("e", sponsored("e", one)).unwrap();
    }
}

#[test]
fn m10_who_was_never_a_member_frees_its_name() {
    let declined = |fed: &mut Fed| {
        let number = fed.vouches("a", "d", "d");
        fed.ends(number, &[]);
    };
    let expired = |fed: &mut Fed| {
        fed.days(APPLICATION_DAYS);
        fed.state.advance(fed.now);
    };
    let taken_back = |fed: &mut Fed| {
        fed.does("d", Body::Leave).unwrap();
    };
    let ends: [fn(&mut Fed); 3] = [declined, expired, taken_back];
    for end in ends {
        let mut fed = Fed::three();
        fed.does("d", apply("d", "d")).unwrap();
        assert_eq!(code(fed.does_with("x", "d", apply("d", "x"))), "AL-8408");
        end(&mut fed);
        fed.does_with("x", "d", apply("d", "x")).unwrap();
        assert_eq!(code(fed.does("d", apply("d", "d"))), "AL-8408", "taken");
        let number = fed.vouches("a", "d", "x");
        assert_eq!(fed.ends(number, &[("a", For), ("b", For)]), Phase::Passed);
        assert_eq!(code(fed.does("d", Body::Leave)), "AL-8013");
    }
}

#[test]
fn m10_rejects_a_stranger_under_the_name_of_who_was_a_member() {
    let left = |fed: &mut Fed| {
        fed.does("c", Body::Leave).unwrap();
    };
    let excluded = |fed: &mut Fed| {
        let collective = slug("c");
        fed.decides(Kind::Exclude { collective });
    };
    let came_back_in_vain = |fed: &mut Fed| {
        fed.does("c", Body::Leave).unwrap();
        fed.does("c", apply("c", "c")).unwrap();
        let number = fed.vouches("a", "c", "c");
        fed.ends(number, &[]);
        assert_eq!(fed.status("c"), Status::Declined);
    };
    let ends: [fn(&mut Fed); 3] = [left, excluded, came_back_in_vain];
    for end in ends {
        let mut fed = Fed::three();
        end(&mut fed);
        assert_eq!(code(fed.does_with("x", "c", apply("c", "x"))), "AL-8408");
        fed.does("c", apply("c", "c")).unwrap();
        let number = fed.vouches("a", "c", "c");
        assert_eq!(fed.ends(number, &[("a", For), ("b", For)]), Phase::Passed);
        assert_eq!(fed.status("c"), Status::Member);
        let back = fed.state.collective(&slug("c")).unwrap();
        assert_eq!(back.joined, Some(fed.now), "its dues begin anew");
    }
}

#[test]
fn m10_who_left_and_lost_its_key_comes_back_with_one_given_by_resolution() {
    let mut fed = Fed::three();
    let replace = |name: &str, signer: &str| Kind::ReplaceKey {
        collective: slug(name),
        key: key(signer).public(),
    };
    fed.does("c", Body::Leave).unwrap();
    fed.does("d", apply("d", "d")).unwrap();
    fed.does("d", Body::Leave).unwrap();
    let deadline = fed.now + SignedDuration::from_hours(24);
    let for_a_stranger = propose(Size::Large, replace("d", "d2"), deadline);
    assert_eq!(code(fed.does("a", for_a_stranger)), "AL-8408");
    fed.decides(replace("c", "c2"));
    assert_eq!(fed.status("c"), Status::Left);
    assert_eq!(code(fed.does("c", apply("c", "c"))), "AL-8408");
    fed.does_with("c2", "c", apply("c", "c2")).unwrap();
    let while_it_waits = propose(
        Size::Large,
        replace("c", "c3"),
        fed.now + SignedDuration::from_hours(24),
    );
    assert_eq!(code(fed.does("a", while_it_waits)), "AL-8408");
    assert_eq!(fed.status("c"), Status::Applied);
}
