//! Decisions: clauses D.

use super::*;

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
    // What would come after the log's own is no history, and would take numbers that the log gives later.
    assert_eq!(code(fed.does("b", import(&[38]))), "AL-8424");
    assert_eq!(code(fed.does("b", import(&[3, 9_999]))), "AL-8424");
    assert_eq!(fed.proposes("a", Size::Medium, Kind::Text), 38);
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
    assert_eq!(fed.state.resolution(2).unwrap().withdrawn, None);
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
fn d14_of_a_draft_that_is_taken_back_only_its_topic_stays() {
    let mut fed = Fed::three();
    let budget = Budget {
        number: 17,
        name: "Website".to_owned(),
        amount: Money {
            minor: 350_000,
            currency: "EUR".to_owned(),
        },
        who: "w".repeat(4_000),
        when: "n".repeat(4_000),
        purpose: "p".repeat(4_000),
    };
    let empty = serde_json::to_vec(&fed.state).unwrap().len();
    let draft = Body::Draft(content(Size::Large, Kind::OpenBudget { budget }));
    fed.does("a", draft).unwrap();
    let reason = "r".repeat(4_000);
    let resolution = 1;
    fed.does("a", Body::Withdraw { resolution, reason })
        .unwrap();
    let kept = fed.state.resolution(1).unwrap();
    assert_eq!(
        (kept.title.as_str(), kept.closed),
        ("A thing", Some(fed.now))
    );
    assert_eq!((kept.proposer.as_str(), kept.source.entry), ("a", 1));
    let grown = serde_json::to_vec(&fed.state).unwrap().len() - empty;
    assert!(grown < 700, "{grown} bytes");
}

fn steward(recipe: &str, of: &[&str]) -> Kind {
    Kind::Steward {
        recipe: recipe.to_owned(),
        collectives: of.iter().copied().map(slug).collect(),
    }
}

#[test]
fn d15_a_recipe_is_not_taken_from_its_stewards_before_they_had_the_rules_days() {
    let mut fed = Fed::of(&["a", "b", "c", "d"]);
    let first = fed.proposes("a", Size::Medium, steward("guestbook", &["a", "b"]));
    assert_eq!(fed.ends(first, &[("a", For)]), Phase::Passed);
    let within = |fed: &mut Fed, who: &str, recipe: &str, hours: i64| {
        let deadline = fed.now + SignedDuration::from_hours(hours);
        fed.does(
            who,
            propose(Size::Medium, steward(recipe, &["c"]), deadline),
        )
    };
    for who in ["a", "c"] {
        for short in [1, 24 * 14 - 1] {
            let refused = within(&mut fed, who, "guestbook", short);
            assert_eq!(code(refused), "AL-8416", "{who} {short}");
        }
    }
    // What has none is anybody's, and so is what has only who proposes it.
    within(&mut fed, "c", "traefik", 1).unwrap();
    let proposed = within(&mut fed, "c", "guestbook", 24 * 14);
    let Some(Event::Opened { resolution, .. }) = proposed.unwrap().last().cloned() else {
        panic!("it is open");
    };
    fed.votes("c", resolution, For).unwrap();
    assert_eq!(fed.ends(resolution, &[("b", Against)]), Phase::Rejected);
    assert_eq!(fed.state.stewards()["guestbook"].len(), 2);
    // A large decision is no way around it, and neither is a draft.
    let deadline = fed.now + SignedDuration::from_hours(1);
    let large = propose(Size::Large, steward("guestbook", &["c"]), deadline);
    assert_eq!(code(fed.does("c", large)), "AL-8416");
    let draft = content(Size::Medium, steward("guestbook", &["c"]));
    fed.does("c", Body::Draft(draft.clone())).unwrap();
    let open = Body::Propose {
        draft: fed.state.resolutions().keys().next_back().copied(),
        content: draft,
        deadline,
    };
    assert_eq!(code(fed.does("c", open)), "AL-8416");
    fed.does("a", Body::Leave).unwrap();
    within(&mut fed, "b", "guestbook", 1).unwrap();
}

#[test]
fn d15_once_everybody_has_voted_nobody_needs_the_days() {
    let mut fed = Fed::three();
    let first = fed.proposes("a", Size::Medium, steward("guestbook", &["a", "b"]));
    fed.ends(first, &[("a", For)]);
    let resolution = fed.proposes("c", Size::Medium, steward("guestbook", &["c"]));
    let close = || Body::Close { resolution };
    for (who, choice) in [("c", For), ("a", Abstain)] {
        fed.votes(who, resolution, choice).unwrap();
        assert_eq!(code(fed.does("c", close())), "AL-8418", "b can still block");
    }
    fed.votes("b", resolution, Abstain).unwrap();
    fed.does("c", close()).unwrap();
    assert_eq!(fed.phase(resolution), Phase::Passed);
}

