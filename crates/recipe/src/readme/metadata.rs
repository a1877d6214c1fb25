//! The metadata block of a recipe's README (reference 3.8).
//!
//! Every shape is accepted: `*` or `-` bullets, missing keys, empty values, `?`, words, numbers, the circled digits of the
//! first years. Those stay text: their scale ran the other way round, so a number made of them would be wrong.

use std::collections::BTreeMap;

use super::contact::web_address;
use crate::help::shorten;

/// The most keys beyond the known ones that are kept.
const MOST_OTHERS: usize = 30;

/// The most characters of a key or a value.
const LONGEST_VALUE: usize = 300;

/// What a README says about its recipe. An empty or missing value is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// `Apps`, `Development`, `Utilities`, `Graveyard`…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The status as written, for example `1, alpha`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The number that the status begins with, 0 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_score: Option<u8>,
    /// The image of the `app` service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// Whether it has a health check: `Yes`, `No`, a number, `N/A`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<String>,
    /// Whether it can be backed up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backups: Option<String>,
    /// How far mail is set up by variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// How far it is tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<String>,
    /// How far single sign-on is set up by variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sso: Option<String>,
    /// Whatever else the block holds, by key; a key that stands twice has both values, with a comma between them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, String>,
}

/// The `Image` line: ``[`name`](url), rating, source``.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Image {
    /// The image's name.
    pub name: String,
    /// Where it is described.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The rating as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<String>,
    /// Who makes it: `upstream`, `own`…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Metadata {
    /// Reads the block between `<!-- metadata -->` and `<!-- endmetadata -->`; `None` when there is none.
    pub fn parse(readme: &str) -> Option<Self> {
        let mut lines = readme.lines();
        lines.find(|line| is_comment(line, "metadata"))?;
        let mut metadata = Self::default();
        for line in lines.take_while(|line| !is_comment(line, "endmetadata")) {
            if let Some((key, value)) = bullet(line) {
                metadata.take(key, value);
            }
        }
        Some(metadata)
    }

    /// The web address under any of `keys` (lower case): bare, or of a link or picture.
    pub(super) fn address(&self, keys: &[&str]) -> Option<String> {
        let (_, value) = self
            .other
            .iter()
            .find(|(key, _)| keys.contains(&key.to_lowercase().as_str()))?;
        let target = value
            .rsplit_once("](")
            .map_or(value.as_str(), |(_, rest)| rest.trim_end_matches(')'));
        web_address(target.trim_matches(['<', '>', ' ']))
    }

    fn take(&mut self, key: &str, value: &str) {
        let value = shorten(value, LONGEST_VALUE);
        let value = value.as_str();
        let text = (!value.is_empty()).then(|| value.to_owned());
        match key.to_ascii_lowercase().as_str() {
            "category" => self.category = text,
            "status" => {
                self.status_score = leading_number(value);
                self.status = text;
            }
            "image" => self.image = text.map(|t| Image::parse(&t)),
            "healthcheck" => self.healthcheck = text,
            "backups" => self.backups = text,
            "email" => self.email = text,
            "tests" => self.tests = text,
            "sso" => self.sso = text,
            _ => self.take_other(key, value),
        }
    }

    fn take_other(&mut self, key: &str, value: &str) {
        // A link with a colon in it, in a list below a key, is no key.
        if key.contains(['[', '(', '<']) || key.len() > LONGEST_VALUE {
            return;
        }
        let full = self.other.len() >= MOST_OTHERS;
        match self.other.get_mut(key) {
            Some(known) if known.is_empty() => value.clone_into(known),
            Some(known) => *known = shorten(&format!("{known}, {value}"), LONGEST_VALUE),
            None if full => {}
            None => {
                self.other.insert(key.to_owned(), value.to_owned());
            }
        }
    }
}

impl Image {
    fn parse(value: &str) -> Self {
        let (link, rest) = match value.find(')') {
            Some(end) if value.starts_with('[') => value.split_at(end + 1),
            _ => value.split_once(',').unwrap_or((value, "")),
        };
        let (name, url) = match link.split_once("](") {
            Some((name, url)) => (
                name.trim_start_matches('['),
                Some(url.trim_end_matches(')')),
            ),
            None => (link, None),
        };
        let mut parts = rest
            .split(',')
            .map(str::trim)
            .filter(|p| !p.is_empty())
            .map(str::to_owned);
        Self {
            name: name.trim().trim_matches('`').to_owned(),
            url: url
                .map(str::trim)
                .filter(|u| !u.is_empty())
                .map(str::to_owned),
            rating: parts.next(),
            source: parts.next(),
        }
    }
}

