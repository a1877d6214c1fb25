//! Goldens of what a person sees of the federation, its resolutions and its log.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

mod support;

use allot_cli::{
    kind,
    render::{federation, intent::Intent, kind as words, ledger, resolution, status, style::Style},
};
use allot_proto::agent::{
    CompareCheckpointResponse, FederationStatus, ImportResponse, LedgerStatus,
    ListOperatorsResponse, VerifyProgress,
};
use insta::assert_snapshot;
use jiff::Timestamp;
use support::federation as fixtures;

const PLAIN: Style = Style {
    color: false,
    terminal: false,
};
const COLOUR: Style = Style {
    color: true,
    terminal: true,
};

/// Ten days before the deadline of the fixtures.
fn now() -> Timestamp {
    "2099-11-30T23:59:59Z".parse().unwrap()
}

fn status(status: &FederationStatus) -> String {
    federation::status(PLAIN, status, now())
}

#[test]
fn status_of_a_member() {
    assert_snapshot!(status(&fixtures::status()));
}

#[test]
fn status_without_the_hub() {
    assert_snapshot!(status(&fixtures::hub_away()));
}

#[test]
fn status_without_the_hub_in_colour() {
    let shown = federation::status(COLOUR, &fixtures::hub_away(), now());
    assert_snapshot!(shown.replace('\u{1b}', "ESC"));
}

#[test]
fn status_of_a_log_that_forked_and_would_steer_the_terminal() {
    let shown = status(&fixtures::forked());
    assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
    assert_snapshot!(shown);
}

#[test]
fn status_of_a_federation_just_founded() {
    let young = FederationStatus {
        log_size: 1,
        witnessed_size: 0,
        witnesses: 1,
        witnesses_needed: 2,
        members: 2,
        clock_offset_seconds: 0,
        notices: vec!["one thing".into(), "another".into()],
        awaiting_vote: vec![],
        ..fixtures::status()
    };
    assert_snapshot!(status(&young));
}

#[test]
fn status_of_a_collective_that_wants_witnesses() {
    let careful = FederationStatus {
        log_size: 9,
        witnessed_size: 7,
        witnesses: 2,
        witnesses_needed: 3,
        members: 5,
        requires_witnesses: true,
        notices: vec![],
        awaiting_vote: vec![],
        ..fixtures::status()
    };
    let shown = status(&careful);
    let line =
        "by 2 of 5 members (needs 3 before it signs); the newest 2 entries have not enough yet";
    assert!(shown.contains(line), "{shown}");
}

#[test]
fn status_tells_the_age_of_the_catalogue_and_when_it_is_too_old() {
    let with = |seconds| {
        status(&FederationStatus {
            checkpoint_age_seconds: seconds,
            catalogue: Some(fixtures::catalogue(seconds)),
            ..fixtures::status()
        })
    };
    let line = |shown: &str| {
        let mut lines = shown.lines().filter(|l| l.starts_with("catalogue"));
        lines.next().unwrap().to_owned()
    };
    let week = 7 * 24 * 3600;
    assert!(line(&with(week)).ends_with("7 days old, expires after 7 days"));
    assert!(line(&with(2 * week)).ends_with("14 days old: expired, after 7 days"));
    // One that knows no catalogue says nothing of it.
    let older = FederationStatus {
        catalogue: None,
        ..fixtures::status()
    };
    assert!(!status(&older).contains("catalogue"));
}

#[test]
fn status_outside_of_any_federation() {
    assert_snapshot!(status(&fixtures::outside()));
}

#[test]
fn members_of_a_federation() {
    let list = fixtures::members();
    assert_snapshot!(format!(
        "{}\n{}",
        federation::members(PLAIN, &list, false),
        federation::members(PLAIN, &list, true)
    ));
}

#[test]
fn what_a_join_and_a_new_key_came_to() {
    assert_snapshot!(format!(
        "{}\n{}",
        federation::joined(PLAIN, &fixtures::joined()),
        federation::rotated(PLAIN, &fixtures::rotated())
    ));
}

#[test]
fn what_an_entry_came_to() {
    assert_snapshot!(federation::recorded(PLAIN, &fixtures::recorded("vote")));
}

#[test]
fn list_of_resolutions() {
    assert_snapshot!(resolution::list(PLAIN, &fixtures::resolutions(), now()));
}

#[test]
fn a_resolution_that_is_open() {
    let shown = resolution::show(PLAIN, &fixtures::one_resolution(), now());
    assert!(!shown.contains('\u{1b}'));
    assert_snapshot!(shown);
}

#[test]
fn a_resolution_of_before_the_log() {
    let mut answer = fixtures::one_resolution();
    answer.resolution = Some(fixtures::resolutions().remove(0));
    answer.votes.clear();
    answer.silent.clear();
    answer.history.clear();
    answer.effect.clear();
    answer.text.clear();
    answer.text_note = "it is being fetched".into();
    assert_snapshot!(resolution::show(PLAIN, &answer, now()));
}

