//! Where a repository has gone, when its host says that it has another address.
//!
//! A forge does so after a repository was renamed, or to come from http to https. It is followed at the same host only:
//! whoever may write one address of a forge must not choose which hosts inside of our own network are asked.

use std::time::Duration;

use gix::url::Scheme;
use reqwest::{Url, blocking::Client, header::LOCATION, redirect::Policy};

use super::{classify::Trouble, remote::USER_AGENT};

/// What a repository is asked for first.
const REFS: &str = "/info/refs";

/// The most times that one is sent on.
const MOST_HOPS: usize = 5;

/// The longest address that is told, characters.
const TOLD: usize = 200;

/// The address that a repository has now; nothing when its host does not say that it has another.
pub(super) fn to(url: &gix::Url, patience: Duration) -> Result<Option<gix::Url>, Trouble> {
    let Some(first) = first(url) else {
        return Ok(None);
    };
    // As nobody: what is told to everybody is enough, and no password goes where gix would not send it.
    let client = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .referer(false)
        .timeout(patience)
        .build();
    let Ok(client) = client else {
        return Ok(None);
    };
    let mut here = first.clone();
    for _ in 0..MOST_HOPS {
        // Why it cannot be asked was found out before.
        let Ok(answer) = client.get(here.clone()).send() else {
            return Ok(None);
        };
        let next = answer.headers().get(LOCATION);
        let next = next.filter(|_| answer.status().is_redirection());
        let Some(next) = next else {
            return Ok((here != first).then(|| with(url, &here)).flatten());
        };
        let there = next.to_str().ok().and_then(|next| here.join(next).ok());
        here = match there {
            Some(there) if is_near(&here, &there) => there,
            Some(there) => return Err(Trouble::Elsewhere(told(there))),
            None => return Err(Trouble::Elsewhere("an address that is none".to_owned())),
        };
    }
    Err(Trouble::Elsewhere(told(here)))
}

fn first(url: &gix::Url) -> Option<Url> {
    if !matches!(url.scheme, Scheme::Http | Scheme::Https) {
        return None;
    }
    let mut first = Url::parse(&url.to_bstring().to_string()).ok()?;
    first.set_username("").ok()?;
    first.set_password(None).ok()?;
    let path = format!("{}{REFS}", first.path().trim_end_matches('/'));
    first.set_path(&path);
    first.set_query(Some("service=git-upload-pack"));
    Some(first)
}

/// Whether it is the same host, asked in a way that is at least as private.
fn is_near(here: &Url, there: &Url) -> bool {
    let port = |url: &Url| url.port_or_known_default();
    let is_same = here.scheme() == there.scheme() && port(here) == port(there);
    let is_better = (here.scheme(), port(here)) == ("http", Some(80))
        && (there.scheme(), port(there)) == ("https", Some(443));
    here.host_str() == there.host_str() && (is_same || is_better)
}

/// The address there, for whoever asked here.
fn with(url: &gix::Url, there: &Url) -> Option<gix::Url> {
    let mut plain = there.clone();
    plain.set_path(there.path().strip_suffix(REFS)?);
    plain.set_query(None);
    let mut moved = gix::url::parse(plain.as_str()).ok()?;
    moved.user.clone_from(&url.user);
    moved.password.clone_from(&url.password);
    Some(moved)
}

/// An address as people may see it.
fn told(mut url: Url) -> String {
    // Only an address without a host can have neither.
    let _ = (url.set_username(""), url.set_password(None));
    url.set_query(None);
    let text = url.as_str().trim_end_matches(REFS);
    text.chars().take(TOLD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_followed_at_the_same_host_and_never_to_a_less_private_place() {
        let url = |text: &str| Url::parse(text).expect("a URL");
        for (here, there, near) in [
            ("https://f.org/a", "https://f.org/b", true),
            ("http://f.org/a", "https://f.org/b", true),
            ("https://f.org/a", "https://f.org:443/b", true),
            ("https://f.org/a", "http://f.org/b", false),
            ("https://f.org/a", "https://f.org:8443/b", false),
            ("http://f.org:8080/a", "https://f.org/b", false),
            ("https://f.org/a", "https://f.org.evil.net/b", false),
            ("https://f.org/a", "http://169.254.169.254/b", false),
            ("https://f.org/a", "file:///etc/passwd", false),
        ] {
            assert_eq!(is_near(&url(here), &url(there)), near, "{here} {there}");
        }
    }

    #[test]
    fn keeps_who_asks_and_shows_it_to_nobody() {
        let old = gix::url::parse("https://me:canary@f.org/o/old.git/").expect("a URL");
        let asked = first(&old).expect("http");
        assert_eq!(
            asked.as_str(),
            "https://f.org/o/old.git/info/refs?service=git-upload-pack"
        );
        let there = Url::parse("https://f.org/o/new.git/info/refs?service=git-upload-pack");
        let new = with(&old, &there.expect("a URL")).expect("a repository's");
        assert_eq!(new.path, "/o/new.git");
        assert_eq!(new.user(), Some("me"));
        let elsewhere = Url::parse("https://me:canary@g.org/o/new.git/info/refs?x").expect("a URL");
        assert_eq!(told(elsewhere), "https://g.org/o/new.git");
    }
}
