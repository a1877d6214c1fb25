//! What experience says will bite: shown with every plan, never in the way of it.

use std::path::Path;

use allot_stack::spec::ServiceSpec;
use bollard::models::MountType;

use super::images::named;
use crate::app::desired::{Notice, short_name};

const DOCKER_SOCKETS: [&str; 2] = ["/var/run/docker.sock", "/run/docker.sock"];

/// Whether a mounted path is the engine's socket, or a folder that it is in.
fn holds_socket(path: &str) -> bool {
    let path = Path::new(path);
    DOCKER_SOCKETS
        .iter()
        .any(|socket| Path::new(socket).starts_with(path))
}

/// Looks at every service of a stack.
#[must_use]
pub fn lint(stack: &str, services: &[ServiceSpec]) -> Vec<Notice> {
    services
        .iter()
        .flat_map(|spec| {
            lint_service(
                short_name(stack, spec.name.as_deref().unwrap_or_default()),
                spec,
            )
        })
        .collect()
}

fn lint_service(service: &str, spec: &ServiceSpec) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut note = |rule: &str, text: String| {
        notices.push(Notice {
            rule: rule.to_owned(),
            place: service.to_owned(),
            text,
        });
    };
    match tag(named(spec)) {
        Tag::None => note(
            "image-untagged",
            format!("the image {} has no tag, so it means :latest", named(spec)),
        ),
        Tag::Latest => note(
            "image-latest",
            format!("{} changes under you; name a version", named(spec)),
        ),
        Tag::Fixed => {}
    }
    let Some(container) = spec
        .task_template
        .as_ref()
        .and_then(|t| t.container_spec.as_ref())
    else {
        return notices;
    };
    let is_job = spec
        .mode
        .as_ref()
        .is_some_and(|m| m.replicated_job.is_some() || m.global_job.is_some());
    let test = container
        .health_check
        .as_ref()
        .and_then(|h| h.test.as_deref())
        .unwrap_or_default();
    if !is_job && (test.is_empty() || test == ["NONE"]) {
        note(
            "no-healthcheck",
            "no health check in the recipe: running is all that can be seen of it".to_owned(),
        );
    }
    if container
        .capability_add
        .iter()
        .flatten()
        .any(|c| c == "ALL" || c == "CAP_SYS_ADMIN")
    {
        note(
            "privileged",
            "asks for capabilities that make it as powerful as root on the host".to_owned(),
        );
    }
    for mount in container
        .mounts
        .iter()
        .flatten()
        .filter(|m| m.typ == Some(MountType::BIND))
    {
        let source = mount.source.as_deref().unwrap_or_default();
        if holds_socket(source) {
            note(
                "docker-socket",
                "mounts the engine's socket: whoever is in it rules the swarm".to_owned(),
            );
        } else {
            note(
                "host-path",
                format!("mounts {source} of whichever node it runs on"),
            );
        }
    }
    notices
}

enum Tag {
    None,
    Latest,
    Fixed,
}

fn tag(image: &str) -> Tag {
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once(':') {
        _ if image.contains('@') => Tag::Fixed,
        None => Tag::None,
        Some((_, "latest")) => Tag::Latest,
        Some(_) => Tag::Fixed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_above_the_socket_counts_as_the_socket() {
        assert!(holds_socket("/var/run/docker.sock") && holds_socket("/run") && holds_socket("/"));
        assert!(!holds_socket("/var/lib/docker") && !holds_socket("/run/docker.sock.d"));
    }

    #[test]
    fn a_registry_port_is_not_taken_for_a_tag() {
        assert!(matches!(tag("registry.example:5000/app"), Tag::None));
        assert!(matches!(tag("registry.example:5000/app:1.2"), Tag::Fixed));
        assert!(matches!(tag("app:latest"), Tag::Latest));
        assert!(matches!(tag("app@sha256:00"), Tag::Fixed));
    }
}
