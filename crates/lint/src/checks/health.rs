//! Whether an update can tell that it went wrong, and what happens then.

use allot_stack::model::{Compose, Service};
use allot_stack::types::GoDuration;

use super::listed;
use crate::limits::Limits;
use crate::report::Report;
use crate::rule;
use crate::subject::{STACK, Stack, Subject};

/// How long abra waits for a stack without a label, in seconds.
const ABRA_WAITS: u64 = 50;

pub(super) fn check(subject: &Subject<'_>, limits: &Limits, report: &mut Report) {
    for stack in &subject.stacks {
        let Some(model) = stack.model() else {
            continue;
        };
        for (name, service) in running(stack, model) {
            health_check(model, name, service, report);
        }
        start_periods(subject, stack, model, report);
    }
    failure_actions(subject, limits, report);
}

/// The services whose tasks stay: not jobs, and not those that a timer starts.
fn running<'a>(
    stack: &'a Stack,
    model: &'a Compose,
) -> impl Iterator<Item = (&'a str, &'a Service)> {
    let stays = |s: &Service| !s.deploy.mode.ends_with("-job") && s.deploy.replicas != Some(0);
    // In a combination that is a guess a service may be a piece of one.
    let whole = |s: &Service| !stack.combination.guessed || !s.image.is_empty();
    model
        .services
        .iter()
        .filter(move |(_, s)| stays(s) && whole(s))
        .map(|(name, s)| (name.as_str(), s))
}

fn health_check(model: &Compose, name: &str, service: &Service, report: &mut Report) {
    match &service.healthcheck {
        None => {
            let place = model.places.nearest(&format!("services.{name}"));
            report.add(
                &rule::R002,
                place,
                format!("service `{name}` has no `healthcheck:`"),
            );
        }
        Some(check) if check.disable || check.test.first().is_some_and(|t| t == "NONE") => {
            let place = model
                .places
                .nearest(&format!("services.{name}.healthcheck"));
            let what = format!("the health check of service `{name}` is switched off");
            report.add(&rule::L006, place, what);
        }
        Some(_) => {}
    }
}

fn start_periods(subject: &Subject<'_>, stack: &Stack, model: &Compose, report: &mut Report) {
    let label = format!("coop-cloud.{STACK}.timeout");
    let said = model
        .services
        .get("app")
        .and_then(|s| s.deploy.labels.as_ref()?.get(&label));
    let (waits, who) = match said {
        None => (ABRA_WAITS, "and there is no timeout label"),
        Some(text) => match text.parse() {
            Ok(seconds) => (seconds, "as the timeout label says"),
            Err(_) => return,
        },
    };
    for (name, service) in running(stack, model) {
        let starts = service.healthcheck.as_ref().and_then(|h| h.start_period);
        let Some(starts) = starts.map(seconds).filter(|s| *s > waits) else {
            continue;
        };
        let place = subject.place_of(name, "healthcheck", |text| {
            GoDuration::parse(text).map(seconds) == Some(starts)
        });
        let what =
            format!("`{name}` may take {starts} s to start, a deploy waits {waits} s, {who}");
        report.add(&rule::L022, place, what);
    }
}

/// Whole seconds, none for what is negative.
fn seconds(duration: GoDuration) -> u64 {
    u64::try_from(duration.nanoseconds() / 1_000_000_000).unwrap_or(0)
}

/// In one finding: where it is missing it is often missing everywhere.
fn failure_actions(subject: &Subject<'_>, limits: &Limits, report: &mut Report) {
    let mut names: Vec<&str> = Vec::new();
    let mut first = None;
    for stack in &subject.stacks {
        let Some(model) = stack.model() else {
            continue;
        };
        for (name, service) in running(stack, model) {
            let update = service.deploy.update_config.as_ref();
            let said = update.is_some_and(|u| !u.failure_action.is_empty());
            if !said && !names.contains(&name) {
                names.push(name);
                first = first.or_else(|| model.places.nearest(&format!("services.{name}.deploy")));
            }
        }
    }
    if !names.is_empty() {
        let what = format!(
            "no `failure_action` for updates of {}",
            listed(names, limits)
        );
        report.add(&rule::L021, first, what);
    }
}
