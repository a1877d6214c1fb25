//! Labels for traefik.

use std::collections::BTreeSet;

use super::told;
use crate::report::{Report, Spot};
use crate::rule;
use crate::subject::{Label, STACK, Subject};

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    enabled(subject, report);
    names(subject, report);
}

fn enabled(subject: &Subject<'_>, report: &mut Report) {
    if !subject.has_sample {
        return report.skip(&rule::R010, "there is no .env.sample to ask for a domain");
    }
    if !subject.sample_keys().contains("DOMAIN") {
        return report.skip(
            &rule::R010,
            "the sample asks for no DOMAIN: not an app for browsers",
        );
    }
    let enabled = subject.services().any(|(_, _, service)| {
        let label = service.deploy.labels.as_ref();
        label
            .and_then(|l| l.get("traefik.enable"))
            .map(String::as_str)
            == Some("true")
    });
    if !enabled && subject.models().next().is_some() {
        let spot = subject.default_files.first().map(|f| Spot::file(f));
        let what = "no service has the label `traefik.enable=true`".to_owned();
        report.add(&rule::R010, spot.unwrap_or_default(), what);
    }
}

/// A stack that takes a fixed port can be on a server only once, so its names are its own anyway.
fn names(subject: &Subject<'_>, report: &mut Report) {
    let takes_a_port = subject
        .services()
        .any(|(_, _, s)| s.ports.iter().any(|p| p.published != 0));
    if takes_a_port {
        return;
    }
    let mut told_of = BTreeSet::new();
    for label in subject.labels().filter(|l| l.deploy) {
        let Some((kind, name)) = traefik_name(label) else {
            continue;
        };
        // A key with a variable that is not put in is told by a rule of its own.
        if name.contains(STACK) || name.contains('$') || !told_of.insert((kind, name)) {
            continue;
        }
        let what = format!(
            "traefik's {kind} `{}` has no `${{STACK_NAME}}` in its name",
            told(name)
        );
        report.add(&rule::L025, &label.place, what);
    }
}

/// `router` and `x` of `traefik.http.routers.x.rule`.
fn traefik_name(label: &Label) -> Option<(&'static str, &str)> {
    let mut parts = label.key.split('.');
    if parts.next() != Some("traefik") || !matches!(parts.next(), Some("http" | "tcp" | "udp")) {
        return None;
    }
    let kind = match parts.next()? {
        "routers" => "router",
        "services" => "service",
        "middlewares" => "middleware",
        _ => return None,
    };
    parts.next().map(|name| (kind, name))
}
