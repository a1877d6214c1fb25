//! How many appends a second become durable, with 1, 8 and 64 writers, beside one `fdatasync` each.
//!
//! `cargo run --release -p allot-store --example group_commit -- [DIR] [SECONDS]`. DIR decides which disk is
//! measured; the rounds are interleaved, so that a busy machine is unfair to all of them alike.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use allot_store::{Journal, JournalError, JournalOptions};
use bytes::Bytes;

/// The size of a signed ledger entry, about.
const PAYLOAD: usize = 300;
const WRITERS: [usize; 3] = [1, 8, 64];
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let parent = args.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let seconds: f64 = args.next().map_or(Ok(1.0), |text| text.parse())?;
    let time = Duration::from_secs_f64(seconds);
    let dir = tempfile::tempdir_in(parent)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()?;
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); WRITERS.len() + 1];
    let mut per_sync = vec![0.0; WRITERS.len()];
    for round in 0..ROUNDS {
        if let Some(rates) = rates.first_mut() {
            rates.push(one_sync_each(
                &dir.path().join(format!("plain-{round}")),
                time,
            )?);
        }
        for (at, writers) in WRITERS.into_iter().enumerate() {
            let journal_dir = dir.path().join(format!("{writers}-{round}"));
            let (rate, appends_per_sync) =
                runtime.block_on(group_commit(&journal_dir, writers, time))?;
            if let (Some(rates), Some(per_sync)) = (rates.get_mut(at + 1), per_sync.get_mut(at)) {
                rates.push(rate);
                *per_sync = appends_per_sync;
            }
        }
    }
    print(rates, &per_sync);
    Ok(())
}

/// Appends one payload after the other to a file, each with its own `fdatasync`; returns how many a second.
fn one_sync_each(path: &Path, time: Duration) -> std::io::Result<f64> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let (begun, mut done) = (Instant::now(), 0_u32);
    while begun.elapsed() < time {
        file.write_all(&[7; PAYLOAD])?;
        file.sync_data()?;
        done += 1;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

/// Lets writers append as fast as they are acknowledged; returns appends a second, and appends a sync.
async fn group_commit(
    dir: &Path,
    writers: usize,
    time: Duration,
) -> Result<(f64, f64), Box<dyn std::error::Error>> {
    let journal = Arc::new(Journal::open(dir, &JournalOptions::default())?.0);
    let payload = Bytes::from_static(&[7; PAYLOAD]);
    let begun = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let (journal, payload) = (Arc::clone(&journal), payload.clone());
            tokio::spawn(async move {
                while begun.elapsed() < time {
                    journal.append(payload.clone()).await?;
                }
                Ok::<(), JournalError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let health = journal.health();
    let appended = health.appended as f64;
    Ok((
        appended / begun.elapsed().as_secs_f64(),
        appended / health.syncs as f64,
    ))
}

fn print(rates: Vec<Vec<f64>>, per_sync: &[f64]) {
    let medians: Vec<f64> = rates.into_iter().map(median).collect();
    let [plain, ours @ ..] = &medians[..] else {
        return;
    };
    println!("{ROUNDS} rounds, medians, payloads of {PAYLOAD} bytes");
    println!("one fdatasync each   {plain:>9.0} entries/s");
    for ((writers, rate), per_sync) in WRITERS.iter().zip(ours).zip(per_sync) {
        let times = rate / plain;
        println!(
            "journal, {writers:>2} writers  {rate:>9.0} entries/s  {times:>5.1}x  {per_sync:>5.1} entries a sync"
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
