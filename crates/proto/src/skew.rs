//! Version skew: a request carries the oldest server that its client can work with.

use semver::Version;
use tonic::metadata::MetadataMap;

use crate::{MIN_SERVER_VERSION, VERSION};

/// Longest version that is repeated to who asked for it, characters.
const MAX_SHOWN: usize = 40;

/// The server that a client needs, when that is a newer one than this. What is no version is no wish.
#[must_use]
pub fn newer_server_needed(metadata: &MetadataMap) -> Option<String> {
    let wanted = metadata.get(MIN_SERVER_VERSION)?.to_str().ok()?;
    let (needed, own) = (Version::parse(wanted).ok()?, Version::parse(VERSION).ok()?);
    (needed > own).then(|| wanted.chars().take(MAX_SHOWN).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(wanted: &str) -> Option<String> {
        let mut metadata = MetadataMap::new();
        metadata.insert(MIN_SERVER_VERSION, wanted.parse().unwrap());
        newer_server_needed(&metadata)
    }

    #[test]
    fn only_a_newer_server_than_this_is_missed() {
        assert_eq!(needed("99.0.0"), Some("99.0.0".to_owned()));
        assert_eq!(needed(VERSION), None);
        assert_eq!(needed("0.0.1"), None);
        assert_eq!(newer_server_needed(&MetadataMap::new()), None);
    }

    #[test]
    fn what_is_no_version_is_no_wish_and_a_long_one_is_not_repeated_whole() {
        assert_eq!(needed("newest"), None);
        let long = format!("99.0.0-{}", "x".repeat(5_000));
        assert_eq!(needed(&long).unwrap().len(), MAX_SHOWN);
    }
}
