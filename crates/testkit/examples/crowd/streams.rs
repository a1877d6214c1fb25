//! Open streams: how soon all have an entry, and how soon all are back.

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use allot_ledger::{Body, entry::Profile};
use allot_proto::hub::FollowRequest;
use allot_testkit::Seat;
use tokio::{sync::watch, task::JoinSet, time::timeout};

/// How long anything may take before the run has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// When an entry came to the last of all streams, by its index.
#[derive(Default)]
struct Arrivals(Mutex<BTreeMap<u64, (usize, Instant)>>);

impl Arrivals {
    fn note(&self, first: u64, count: usize) {
        let now = Instant::now();
        let mut arrivals = self.0.lock().unwrap_or_else(|e| e.into_inner());
        for index in (first..).take(count) {
            let (streams, last) = arrivals.entry(index).or_insert((0, now));
            *streams += 1;
            *last = now;
        }
    }

    fn everywhere(&self, index: u64, streams: usize) -> Option<Instant> {
        let arrivals = self.0.lock().unwrap_or_else(|e| e.into_inner());
        arrivals
            .get(&index)
            .filter(|(seen, _)| *seen >= streams)
            .map(|(_, last)| *last)
    }
}

/// Opens all streams from `from` on, each an own connection, and says when the first message has come on all of them.
struct Crowd {
    tasks: JoinSet<()>,
    open: Arc<AtomicUsize>,
    failed: Arc<AtomicUsize>,
    stop: watch::Sender<bool>,
}

impl Crowd {
    fn open(seats: &[Seat], from: u64, arrivals: &Arc<Arrivals>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut crowd = Self {
            tasks: JoinSet::new(),
            open: Arc::default(),
            failed: Arc::default(),
            stop,
        };
        for seat in seats {
            let (seat, arrivals, mut stopped) =
                (seat.clone(), Arc::clone(arrivals), stopped.clone());
            let (open, failed) = (Arc::clone(&crowd.open), Arc::clone(&crowd.failed));
            crowd.tasks.spawn(async move {
                let follow = follow(&seat, from, &arrivals, &open);
                tokio::select! {
                    ended = follow => if let Err(error) = ended {
                        failed.fetch_add(1, Ordering::Relaxed);
                        eprintln!("{}: {error}", seat.member.slug);
                    },
                    _ = stopped.changed() => {}
                }
            });
        }
        crowd
    }

    async fn all_open(&self, count: usize) -> Result<(), Box<dyn Error>> {
        let opened = async {
            while self.open.load(Ordering::Relaxed) < count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(PATIENCE, opened).await?;
        Ok(())
    }

    async fn close(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn follow(
    seat: &Seat,
    from: u64,
    arrivals: &Arrivals,
    open: &AtomicUsize,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut hub = seat.connect().await?;
    let mut stream = hub.follow(FollowRequest { from }).await?.into_inner();
    let mut fresh = true;
    while let Some(stretch) = stream.message().await? {
        arrivals.note(stretch.first, stretch.leaves.len());
        if std::mem::take(&mut fresh) {
            open.fetch_add(1, Ordering::Relaxed);
        }
    }
    Err("the stream ended".into())
}

/// Rests, publishes, and comes back all at once.
pub async fn run(seats: Vec<Seat>, rest: u64, entries: u64) -> Result<(), Box<dyn Error>> {
    let arrivals = Arc::new(Arrivals::default());
    let started = Instant::now();
    let crowd = Crowd::open(&seats, 0, &arrivals);
    crowd.all_open(seats.len()).await?;
    println!(
        "{{\"what\":\"opened\",\"streams\":{},\"seconds\":{}}}",
        seats.len(),
        started.elapsed().as_secs_f64()
    );
    // Whoever runs this looks at the hub while it rests.
    println!("{{\"what\":\"resting\",\"seconds\":{rest}}}");
    tokio::time::sleep(Duration::from_secs(rest)).await;

    let writer = seats.first().ok_or("no agent")?;
    let mut hub = writer.connect().await?;
    let mut seq = first_seq(writer).await?;
    let mut last = 0;
    for _ in 0..entries {
        let asked = Instant::now();
        let answer = writer.append(&mut hub, seq, rename(seq)).await?;
        let acknowledged = asked.elapsed();
        let everywhere = async {
            loop {
                if let Some(at) = arrivals.everywhere(answer.index, seats.len()) {
                    return at.duration_since(asked);
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let everywhere = timeout(PATIENCE, everywhere).await?;
        println!(
            "{{\"what\":\"published\",\"acknowledged\":{},\"everywhere\":{}}}",
            acknowledged.as_secs_f64(),
            everywhere.as_secs_f64()
        );
        seq += 1;
        last = answer.index + 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let failed = crowd.failed.load(Ordering::Relaxed);
    crowd.close().await;

    let storm = Instant::now();
    let crowd = Crowd::open(
        &seats,
        last.saturating_sub(1),
        &Arc::new(Arrivals::default()),
    );
    crowd.all_open(seats.len()).await?;
    println!(
        "{{\"what\":\"back\",\"streams\":{},\"seconds\":{},\"failed\":{failed}}}",
        seats.len(),
        storm.elapsed().as_secs_f64()
    );
    crowd.close().await;
    Ok(())
}

/// The next number of a member's entries: found out by asking.
pub async fn first_seq(seat: &Seat) -> Result<u64, Box<dyn Error>> {
    let mut hub = seat.connect().await?;
    match seat.append(&mut hub, u64::MAX, rename(0)).await {
        Ok(_) => Err("an impossible number was taken".into()),
        Err(refused) => next_in(&refused.message).ok_or_else(|| refused.into()),
    }
}

/// `...; its next is 17`
fn next_in(message: &str) -> Option<u64> {
    message.rsplit(' ').next()?.parse().ok()
}

/// An entry that is always allowed.
pub fn rename(seq: u64) -> Body {
    Body::Profile(Profile {
        name: format!("Member {seq}"),
        website: None,
    })
}
