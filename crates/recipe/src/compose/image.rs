//! Image references: what a service's image is, and the parts of its name.

use std::collections::BTreeMap;

use super::interpolate::{Expanded, expand};
use crate::help::shorten;

/// The most characters of an image that are looked at. Docker takes 255 of a name, 128 of a tag and 71 of a digest.
const LONGEST: usize = 600;

/// An image with its variables put in, where they are known. One that is too long to be an image is cut off.
pub(crate) fn written(image: &str, vars: &BTreeMap<String, String>) -> Expanded {
    let expanded = expand(image.trim(), vars);
    Expanded {
        text: shorten(&expanded.text, LONGEST),
        ..expanded
    }
}

/// Name, tag and digest of an image, each perhaps with a variable in it that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageName {
    /// In docker's familiar form: `docker.io/library/nginx` is `nginx`.
    pub name: String,
    pub tag: Option<String>,
    pub digest: Option<String>,
}

impl ImageName {
    /// Splits a reference. Nothing is refused: an image that no engine would take is shown as it was written.
    pub fn split(image: &str) -> Self {
        let (named, digest) = match rfind_outside(image, '@') {
            Some(at) => (&image[..at], Some(image[at + 1..].to_owned())),
            None => (image, None),
        };
        let path = rfind_outside(named, '/').map_or(0, |at| at + 1);
        // A colon before the last `/` belongs to the registry's port.
        let (name, tag) = match rfind_outside(named, ':').filter(|at| *at > path) {
            Some(at) => (&named[..at], Some(named[at + 1..].to_owned())),
            None => (named, None),
        };
        Self {
            name: familiar(name).to_owned(),
            tag,
            digest,
        }
    }
}

fn familiar(name: &str) -> &str {
    let short = name
        .strip_prefix("docker.io/")
        .or_else(|| name.strip_prefix("index.docker.io/"))
        .unwrap_or(name);
    match short.strip_prefix("library/") {
        Some(official) if !official.contains('/') => official,
        _ => short,
    }
}

/// The last `wanted` that stands in no `${…}`.
fn rfind_outside(text: &str, wanted: char) -> Option<usize> {
    let mut depth = 0usize;
    let mut found = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '$' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if c == wanted && depth == 0 => found = Some(at),
            _ => {}
        }
        before = c;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_references_as_docker_names_them() {
        for (image, name, tag, digest) in [
            ("nginx", "nginx", None, None),
            ("nginx:1.2", "nginx", Some("1.2"), None),
            ("docker.io/library/nginx:1", "nginx", Some("1"), None),
            ("library/nginx", "nginx", None, None),
            ("index.docker.io/a/b:1", "a/b", Some("1"), None),
            ("ghcr.io/a/b:17-3.5", "ghcr.io/a/b", Some("17-3.5"), None),
            ("reg.example:5000/a", "reg.example:5000/a", None, None),
            (
                "reg.example:5000/a:2@sha256:ab",
                "reg.example:5000/a",
                Some("2"),
                Some("sha256:ab"),
            ),
            ("a@sha256:ab", "a", None, Some("sha256:ab")),
            (
                "${REG:?x:y}/a:${TAG:?t}",
                "${REG:?x:y}/a",
                Some("${TAG:?t}"),
                None,
            ),
            ("${IMAGE}", "${IMAGE}", None, None),
            ("", "", None, None),
            (":", ":", None, None),
        ] {
            let split = ImageName::split(image);
            assert_eq!(
                (
                    split.name.as_str(),
                    split.tag.as_deref(),
                    split.digest.as_deref()
                ),
                (name, tag, digest),
                "{image}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(image in "[${}a:/@é]{0,40}") {
            ImageName::split(&image);
        }
    }
}
