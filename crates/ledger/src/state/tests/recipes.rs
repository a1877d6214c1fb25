//! Recipes that several look after: clauses R.

use super::*;
use crate::{
    ObjectId, RecipeName,
    entry::{DocumentRef, Release, ReviewVerdict, Seen, TestReport, UpgradeVerdict},
};

use ReviewVerdict::{Approve, RequestChanges};

pub(super) fn recipe() -> RecipeName {
    "guestbook".parse().unwrap()
}

/// The commit or the tree that goes by a name.
pub(super) fn git(name: &str) -> ObjectId {
    ObjectId::from_bytes(&Digest::of(name.as_bytes()).0[..20]).unwrap()
}

pub(super) fn document(text: &str) -> DocumentRef {
    DocumentRef::of(text.as_bytes()).unwrap()
}

pub(super) fn known() -> Body {
    let (recipe, about) = (recipe(), document("about"));
    Body::Recipe { recipe, about }
}

pub(super) fn seen(version: &str, commit: &str) -> Seen {
    Seen {
        version: version.parse().unwrap(),
        commit: git(commit),
        tree: git(&format!("tree of {commit}")),
        document: document(version),
    }
}

pub(super) fn observe(versions: Vec<Seen>) -> Body {
    let recipe = recipe();
    Body::Observe { recipe, versions }
}

pub(super) fn claim() -> Body {
    Body::ClaimRecipe { recipe: recipe() }
}

pub(super) fn release(version: &str, commit: &str, security: bool) -> Body {
    Body::Release(Box::new(Release {
        recipe: recipe(),
        version: version.parse().unwrap(),
        commit: git(commit),
        tree: git(&format!("tree of {commit}")),
        security,
        report: None,
        note: Some("please look at the migration".to_owned()),
    }))
}

pub(super) fn review(version: &str, verdict: ReviewVerdict) -> Body {
    Body::Review {
        recipe: recipe(),
        version: version.parse().unwrap(),
        verdict,
        reason: (verdict == RequestChanges).then(|| "it loses data".to_owned()),
    }
}

pub(super) fn yank(version: &str) -> Body {
    Body::Yank {
        recipe: recipe(),
        version: version.parse().unwrap(),
        reason: "it loses data".to_owned(),
    }
}

pub(super) fn tested(version: &str, commit: &str, passed: bool) -> Body {
    Body::TestReport(Box::new(TestReport {
        recipe: recipe(),
        version: version.parse().unwrap(),
        commit: git(commit),
        passed,
        report: document("what was done"),
    }))
}

