//! Members: clauses M.

use super::*;

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
fn m5_what_the_hub_says_later_of_dues_takes_the_place_of_what_it_said() {
    let mut fed = Fed::three();
    let day = |d: i32| jiff::civil::date(2026, 1, 1) + d.days();
    let seen = |fed: &mut Fed, paid_until| {
        let collective = slug("a");
        let dues = Body::Dues {
            collective,
            paid_until,
        };
        fed.does("hub", dues).unwrap()
    };
    let told = |paid_until, corrects| {
        let collective = slug("a");
        [Event::DuesSeen {
            collective,
            paid_until,
            corrects,
        }]
    };
    assert_eq!(seen(&mut fed, day(30)), told(day(30), None));
    assert_eq!(seen(&mut fed, day(300)), told(day(300), None));
    assert_eq!(seen(&mut fed, day(40)), told(day(40), Some(day(300))));
    let standing = |d| fed.state.standing(&slug("a"), day(d));
    assert_eq!(standing(100), Some(Standing::Good));
    assert_eq!(standing(101), Some(Standing::Lapsed));
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
