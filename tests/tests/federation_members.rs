//! What members do with each other, through the real programs: two delegates at once, deadlines, keys, leaving, history.

#![allow(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not the functions that tests share"
)]

use std::{fs, path::Path, thread, time::Duration};

use allot_tests::{Collective, Federation, await_that};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(60);

fn await_resolution(member: &Collective, number: u64, state: &str) -> Value {
    let what = format!("{} sees resolution {number} {state}", member.slug());
    await_that(&what, PATIENCE, || {
        let shown = member.allot(&["resolution", "show", &number.to_string()]);
        (shown.code == Some(0)).then_some(())?;
        let resolution = shown.json()["resolution"].clone();
        (resolution["state"] == state).then_some(resolution)
    })
}

/// A second agent of a collective, with the same key.
fn second_agent(federation: &Federation, of: &Collective) -> Collective {
    let dir = federation.dir().join(format!("{}-2", of.slug()));
    let second = Collective::with(&dir, of.slug(), |_| {});
    let key = of.agent().dir().join("federation/collective.key");
    let mut second = second;
    second.agent_mut().stop();
    let import = ["key", "import", key.to_str().unwrap()];
    let (code, _, error) = second.agent().command(&import);
    assert_eq!(code, Some(0), "{error}");
    second.agent_mut().serve();
    let invite = federation.hub.invite(of.slug());
    let join = ["federation", "join", "-", "--agent", "swarm-2"];
    second.allot_with(&join, invite.as_bytes()).done();
    second
}

#[test]
fn two_delegates_at_once_the_later_one_counts_and_both_are_told() {
    let federation = Federation::of(&["autonomic", "sutty"]);
    let first = federation.founder("autonomic");
    let second = second_agent(&federation, first);
    let number = first.propose(&["--title", "A new logo", "--size", "medium"]);
    await_resolution(&second, number, "open");
    let args = |choice| {
        let number = number.to_string();
        [
            "resolution".to_owned(),
            "vote".to_owned(),
            number,
            choice,
            "--yes".to_owned(),
        ]
    };
    let vote = |who: &Collective, choice: &str| {
        let args = args(choice.to_owned());
        who.allot(&args.each_ref().map(String::as_str)).done()
    };
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(|| vote(first, "for"));
        let other = scope.spawn(|| vote(&second, "abstain"));
        (one.join().unwrap(), other.join().unwrap())
    });
    let warned = [&one, &other].map(|run| run.json()["warnings"].to_string().contains("place"));
    assert_eq!(
        warned.iter().filter(|w| **w).count(),
        1,
        "{one:?} {other:?}"
    );
    let (early, late_choice) = if warned[0] {
        (&second, "for")
    } else {
        (first, "abstain")
    };
    let counted = await_that("the later vote has come everywhere", PATIENCE, || {
        let own = federation
            .founder("sutty")
            .allot(&["resolution", "show", &number.to_string()]);
        let votes = own.json()["votes"].clone();
        (votes[0]["changes"] == 1).then_some(votes)
    });
    assert_eq!(counted.as_array().unwrap().len(), 1, "one member, one vote");
    assert_eq!(counted[0]["choice"], late_choice);
    await_that("the earlier one is told too", PATIENCE, || {
        let notices = early.status()["notices"].to_string();
        notices.contains("vote").then_some(())
    });
}

#[test]
fn who_was_away_at_the_deadline_comes_to_the_same_result() {
    let mut federation = Federation::of(&["autonomic", "local-it", "sutty"]);
    let deadline = Timestamp::now() + SignedDuration::from_secs(20);
    let deadline = deadline.to_string();
    let propose = [
        "--title",
        "A new logo",
        "--size",
        "medium",
        "--deadline",
        &deadline,
    ];
    let number = federation.founder("autonomic").propose(&propose);
    for slug in ["autonomic", "local-it"] {
        await_resolution(federation.founder(slug), number, "open");
        federation.founder(slug).vote(number, "for");
    }
    federation.founders[2].agent_mut().stop();
    let passed = await_resolution(federation.founder("autonomic"), number, "passed");
    assert_eq!(passed["tally"]["votes_for"], 2);
    federation.founders[2].agent_mut().serve();
    await_resolution(federation.founder("sutty"), number, "passed");
    let late = [
        "resolution",
        "vote",
        &number.to_string(),
        "abstain",
        "--yes",
    ];
    federation.founder("sutty").allot(&late).refused("AL-8411");
    let states = ["autonomic", "sutty"].map(|slug| {
        let run = federation.founder(slug).allot(&["ledger", "verify"]).done();
        (run.last("root"), run.last("state"))
    });
    assert_eq!(states[0], states[1]);
}