#[test]
fn d16_a_member_begins_a_hundred_resolutions_a_day_and_no_more() {
    use crate::limits::MAX_BEGUN_PER_DAY;
    let mut fed = Fed::three();
    fed.now += SignedDuration::from_hours(12);
    let draft = || Body::Draft(content(Size::Large, Kind::Text));
    let small = |fed: &Fed| propose(Size::Small, Kind::Text, fed.now);
    for n in 0..MAX_BEGUN_PER_DAY {
        if n % 2 == 0 {
            fed.does("a", draft()).unwrap();
            let number = fed.state.resolutions().len().try_into().unwrap();
            fed.does("a", withdraw(number)).unwrap();
        } else {
            fed.does("a", small(&fed)).unwrap();
        }
    }
    assert_eq!(code(fed.does("a", draft())), "AL-8423");
    assert_eq!(code(fed.does("a", small(&fed))), "AL-8423");
    fed.does("b", draft()).unwrap();
    fed.now += SignedDuration::from_hours(12);
    fed.does("a", draft()).unwrap();
    // A draft that becomes a proposal was counted before.
    let resolution = fed.state.resolutions().keys().next_back().copied();
    let deadline = fed.now + SignedDuration::from_hours(24 * 14);
    let content = content(Size::Large, Kind::Text);
    let open = Body::Propose {
        draft: resolution,
        content,
        deadline,
    };
    fed.does("a", open).unwrap();
    assert_eq!(fed.state.begun_today(&slug("a")), 1);
}

/// A new hub takes the place of the one that was lost.
fn replaced(fed: &mut Fed, name: &str) -> Digest {
    let new = hub_keys(name);
    let hub = Box::new(new.clone());
    let signer = format!("{name} entries");
    fed.does_with(&signer, "hub", Body::HubReplaced { hub })
        .unwrap();
    new.digest()
}

#[test]
fn d17_who_could_not_vote_while_a_new_hub_waited_gets_the_time_again() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    let deadline = fed.now + SignedDuration::from_hours(24 * 14);
    fed.days(1).votes("a", number, For).unwrap();
    let last = fed.now;
    fed.days(9);
    let hub = replaced(&mut fed, "new");
    fed.days(10);
    assert!(!fed.state.is_due(fed.now), "nobody could block");
    assert_eq!(fed.state.advance(fed.now), []);
    assert_eq!(fed.phase(number), Phase::Open);
    fed.does("a", Body::AcceptHub { hub }).unwrap();
    assert_eq!(fed.phase(number), Phase::Open);
    let events = fed.does("b", Body::AcceptHub { hub }).unwrap();
    let later = deadline + fed.now.duration_since(last);
    assert_eq!(
        events.last(),
        Some(&Event::DeadlineMoved {
            resolution: number,
            before: deadline,
            deadline: later,
        })
    );
    fed.now = later - SignedDuration::from_millis(1);
    fed.votes("c", number, Against).unwrap();
    fed.now = later;
    fed.state.advance(later);
    assert_eq!(fed.phase(number), Phase::Rejected);
}

#[test]
fn d17_a_second_new_hub_takes_nothing_of_the_time_away() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    let begun = fed.now;
    let deadline = begun + SignedDuration::from_hours(24 * 14);
    fed.days(2);
    replaced(&mut fed, "new");
    fed.days(2);
    let hub = replaced(&mut fed, "newer");
    fed.days(1);
    for who in ["a", "b"] {
        fed.does(who, Body::AcceptHub { hub }).unwrap();
    }
    let now = fed.state.resolution(number).unwrap().deadline;
    assert_eq!(now, Some(deadline + fed.now.duration_since(begun)));
}

#[test]
fn d17_what_was_due_before_the_new_hub_came_has_ended_whoever_looked() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    fed.votes("a", number, For).unwrap();
    let mut looked = fed.state.clone();
    fed.days(14);
    looked.advance(fed.now);
    fed.days(1);
    replaced(&mut fed, "new");
    assert_eq!(fed.phase(number), Phase::Passed);
    let entry = Entry {
        seq: 2,
        ..fed.entry(
            "hub",
            Body::HubReplaced {
                hub: Box::new(hub_keys("new")),
            },
        )
    };
    looked.apply_trusted(&entry, fed.now).unwrap();
    assert_eq!(looked.digest(), fed.state.digest());
}
