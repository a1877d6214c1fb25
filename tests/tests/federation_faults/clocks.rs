//! Clocks that are wrong.

use std::{fs, path::Path, time::Duration};

use allot_tests::{Collective, Federation, Run, await_that};

use crate::apps::deploys;

const PATIENCE: Duration = Duration::from_secs(60);

/// What makes a program see another time of day; durations stay as they are.
fn another_time(offset: &str) -> [(&'static str, String); 3] {
    let libraries = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    ];
    let library = libraries.into_iter().find(|path| Path::new(path).exists());
    [
        (
            "LD_PRELOAD",
            library.expect("faketime is installed").to_owned(),
        ),
        ("FAKETIME", offset.to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}

/// A collective writes something down, which nobody votes on.
fn decides(collective: &Collective) -> Run {
    let small = ["resolution", "propose", "--title", "A", "--size", "small"];
    collective.allot_with(&[&small[..], &["--text", "-", "--yes"]].concat(), b"B.")
}

#[test]
fn a_hub_whose_clock_went_back_an_hour_is_told_and_refuses() {
    let mut federation = Federation::of(&["autonomic"]);
    decides(&federation.founders[0]).done();
    federation.hub.stop();
    for (name, value) in another_time("-1h") {
        federation.hub.set_env(name, &value);
    }
    federation.hub.serve();
    await_that("the agent is back", PATIENCE, || {
        (federation.founders[0].status()["hub_reachable"] == true).then_some(())
    });
    let refused = decides(&federation.founders[0]);
    assert!(refused.error_code().starts_with("AL-87"), "{refused:?}");
    let problem = federation.hub.status()["problem"].to_string();
    assert!(problem.contains("clock"), "{problem}");
}

#[test]
fn a_hub_whose_clock_jumps_an_hour_forward_is_told_and_refuses() {
    let mut federation = Federation::of(&["autonomic"]);
    federation.hub.stop();
    let offset = federation.dir().join("faketime");
    fs::write(&offset, "+0").expect("write the offset");
    // It is read anew each time, from this file; an offset in the environment would count instead.
    for (name, value) in another_time("+0") {
        if name != "FAKETIME" {
            federation.hub.set_env(name, &value);
        }
    }
    let file = offset.to_string_lossy().into_owned();
    federation.hub.set_env("FAKETIME_TIMESTAMP_FILE", &file);
    federation.hub.set_env("FAKETIME_NO_CACHE", "1");
    federation.hub.serve();
    await_that("the agent is back", PATIENCE, || {
        (federation.founders[0].status()["hub_reachable"] == true).then_some(())
    });
    decides(&federation.founders[0]).done();
    fs::write(&offset, "+1h").expect("write the offset");
    let refused = decides(&federation.founders[0]);
    assert_eq!(refused.error_code(), "AL-8732", "{refused:?}");
    await_that("the admin is told", PATIENCE, || {
        let problem = federation.hub.status()["problem"].to_string();
        problem.contains("AL-8732").then_some(())
    });
    fs::write(&offset, "+0").expect("write the offset");
    decides(&federation.founders[0]).done();
}

#[test]
fn an_agent_whose_clock_is_ten_minutes_off_is_told_and_still_tends_its_apps() {
    for (offset, seconds) in [("+10m", 600), ("-10m", -600)] {
        let mut federation = Federation::founded(&["autonomic", "sutty"], &Default::default());
        let invite = federation.hub.invite("autonomic");
        let agent = federation.founders[0].agent_mut();
        agent.stop();
        for (name, value) in another_time(offset) {
            agent.set_env(name, &value);
        }
        agent.serve();
        let autonomic = &federation.founders[0];
        let join = ["federation", "join", "-", "--agent", "swarm-1"];
        autonomic.allot_with(&join, invite.as_bytes());
        let told = await_that("the clock is told", PATIENCE, || {
            let status = autonomic.status();
            let off = status["clock_offset_seconds"].as_i64()?;
            (off.abs_diff(seconds) < 10).then_some(status)
        });
        println!(
            "federation: an agent's clock {offset}: {}",
            told["clock_offset_seconds"]
        );
        deploys(
            autonomic,
            &federation.dir().join("thing"),
            "thing.example.org",
        );
    }
}