/// Whether a line is `<!-- word -->`.
fn is_comment(line: &str, word: &str) -> bool {
    let inner = line.trim().strip_prefix("<!--");
    let inner = inner.and_then(|inner| inner.strip_suffix("-->"));
    inner.is_some_and(|inner| inner.trim().eq_ignore_ascii_case(word))
}

/// The key and value in `* **Key**: value`.
fn bullet(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().strip_prefix(['*', '-', '+'])?.trim_start();
    let (key, value) = line.split_once(':')?;
    let key = key.trim_matches(['*', '_', ' ']);
    (!key.is_empty()).then(|| (key, value.trim_start_matches('*').trim()))
}

fn leading_number(value: &str) -> Option<u8> {
    let end = value
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(value.len());
    value.get(..end)?.parse().ok().filter(|score| *score <= 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_block_as_the_handbook_writes_it() {
        let readme = "# web\n\n<!-- metadata -->\n* **Category**: Apps\n* **Status**: 4, stable\n* **Image**: [`web/web`](https://hub.docker.com/r/web), 4, upstream\n* **Healthcheck**: Yes\n* **Backups**:\n* **Maintainer**: us: all\n<!-- endmetadata -->\n* **Tests**: outside\n";
        let metadata = Metadata::parse(readme).expect("a block");
        assert_eq!(metadata.category.as_deref(), Some("Apps"));
        assert_eq!(metadata.status_score, Some(4));
        let image = metadata.image.expect("an image");
        assert_eq!(image.name, "web/web");
        assert_eq!(image.url.as_deref(), Some("https://hub.docker.com/r/web"));
        assert_eq!(
            (image.rating.as_deref(), image.source.as_deref()),
            (Some("4"), Some("upstream"))
        );
        assert_eq!(metadata.healthcheck.as_deref(), Some("Yes"));
        assert_eq!(metadata.backups, None);
        assert_eq!(metadata.tests, None);
        assert_eq!(
            metadata.other.get("Maintainer").map(String::as_str),
            Some("us: all")
        );
    }

    #[test]
    fn reads_blocks_that_were_written_in_a_hurry() {
        let readme = "\u{feff}# web\r\n<!--METADATA -->\r\n+ **Category** : Apps\r\n-\t__Status__: 3,stable\r\n* Tests:2\r\n*\r\n* :\r\n* **SSO:** No\r\n<!-- EndMetadata-->\r\n* **Email**: Yes\r\n";
        let metadata = Metadata::parse(readme).expect("a block");
        assert_eq!(metadata.category.as_deref(), Some("Apps"));
        assert_eq!(metadata.status_score, Some(3));
        assert_eq!(metadata.tests.as_deref(), Some("2"));
        assert_eq!(metadata.sso.as_deref(), Some("No"));
        assert_eq!((metadata.email, metadata.other.len()), (None, 0));
    }

    #[test]
    fn keeps_what_it_does_not_understand_as_text() {
        let readme = "<!--metadata-->\n- **Status**: ❶💚\n- **Image**: web, ❶💚\n- **SSO**: ? (Keycloak)\nprose\n";
        let metadata = Metadata::parse(readme).expect("a block without an end");
        assert_eq!(metadata.status.as_deref(), Some("❶💚"));
        assert_eq!(metadata.status_score, None);
        assert_eq!(metadata.image.expect("an image").name, "web");
        assert_eq!(metadata.sso.as_deref(), Some("? (Keycloak)"));
    }

    #[test]
    fn keys_that_stand_twice_keep_both_values_and_links_are_no_keys() {
        let readme = "<!-- metadata -->\n* **Maintainer**: a\n* **Maintainer**: b\n  * [c](mailto:c@c.example)\n* **Status**: 42\n<!-- endmetadata -->\n";
        let metadata = Metadata::parse(readme).expect("a block");
        assert_eq!(
            metadata.other,
            BTreeMap::from([("Maintainer".to_owned(), "a, b".to_owned())])
        );
        assert_eq!(metadata.status_score, None, "there are scores up to 5");
    }

    #[test]
    fn a_block_without_end_is_bounded() {
        let lines: String = (0..10_000)
            .map(|n| format!("* k{n}: {}\n", "v".repeat(2_000)))
            .collect();
        let metadata = Metadata::parse(&format!("<!-- metadata -->\n{lines}")).expect("a block");
        assert_eq!(metadata.other.len(), MOST_OTHERS);
        assert!(
            metadata
                .other
                .values()
                .all(|v| v.len() <= LONGEST_VALUE + 3)
        );
    }

    #[test]
    fn a_readme_without_a_block_has_no_metadata() {
        assert_eq!(Metadata::parse("# web\n* **Category**: Apps\n"), None);
    }
}
