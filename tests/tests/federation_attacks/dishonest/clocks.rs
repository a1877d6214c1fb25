//! A hub that lies about what time it is, or stops time for somebody.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::{Clock, Taken};

#[test]
fn rejects_a_freeze() {
    let mut taken = Taken::over(&["autonomic"]);
    // The hub goes on to show what it showed, signed when it was; and a quarter of an hour passes for the agent.
    let seen = super::time(&taken.before[0].checkpoint_time);
    let impostor = taken.show_log(&taken.stolen.leaves, Clock::Stands(seen));
    let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    assert!(Path::new(library).exists(), "faketime is installed");
    let agent = taken.federation.founders[0].agent_mut();
    for (name, value) in [
        ("LD_PRELOAD", library),
        ("FAKETIME", "+16m"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ] {
        agent.set_env(name, value);
    }
    let told = taken.tells(0, "AL-8107");
    // It is the log that was seen: to witness that once more harms nobody.
    let size = taken.stolen.leaves.len() as u64;
    assert!(impostor.cosigned().iter().all(|(of, _)| *of == size));
    assert!(
        super::number(&told["checkpoint_age_seconds"]) >= 900,
        "{told}"
    );
}

#[test]
fn rejects_a_clock_that_goes_back() {
    let mut taken = Taken::over(&["autonomic"]);
    let seen = super::time(&taken.before[0].checkpoint_time);
    let earlier = seen - SignedDuration::from_mins(2);
    let impostor = taken.show_log(&taken.stolen.leaves, Clock::Stands(earlier));
    taken.refuses(0, &impostor, "AL-8108");
}

#[test]
fn rejects_a_clock_that_is_far_ahead() {
    let mut taken = Taken::over(&["autonomic"]);
    // It would close every vote at once.
    let ahead = Timestamp::now() + SignedDuration::from_hours(24 * 30);
    let impostor = taken.show_log(&taken.stolen.leaves, Clock::Stands(ahead));
    taken.refuses(0, &impostor, "AL-8108");
    drop(impostor);
    taken.honest_again(0);
}
