use jiff::civil::date;

use super::*;
use crate::readme::Readme;

const COMPLETE: &str = "<!-- metadata -->\n* **Category**: Apps\n* **Status**: 4\n* **Image**: [`web`](https://x.example), 4, upstream\n* **Healthcheck**: Yes\n* **Backups**: Yes\n* **Email**: N/A\n* **Tests**: 2\n* **SSO**: No\n* **Maintainer**: [autonomic](mailto:team@autonomic.example)\n<!-- endmetadata -->\n";

fn with(readme: &str, change: impl FnOnce(&mut Evidence<'_>)) -> Assessment {
    let readme = Readme::parse(readme);
    let mut evidence = Evidence {
        today: date(2026, 11, 26),
        maintainers: &readme.maintainers,
        metadata: readme.metadata.as_ref(),
        released: Some(date(2026, 11, 2)),
        newer_upstream: None,
        flags: &[],
        reports: Reports::default(),
        upstream_active: None,
        unanswered: None,
    };
    change(&mut evidence);
    assess(&evidence)
}

fn finding(assessment: &Assessment, id: &str) -> Finding {
    let found = assessment.conditions.iter().find(|c| c.id == id);
    found.expect(id).finding
}

fn raised_by(assessment: &Assessment) -> Vec<&'static str> {
    let (_, missing) = assessment.to_raise().expect("a higher level");
    missing.into_iter().map(|c| c.id).collect()
}

#[test]
fn a_recipe_that_is_kept_well_is_stable_and_says_what_is_not_known() {
    let assessment = with(COMPLETE, |_| {});
    assert_eq!(assessment.level, Level::Stable);
    let unknown: Vec<_> = assessment.not_known().map(|c| c.id).collect();
    assert_eq!(unknown, ["upstream", "merge_requests", "tested"]);
    assert_eq!(assessment.until(), Some(date(2027, 2, 2)));
    assert_eq!(assessment.to_raise(), None);
}

#[test]
fn what_is_not_known_is_never_shown_as_met() {
    let assessment = with(COMPLETE, |_| {});
    for id in ["upstream", "merge_requests", "tested"] {
        assert_eq!(finding(&assessment, id), Finding::NotKnown, "{id}");
    }
    let told = with(COMPLETE, |e| {
        e.upstream_active = Some(true);
        e.unanswered = Some(None);
        e.reports = Reports {
            passed: 2,
            failed: 1,
        };
    });
    assert_eq!(told.not_known().count(), 0);
    assert!(!told.to_string().contains("not known"));
}

#[test]
fn each_condition_of_stable_alone_lowers_to_testing() {
    let lowered = |id: &str, assessment: Assessment| {
        assert_eq!(assessment.level, Level::Testing, "{id}: {assessment}");
        assert_eq!(raised_by(&assessment), [id]);
        assert!(
            assessment
                .to_raise()
                .is_some_and(|(_, m)| m.iter().all(|c| c.remedy.is_some()))
        );
    };
    lowered(
        "flags_month",
        with(COMPLETE, |e| {
            e.flags = &const { [date(2026, 10, 25), date(2026, 11, 20)] }
        }),
    );
    lowered(
        "merge_requests",
        with(COMPLETE, |e| e.unanswered = Some(Some(date(2026, 10, 1)))),
    );
    lowered(
        "upgraded",
        with(COMPLETE, |e| e.released = Some(date(2026, 8, 25))),
    );
    lowered(
        "readme",
        with(&COMPLETE.replace("Status**: 4", "Status**: ❶💚"), |_| {}),
    );
    lowered(
        "readme",
        with(
            &COMPLETE.replace("Status**: 4", "Status**: 1, alpha"),
            |_| {},
        ),
    );
    lowered(
        "readme",
        with(&COMPLETE.replace("Backups**: Yes", "Backups**: ?"), |_| {}),
    );
    lowered(
        "tested",
        with(COMPLETE, |e| {
            e.reports = Reports {
                passed: 1,
                failed: 1,
            }
        }),
    );
}

#[test]
fn each_condition_of_testing_alone_lowers_to_unstable() {
    let lowered = |id: &str, assessment: Assessment| {
        assert_eq!(assessment.level, Level::Unstable, "{id}: {assessment}");
        assert_eq!(raised_by(&assessment), [id]);
    };
    lowered(
        "maintainer",
        with(
            &COMPLETE.replace("mailto:team@autonomic.example", "https://git.example/a"),
            |_| {},
        ),
    );
    lowered(
        "upstream",
        with(COMPLETE, |e| e.upstream_active = Some(false)),
    );
    lowered("kept", with(&COMPLETE.replace("Apps", "graveyard"), |_| {}));
    lowered("released", with(COMPLETE, |e| e.released = None));
    lowered(
        "flags_quarter",
        with(COMPLETE, |e| e.flags = &const { [date(2026, 8, 1)] }),
    );
}

#[test]
fn terms_end_with_their_last_day() {
    let released = |day| with(COMPLETE, |e| e.released = Some(day)).level;
    assert_eq!(released(date(2026, 8, 26)), Level::Stable);
    assert_eq!(released(date(2026, 8, 25)), Level::Testing);
    assert_eq!(
        released(date(2027, 1, 1)),
        Level::Stable,
        "a clock that is ahead"
    );
    let flagged = with(COMPLETE, |e| e.flags = &const { [date(2026, 10, 26)] });
    assert_eq!(
        (flagged.level, flagged.until()),
        (Level::Stable, Some(date(2026, 11, 26)))
    );
    let last = with(COMPLETE, |e| {
        e.today = Date::MAX;
        e.released = Some(Date::MAX);
    });
    assert_eq!(last.level, Level::Stable, "no calendar ends it");
}

#[test]
fn an_old_release_counts_when_upstream_has_nothing_newer() {
    let assessment = with(COMPLETE, |e| {
        e.released = Some(date(2025, 1, 1));
        e.newer_upstream = Some(false);
    });
    assert_eq!(
        (assessment.level, assessment.until()),
        (Level::Stable, None)
    );
}

#[test]
fn one_collective_alone_cannot_take_a_level_away_that_others_confirm() {
    let assessment = with(COMPLETE, |e| {
        e.reports = Reports {
            passed: 2,
            failed: 1,
        }
    });
    assert_eq!(
        (assessment.level, finding(&assessment, "tested")),
        (Level::Stable, Finding::Met)
    );
}

#[test]
fn the_text_gives_the_level_its_reasons_and_what_would_raise_it() {
    insta::assert_snapshot!("stable", with(COMPLETE, |_| {}));
    let testing = with(COMPLETE, |e| {
        e.released = Some(date(2026, 5, 1));
        e.flags = &const { [date(2026, 10, 1)] };
        e.upstream_active = Some(true);
    });
    insta::assert_snapshot!("testing", testing);
    let bare = with("# bare\n\n* Maintainer: sutty\n", |e| e.released = None);
    insta::assert_snapshot!("unstable", bare);
    let json = serde_json::to_value(&bare).expect("JSON");
    assert_eq!(json["level"], "unstable");
    assert_eq!(json["conditions"][1]["finding"], "not_known");
}
