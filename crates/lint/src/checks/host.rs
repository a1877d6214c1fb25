//! What of the server a service gets hold of.

use allot_stack::model::{Compose, Service};

use super::told;
use crate::report::{Report, Spot};
use crate::rule;
use crate::subject::{Subject, WORKING_DIR};

const SOCKETS: [&str; 2] = ["/var/run/docker.sock", "/run/docker.sock"];

/// Files that only tell the time, and that every server has.
const HARMLESS: [&str; 2] = ["/etc/localtime", "/etc/timezone"];

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    for (model, name, service) in subject.services() {
        rights(model, name, service, report);
        for volume in service.volumes.iter().filter(|v| v.kind == "bind") {
            let source = volume.source.as_str();
            let place = subject.place_of(name, "volumes", |t| t.contains(source));
            mount(name, source, place.into(), report);
        }
    }
}

fn rights(model: &Compose, name: &str, service: &Service, report: &mut Report) {
    let mut add = |field: &str, what: String| {
        let place = model.places.nearest(&format!("services.{name}.{field}"));
        report.add(&rule::L008, place, what);
    };
    if !service.cap_add.is_empty() {
        let capabilities = told(&service.cap_add.join(", "));
        add(
            "cap_add",
            format!("service `{name}` adds capabilities: {capabilities}"),
        );
    }
    if service.privileged {
        let what = format!("service `{name}` asks to be privileged, which swarm ignores");
        add("privileged", what);
    }
    let on_host = service.networks.keys().any(|key| {
        model
            .networks
            .get(key)
            .is_some_and(|n| n.external && n.name == "host")
    });
    if on_host {
        add(
            "networks",
            format!("service `{name}` is on the server's own network"),
        );
    }
}

fn mount(name: &str, source: &str, spot: Spot, report: &mut Report) {
    if SOCKETS.contains(&source) {
        let what = format!("service `{name}` mounts the docker socket");
        report.add(&rule::L009, spot, what);
    } else if source == "/" {
        let what = format!("service `{name}` mounts the whole file system of the server");
        report.add(&rule::L010, spot, what);
    } else if !HARMLESS.contains(&source) && !source.starts_with(WORKING_DIR) {
        let what = format!("service `{name}` mounts `{}` of the server", told(source));
        report.add(&rule::L010, spot, what);
    }
}
