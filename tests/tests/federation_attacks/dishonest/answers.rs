//! A hub that says that it has written what it has not.

use std::sync::Arc;

use allot_ledger::{Envelope, Leaf, log::Tree};
use allot_proto::hub::AppendResponse;
use allot_tests::await_that;
use bytes::Bytes;
use jiff::Timestamp;

use super::{Clock, PATIENCE, Taken, impostor::Answer};

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
fn is_told(answer: impl Fn(&Taken) -> Answer, codes: &[&str]) {
    let mut taken = Taken::over(&["autonomic"]);
    let log = taken.log(&taken.stolen.leaves, Clock::Runs);
    let _impostor = taken.show_and_answer(log, answer(&taken));
    taken.federation.founders[0].agent_mut().serve();
    let founder = &taken.federation.founders[0];
    await_that("the hub is there", PATIENCE, || {
        (founder.status()["hub_reachable"] == true).then_some(())
    });
    let title = [
        "--title", "B", "--size", "small", "--text", "Done.", "--yes",
    ];
    let told = founder.allot(&[&["resolution", "propose"][..], &title].concat());
    assert!(codes.contains(&told.error_code().as_str()), "{told:?}");
    assert!(matches!(told.code, Some(1 | 5 | 6)), "{told:?}");
    assert_eq!(founder.ledger()["size"], taken.before[0].size);
}

#[test]
fn rejects_an_answer_without_proof() {
    let answer = |taken: &Taken| -> Answer {
        let (leaves, sign) = (
            taken.stolen.leaves.clone(),
            taken.stolen.sign(&taken.stolen.leaves),
        );
        Arc::new(move |envelope| {
            let (_, leaf) = with(&leaves, envelope);
            Ok(AppendResponse {
                index: leaves.len() as u64,
                leaf: leaf.to_vec(),
                // Of the log without it.
                checkpoint: sign.to_string().into_bytes(),
                proof: Vec::new(),
            })
        })
    };
    is_told(answer, &["AL-8811", "AL-8110", "AL-8106"]);
}

#[test]
fn rejects_an_answer_that_proves_something_else() {
    let answer = |taken: &Taken| -> Answer {
        let leaves = taken.stolen.leaves.clone();
        let sign = taken.stolen.sign(&leaves);
        Arc::new(move |_| {
            // What it proves is that an older entry is there.
            let last = leaves.len() as u64 - 1;
            Ok(AppendResponse {
                index: last,
                leaf: leaves.last().unwrap().to_vec(),
                checkpoint: sign.to_string().into_bytes(),
                proof: proof(&leaves, last),
            })
        })
    };
    is_told(answer, &["AL-8811", "AL-8110"]);
}

#[test]
fn rejects_an_answer_that_no_stream_bears_out() {
    // All that is shown holds: the entry is in a log that the hub signs. Yet the log that everybody follows has not got it.
    let answer = |taken: &Taken| -> Answer {
        let leaves = taken.stolen.leaves.clone();
        let stolen = taken
            .runtime
            .block_on(super::Stolen::from(taken.federation.hub.dir()));
        Arc::new(move |envelope| {
            let (all, leaf) = with(&leaves, envelope);
            let index = leaves.len() as u64;
            Ok(AppendResponse {
                index,
                leaf: leaf.to_vec(),
                checkpoint: stolen.sign(&all).to_string().into_bytes(),
                proof: proof(&all, index),
            })
        })
    };
    is_told(
        answer,
        &["AL-8811", "AL-8810", "AL-8104", "AL-8814", "AL-8815"],
    );
}
