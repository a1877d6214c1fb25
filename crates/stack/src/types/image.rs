//! Image references.

/// The image as the docker client sends it: with `:latest` when it has neither tag nor digest,
/// and in the familiar form (`docker.io/library/nginx` is `nginx`).
///
/// `None` for what is no image reference (distribution's reference grammar): docker refuses a
/// stack with one, and one without.
pub fn tagged_image(image: &str) -> Option<String> {
    if image.len() == 64 && is_hex(image) {
        return Some(image.to_owned());
    }
    if is_digest(image) && image.starts_with("sha256:") {
        return Some(image.to_owned());
    }
    let (named, digest) = match image.split_once('@') {
        Some((named, digest)) => (
            named,
            Some(digest).filter(|d| is_digest(d))?.to_owned().into(),
        ),
        None => (image, None::<String>),
    };
    let (domain, rest) = split_domain(named);
    let (path, tag) = match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag).filter(|t| is_tag(t))?.to_owned().into()),
        None => (rest, None::<String>),
    };
    if !path.split('/').all(is_component) || !domain.is_none_or(is_domain) || named.len() > 255 {
        return None;
    }
    let name = familiar(domain, path);
    Some(match (tag, digest) {
        (None, None) => format!("{name}:latest"),
        (Some(tag), None) => format!("{name}:{tag}"),
        (None, Some(digest)) => format!("{name}@{digest}"),
        (Some(tag), Some(digest)) => format!("{name}:{tag}@{digest}"),
    })
}

/// The registry before the first `/`, when it looks like one.
fn split_domain(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.chars().any(char::is_uppercase) =>
        {
            (Some(first), rest)
        }
        _ => (None, name),
    }
}

fn familiar(domain: Option<&str>, path: &str) -> String {
    match domain {
        Some(domain) if !matches!(domain, "docker.io" | "index.docker.io") => {
            format!("{domain}/{path}")
        }
        _ => match path.strip_prefix("library/") {
            Some(official) if !official.contains('/') => official.to_owned(),
            _ => path.to_owned(),
        },
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn is_digest(text: &str) -> bool {
    let length = |algorithm| match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => 0,
    };
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        is_hex(hex) && !hex.is_empty() && hex.len() == length(algorithm)
    })
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(word)
        && text.len() <= 128
        && text.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

/// Lower-case letters and digits, with `.`, `_`, `__` or hyphens between them.
fn is_component(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = |b: Option<u8>| b.is_some_and(alphanumeric);
    let inner = text
        .bytes()
        .all(|b| alphanumeric(b) || matches!(b, b'.' | b'_' | b'-'));
    let separators = text.split(|c: char| alphanumeric(c as u8));
    let separators_ok = separators
        .into_iter()
        .all(|s| matches!(s, "" | "." | "_" | "__") || s.bytes().all(|b| b == b'-'));
    text.is_ascii()
        && inner
        && separators_ok
        && ends(text.bytes().next())
        && ends(text.bytes().last())
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, port),
        _ => (text, "0"),
    };
    let port_ok = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let label = |l: &str| {
        !l.is_empty()
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let ipv6 = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host_ok = match ipv6 {
        Some(address) => {
            !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
        }
        None => host.split('.').all(label),
    };
    port_ok && host_ok
}

#[cfg(test)]
mod tests {
    use super::tagged_image;

    #[test]
    fn images_are_sent_as_the_docker_client_sends_them() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (image, sent) in [
            ("nginx", "nginx:latest".to_owned()),
            ("nginx:1.2", "nginx:1.2".to_owned()),
            ("docker.io/library/nginx", "nginx:latest".to_owned()),
            ("index.docker.io/foo/bar:1", "foo/bar:1".to_owned()),
            ("localhost/x", "localhost/x:latest".to_owned()),
            (
                "reg.example.org:5000/a/b",
                "reg.example.org:5000/a/b:latest".to_owned(),
            ),
            ("library/nginx", "nginx:latest".to_owned()),
            (&format!("a@{digest}"), format!("a@{digest}")),
            (&format!("docker.io/a:1@{digest}"), format!("a:1@{digest}")),
            ("a__b/c--d", "a__b/c--d:latest".to_owned()),
            (&"a".repeat(64), "a".repeat(64)),
        ] {
            assert_eq!(tagged_image(image), Some(sent), "{image}");
        }
    }

    #[test]
    fn what_is_no_image_reference_is_none() {
        for image in [
            "",
            "NGINX",
            "foo:",
            "a b",
            "foo/:bar",
            "a___b",
            "x:1@sha256:abc",
            "a@",
            "/a",
            "é",
        ] {
            assert_eq!(tagged_image(image), None, "{image}");
        }
    }
}
