//! What a registry wants to see before it answers.

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use secrecy::SecretString;

/// What it asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A token, from there.
    Bearer {
        realm: String,
        service: Option<String>,
        scope: Option<String>,
    },
    /// A name and a password.
    Basic,
}

/// What it is shown.
pub(super) enum Ticket {
    /// A token.
    Bearer(SecretString),
    /// The name and password of this machine.
    Login,
}

/// What the answer asks for; a token where there is a choice.
pub(super) fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let texts = headers.get_all(WWW_AUTHENTICATE).iter();
    let mut all: Vec<Challenge> = texts
        .filter_map(|text| http_auth::parse_challenges(text.to_str().ok()?).ok())
        .flatten()
        .filter_map(|challenge| {
            if challenge.scheme.eq_ignore_ascii_case("basic") {
                return Some(Challenge::Basic);
            }
            let value = |name: &str| {
                let mut params = challenge.params.iter();
                params
                    .find(|(key, _)| key.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.to_unescaped())
            };
            challenge
                .scheme
                .eq_ignore_ascii_case("bearer")
                .then(|| value("realm"))?
                .map(|realm| Challenge::Bearer {
                    realm,
                    service: value("service"),
                    scope: value("scope"),
                })
        })
        .collect();
    all.sort_by_key(|challenge| *challenge == Challenge::Basic);
    all.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_asked_for_before_a_password() {
        let mut headers = HeaderMap::new();
        assert_eq!(challenge(&headers), None);
        headers.append(WWW_AUTHENTICATE, "Basic realm=\"a\"".parse().unwrap());
        assert_eq!(challenge(&headers), Some(Challenge::Basic));
        let text = "bearer Realm=\"https://auth.example.org/t?x=1\",service=\"a, b\",scope=\"repository:a/b:pull\"";
        headers.append(WWW_AUTHENTICATE, text.parse().unwrap());
        let bearer = Challenge::Bearer {
            realm: "https://auth.example.org/t?x=1".to_owned(),
            service: Some("a, b".to_owned()),
            scope: Some("repository:a/b:pull".to_owned()),
        };
        assert_eq!(challenge(&headers), Some(bearer));
        for text in ["", "=", "Bearer", "Negotiate", "Digest realm=\"x\""] {
            let mut headers = HeaderMap::new();
            headers.append(WWW_AUTHENTICATE, text.parse().unwrap());
            assert_eq!(challenge(&headers), None, "{text}");
        }
    }
}
