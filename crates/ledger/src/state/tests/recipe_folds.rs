//! Whatever is said about recipes in whatever order, everybody comes to the same catalogue, and it holds together.

use std::collections::BTreeMap;

use super::{recipes::*, *};
use crate::{
    ObjectId, RecipeName, Version,
    entry::{DocumentRef, ReviewVerdict, UpgradeVerdict},
    limits::{MAX_AHEAD, MAX_FLAGS, MAX_SEEN, MAX_TOLD, MAX_VERSIONS},
};

/// Something that an author tries; much of it is refused.
#[derive(Debug, Clone)]
struct Attempt {
    who: &'static str,
    body: Body,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let who = prop_oneof![
        3 => Just("a"),
        3 => Just("b"),
        2 => Just("c"),
        1 => Just("d"),
        2 => Just("hub"),
    ];
    let version = prop::sample::select(vec!["1.0.0+1.0", "1.0.1+1.1", "1.1.0+2.0", "2.0.0+3.0"]);
    // Most speak of the commit that the tag has, some of another.
    let commit = (version, 0..10u8).prop_map(|(version, luck)| match luck {
        0 => (version, "moved".to_owned()),
        _ => (version, version.to_owned()),
    });
    (who, 0..26u8, commit, any::<bool>(), 0..4u32).prop_map(
        |(who, what, (version, commit), luck, number)| {
            let verdict = match luck {
                true => ReviewVerdict::Approve,
                false => ReviewVerdict::RequestChanges,
            };
            let body = match what {
                0 => known(),
                1..4 => observe(vec![seen(version, &commit)]),
                4..6 => claim(),
                6..11 => release(version, &commit, luck),
                11..16 => review(version, verdict),
                16 => yank(version),
                17..20 => tested(version, &commit, luck),
                20..22 => outcome("1.0.0+1.0", version, UpgradeVerdict::Converged),
                22 => flag(),
                23 => unflag(number),
                24 if luck && number == 0 => Body::Leave,
                _ => propose(Size::Small, Kind::Text, start()),
            };
            let who = match body {
                Body::Recipe { .. } | Body::Observe { .. } => "hub",
                _ => who,
            };
            Attempt { who, body }
        },
    )
}

/// What was said of each version first, and what was published.
type Before = BTreeMap<Version, (ObjectId, ObjectId, Stage)>;

fn remember(state: &State) -> Before {
    let versions = state.recipe("guestbook").map(Recipe::versions);
    let each = versions.unwrap_or_default().iter();
    each.map(|p| {
        let pinned = (p.commit.clone(), p.tree.clone(), p.stage());
        (p.version.clone(), pinned)
    })
    .collect()
}

