//! A hub that says that it has written what it has not.

use std::sync::Arc;

use allot_ledger::{Envelope, Leaf, log::Tree};
use allot_proto::hub::AppendResponse;
use allot_tests::await_that;
use bytes::Bytes;
use jiff::Timestamp;

use super::{Clock, PATIENCE, Stolen, Taken, decide, impostor::Answer};

/// The log with what was brought, as the hub would have it.
fn with(leaves: &[Bytes], envelope: &[u8]) -> (Vec<Bytes>, Bytes) {
    let envelope: Envelope = serde_json::from_slice(envelope).unwrap();
    let now = Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap();
    let leaf = Leaf {
        time: now,
        envelope,
    };
    let leaf = Bytes::from(leaf.to_bytes().unwrap());
    let mut all = leaves.to_vec();
    all.push(leaf.clone());
    (all, leaf)
}

fn proof(leaves: &[Bytes], index: u64) -> Vec<Vec<u8>> {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(leaf));
    let proof = tree.inclusion(index, tree.size()).into_iter();
    proof.map(|hash| hash.0.to_vec()).collect()
}

/// A member decides something, and the hub answers like this: the operator is told that it does not hold.
fn is_told(taken: &mut Taken, answer: Answer, code: &str) {
    let log = taken.log(&taken.stolen.leaves, Clock::Runs);
    let _impostor = taken.show_and_answer(log, answer);
    taken.federation.founders[0].agent_mut().serve();
    let founder = &taken.federation.founders[0];
    await_that("the hub is there", PATIENCE, || {
        (founder.status()["hub_reachable"] == true).then_some(())
    });
    let told = decide(founder, "B");
    println!("federation: told {}: {}", told.error_code(), told.stderr);
    assert_eq!(told.error_code(), code, "{told:?}");
    assert!(matches!(told.code, Some(1 | 5 | 6)), "{told:?}");
    assert_eq!(founder.ledger()["size"], taken.before[0].size);
}

#[test]
fn rejects_an_answer_without_proof() {
    let mut taken = Taken::over(&["autonomic"]);
    let leaves = taken.stolen.leaves.clone();
    // Of the log without it.
    let note = taken.stolen.sign(&leaves).to_string();
    let answer: Answer = Arc::new(move |envelope| {
        let (_, leaf) = with(&leaves, envelope);
        Ok(AppendResponse {
            index: leaves.len() as u64,
            leaf: leaf.to_vec(),
            checkpoint: note.clone().into_bytes(),
            proof: Vec::new(),
        })
    });
    is_told(&mut taken, answer, "AL-8110");
}

#[test]
fn rejects_an_answer_that_proves_something_else() {
    let mut taken = Taken::over(&["autonomic"]);
    let leaves = taken.stolen.leaves.clone();
    let note = taken.stolen.sign(&leaves).to_string();
    // All that it proves is that an older entry is there.
    let answer: Answer = Arc::new(move |_| {
        let last = leaves.len() as u64 - 1;
        Ok(AppendResponse {
            index: last,
            leaf: leaves.last().unwrap().to_vec(),
            checkpoint: note.clone().into_bytes(),
            proof: proof(&leaves, last),
        })
    });
    is_told(&mut taken, answer, "AL-8811");
}

#[test]
fn rejects_a_log_without_what_the_hub_said_it_took() {
    let mut taken = Taken::over(&["autonomic"]);
    let leaves = taken.stolen.leaves.clone();
    let stolen = taken
        .runtime
        .block_on(Stolen::from(taken.federation.hub.dir()));
    // All that is shown holds: the entry is in a log that the hub signs. Yet the log that everybody follows has not got it.
    let answer: Answer = Arc::new(move |envelope| {
        let (all, leaf) = with(&leaves, envelope);
        let index = leaves.len() as u64;
        Ok(AppendResponse {
            index,
            leaf: leaf.to_vec(),
            checkpoint: stolen.sign(&all).to_string().into_bytes(),
            proof: proof(&all, index),
        })
    });
    is_told(&mut taken, answer, "AL-8810");
    // And then it goes on without it: what it has signed for this member alone contradicts that.
    let other = taken.stolen.dues(taken.stolen.next_seq, "2027-01-01");
    let mut without = taken.stolen.leaves.clone();
    without.push(taken.stolen.leaf(&other, Timestamp::now()));
    let _impostor = taken.show_log(&without, Clock::Runs);
    let founder = &taken.federation.founders[0];
    await_that("the other history is told", PATIENCE, || {
        let ledger = founder.ledger();
        let code = ledger["problem_code"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert_eq!(
            ledger["size"], taken.before[0].size,
            "it is not taken: {ledger}"
        );
        ["AL-8105", "AL-8821"]
            .contains(&code.as_str())
            .then_some(())
    });
}
