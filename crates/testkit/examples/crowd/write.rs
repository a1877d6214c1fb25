//! Writers: how many entries a second are acknowledged, each durable.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use allot_testkit::Seat;
use tokio::task::JoinSet;

use crate::streams::{first_seq, rename};

/// Each seat writes one entry after the other; each is of another member.
pub async fn run(seats: Vec<Seat>, seconds: f64) -> Result<(), Box<dyn Error>> {
    let mut writers = JoinSet::new();
    let mut ready = Vec::new();
    for seat in seats {
        let (hub, seq) = (seat.connect().await?, first_seq(&seat).await?);
        ready.push((seat, hub, seq));
    }
    let (count, started) = (ready.len(), Instant::now());
    let end = started + Duration::from_secs_f64(seconds);
    for (seat, mut hub, mut seq) in ready {
        writers.spawn(async move {
            let mut times = Vec::new();
            while Instant::now() < end {
                let asked = Instant::now();
                if let Err(error) = seat.append(&mut hub, seq, rename(seq)).await {
                    eprintln!("{}: {error}", seat.member.slug);
                    break;
                }
                times.push(asked.elapsed().as_secs_f64());
                seq += 1;
            }
            times
        });
    }
    let mut times: Vec<f64> = Vec::new();
    while let Some(done) = writers.join_next().await {
        times.extend(done?);
    }
    let elapsed = started.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let at = |share: usize| {
        times
            .get(times.len().saturating_sub(1) * share / 100)
            .copied()
            .unwrap_or(0.0)
    };
    println!(
        "{{\"what\":\"written\",\"writers\":{count},\"entries\":{},\"seconds\":{elapsed},\"p50\":{},\"p99\":{}}}",
        times.len(),
        at(50),
        at(99)
    );
    Ok(())
}
