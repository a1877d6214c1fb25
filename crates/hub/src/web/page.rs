//! Which page a path names. One page has one path: whatever else it could mean is not there.

use allot_ledger::{Digest, log::Resource};

use super::limits::MAX_PATH;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// The log: its checkpoint, tiles and entries.
    Log(Resource),
    /// A long text, by its hash.
    Text(Digest),
    /// Figures for Prometheus.
    Metrics,
}

impl Page {
    /// Reads the path of a request as it came, nothing of it decoded.
    pub(super) fn of(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        if path.len() > MAX_PATH {
            return None;
        }
        if path == "metrics" {
            return Some(Self::Metrics);
        }
        match path.strip_prefix("texts/") {
            Some(hash) => text(hash),
            None => Resource::of(path).map(Self::Log),
        }
    }
}

/// A digest is read in capitals too, but that would be another spelling.
fn text(hash: &str) -> Option<Page> {
    let digest: Digest = hash.parse().ok()?;
    (digest.to_string() == hash).then_some(Page::Text(digest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_page_has_one_path() {
        let hash = Digest::of(b"text").to_string();
        for good in [
            "/checkpoint",
            "/metrics",
            "/tile/0/000",
            "/tile/entries/x001/234.p/7",
        ] {
            assert!(Page::of(good).is_some(), "{good}");
        }
        assert!(Page::of(&format!("/texts/{hash}")).is_some());
        for bad in [
            format!("/texts/{}", hash.to_uppercase()),
            format!("/texts/{hash}/"),
            format!("/texts//{hash}"),
            format!("/texts/{}", &hash[1..]),
            "checkpoint".to_owned(),
            "//checkpoint".to_owned(),
            "/checkpoint/".to_owned(),
            "/tile/0/+00".to_owned(),
        ] {
            assert_eq!(Page::of(&bad), None, "{bad}");
        }
    }

    #[test]
    fn no_number_is_too_large_to_be_refused() {
        for tile in ["0", "1", "7", "entries"] {
            for digits in 1..20 {
                let n = "x999/".repeat(digits) + "999";
                let _ = Page::of(&format!("/tile/{tile}/{n}"));
                let _ = Page::of(&format!("/tile/{tile}/x018/x446/x744/x073/x709/x551/615"));
            }
        }
    }

    proptest! {
        #[test]
        fn paths_of_any_kind_are_no_reason_to_panic(path in "/(tile|texts|x)?/?[0-9a-z./%x]{0,60}") {
            let _ = Page::of(&path);
        }
    }
}
