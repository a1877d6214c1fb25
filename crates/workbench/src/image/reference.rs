//! An image: whose it is, its tag, its digest.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use oci_spec::distribution::Reference;

use super::template::{Origin, Template, TemplateError};
use crate::tags::Shape;

/// Where an image lives, without any tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    /// `docker.io`, `ghcr.io`, `127.0.0.1:5000`.
    pub registry: String,
    /// `library/nginx`.
    pub path: String,
}

impl fmt::Display for Repository {
    /// As a person writes it: without docker's own host and `library/`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.registry.as_str() {
            "docker.io" => f.write_str(self.path.strip_prefix("library/").unwrap_or(&self.path)),
            registry => write!(f, "{registry}/{}", self.path),
        }
    }
}

/// Why a tag can be neither looked up nor changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// What the text comes to cannot be known.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// It is no image.
    #[error("`{0}` is not an image")]
    NotAnImage(String),
    /// It has no tag.
    #[error("it has no tag, so it is whatever `latest` is")]
    NoTag,
    /// The tag stands in more than one place.
    #[error("the tag is put together from several parts; edit it by hand")]
    Scattered,
    /// The sample sets the variable that the tag comes from.
    #[error("the tag comes from {0}, which the sample sets; edit .env.sample by hand")]
    FromSample(String),
}

/// The text of an image.
#[derive(Debug, Clone)]
pub struct ImageText {
    template: Template,
    /// Where it lives.
    pub repository: Repository,
    tag: Range<usize>,
    digest: Option<Range<usize>>,
}

impl ImageText {
    /// Reads what stands after `image:`.
    ///
    /// # Errors
    /// It cannot be known which image that is, or it has no tag.
    pub fn read(text: &str, sample: &BTreeMap<String, String>) -> Result<Self, ImageError> {
        let template = Template::fill(text, sample)?;
        let value = template.value.as_str();
        let wrong = || ImageError::NotAnImage(value.chars().take(80).collect());
        let reference: Reference = value.parse().map_err(|_| wrong())?;
        let repository = Repository {
            registry: reference.registry().to_owned(),
            path: reference.repository().to_owned(),
        };
        let (name, digest) = match value.find('@') {
            Some(at) => (
                value.get(..at).unwrap_or_default(),
                Some(at + 1..value.len()),
            ),
            None => (value, None),
        };
        let path = name.rfind('/').map_or(0, |slash| slash + 1);
        let colon = name.get(path..).and_then(|last| last.find(':'));
        let tag = colon.map(|colon| path + colon + 1..name.len());
        Ok(Self {
            repository,
            tag: tag.ok_or(ImageError::NoTag)?,
            digest,
            template,
        })
    }

    /// The tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        self.template
            .value
            .get(self.tag.clone())
            .unwrap_or_default()
    }

    /// The digest, when it is pinned to one.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.template.value.get(self.digest.clone()?)
    }

    /// Which bytes of the text to replace, and by what, so that it says another tag (and another digest, when it is pinned
    /// to one).
    ///
    /// # Errors
    /// They do not stand in one place of the text.
    pub fn change(
        &self,
        tag: &str,
        digest: Option<&str>,
    ) -> Result<Vec<(Range<usize>, String)>, ImageError> {
        let mut changes = Vec::new();
        if tag != self.tag() {
            let (old, new) = cores(self.tag(), tag);
            let range = self.tag.start + old.start..self.tag.start + old.end;
            changes.push((
                self.typed(range)?,
                tag.get(new).unwrap_or_default().to_owned(),
            ));
        }
        if let (Some(range), Some(digest)) = (&self.digest, digest)
            && self.digest() != Some(digest)
        {
            changes.push((self.typed(range.clone())?, digest.to_owned()));
        }
        Ok(changes)
    }

    /// The bytes of the text that became these bytes of the result.
    fn typed(&self, range: Range<usize>) -> Result<Range<usize>, ImageError> {
        let part = self.template.part(&range).ok_or(ImageError::Scattered)?;
        match &part.origin {
            Origin::Typed(typed) | Origin::Default(_, typed) => {
                let start = typed.start + (range.start - part.range.start);
                Ok(start..start + range.len())
            }
            Origin::Sample(name) => Err(ImageError::FromSample(name.clone())),
            Origin::Made => Err(ImageError::Scattered),
        }
    }
}