#[test]
fn who_leaves_is_told_so_and_may_apply_again() {
    let federation = Federation::of(&["autonomic", "local-it", "sutty"]);
    let sutty = federation.founder("sutty");
    sutty.allot(&["federation", "leave", "--yes"]).done();
    await_that("the leaver knows", PATIENCE, || {
        (sutty.status()["status"] == "left").then_some(())
    });
    let autonomic = federation.founder("autonomic");
    await_that("the others know", PATIENCE, || {
        let members = autonomic.allot(&["federation", "members", "--all"]).json();
        let rows = members["members"].as_array()?.clone();
        let row = rows.into_iter().find(|m| m["slug"] == "sutty")?;
        (row["status"] == "left").then_some(())
    });
    let genesis = federation.hub.genesis().to_owned();
    let apply = [
        "federation",
        "apply",
        "--federation",
        &genesis,
        "--name",
        "Sutty",
        "--summary",
        "We are back.",
        "--sponsor",
        "autonomic",
    ];
    let application = sutty.allot_text(&apply, b"");
    assert_eq!(application.code, Some(0), "{application:?}");
    let file = federation.dir().join("application.json");
    fs::write(&file, &application.stdout).unwrap();
    let vouch = ["federation", "vouch", file.to_str().unwrap(), "--yes"];
    let vouched = autonomic.allot(&vouch).done();
    let number = vouched.json()["resolution"].as_u64().unwrap();
    for slug in ["autonomic", "local-it"] {
        await_resolution(federation.founder(slug), number, "open");
        federation.founder(slug).vote(number, "for");
    }
    let close = ["resolution", "close", &number.to_string(), "--yes"];
    autonomic.allot(&close).done();
    sutty.join(&federation.hub.invite("sutty"));
    assert_eq!(sutty.status()["status"], "member");
}

#[test]
fn a_key_is_replaced_and_the_old_one_counts_no_more() {
    let federation = Federation::of(&["autonomic", "sutty"]);
    let autonomic = federation.founder("autonomic");
    let old = autonomic.key().to_owned();
    let rotated = autonomic
        .allot(&["federation", "rotate-key", "--yes"])
        .done();
    let new = rotated.json()["key"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    autonomic.propose(&["--title", "Signed with the new key", "--size", "small"]);
    federation.founder("sutty").await_size(autonomic.size());
    let members = federation
        .founder("sutty")
        .allot(&["federation", "members"])
        .done();
    let rows = members.json()["members"].as_array().unwrap().clone();
    let row = rows.iter().find(|m| m["slug"] == "autonomic").unwrap();
    assert_eq!(row["key"], new.as_str());
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn old_resolutions_come_in_as_history_and_go_out_in_the_same_form() {
    let federation = Federation::of(&["autonomic", "sutty"]);
    let autonomic = federation.founder("autonomic");
    let (old, new) = (federation.dir().join("old"), federation.dir().join("new"));
    write(
        &old,
        "passed/036.md",
        "---\ntitle: \"Resolution 036: A member joins\"\n---\n\n- Topic: A member joins\n- Date: 2026-01-19\n\
         - Deadline: 2026-02-02\n- Passed on 2026-02-03\n- Size: Large\n\n## Summary\n\nThey do good work.\n",
    );
    write(
        &old,
        "in-progress/040.md",
        "# Resolution 040\n\n- topic: Somebody hosts a tool\n- date: 2026-05-28\n- deadline: 2026-06-04\n- size: large\n\n## problem\n\nVotes get lost.\n",
    );
    write(&old, "passed/broken.md", "<html>not a resolution</html>");
    let (from, to) = (old.to_str().unwrap(), new.to_str().unwrap());
    let check = autonomic.allot(&["resolution", "import", from, "--check"]);
    assert_eq!(
        check.json()["numbers"].as_array().unwrap().len(),
        2,
        "{check:?}"
    );
    assert_eq!(autonomic.size(), 1, "a check changes nothing");
    let imported = autonomic.allot(&["resolution", "import", from, "--yes"]);
    assert_eq!(
        imported.json()["refused"].as_array().unwrap().len(),
        1,
        "{imported:?}"
    );
    assert_eq!(autonomic.resolution(36)["state"], "passed");
    assert_eq!(autonomic.resolution(36)["imported"], true);
    federation.founder("sutty").await_size(autonomic.size());
    federation
        .founder("sutty")
        .allot(&["resolution", "export", to, "--members"])
        .done();
    let text = fs::read_to_string(new.join("passed/036.md")).unwrap();
    for kept in [
        "A member joins",
        "2026-01-19",
        "2026-02-02",
        "2026-02-03",
        "Large",
        "They do good work.",
    ] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    assert!(
        fs::read_to_string(new.join("membership.md"))
            .unwrap()
            .contains("autonomic")
    );
    assert!(new.join("nav.yml").exists());
    let next = autonomic.propose(&["--title", "The next number", "--size", "small"]);
    assert_eq!(next, 41, "numbers follow the highest that was ever used");
}
