//! Whether the images are the same tomorrow.

use allot_stack::types::image::tagged_image;

use super::told;
use crate::report::Report;
use crate::rule::{self, Rule};
use crate::subject::Subject;

/// Words of tags that move from release to release.
const MOVING: [&str; 18] = [
    "latest",
    "stable",
    "edge",
    "nightly",
    "main",
    "master",
    "develop",
    "development",
    "dev",
    "beta",
    "alpha",
    "rc",
    "unstable",
    "testing",
    "snapshot",
    "canary",
    "rolling",
    "lts",
];

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    for (model, name, service) in subject.services() {
        // What is no image, or nothing yet, is told by other rules.
        if tagged_image(&service.image).is_none() {
            continue;
        }
        if let Some((rule, why)) = fault(&service.image) {
            let place = model.places.nearest(&format!("services.{name}.image"));
            let what = format!("service `{name}` runs `{}`: {why}", told(&service.image));
            report.add(rule, place, what);
        }
    }
}

/// The gravest that is wrong with a reference; a digest pins whatever the tag says.
fn fault(image: &str) -> Option<(&'static Rule, &'static str)> {
    if image.contains('@') {
        return None;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    match last.split_once(':') {
        None => Some((&rule::R003, "no tag")),
        Some((_, "latest")) => Some((&rule::R004, "`latest`")),
        Some((_, tag)) if moves(tag) => Some((&rule::L007, "a tag that moves")),
        Some((_, tag)) if !is_version(tag) => Some((&rule::R005, "a tag that is no version")),
        Some(_) => None,
    }
}

/// `edge`, `stable-alpine`, `latest-amd64`, `2-latest`; not `1.2.3-beta`, which is one release.
fn moves(tag: &str) -> bool {
    let lower = tag.to_ascii_lowercase();
    let mut words = lower.split(['-', '_']);
    let first = words.next().unwrap_or_default();
    MOVING.contains(&first) || words.next_back() == Some("latest")
}

/// Numbers with dots, a `v` before and a suffix behind allowed: `v2.4.8`, `17-3.5`, `3.12-alpine`.
fn is_version(tag: &str) -> bool {
    let numbers = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    let end = numbers.find(['-', '_', '+']).unwrap_or(numbers.len());
    let numbers = numbers.get(..end).unwrap_or_default();
    let is_number = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    numbers.split('.').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(image: &str) -> Option<&'static str> {
        fault(image).map(|(rule, _)| rule.id)
    }

    #[test]
    fn images_that_change_under_a_tag_are_told() {
        let digest = format!("app:latest@sha256:{}", "a".repeat(64));
        for (image, rule) in [
            ("mariadb", Some("R003")),
            ("registry.example.org:5000/a/b", Some("R003")),
            ("a/b:latest", Some("R004")),
            ("nginx:stable-alpine", Some("L007")),
            ("bonfire:latest-social-amd64", Some("L007")),
            ("x:2-latest", Some("L007")),
            ("debian:bookworm", Some("R005")),
            ("x:sha-1234567", Some("R005")),
            ("debian:13", None),
            ("traefik:v2.4.8", None),
            ("python:3.12-alpine", None),
            ("postgis:17-3.5", None),
            ("x:1.2.3-beta.1", None),
            ("x:2.0rc1", None),
            ("x:v1.0.0_arm64", None),
            (digest.as_str(), None),
        ] {
            assert_eq!(id(image), rule, "{image}");
        }
    }
}