pub(super) fn outcome(from: &str, to: &str, verdict: UpgradeVerdict) -> Body {
    Body::Outcome {
        recipe: recipe(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        verdict,
    }
}

pub(super) fn flag() -> Body {
    let (recipe, text) = (recipe(), "anybody can sign in".to_owned());
    Body::Flag { recipe, text }
}

pub(super) fn unflag(flag: u32) -> Body {
    let (recipe, reason) = (recipe(), "mended in 1.1.0+2.0".to_owned());
    Body::Unflag {
        recipe,
        flag,
        reason,
    }
}

fn steward(names: &[&str]) -> Kind {
    Kind::Steward {
        recipe: "guestbook".to_owned(),
        collectives: names.iter().map(|name| slug(name)).collect(),
    }
}

/// The hub has seen a recipe with the version 1.0.0+1.0 at the commit `one`, and these look after it.
fn kept_by(names: &[&str]) -> Fed {
    let mut fed = Fed::of(&["a", "b", "c", "d"]);
    fed.does("hub", known()).unwrap();
    fed.does("hub", observe(vec![seen("1.0.0+1.0", "one")]))
        .unwrap();
    if !names.is_empty() {
        fed.decides(steward(names));
    }
    fed
}

fn stage(fed: &Fed, version: &str) -> Stage {
    fed.state.version("guestbook", version).unwrap().stage()
}

fn stewards(fed: &Fed) -> Vec<&str> {
    fed.state
        .stewards_of("guestbook")
        .map(Slug::as_str)
        .collect()
}

fn awaits(fed: &Fed, who: &str) -> Vec<String> {
    let who = slug(who);
    let waiting = fed.state.awaiting_review(&who);
    waiting
        .map(|(_, pinned)| pinned.version.to_string())
        .collect()
}

#[test]
fn r1_the_hub_writes_down_what_it_saw_and_publishes_nothing() {
    let mut fed = Fed::three();
    assert_eq!(
        code(fed.does("hub", observe(vec![seen("1.0.0+1.0", "one")]))),
        "AL-8440"
    );
    assert_eq!(code(fed.does("a", known())), "AL-8407");
    assert_eq!(
        code(fed.does("a", observe(vec![seen("1.0.0+1.0", "one")]))),
        "AL-8407"
    );
    let events = fed.does("hub", known()).unwrap();
    let is_new = true;
    assert_eq!(
        events,
        [Event::RecipeSeen {
            recipe: recipe(),
            is_new
        }]
    );
    let events = fed
        .does("hub", observe(vec![seen("1.0.0+1.0", "one")]))
        .unwrap();
    let versions = vec!["1.0.0+1.0".parse().unwrap()];
    assert_eq!(
        events,
        [Event::VersionsObserved {
            recipe: recipe(),
            versions
        }]
    );
    assert_eq!(stage(&fed, "1.0.0+1.0"), Stage::Observed);
    let pinned = fed.state.version("guestbook", "1.0.0+1.0").unwrap();
    let observed = pinned.observed.unwrap();
    assert_eq!(
        (observed.document, observed.entry),
        (document("1.0.0+1.0"), 2)
    );
    for body in [
        claim(),
        release("1.0.0+1.0", "one", false),
        review("1.0.0+1.0", Approve),
        yank("1.0.0+1.0"),
        tested("1.0.0+1.0", "one", true),
        flag(),
    ] {
        assert_eq!(
            code(fed.does("hub", body)),
            "AL-8407",
            "the hub decides nothing"
        );
    }
    // What is known of the recipe may change.
    let (recipe, about) = (recipe(), document("its web site moved"));
    let events = fed.does("hub", Body::Recipe { recipe, about }).unwrap();
    assert!(matches!(
        events[..],
        [Event::RecipeSeen { is_new: false, .. }]
    ));
    let known = fed.state.recipe("guestbook").unwrap();
    assert_eq!(
        (known.about, known.entry, known.versions().len()),
        (about, 3, 1)
    );
}

#[test]
fn r2_the_first_word_about_a_version_fixes_its_commit_for_ever() {
    let mut fed = kept_by(&["a"]);
    // The hub saw it first, then its steward; and the other way round.
    let refused = fed
        .does("a", release("1.0.0+1.0", "moved", false))
        .unwrap_err();
    assert_eq!(refused.code(), "AL-8442");
    let text = refused.to_string();
    assert!(text.contains(&git("one").to_string()), "{text}");
    assert!(text.contains(&git("moved").to_string()), "{text}");
    fed.does("a", release("1.1.0+2.0", "two", false)).unwrap();
    assert_eq!(
        code(fed.does("hub", observe(vec![seen("1.1.0+2.0", "moved")]))),
        "AL-8442"
    );
    let both = vec![seen("1.2.0+2.0", "three"), seen("1.1.0+2.0", "moved")];
    assert_eq!(code(fed.does("hub", observe(both))), "AL-8442");
    assert!(
        fed.state.version("guestbook", "1.2.0+2.0").is_none(),
        "all or nothing"
    );
    fed.does("hub", observe(vec![seen("1.1.0+2.0", "two")]))
        .unwrap();
    assert_eq!(
        stage(&fed, "1.1.0+2.0"),
        Stage::Published,
        "seeing it changes nothing"
    );
    // A version is observed once; a tag that has moved since is told as such.
    assert_eq!(
        code(fed.does("hub", observe(vec![seen("1.1.0+2.0", "two")]))),
        "AL-8443"
    );
    assert_eq!(
        code(fed.does("hub", observe(vec![seen("1.1.0+2.0", "moved")]))),
        "AL-8442"
    );
    let twice = vec![seen("1.2.0+2.0", "three"), seen("1.2.0+2.0", "three")];
    assert_eq!(code(fed.does("hub", observe(twice))), "AL-8443");
    // The tree is part of it.
    let mut other = seen("1.3.0+2.0", "four");
    fed.does("hub", observe(vec![other.clone()])).unwrap();
    other.tree = git("another tree");
    let refused = fed.does("hub", observe(vec![other])).unwrap_err();
    assert!(refused.to_string().contains(" is tree "), "{refused}");
}

#[test]
fn r3_a_recipe_without_stewards_can_be_claimed() {
    let mut fed = kept_by(&[]);
    let events = fed.does("b", claim()).unwrap();
    let (recipe, by) = (recipe(), slug("b"));
    assert_eq!(events, [Event::RecipeClaimed { recipe, by }]);
    assert_eq!(stewards(&fed), ["b"]);
    let refused = fed.does("a", claim()).unwrap_err();
    assert_eq!(refused.code(), "AL-8445");
    assert_eq!(refused.to_string(), "guestbook has stewards: b");
    assert_eq!(code(fed.does("b", claim())), "AL-8445");
    // Who disagrees asks the others.
    let number = fed.proposes("a", Size::Medium, steward(&["a"]));
    assert_eq!(fed.ends(number, &[("c", For)]), Phase::Passed);
    assert_eq!(stewards(&fed), ["a"]);
    let unknown = Body::ClaimRecipe {
        recipe: "wordpress".parse().unwrap(),
    };
    assert_eq!(code(fed.does("b", unknown)), "AL-8440");
}

#[test]
fn r3_nobody_claims_without_end() {
    let mut fed = Fed::three();
    let mut refused = None;
    for n in 0..=crate::limits::MAX_CLAIMS {
        let recipe: RecipeName = format!("recipe-{n}").parse().unwrap();
        let about = document("about");
        fed.does(
            "hub",
            Body::Recipe {
                recipe: recipe.clone(),
                about,
            },
        )
        .unwrap();
        refused = fed.does("a", Body::ClaimRecipe { recipe }).err();
    }
    assert_eq!(refused.unwrap().code(), "AL-8423");
    assert_eq!(fed.state.stewards().len(), crate::limits::MAX_CLAIMS);
}

#[test]
fn r4_who_is_no_member_looks_after_nothing() {
    let mut fed = kept_by(&["a", "b"]);
    let events = fed.does("a", Body::Leave).unwrap();
    let gone = |name: &str, left| Event::StewardGone {
        recipe: "guestbook".to_owned(),
        collective: slug(name),
        left,
    };
    assert_eq!(events[1..], [gone("a", 1)]);
    assert_eq!(stewards(&fed), ["b"]);
    let exclude = Kind::Exclude {
        collective: slug("b"),
    };
    let number = fed.proposes("c", Size::Large, exclude);
    for who in ["b", "c", "d"] {
        fed.votes(who, number, For).unwrap();
    }
    let events = fed.does("c", Body::Close { resolution: number }).unwrap();
    assert!(events.contains(&gone("b", 0)), "{events:?}");
    assert_eq!(stewards(&fed), [""; 0]);
    assert!(fed.state.stewards().is_empty());
    // Whose last steward went may be claimed again, and who comes back is no steward.
    fed.does("c", claim()).unwrap();
    assert_eq!(stewards(&fed), ["c"]);
}

#[test]
fn r4_a_suspended_steward_stays_one_and_is_not_waited_for() {
    let mut fed = kept_by(&["a", "b"]);
    fed.decides(Kind::Suspend {
        collective: slug("b"),
    });
    assert_eq!(stewards(&fed), ["a", "b"]);
    assert_eq!(
        code(fed.does("b", release("1.0.0+1.0", "one", false))),
        "AL-8407"
    );
    fed.does("a", release("1.0.0+1.0", "one", false)).unwrap();
    assert_eq!(stage(&fed, "1.0.0+1.0"), Stage::Published);
    fed.decides(Kind::Reinstate {
        collective: slug("b"),
    });
    fed.does("a", release("1.1.0+2.0", "two", false)).unwrap();
    assert_eq!(stage(&fed, "1.1.0+2.0"), Stage::InReview);
}

#[test]
fn r5_stewards_release_review_and_yank_and_nobody_else() {
    let mut fed = kept_by(&["a", "b"]);
    fed.does("a", release("1.1.0+2.0", "two", false)).unwrap();
    for body in [
        release("1.0.0+1.0", "one", false),
        release("1.2.0+2.0", "three", true),
        review("1.1.0+2.0", Approve),
        yank("1.0.0+1.0"),
    ] {
        assert_eq!(code(fed.does("c", body)), "AL-8444");
    }
    let elsewhere = Body::Yank {
        recipe: "wordpress".parse().unwrap(),
        version: "1.0.0+1.0".parse().unwrap(),
        reason: "it loses data".to_owned(),
    };
    assert_eq!(code(fed.does("a", elsewhere)), "AL-8440");
    assert_eq!(code(fed.does("a", yank("9.0.0+1.0"))), "AL-8441");
}

#[test]
fn r6_a_single_stewards_release_is_published_at_once() {
    let mut fed = kept_by(&[]);
    fed.does("a", claim()).unwrap();
    let events = fed.does("a", release("1.0.0+1.0", "one", false)).unwrap();
    assert!(matches!(
        events[..],
        [Event::Released {
            stage: Stage::Published,
            ..
        }]
    ));
    assert_eq!(
        code(fed.does("a", release("1.0.0+1.0", "one", false))),
        "AL-8446"
    );
    assert_eq!(code(fed.does("a", review("1.0.0+1.0", Approve))), "AL-8446");
}

#[test]
fn r6_of_several_stewards_another_one_approves() {
    let mut fed = kept_by(&["a", "b", "c"]);
    assert_eq!(code(fed.does("b", review("1.0.0+1.0", Approve))), "AL-8446");
    fed.does("a", release("1.0.0+1.0", "one", false)).unwrap();
    assert_eq!(stage(&fed, "1.0.0+1.0"), Stage::InReview);
    for (who, waits) in [("a", 0), ("b", 1), ("c", 1), ("d", 0)] {
        assert_eq!(awaits(&fed, who).len(), waits, "{who}");
    }
    assert_eq!(code(fed.does("a", review("1.0.0+1.0", Approve))), "AL-8447");
    assert_eq!(
        code(fed.does("b", release("1.0.0+1.0", "one", true))),
        "AL-8446"
    );
    let silent = Body::Review {
        recipe: recipe(),
        version: "1.0.0+1.0".parse().unwrap(),
        verdict: RequestChanges,
        reason: None,
    };
    assert_eq!(code(fed.does("b", silent)), "AL-8414");
    fed.does("b", review("1.0.0+1.0", RequestChanges)).unwrap();
    assert_eq!(stage(&fed, "1.0.0+1.0"), Stage::ChangesRequested);
    assert_eq!((awaits(&fed, "b").len(), awaits(&fed, "c").len()), (0, 1));
    // Whoever asked for changes may be content later; or somebody else is.
    for who in ["b", "c"] {
        let mut fed = Fed {
            state: fed.state.clone(),
            now: fed.now,
        };
        let events = fed.does(who, review("1.0.0+1.0", Approve)).unwrap();
        assert!(matches!(
            events[..],
            [Event::Reviewed {
                stage: Stage::Published,
                ..
            }]
        ));
        let released = fed
            .state
            .version("guestbook", "1.0.0+1.0")
            .unwrap()
            .released()
            .unwrap();
        assert_eq!(released.published, Some((fed.now, fed.state.size() - 1)));
        assert!(fed.state.recipes().waiting().next().is_none());
        assert_eq!(
            code(fed.does("b", review("1.0.0+1.0", RequestChanges))),
            "AL-8446"
        );
    }
}

#[test]
fn r7_a_security_release_is_published_at_once_and_reviewed_after() {
    let mut fed = kept_by(&["a", "b", "c"]);
    fed.does("a", release("1.0.1+1.1", "mended", true)).unwrap();
    assert_eq!(stage(&fed, "1.0.1+1.1"), Stage::ReviewOutstanding);
    assert!(stage(&fed, "1.0.1+1.1").is_published());
    let since = fed.now;
    fed.days(1)
        .does("b", review("1.0.1+1.1", RequestChanges))
        .unwrap();
    assert_eq!(
        stage(&fed, "1.0.1+1.1"),
        Stage::ReviewOutstanding,
        "nobody takes it back"
    );
    fed.days(1).does("c", review("1.0.1+1.1", Approve)).unwrap();
    assert_eq!(stage(&fed, "1.0.1+1.1"), Stage::Published);
    let released = fed
        .state
        .version("guestbook", "1.0.1+1.1")
        .unwrap()
        .released()
        .unwrap();
    assert_eq!(released.published.unwrap().0, since);
}

#[test]
fn r8_a_change_of_stewards_publishes_nothing_and_takes_nothing_back() {
    let mut fed = kept_by(&["a", "b"]);
    fed.does("a", release("1.0.0+1.0", "one", false)).unwrap();
    fed.does("a", release("1.0.1+1.1", "mended", true)).unwrap();
    fed.does("b", review("1.0.0+1.0", RequestChanges)).unwrap();
    fed.does("b", Body::Leave).unwrap();
    assert_eq!(stage(&fed, "1.0.0+1.0"), Stage::ChangesRequested);
    assert_eq!(stage(&fed, "1.0.1+1.1"), Stage::ReviewOutstanding);
    // Alone, it says again that it wants it.
    for version in [("1.0.0+1.0", "one"), ("1.0.1+1.1", "mended")] {
        fed.does("a", release(version.0, version.1, false)).unwrap();
        assert_eq!(stage(&fed, version.0), Stage::Published);
    }
    assert!(fed.state.recipes().waiting().next().is_none());
    // What is published stays so when others come to look after it.
    fed.decides(steward(&["a", "c", "d"]));
    assert_eq!(stage(&fed, "1.0.0+1.0"), Stage::Published);
    assert_eq!(
        code(fed.does("a", release("1.0.0+1.0", "one", false))),
        "AL-8446"
    );
}

#[test]
fn r8_what_a_steward_released_before_it_went_is_for_the_others() {
    let mut fed = kept_by(&["a", "b"]);
    fed.does("a", release("1.0.0+1.0", "one", false)).unwrap();
    fed.does("a", release("1.1.0+2.0", "two", false)).unwrap();
    fed.decides(steward(&["b", "c"]));
    assert_eq!(
        code(fed.does("a", release("1.0.0+1.0", "one", false))),
        "AL-8444"
    );
    fed.does("b", review("1.0.0+1.0", Approve)).unwrap();
    assert_eq!(stage(&fed, "1.0.0+1.0"), Stage::Published);
    fed.does("b", release("1.1.0+2.0", "two", false)).unwrap();
    assert_eq!(
        stage(&fed, "1.1.0+2.0"),
        Stage::InReview,
        "now it is b's, and for c"
    );
    assert_eq!(code(fed.does("b", review("1.1.0+2.0", Approve))), "AL-8447");
    fed.does("c", review("1.1.0+2.0", Approve)).unwrap();
    assert_eq!(stage(&fed, "1.1.0+2.0"), Stage::Published);
}

#[test]
fn r9_a_yanked_version_stays_and_is_never_released_again() {
    let mut fed = kept_by(&["a", "b"]);
    fed.does("a", release("1.0.1+1.1", "mended", true)).unwrap();
    fed.does("a", release("1.1.0+2.0", "two", false)).unwrap();
    for version in ["1.0.0+1.0", "1.0.1+1.1", "1.1.0+2.0"] {
        let events = fed.does("b", yank(version)).unwrap();
        assert!(matches!(&events[..], [Event::Yanked { reason, .. }] if reason == "it loses data"));
        assert_eq!(stage(&fed, version), Stage::Yanked);
        assert_eq!(code(fed.does("b", yank(version))), "AL-8446");
        assert_eq!(code(fed.does("b", review(version, Approve))), "AL-8446");
    }
    for (version, commit) in [
        ("1.0.0+1.0", "one"),
        ("1.0.1+1.1", "mended"),
        ("1.1.0+2.0", "two"),
    ] {
        assert_eq!(
            code(fed.does("a", release(version, commit, false))),
            "AL-8446"
        );
    }
    assert!(fed.state.recipes().waiting().next().is_none());
    let yanked = fed
        .state
        .version("guestbook", "1.0.0+1.0")
        .unwrap()
        .yanked()
        .unwrap();
    assert_eq!(
        (&yanked.by, yanked.reason.as_str()),
        (&slug("b"), "it loses data")
    );
    let wordy = |reason: &str| Body::Yank {
        recipe: recipe(),
        version: "1.2.0+2.0".parse().unwrap(),
        reason: reason.to_owned(),
    };
    fed.does("hub", observe(vec![seen("1.2.0+2.0", "three")]))
        .unwrap();
    assert_eq!(code(fed.does("a", wordy(" "))), "AL-8414");
    assert_eq!(code(fed.does("a", wordy("two\nlines"))), "AL-8424");
    assert_eq!(code(fed.does("a", wordy(&"x".repeat(201)))), "AL-8423");
}

#[test]
fn r10_the_newest_word_of_each_collective_on_how_a_version_fares() {
    let mut fed = kept_by(&[]);
    fed.does("hub", observe(vec![seen("1.1.0+2.0", "two")]))
        .unwrap();
    let tested_by = |fed: &Fed| {
        let pinned = fed.state.version("guestbook", "1.1.0+2.0").unwrap();
        let by: Vec<_> = fed.state.tested_by(pinned).map(Slug::to_string).collect();
        by.join(" ")
    };
    assert_eq!(
        code(fed.does("a", tested("1.1.0+2.0", "another", true))),
        "AL-8442"
    );
    assert_eq!(
        code(fed.does("a", tested("9.0.0+2.0", "two", true))),
        "AL-8441"
    );
    fed.does("a", tested("1.1.0+2.0", "two", false)).unwrap();
    assert_eq!(tested_by(&fed), "");
    fed.does("a", tested("1.1.0+2.0", "two", true)).unwrap();
    fed.does("b", tested("1.1.0+2.0", "two", true)).unwrap();
    assert_eq!(tested_by(&fed), "a b");
    fed.does("a", tested("1.1.0+2.0", "two", false)).unwrap();
    assert_eq!(tested_by(&fed), "b");
    use UpgradeVerdict::{Converged, RolledBack};
    let (from, to) = ("1.0.0+1.0", "1.1.0+2.0");
    for (who, verdict) in [
        ("a", Converged),
        ("a", RolledBack),
        ("b", Converged),
        ("d", Converged),
    ] {
        fed.does(who, outcome(from, to, verdict)).unwrap();
    }
    let pinned = fed.state.version("guestbook", to).unwrap();
    assert_eq!(pinned.verdicts(), [(Converged, 2), (RolledBack, 1)].into());
    let (by, upgrade) = pinned.upgrades().next().unwrap();
    let recipe = fed.state.recipe("guestbook").unwrap();
    let before = recipe.version_at(upgrade.from).unwrap();
    assert_eq!((by, before.version.as_str()), (&slug("a"), from));
    assert_eq!(
        code(fed.does("a", outcome(from, from, Converged))),
        "AL-8424"
    );
    assert_eq!(
        code(fed.does("a", outcome("0.1.0+1.0", to, Converged))),
        "AL-8441"
    );
    fed.does("b", Body::Leave).unwrap();
    assert_eq!(tested_by(&fed), "", "who is no member does not count");
}

#[test]
fn r11_a_security_problem_is_told_by_anybody_and_ended_by_its_author_or_a_steward() {
    let mut fed = kept_by(&["a"]);
    let events = fed.does("b", flag()).unwrap();
    let told = Event::Flagged {
        recipe: recipe(),
        flag: 1,
        by: slug("b"),
    };
    assert_eq!(events, [told]);
    fed.does("b", flag()).unwrap();
    fed.does("c", flag()).unwrap();
    let refused = fed.does("c", unflag(1)).unwrap_err();
    assert_eq!(refused.code(), "AL-8449");
    assert_eq!(
        refused.to_string(),
        "flag 1 of guestbook is for b to end, or for a steward"
    );
    fed.does("b", unflag(1)).unwrap();
    fed.does("a", unflag(3)).unwrap();
    assert_eq!(code(fed.does("a", unflag(3))), "AL-8448");
    let open = fed.state.recipe("guestbook").unwrap().flags();
    assert_eq!(open.keys().collect::<Vec<_>>(), [&2]);
    fed.does("b", flag()).unwrap();
    let open = fed.state.recipe("guestbook").unwrap().flags();
    assert_eq!(
        open.keys().collect::<Vec<_>>(),
        [&2, &4],
        "numbers are given once"
    );
    fed.does("b", flag()).unwrap();
    assert_eq!(
        code(fed.does("b", flag())),
        "AL-8423",
        "three of one member on one recipe"
    );
    let silent = Body::Flag {
        recipe: recipe(),
        text: "\n".to_owned(),
    };
    assert_eq!(code(fed.does("c", silent)), "AL-8424");
}