/// The bytes in which two tags differ, as whole numbers: all of both unless they are of one shape.
fn cores(old: &str, new: &str) -> (Range<usize>, Range<usize>) {
    match (Shape::read(old), Shape::read(new)) {
        (Some(a), Some(b)) if a.is_like(&b) => (a.core(), b.core()),
        _ => (0..old.len(), 0..new.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(
        text: &str,
        sample: &[(&str, &str)],
        tag: &str,
        digest: Option<&str>,
    ) -> Result<String, ImageError> {
        let sample = sample
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let mut changes = ImageText::read(text, &sample)?.change(tag, digest)?;
        changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        let mut text = text.to_owned();
        for (range, new) in changes {
            text.replace_range(range, &new);
        }
        Ok(text)
    }

    #[test]
    fn names_are_read_as_docker_reads_them() {
        for (text, shown, tag) in [
            ("nginx:1.2", "nginx", "1.2"),
            ("docker.io/library/nginx:1.2", "nginx", "1.2"),
            ("ghcr.io/a/b/c:v1", "ghcr.io/a/b/c", "v1"),
            ("localhost:5000/x:1", "localhost:5000/x", "1"),
            (
                "lscr.io/linuxserver/socket-proxy:3.2.10",
                "lscr.io/linuxserver/socket-proxy",
                "3.2.10",
            ),
        ] {
            let image = ImageText::read(text, &BTreeMap::new()).expect(text);
            assert_eq!(
                (image.repository.to_string().as_str(), image.tag()),
                (shown, tag)
            );
        }
        for text in [
            "nginx",
            "localhost:5000/x",
            "NGINX:1",
            "nginx:",
            "a b:1",
            "${X}",
        ] {
            assert!(ImageText::read(text, &BTreeMap::new()).is_err(), "{text}");
        }
    }

    #[test]
    fn only_what_differs_is_replaced() {
        let digest = |c: char| format!("sha256:{}", c.to_string().repeat(64));
        let pinned = format!("nginx:1.25-alpine@{}", digest('a'));
        for (text, tag, digest, wanted) in [
            (
                "nginx:1.25-alpine",
                "1.27-alpine",
                None,
                "nginx:1.27-alpine".to_owned(),
            ),
            (
                pinned.as_str(),
                "1.27-alpine",
                Some(digest('b')),
                format!("nginx:1.27-alpine@{}", digest('b')),
            ),
            (
                pinned.as_str(),
                "1.25-alpine",
                Some(digest('b')),
                format!("nginx:1.25-alpine@{}", digest('b')),
            ),
            (
                "${R:-x/y}:${V:-1.0.6}-${F:-social}",
                "1.0.7-social",
                None,
                "${R:-x/y}:${V:-1.0.7}-${F:-social}".to_owned(),
            ),
            (
                "${R:-x/y}:${V:-1.9}-social",
                "1.10-social",
                None,
                "${R:-x/y}:${V:-1.10}-social".to_owned(),
            ),
            ("${I:-nginx:1.2}", "1.3", None, "${I:-nginx:1.3}".to_owned()),
            ("nginx:latest", "1.3", None, "nginx:1.3".to_owned()),
        ] {
            assert_eq!(
                changed(text, &[], tag, digest.as_deref()).as_deref(),
                Ok(wanted.as_str())
            );
        }
    }

    #[test]
    fn what_stands_in_several_places_or_in_the_sample_is_told() {
        assert_eq!(
            changed("nginx:${A:-1}.${B:-2}", &[], "1.3", None),
            Err(ImageError::Scattered)
        );
        assert_eq!(
            changed("nginx:${A:-1.2}", &[("A", "1.2")], "1.3", None),
            Err(ImageError::FromSample("A".to_owned()))
        );
        assert_eq!(
            changed("nginx:${A:-${B:-1.2}}", &[], "1.3", None),
            Err(ImageError::Scattered)
        );
    }
}
