//! One word for the whole stack.

use super::{StackWatch, Standing};
use crate::{
    app::model::{Outcome, ServiceVerdict, Verdict},
    limits::VERDICT_CHARS,
};

/// Longest reason of one service, characters.
const MOST_CHARS: usize = 1_000;

/// Draws the stack's verdict from where its services stand. The worst one decides.
#[must_use]
pub fn verdict(watch: &StackWatch, elapsed_ms: u64) -> Verdict {
    let room = (VERDICT_CHARS / watch.services.len().max(1)).min(MOST_CHARS);
    let services: Vec<ServiceVerdict> = watch
        .services
        .iter()
        .map(|s| {
            let (outcome, text) = outcome(&s.standing);
            ServiceVerdict {
                service: s.short.clone(),
                outcome,
                text: cut(text, room),
            }
        })
        .collect();
    let outcome = overall(&services);
    let (code, help) = advice(outcome);
    Verdict {
        outcome,
        text: sentence(outcome, &services),
        services,
        elapsed_ms,
        code: code.to_owned(),
        help: help.to_owned(),
    }
}

fn cut(text: String, room: usize) -> String {
    match text.char_indices().nth(room) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn outcome(standing: &Standing) -> (Outcome, String) {
    match standing {
        Standing::Waiting => (
            Outcome::Interrupted,
            "still on its way when the watch ended".to_owned(),
        ),
        Standing::Settled => (Outcome::Converged, String::new()),
        Standing::Completed => (Outcome::Completed, String::new()),
        Standing::RolledBack(why) => (Outcome::RolledBack, why.clone()),
        Standing::Failed(why) => (Outcome::Failed, why.clone()),
        Standing::TimedOut(why) => (Outcome::TimedOut, why.clone()),
    }
}

fn overall(services: &[ServiceVerdict]) -> Outcome {
    const WORST_FIRST: [Outcome; 5] = [
        Outcome::Interrupted,
        Outcome::Failed,
        Outcome::TimedOut,
        Outcome::RolledBack,
        Outcome::Converged,
    ];
    let worst = WORST_FIRST
        .into_iter()
        .find(|o| services.iter().any(|s| s.outcome == *o));
    match worst {
        Some(outcome) => outcome,
        None if services.is_empty() => Outcome::Converged,
        None => Outcome::Completed,
    }
}

fn sentence(outcome: Outcome, services: &[ServiceVerdict]) -> String {
    let count = services.len();
    let names = |wanted: Outcome| {
        services
            .iter()
            .filter(|s| s.outcome == wanted)
            .map(|s| s.service.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    match outcome {
        Outcome::Converged => format!("all {count} services run and held"),
        Outcome::Completed => format!("all {count} jobs ended well"),
        Outcome::RolledBack => format!("the engine put the old spec back: {}", names(outcome)),
        Outcome::TimedOut => format!("not there in time: {}", names(outcome)),
        Outcome::Failed => format!("will not run: {}", names(outcome)),
        _ => format!("not known how it went on: {}", names(outcome)),
    }
}

fn advice(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Failed => (
            "AL-5020",
            "mend the cause shown above and deploy again, or deploy the version before",
        ),
        Outcome::TimedOut => (
            "AL-5021",
            "look with `allot app ps` and `allot app logs`; if it only needs longer, raise TIMEOUT in the app's env",
        ),
        Outcome::RolledBack => (
            "AL-5022",
            "the services named run what they ran before; mend the cause and deploy again",
        ),
        _ => ("", ""),
    }
}