#[test]
fn resolutions_of_an_import() {
    let answer = ImportResponse {
        numbers: vec![1, 36, 1036],
        ..Default::default()
    };
    assert_snapshot!(resolution::imported(&answer));
}

#[test]
fn kinds_in_words() {
    let key = fixtures::key("sutty", 2);
    let raw = allot_ledger::PublicKey::from_verifier_key(&key).map(|(_, k)| k.to_string());
    let raw = raw.unwrap();
    let kinds = [
        r#"{"name":"text"}"#.to_owned(),
        format!(r#"{{"name":"admit","collective":"sutty","key":"{raw}"}}"#),
        r#"{"name":"waive_dues","collective":"sutty"}"#.into(),
        r#"{"name":"waive_dues","collective":"sutty","until":"2027-01-31"}"#.into(),
        r#"{"name":"change_rule","change":{"medium_for":2,"large_for":{"than":2,"of":3},"buffer":{"minor":200000,"currency":"EUR"},"fiscal_host":"platform6"}}"#.into(),
        fixtures::BUDGET.into(),
        r#"{"name":"exclude","collective":"sutty"}"#.into(),
        r#"{"name":"suspend","collective":"sutty"}"#.into(),
        r#"{"name":"reinstate","collective":"sutty"}"#.into(),
        format!(r#"{{"name":"replace_key","collective":"sutty","key":"{raw}"}}"#),
        r#"{"name":"steward","recipe":"wordpress","collectives":["sutty","local-it"]}"#.into(),
    ];
    let mut text = String::new();
    for kind in kinds {
        let kind = kind::parse(&kind).unwrap();
        text += &format!("{}: {}\n", kind.name(), kind.does());
        for (name, value) in words::more(&kind) {
            text += &format!("  {name}: {value}\n");
        }
    }
    assert_snapshot!(text);
}

#[test]
fn an_intent_has_its_parts_and_cannot_steer_the_terminal() {
    let mut intent = Intent::new("Propose a \u{1b}[1mlarge resolution")
        .row("title", "Budget\u{7}")
        .row("reason", "")
        .note("It passes.")
        .warning("the deadline is\u{1b}[2J nearer");
    intent.text = "## Summary\n\nwarning: this line is of the text\u{1b}[0m\n".into();
    let shown = intent.show(PLAIN);
    assert!(!shown.contains(['\u{1b}', '\u{7}']));
    assert_snapshot!(shown);
}

#[test]
fn status_of_a_log() {
    let forked = LedgerStatus {
        problem: "at 100 entries the hub signed another log than this agent has (fork)".into(),
        problem_code: "AL-8105".into(),
        help: "compare with other members: `allot ledger compare FILE`".into(),
        ..fixtures::ledger()
    };
    assert_snapshot!(format!(
        "{}\n{}\n{}",
        ledger::status(PLAIN, &fixtures::ledger()),
        ledger::status(PLAIN, &forked),
        ledger::status(PLAIN, &LedgerStatus::default())
    ));
}

#[test]
fn entries_of_a_log() {
    let mut strange = fixtures::entry(129);
    strange.kind = "accept_hub".into();
    strange.summary = "\u{1b}[2J".into();
    assert_snapshot!(ledger::entries(PLAIN, &[fixtures::entry(128), strange]));
}

#[test]
fn an_entry_whole() {
    let mut strange = fixtures::entry(129);
    strange.json = "not JSON\u{1b}[2J".into();
    assert_snapshot!(format!(
        "{}\n{}",
        ledger::entry(PLAIN, &fixtures::entry(128)),
        ledger::entry(PLAIN, &strange)
    ));
}

#[test]
fn a_log_that_is_proved() {
    let done = VerifyProgress {
        verified: 129,
        size: 129,
        done: true,
        root: fixtures::ledger().root,
        state: fixtures::GENESIS.into(),
    };
    assert_snapshot!(ledger::verified(PLAIN, &done));
}

#[test]
fn comparisons_have_their_words() {
    let text: String = ["same", "older", "newer", "sideways"]
        .into_iter()
        .map(|verdict| {
            let answer = CompareCheckpointResponse {
                verdict: verdict.into(),
                own_size: 129,
                other_size: 130,
                ..Default::default()
            };
            ledger::compared(PLAIN, &answer)
        })
        .collect();
    assert_snapshot!(text);
}

#[test]
fn operators_of_an_agent() {
    let mut list = ListOperatorsResponse {
        operators: fixtures::operators(),
    };
    let whole = status::operators(PLAIN, &list);
    list.operators.pop();
    assert_snapshot!(format!("{whole}\n{}", status::operators(PLAIN, &list)));
}
