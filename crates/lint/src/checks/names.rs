//! Names that mean something else on a network that stacks share.

use allot_stack::model::{Compose, Service};

use super::told;
use crate::report::Report;
use crate::rule;
use crate::subject::{STACK, Subject};

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    for (model, name, service) in subject.services() {
        aliases(model, name, service, report);
        if shared(model, service).next().is_some() {
            calls(subject, name, service, report);
        }
    }
}

/// The networks of a service that other stacks are in too.
fn shared<'a>(model: &'a Compose, service: &'a Service) -> impl Iterator<Item = &'a str> {
    service.networks.keys().map(String::as_str).filter(|key| {
        model
            .networks
            .get(*key)
            .is_some_and(|n| n.external && n.name != "host")
    })
}

fn aliases(model: &Compose, name: &str, service: &Service, report: &mut Report) {
    for network in shared(model, service) {
        let joined = service.networks.get(network).and_then(Option::as_ref);
        for alias in joined.iter().flat_map(|j| &j.aliases) {
            if !alias.contains(STACK) {
                let what = format!(
                    "`{name}` calls itself `{}` on `{network}`, as services of other stacks may",
                    told(alias)
                );
                let path = format!("services.{name}.networks.{network}");
                report.add(&rule::L015, model.places.nearest(&path), what);
            }
        }
    }
}

/// A service on such a network that calls plain `app`: every stack has one.
fn calls(subject: &Subject<'_>, name: &str, service: &Service, report: &mut Report) {
    for (variable, value) in &service.environment {
        let value = value.as_deref().unwrap_or_default();
        if in_address(value) || (value == "app" && names_a_host(variable)) {
            let place = subject.place_of(name, "environment", |text| {
                text.starts_with(variable.as_str()) || text == value
            });
            let what = format!(
                "`{variable}` of `{name}` says `app`, which on a shared network is any stack's"
            );
            report.add(&rule::L015, place, what);
        }
    }
}

/// `http://app`, `user@app:5432`, `app:8080`.
fn in_address(value: &str) -> bool {
    let ends = |rest: &str| rest.is_empty() || rest.starts_with([':', '/', ',']);
    let behind = |mark: &str| {
        value
            .match_indices(mark)
            .filter_map(|(at, _)| value.get(at + mark.len()..))
            .filter_map(|rest| rest.strip_prefix("app"))
            .any(ends)
    };
    let port = value
        .strip_prefix("app:")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    port || behind("://") || behind("@")
}

fn names_a_host(variable: &str) -> bool {
    let upper = variable.to_ascii_uppercase();
    ["HOST", "SERVER", "ADDR", "ADDRESS", "UPSTREAM", "BACKEND"]
        .iter()
        .any(|word| upper.ends_with(word))
}
