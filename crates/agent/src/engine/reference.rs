//! Image references in the familiar form that the docker CLI writes (distribution/reference).

/// Why a text is no image reference.
#[derive(Debug, PartialEq, Eq)]
pub struct ReferenceError(pub(super) String);

/// `[domain/]path[:tag][@digest]`, default domain and namespace left out.
#[derive(Debug, PartialEq, Eq)]
pub struct Reference {
    name: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Reference {
    /// Splits a reference; does not check every character, the engine does that.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (text, None),
        };
        // A colon after the last slash begins a tag; one before it belongs to a port.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (rest, None),
        };
        let familiar = familiar_name(name);
        let path = familiar.split_once('/').map_or(familiar, |(_, path)| path);
        if name.is_empty() || path.is_empty() || name.contains(char::is_whitespace) {
            return Err(ReferenceError("invalid reference format".to_owned()));
        }
        if path.contains(|c: char| c.is_ascii_uppercase()) {
            let reason = "invalid reference format: repository name must be lowercase";
            return Err(ReferenceError(reason.to_owned()));
        }
        Ok(Self {
            name: familiar.to_owned(),
            tag,
            digest,
        })
    }

    /// The familiar form with a tag; `latest` when neither tag nor digest was given.
    pub fn familiar(&self) -> String {
        match (&self.tag, &self.digest) {
            (Some(tag), Some(digest)) => format!("{}:{tag}@{digest}", self.name),
            (None, Some(digest)) => format!("{}@{digest}", self.name),
            (Some(tag), None) => format!("{}:{tag}", self.name),
            (None, None) => format!("{}:latest", self.name),
        }
    }

    /// The familiar form pinned to a digest; one that is pinned already stays as it is.
    pub fn with_digest(&self, digest: &str) -> String {
        if self.digest.is_some() {
            return self.familiar();
        }
        format!("{}@{digest}", self.familiar())
    }
}

/// `docker.io/library/nginx` is `nginx`, `docker.io/a/b` is `a/b`.
fn familiar_name(name: &str) -> &str {
    let name = name
        .strip_prefix("docker.io/")
        .or_else(|| name.strip_prefix("index.docker.io/"))
        .unwrap_or(name);
    match name.strip_prefix("library/") {
        Some(path) if !path.contains('/') => path,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn pins_as_the_docker_cli_writes_it() {
        let cases = [
            ("nginx", "nginx:latest@sha256:1"),
            ("docker.io/library/nginx:1.27", "nginx:1.27@sha256:1"),
            ("index.docker.io/a/b", "a/b:latest@sha256:1"),
            ("localhost:5000/a", "localhost:5000/a:latest@sha256:1"),
            ("git.example.org/a/b:2", "git.example.org/a/b:2@sha256:1"),
            ("nginx:1@sha256:2", "nginx:1@sha256:2"),
            ("nginx@sha256:2", "nginx@sha256:2"),
        ];
        for (given, expected) in cases {
            let reference = Reference::parse(given).unwrap();
            assert_eq!(reference.with_digest("sha256:1"), expected);
        }
    }

    #[test]
    fn refuses_what_is_no_reference() {
        for bad in ["", ":1", "Nginx", "a b", "example.org/"] {
            assert!(Reference::parse(bad).is_err(), "{bad:?}");
        }
    }
}
