//! Votes, and how they end.

use insta::assert_snapshot;

use crate::{
    last, run, script,
    support::{MockAgent, Script, documents, federation as fixtures, stderr, stdout, steady},
    terminal::at_a_terminal,
};

#[test]
fn a_vote_says_what_it_is_on_and_what_it_replaces() {
    let agent = MockAgent::start(Script {
        recorded: fixtures::recorded("vote"),
        ..script()
    });
    run(&agent, &["vote", "41", "abstain"]).code(2);
    assert!(!agent.was_asked("VoteRequest"));
    let why = "the amount is not explained";
    let done = run(&agent, &["vote", "41", "against", "--reason", why, "-y"]).success();
    assert_snapshot!(format!("{}{}", steady(&stderr(&done)), stdout(&done)));
    assert_eq!(
        last(&agent),
        format!("VoteRequest {{ number: 41, choice: \"against\", reason: \"{why}\" }}")
    );
    let again = run(&agent, &["vote", "41", "for", "-y"]).success();
    assert!(stderr(&again).contains("has voted for before; this is said again"));
    let json = run(&agent, &["vote", "41", "for", "-y", "-m"]).success();
    insta::assert_json_snapshot!("json_of_a_vote", documents(&json));
}

#[test]
fn who_waits_for_witnesses_is_told() {
    let mut unwitnessed = script();
    unwitnessed.federation.requires_witnesses = true;
    if let Some(resolution) = &mut unwitnessed.resolution.resolution {
        resolution.witnessed = false;
    }
    let agent = MockAgent::start(unwitnessed);
    let told = run(&agent, &["vote", "41", "for", "-y"]).success();
    let told = stderr(&told);
    assert!(
        told.contains("waiting a few seconds until 7 of 12 members have witnessed it"),
        "{told}"
    );
    let agent = MockAgent::start(script());
    let told = run(&agent, &["vote", "41", "for", "-y"]).success();
    assert!(!stderr(&told).contains("waiting"));
}

#[test]
fn a_block_needs_its_reason() {
    let agent = MockAgent::start(script());
    let missing = run(&agent, &["vote", "41", "against", "-y"]).code(2);
    assert!(stderr(&missing).contains("error[AL-7002]: --reason is missing"));
    run(&agent, &["vote", "41", "maybe", "-y"]).code(2);
    assert!(!agent.was_asked("VoteRequest"));
    let dir = tempfile::tempdir().unwrap();
    at_a_terminal(
        &agent,
        dir.path(),
        "vote 41 against",
        "true",
        "too dear\ry\r",
    )
    .success();
    assert!(last(&agent).contains("reason: \"too dear\""));
}

#[test]
fn escalating_withdrawing_and_closing_show_what_follows() {
    let agent = MockAgent::start(script());
    for (verb, args) in [
        (
            "escalate",
            vec!["escalate", "41", "--reason", "it is about money"],
        ),
        (
            "withdraw",
            vec!["withdraw", "41", "--reason", "it was overtaken"],
        ),
        ("close", vec!["close", "41"]),
    ] {
        run(&agent, &args).code(2);
        let done = run(&agent, &[&args[..], &["-y"]].concat()).success();
        assert_snapshot!(
            format!("intent_to_{verb}"),
            format!("{}\n{}\n", steady(&stderr(&done)), last(&agent))
        );
    }
    run(&agent, &["escalate", "41", "-y"]).code(2);
    run(&agent, &["withdraw", "41", "-y"]).code(2);
    let signed = ["EscalateRequest", "WithdrawRequest", "CloseRequest"];
    let seen = agent.seen();
    let count = seen
        .iter()
        .filter(|s| signed.iter().any(|kind| s.request.starts_with(kind)))
        .count();
    assert_eq!(count, 3, "one each, none without a yes");
}