fn holds_together(state: &State, before: &Before) -> Result<(), TestCaseError> {
    let now = remember(state);
    for (version, (commit, tree, stage)) in before {
        let pinned = &now[version];
        prop_assert_eq!((&pinned.0, &pinned.1), (commit, tree), "{} moved", version);
        if stage.is_published() {
            prop_assert!(pinned.2.is_published() || pinned.2 == Stage::Yanked);
        }
        if *stage == Stage::Yanked {
            prop_assert_eq!(pinned.2, Stage::Yanked);
        }
    }
    let catalogue = state.recipes();
    let all: Vec<_> = catalogue.iter().flat_map(|(_, r)| r.versions()).collect();
    prop_assert_eq!(catalogue.versions(), all.len());
    let waiting: Vec<_> = catalogue.waiting().map(|(_, p)| &p.version).collect();
    let mut due: Vec<_> = all
        .iter()
        .filter(|p| p.stage().awaits_review())
        .map(|p| &p.version)
        .collect();
    due.sort_by_key(|v| state.recipe("guestbook").unwrap().place(v.as_str()));
    prop_assert_eq!(waiting, due);
    for (_, recipe) in catalogue.iter() {
        for (number, flag) in recipe.flags() {
            let open = catalogue.flags_of(&flag.by).any(|(_, n)| n == number);
            prop_assert!(open, "flag {} is listed with who told of it", number);
        }
    }
    for stewards in state.stewards().values() {
        prop_assert!(!stewards.is_empty() && stewards.iter().all(|s| state.is_voting(s)));
    }
    for pinned in all {
        if let Some(released) = pinned.released() {
            prop_assert!(
                !released.reviews.contains_key(&released.by),
                "nobody reviews its own"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_said_of_recipes_everybody_comes_to_the_same_catalogue(
        attempts in prop::collection::vec(attempt(), 1..200),
    ) {
        let mut fed = Fed::of(&["a", "b", "c", "d"]);
        let genesis = fed.state.clone();
        let mut log = Vec::new();
        let first = [known(), observe(vec![seen("1.0.0+1.0", "1.0.0+1.0")])];
        let first = first.map(|body| Attempt { who: "hub", body });
        for Attempt { who, body } in first.into_iter().chain(attempts) {
            fed.now += hours(1);
            let entry = fed.entry(who, body);
            let (mut waited, before) = (fed.state.clone(), remember(&fed.state));
            waited.advance(fed.now);
            match fed.state.apply_trusted(&entry, fed.now) {
                Ok(_) => log.push((entry, fed.now)),
                Err(_) => prop_assert_eq!(&fed.state, &waited, "refused, and yet something changed"),
            }
            holds_together(&fed.state, &before)?;
            // Whoever asks in between knows no less and no more afterwards.
            let _ = fed.state.digest();
        }
        let (mut again, mut restarted) = (genesis.clone(), genesis);
        for (entry, time) in &log {
            again.apply_trusted(entry, *time).unwrap();
            restarted.apply_trusted(entry, *time).unwrap();
            let json = serde_json::to_string(&restarted).unwrap();
            restarted = serde_json::from_str(&json).unwrap();
        }
        for state in [&mut again, &mut restarted] {
            state.advance(fed.now);
            prop_assert_eq!(state.digest(), fed.state.digest());
            prop_assert_eq!(&*state, &fed.state);
        }
    }
}

#[test]
fn the_digest_tells_every_difference_in_a_catalogue() {
    let mut fed = Fed::three();
    fed.does("hub", known()).unwrap();
    fed.does(
        "hub",
        observe(vec![seen("1.0.0+1.0", "one"), seen("1.1.0+2.0", "two")]),
    )
    .unwrap();
    fed.does("a", claim()).unwrap();
    let mut digests = std::collections::BTreeSet::from([fed.state.digest()]);
    let bodies = [
        release("1.0.0+1.0", "one", false),
        yank("1.0.0+1.0"),
        tested("1.1.0+2.0", "two", true),
        tested("1.1.0+2.0", "two", false),
        outcome("1.0.0+1.0", "1.1.0+2.0", UpgradeVerdict::Failed),
        flag(),
        unflag(1),
    ];
    for body in bodies {
        let kind = body.kind();
        let entry = fed.entry("a", body);
        let mut other = fed.state.clone();
        fed.state.apply_trusted(&entry, fed.now).unwrap();
        assert!(digests.insert(fed.state.digest()), "{kind}");
        // And not only because another entry was counted.
        let nothing = fed.entry("a", propose(Size::Small, Kind::Text, start()));
        let _ = other.apply_trusted(&nothing, fed.now);
        assert_ne!(other.recipes(), fed.state.recipes(), "{kind}");
    }
}

fn name(text: &str) -> RecipeName {
    text.parse().unwrap()
}

/// Writes without signatures, which are not what is tried here.
fn writes(fed: &mut Fed, who: &str, body: Body) -> Result<Vec<Event>, Refused> {
    let entry = fed.entry(who, body);
    fed.state.apply_trusted(&entry, fed.now)
}

fn full(fed: &mut Fed, recipe: &RecipeName) {
    let about = DocumentRef::of(b"about").unwrap();
    let body = Body::Recipe {
        recipe: recipe.clone(),
        about,
    };
    writes(fed, "hub", body).unwrap();
    let all: Vec<_> = (0..MAX_VERSIONS)
        .map(|n| seen(&format!("{n}.0.0+1"), "one"))
        .collect();
    for versions in all.chunks(MAX_SEEN) {
        let (recipe, versions) = (recipe.clone(), versions.to_vec());
        writes(fed, "hub", Body::Observe { recipe, versions }).unwrap();
    }
}

#[test]
fn a_recipe_has_so_many_versions_and_no_more() {
    let mut fed = Fed::three();
    full(&mut fed, &recipe());
    writes(&mut fed, "a", claim()).unwrap();
    let more = observe(vec![seen("1.2.3+4", "more")]);
    assert_eq!(code(writes(&mut fed, "hub", more)), "AL-8423");
    assert_eq!(
        code(writes(&mut fed, "a", release("1.2.3+4", "more", false))),
        "AL-8423"
    );
    writes(&mut fed, "a", release("7.0.0+1", "one", false)).unwrap();
    let too_many = (0..=MAX_SEEN)
        .map(|n| seen(&format!("{n}.1.0+1"), "one"))
        .collect();
    assert_eq!(code(writes(&mut fed, "hub", observe(too_many))), "AL-8423");
    assert_eq!(code(writes(&mut fed, "hub", observe(vec![]))), "AL-8423");
}

#[test]
fn nobody_fills_a_recipe_with_versions_that_no_repository_has() {
    let mut fed = Fed::three();
    writes(&mut fed, "hub", known()).unwrap();
    writes(&mut fed, "a", claim()).unwrap();
    for n in 0..MAX_AHEAD {
        let version = format!("{n}.0.0+1");
        writes(&mut fed, "a", release(&version, "one", false)).unwrap();
        writes(&mut fed, "a", yank(&version)).unwrap();
    }
    assert_eq!(
        code(writes(&mut fed, "a", release("99.0.0+1", "one", false))),
        "AL-8423"
    );
    writes(&mut fed, "hub", observe(vec![seen("0.0.0+1", "one")])).unwrap();
    writes(&mut fed, "a", release("99.0.0+1", "one", false)).unwrap();
}

#[test]
fn of_what_a_collective_tells_without_end_the_newest_is_held() {
    let mut fed = Fed::three();
    full(&mut fed, &recipe());
    let versions = |n: usize| format!("{n}.0.0+1");
    for n in 0..MAX_TOLD {
        writes(&mut fed, "a", tested(&versions(n), "one", true)).unwrap();
    }
    let tells = |fed: &Fed, n: usize| {
        fed.state
            .version("guestbook", &versions(n))
            .unwrap()
            .reports()
            .count()
    };
    assert_eq!((tells(&fed, 0), tells(&fed, 1)), (1, 1));
    // Said anew, it is the newest.
    writes(&mut fed, "a", tested(&versions(0), "one", false)).unwrap();
    let other = name("wordpress");
    let about = DocumentRef::of(b"about").unwrap();
    writes(
        &mut fed,
        "hub",
        Body::Recipe {
            recipe: other.clone(),
            about,
        },
    )
    .unwrap();
    let versions = vec![seen("1.0.0+1", "one")];
    writes(
        &mut fed,
        "hub",
        Body::Observe {
            recipe: other.clone(),
            versions,
        },
    )
    .unwrap();
    let Body::TestReport(mut report) = tested("1.0.0+1", "one", true) else {
        unreachable!()
    };
    report.recipe = other;
    writes(&mut fed, "a", Body::TestReport(report.clone())).unwrap();
    assert_eq!((tells(&fed, 0), tells(&fed, 1), tells(&fed, 2)), (1, 0, 1));
    // Others have their own room.
    writes(&mut fed, "b", Body::TestReport(report)).unwrap();
    assert_eq!(
        fed.state
            .version("wordpress", "1.0.0+1")
            .unwrap()
            .reports()
            .count(),
        2
    );
    for n in 0..MAX_TOLD {
        let (from, to) = (
            format!("{n}.0.0+1"),
            format!("{}.0.0+1", (n + 1) % MAX_VERSIONS),
        );
        writes(
            &mut fed,
            "a",
            outcome(&from, &to, UpgradeVerdict::Converged),
        )
        .unwrap();
        writes(&mut fed, "a", outcome(&from, &to, UpgradeVerdict::Failed)).unwrap();
    }
    let held = fed.state.recipe("guestbook").unwrap().versions().iter();
    assert_eq!(
        held.flat_map(Pinned::upgrades).count(),
        MAX_TOLD,
        "a newer word takes no more room"
    );
}

#[test]
fn open_flags_of_one_member_have_an_end() {
    let mut fed = Fed::three();
    let mut refused = None;
    for n in 0..=MAX_FLAGS {
        let recipe = name(&format!("recipe-{n}"));
        let about = DocumentRef::of(b"about").unwrap();
        writes(
            &mut fed,
            "hub",
            Body::Recipe {
                recipe: recipe.clone(),
                about,
            },
        )
        .unwrap();
        let text = "anybody can sign in".to_owned();
        refused = writes(&mut fed, "a", Body::Flag { recipe, text }).err();
    }
    assert_eq!(refused.unwrap().code(), "AL-8423");
    let (recipe, reason) = (name("recipe-0"), "mended".to_owned());
    writes(
        &mut fed,
        "a",
        Body::Unflag {
            recipe: recipe.clone(),
            flag: 1,
            reason,
        },
    )
    .unwrap();
    let text = "another one".to_owned();
    writes(&mut fed, "a", Body::Flag { recipe, text }).unwrap();
}
