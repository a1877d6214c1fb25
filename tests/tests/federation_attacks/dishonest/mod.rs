//! A hub that is not honest. A federation is founded with the real programs; then its hub is stopped, and somebody who has
//! all of its keys answers in its place. The agents are the real ones.

mod answers;
mod clocks;
mod endless;
mod forks;
mod histories;
mod impostor;
mod middle;
mod stolen;
mod witnesses;

use std::{sync::Arc, time::Duration};

use allot_proto::hub::Stretch;
use allot_tests::{Collective, Federation, Run, await_that};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use serde_json::Value;
use tokio::runtime::Runtime;
use tonic::Status;

use impostor::{Answer, Impostor, Show};
use stolen::Stolen;

/// How long an agent may take to come to a hub and to look at what it shows.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often an impostor beats: oftener than a hub, so that tests are short.
const BEAT: Duration = Duration::from_millis(500);

/// A federation whose hub has been taken over. Its agents do not run until something is shown to them.
struct Taken {
    federation: Federation,
    stolen: Stolen,
    address: String,
    runtime: Runtime,
    before: Vec<Known>,
}

/// What an agent knew before.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    size: Value,
    root: Value,
    state: Value,
    checkpoint_time: Value,
}

fn known(ledger: &Value) -> Known {
    Known {
        size: ledger["size"].clone(),
        root: ledger["root"].clone(),
        state: ledger["state"].clone(),
        checkpoint_time: ledger["checkpoint_time"].clone(),
    }
}

impl Taken {
    /// Founds a federation, lets something be decided that all have seen and witnessed, and takes its hub over.
    fn over(founders: &[&str]) -> Self {
        let mut federation = Federation::of(founders);
        decide(&federation.founders[0], "A thing").done();
        let size = federation.founders[0].size();
        for founder in &federation.founders {
            founder.await_size(size);
            let what = format!("{} has it witnessed", founder.slug());
            await_that(&what, PATIENCE, || {
                (number(&founder.ledger()["witnessed_size"]) >= size).then_some(())
            });
        }
        let before = federation.founders.iter_mut().map(|founder| {
            let before = known(&founder.ledger());
            founder.agent_mut().stop();
            before
        });
        let before = before.collect();
        federation.hub.stop();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let stolen = runtime.block_on(Stolen::from(federation.hub.dir()));
        Self {
            address: federation.hub.address(),
            federation,
            stolen,
            runtime,
            before,
        }
    }

    /// Somebody in the hub's place shows this.
    fn show(&self, show: Show) -> Impostor {
        self.show_and_answer(show, Arc::new(|_| Err(Status::unavailable("not now"))))
    }

    fn show_and_answer(&self, show: Show, answer: Answer) -> Impostor {
        let begun = Impostor::begin(&self.stolen, &self.address, show, answer);
        self.runtime.block_on(begun)
    }

    /// Somebody in the hub's place shows this log, with a beat now and then.
    fn show_log(&self, leaves: &[Bytes], clock: Clock) -> Impostor {
        self.show(self.log(leaves, clock))
    }

    /// How a hub behaves that has this log: entries from where the caller is, and beats.
    fn log(&self, leaves: &[Bytes], clock: Clock) -> Show {
        let beats: Arc<dyn Fn() -> String + Send + Sync> = match clock {
            Clock::Stands(time) => {
                let head = self.stolen.head(leaves, time).to_string();
                Arc::new(move || head.clone())
            }
            Clock::Runs => {
                let head = self.stolen.signer(leaves);
                Arc::new(move || head(Timestamp::now()))
            }
        };
        let leaves = leaves.to_vec();
        Arc::new(move |from| {
            let (beats, size) = (Arc::clone(&beats), leaves.len() as u64);
            let missing = leaves.iter().skip(usize::try_from(from).unwrap());
            let first = Stretch {
                first: from.min(size),
                leaves: missing.map(|leaf| leaf.to_vec()).collect(),
                checkpoint: beats().into_bytes(),
            };
            let beat = move || Stretch {
                first: size,
                leaves: Vec::new(),
                checkpoint: beats().into_bytes(),
            };
            let more = stream::unfold(beat, async |beat| {
                tokio::time::sleep(BEAT).await;
                Some((Ok(beat()), beat))
            });
            stream::iter([Ok(first)]).chain(more).boxed()
        })
    }

    /// An agent refuses what it is shown, with this code: nothing of it was taken, nothing of it was witnessed, and so it
    /// stays when the agent is started anew.
    fn refuses(&mut self, who: usize, impostor: &Impostor, code: &str) -> Value {
        let told = self.tells(who, code);
        assert_eq!(impostor.cosigned(), [], "nothing of it was witnessed");
        told
    }

    /// An agent tells this code, has taken nothing, and so it stays when it is started anew.
    fn tells(&mut self, who: usize, code: &str) -> Value {
        let mut told = Value::Null;
        for life in ["before", "after a restart"] {
            let founder = &mut self.federation.founders[who];
            founder.agent_mut().serve();
            let what = format!("{} tells {code} {life}", founder.slug());
            let founder = &self.federation.founders[who];
            told = await_that(&what, PATIENCE, || {
                let ledger = founder.ledger();
                if ledger["problem_code"] != "" && ledger["problem_code"] != code {
                    println!("it tells {}: {}", ledger["problem_code"], ledger["problem"]);
                }
                (ledger["problem_code"] == code).then_some(ledger)
            });
            for text in ["problem", "help"] {
                let said = told[text].as_str().unwrap_or_default();
                assert!(!said.is_empty(), "{text}: {told}");
            }
            assert_eq!(known(&told), self.before[who], "nothing of it was taken");
            self.federation.founders[who].agent_mut().stop();
        }
        println!("federation: refused with {code}: {}", told["problem"]);
        told
    }

    /// The true hub comes back: agents go on where they were.
    fn honest_again(&mut self, who: usize) {
        self.federation.hub.serve();
        self.federation.founders[who].agent_mut().serve();
        let founder = &self.federation.founders[who];
        await_that("the agent trusts the true hub", PATIENCE, || {
            let status = founder.status();
            let well = status["hub_reachable"] == true && status["problem_code"] == "";
            well.then_some(())
        });
        let size = founder.size();
        decide(founder, "Another").done();
        assert_eq!(founder.size(), size + 1);
        assert_eq!(
            founder.allot(&["ledger", "verify"]).done().last("done"),
            true
        );
    }
}

/// A collective decides something small, which nobody votes on: it is in the log when that was done.
fn decide(collective: &Collective, title: &str) -> Run {
    let small = ["--size", "small", "--text", "-", "--yes"];
    let args = [&["resolution", "propose", "--title", title][..], &small].concat();
    collective.allot_with(&args, b"Done.")
}

/// A hub's clock, as an impostor signs it.
enum Clock {
    /// It is what it is.
    Runs,
    /// Always the same.
    Stands(Timestamp),
}

/// A number of a message: 64-bit ones may be text.
fn number(value: &Value) -> u64 {
    let text = value.as_str().and_then(|text| text.parse().ok());
    value.as_u64().or(text).unwrap_or(0)
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}
