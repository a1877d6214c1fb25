//! A hub that sends without end, or more than anybody has to say.

use std::sync::Arc;

use allot_proto::hub::Stretch;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use super::{Clock, Taken, impostor::Show};
use crate::memory::Watch;

/// The same answer to everybody, and then nothing.
pub fn always(stretch: impl Fn(u64) -> Stretch + Send + Sync + 'static) -> Show {
    Arc::new(move |from| {
        let one = stream::iter([Ok(stretch(from))]);
        one.chain(stream::pending()).boxed()
    })
}

#[test]
fn rejects_beats_without_end() {
    let mut taken = Taken::over(&["autonomic"]);
    let (note, size) = (
        taken.stolen.signer(&taken.stolen.leaves),
        taken.stolen.leaves.len() as u64,
    );
    let note = Arc::new(note);
    let impostor = taken.show(Arc::new(move |_| {
        let note = Arc::clone(&note);
        let beat = move || Stretch {
            first: size,
            leaves: Vec::new(),
            checkpoint: note(Timestamp::now()).into_bytes(),
        };
        stream::repeat_with(move || Ok(beat())).boxed()
    }));
    // What it remembers of the hub's clock may go on: these are beats.
    for life in ["before", "after a restart"] {
        taken.federation.founders[0].agent_mut().serve();
        let founder = &taken.federation.founders[0];
        let watch = Watch::on(founder.agent().pid().unwrap());
        allot_tests::await_that(&format!("it is told {life}"), super::PATIENCE, || {
            (founder.ledger()["problem_code"] == "AL-8812").then_some(())
        });
        assert_eq!(founder.ledger()["size"], taken.before[0].size);
        watch.end(&format!("an agent that is sent beats without end, {life}"));
        taken.federation.founders[0].agent_mut().stop();
    }
    assert!(
        impostor.cosigned().len() < 20,
        "an agent does not sign as fast as it is asked"
    );
}

#[test]
fn rejects_stretches_that_are_none() {
    let mut taken = Taken::over(&["autonomic"]);
    let size = taken.stolen.leaves.len() as u64;
    let note = taken
        .stolen
        .head(&taken.stolen.leaves, Timestamp::now())
        .to_string();
    let next = taken.stolen.dues(taken.stolen.next_seq, "2027-01-01");
    let next = taken.stolen.leaf(&next, Timestamp::now()).to_vec();
    let stretch = |first, leaves, checkpoint: &str| Stretch {
        first,
        leaves,
        checkpoint: checkpoint.as_bytes().to_vec(),
    };
    let seen = vec![taken.stolen.leaves[1].to_vec()];
    let many_lines = note.clone() + &"— x AAAA\n".repeat(200);
    let cases = [
        ("nothing", stretch(0, Vec::new(), ""), "AL-8101"),
        (
            "an entry that nothing covers",
            stretch(size, vec![next.clone()], ""),
            "AL-8101",
        ),
        (
            "an entry that the checkpoint has not",
            stretch(size, vec![next], &note),
            "AL-8106",
        ),
        (
            "from the beginning",
            stretch(0, seen.clone(), &note),
            "AL-8812",
        ),
        (
            "from later on",
            stretch(size + 10, seen.clone(), &note),
            "AL-8812",
        ),
        (
            "from the end of all numbers",
            stretch(u64::MAX, vec![seen[0].clone(); 3], &note),
            "AL-8812",
        ),
        (
            "100,000 empty entries",
            stretch(size, vec![Vec::new(); 100_000], &note),
            "AL-8601",
        ),
        (
            "no note",
            stretch(size, Vec::new(), "not a note"),
            "AL-8101",
        ),
        (
            "a note with too many lines",
            stretch(size, Vec::new(), &many_lines),
            "AL-8101",
        ),
    ];
    for (what, case, code) in cases {
        println!("{what}");
        let impostor = taken.show(always(move |_| case.clone()));
        taken.refuses(0, &impostor, code);
    }
    taken.honest_again(0);
}

#[test]
fn rejects_a_message_that_is_too_large() {
    let mut taken = Taken::over(&["autonomic"]);
    let size = taken.stolen.leaves.len() as u64;
    let impostor = taken.show(always(move |_| Stretch {
        first: size,
        leaves: vec![vec![b' '; 1024 * 1024]; 200],
        checkpoint: Vec::new(),
    }));
    taken.federation.founders[0].agent_mut().serve();
    let watch = Watch::on(taken.federation.founders[0].agent().pid().unwrap());
    let founder = &taken.federation.founders[0];
    allot_tests::await_that("it is told", super::PATIENCE, || {
        (founder.ledger()["problem_code"] == "AL-8812").then_some(())
    });
    watch.end("an agent that is sent a message of 200 MiB");
    taken.federation.founders[0].agent_mut().stop();
    taken.refuses(0, &impostor, "AL-8812");
}

#[test]
fn survives_a_stream_that_ends_at_once_again_and_again() {
    let mut taken = Taken::over(&["autonomic"]);
    let impostor = taken.show(Arc::new(|_| stream::empty().boxed()));
    taken.federation.founders[0].agent_mut().serve();
    let founder = &taken.federation.founders[0];
    allot_tests::await_that("the hub is missed", super::PATIENCE, || {
        (founder.status()["hub_reachable"] == false).then_some(())
    });
    assert_eq!(super::known(&founder.ledger()), taken.before[0]);
    founder.allot(&["app", "list"]).done();
    drop(impostor);
    // A hub that is what it was, by the same keys, is taken back.
    let _honest = taken.show_log(&taken.stolen.leaves, Clock::Runs);
    allot_tests::await_that("the hub is back", super::PATIENCE * 2, || {
        (founder.status()["hub_reachable"] == true).then_some(())
    });
}
