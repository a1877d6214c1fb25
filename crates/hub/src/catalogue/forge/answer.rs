//! What a forge says: one page of its list of repositories.

use reqwest::{
    Url,
    header::{CONTENT_TYPE, HeaderMap, LINK},
};
use serde::Deserialize;

use super::{
    super::{error::CatalogueError, limits::MAX_LINK},
    ask::Answer,
};

/// A repository as Gitea and Forgejo write it. They write much more; what is missing or `null` is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) private: bool,
    pub(super) internal: bool,
    pub(super) empty: bool,
    pub(super) archived: bool,
    pub(super) description: Option<String>,
    pub(super) website: Option<String>,
    pub(super) avatar_url: Option<String>,
    pub(super) ssh_url: Option<String>,
}

/// A page of the list.
pub(super) struct Page {
    pub(super) items: Vec<Item>,
    /// How many repositories there are altogether, if the forge says so.
    pub(super) total: Option<usize>,
    /// Where the list goes on.
    pub(super) next: Option<Url>,
}

impl Page {
    /// Reads the answer that came from `url`.
    pub(super) fn read(forge: &str, url: &Url, answer: &Answer) -> Result<Self, CatalogueError> {
        let items = serde_json::from_slice(&answer.body).map_err(|error| {
            let why = match kind(&answer.headers) {
                Some(kind) if !kind.contains("json") => format!("it is {kind}"),
                // Where in the text, and what was expected there; nothing of the text itself.
                _ => format!(
                    "it cannot be read at line {}, column {}",
                    error.line(),
                    error.column()
                ),
            };
            let forge = forge.to_owned();
            CatalogueError::NoList { forge, why }
        })?;
        let total = answer.headers.get("x-total-count");
        let total = total.and_then(|total| total.to_str().ok()?.trim().parse().ok());
        let next = next(forge, url, &answer.headers)?;
        Ok(Self { items, total, next })
    }
}

fn kind(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let kind = kind.split(';').next().unwrap_or_default();
    Some(kind.trim().chars().take(60).collect())
}

/// The next page, which is another query of the same address: a list goes on nowhere else.
fn next(forge: &str, url: &Url, headers: &HeaderMap) -> Result<Option<Url>, CatalogueError> {
    let Some(link) = headers.get(LINK) else {
        return Ok(None);
    };
    let no_link = || CatalogueError::NoList {
        forge: forge.to_owned(),
        why: "its `Link` header cannot be read".to_owned(),
    };
    let link = link.to_str().map_err(|_| no_link())?;
    if link.len() > MAX_LINK {
        return Err(no_link());
    }
    let links = parse_link_header::parse_with_rel(link).map_err(|_| no_link())?;
    let Some(next) = links.get("next") else {
        return Ok(None);
    };
    let next = url.join(&next.raw_uri).map_err(|_| no_link())?;
    if (next.origin(), next.path()) == (url.origin(), url.path()) {
        return Ok(Some(next));
    }
    let to: String = next.as_str().chars().take(200).collect();
    Err(CatalogueError::Elsewhere {
        forge: forge.to_owned(),
        what: format!("its list goes on at {to}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(link: &str, body: &str) -> Result<Page, CatalogueError> {
        let mut headers = HeaderMap::new();
        headers.insert("x-total-count", "7".parse().unwrap());
        headers.insert(CONTENT_TYPE, "text/html; charset=utf-8".parse().unwrap());
        if !link.is_empty() {
            headers.insert(LINK, link.parse().unwrap());
        }
        let url = "https://f.example/api/v1/orgs/o/repos?page=1&limit=50"
            .parse()
            .unwrap();
        let body = body.as_bytes().to_vec();
        Page::read("f.example/o", &url, &Answer { headers, body })
    }

    #[test]
    fn reads_what_forgejo_writes() {
        let link = concat!(
            "<https://f.example/api/v1/orgs/o/repos?limit=50&page=2>; rel=\"next\",",
            "<https://f.example/api/v1/orgs/o/repos?limit=50&page=3>; rel=\"last\""
        );
        let body = r#"[{"id": 3, "name": "web", "private": false, "empty": false, "description": "A web",
            "website": null, "owner": {"login": "o"}, "ssh_url": "ssh://git@f.example/o/web.git"}]"#;
        let page = read(link, body).ok().unwrap();
        assert_eq!((page.items.len(), page.total), (1, Some(7)));
        assert_eq!(page.items[0].description.as_deref(), Some("A web"));
        assert_eq!(
            page.next.unwrap().query(),
            Some("limit=50&page=2"),
            "what it says, as it says it"
        );
        let last = "<https://f.example/api/v1/orgs/o/repos?page=1>; rel=\"prev\"";
        assert!(read(last, "[]").ok().unwrap().next.is_none());
        assert!(read("", "[]").ok().unwrap().next.is_none());
    }

    #[test]
    fn a_list_that_goes_on_elsewhere_is_refused() {
        for elsewhere in [
            "http://f.example/api/v1/orgs/o/repos?page=2",
            "https://f.example:444/api/v1/orgs/o/repos?page=2",
            "https://g.example/api/v1/orgs/o/repos?page=2",
            "https://f.example/api/v1/admin/users",
        ] {
            let refused = read(&format!("<{elsewhere}>; rel=\"next\""), "[]");
            assert_eq!(refused.err().unwrap().code(), "AL-9206", "{elsewhere}");
        }
    }

    #[test]
    fn what_is_no_list_is_told_without_repeating_it() {
        for (link, body) in [
            ("", "<!doctype html><p>canary"),
            ("", "{\"canary\": 1}"),
            ("", "[{\"name\": \"canary\", \"private\": \"canary\"}]"),
            ("", ""),
            ("canary; rel", "[]"),
            ("<//canary.example/api/v1/orgs/o/repos>; rel=\"next\"", "[]"),
        ] {
            let refused = read(link, body).err().expect(body);
            assert_eq!(refused.code(), "AL-9207", "{body}");
            assert!(!refused.told().contains("canary"), "{}", refused.told());
        }
    }
}
