//! `kill -9` in the middle of everything.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use allot_ledger::{Leaf, state::State};
use allot_testkit::Seat;
use allot_tests::{Crowd, await_that, rename};

/// Collectives that write at the same time.
const WRITERS: usize = 64;

/// How often the hub is killed.
const KILLS: usize = 200;

/// What was acknowledged: author and number, and where in the log.
type Acknowledged = Arc<Mutex<BTreeMap<(String, u64), u64>>>;

/// Writes without end; whether an entry whose answer was lost is in the log is found out by writing it again.
async fn write_on(
    seat: Seat,
    mut seq: u64,
    acknowledged: Acknowledged,
    over: Arc<AtomicBool>,
) -> u64 {
    while !over.load(Ordering::Relaxed) {
        let Ok(mut hub) = seat.connect().await else {
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        };
        loop {
            let answer = seat.append(&mut hub, seq, rename(seq)).await;
            match answer {
                Ok(answer) => {
                    let what = (seat.member.slug.to_string(), seq);
                    acknowledged.lock().unwrap().insert(what, answer.index);
                    seq += 1;
                }
                // It was written before the hub died, and the answer was lost.
                Err(error) if error.code == "AL-8404" => seq += 1,
                Err(error) => {
                    assert!(
                        error.code.is_empty() || error.code.starts_with("AL-6"),
                        "{error:?}"
                    );
                    break;
                }
            }
            if over.load(Ordering::Relaxed) {
                return seq;
            }
        }
    }
    seq
}

#[test]
fn acked_entry_survives_kill() {
    let mut crowd = Crowd::of(WRITERS);
    let acknowledged = Acknowledged::default();
    let over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = crowd
        .seats
        .iter()
        .map(|seat| {
            let work = write_on(
                seat.clone(),
                1,
                Arc::clone(&acknowledged),
                Arc::clone(&over),
            );
            crowd.runtime.spawn(work)
        })
        .collect();
    for _ in 0..KILLS {
        // In the middle of the work: after so many answers, and a little later.
        let more = rand::random_range(1..=16);
        let enough = acknowledged.lock().unwrap().len() + more;
        await_that("the writers are at it", Duration::from_secs(30), || {
            (acknowledged.lock().unwrap().len() >= enough).then_some(())
        });
        thread::sleep(Duration::from_micros(rand::random_range(0..20_000)));
        crowd.hub.kill();
        crowd.hub.serve();
    }
    over.store(true, Ordering::Relaxed);
    for writer in writers {
        crowd.runtime.block_on(writer).unwrap();
    }
    let log = crowd.log();
    let acknowledged = acknowledged.lock().unwrap();
    println!(
        "federation: {KILLS} kills under {WRITERS} writers, {} entries acknowledged, {} in the log",
        acknowledged.len(),
        log.len()
    );

    // Folding it proves that nothing is doubled, forged or out of order.
    let first = Leaf::from_bytes(&log[0]).unwrap();
    let mut state = State::found(&first, &log[0]).unwrap();
    assert_eq!(state.federation(), crowd.federation());
    let mut places = BTreeMap::new();
    for (index, bytes) in (1_u64..).zip(&log[1..]) {
        let leaf = Leaf::from_bytes(bytes).unwrap();
        let entry = leaf.envelope.entry().unwrap();
        state.fold(&leaf).unwrap();
        let before = places.insert((entry.author.to_string(), entry.seq), index);
        assert!(before.is_none(), "entry {index} is in the log twice");
    }
    for (what, index) in acknowledged.iter() {
        assert_eq!(places.get(what), Some(index), "{what:?} was acknowledged");
    }
}
