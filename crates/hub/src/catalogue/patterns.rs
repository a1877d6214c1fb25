//! Which repositories of a forge are meant. A plain name is a pattern that fits itself.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{error::CatalogueError, limits::MAX_PATTERN};

/// Patterns of names. Forges tell no repository from one with the same name in other letters, nor do these.
#[derive(Debug, Clone, Default)]
pub(super) struct Patterns {
    texts: Vec<String>,
    set: GlobSet,
}

impl Patterns {
    /// Reads patterns of the source that is called `of`.
    pub(super) fn of(texts: &BTreeSet<String>, of: &str) -> Result<Self, CatalogueError> {
        let mut set = GlobSetBuilder::new();
        for text in texts {
            let wrong = |why: String| {
                let text: String = text.chars().take(80).collect();
                let why = format!("`{text}` of {of} is no pattern of names: {why}");
                CatalogueError::Config { why }
            };
            if text.is_empty() || text.len() > MAX_PATTERN {
                return Err(wrong(format!("it has 1 to {MAX_PATTERN} bytes")));
            }
            let glob = GlobBuilder::new(text).case_insensitive(true).build();
            set.add(glob.map_err(|error| wrong(error.kind().to_string()))?);
        }
        let set = set.build().map_err(|error| CatalogueError::Config {
            why: format!("the patterns of {of} are too much together: {error}"),
        })?;
        let texts = texts.iter().cloned().collect();
        Ok(Self { texts, set })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    pub(super) fn fit(&self, name: &str) -> bool {
        self.set.is_match(name)
    }

    /// Those that fit none of these names: somebody may have written them wrong.
    pub(super) fn idle<'a>(&'a self, names: &BTreeSet<String>) -> impl Iterator<Item = &'a str> {
        let mut used = vec![false; self.texts.len()];
        for at in names.iter().flat_map(|name| self.set.matches(name)) {
            if let Some(used) = used.get_mut(at) {
                *used = true;
            }
        }
        let both = self.texts.iter().zip(used);
        both.filter(|(_, used)| !used)
            .map(|(text, _)| text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn plain_names_and_patterns_fit_whole_names() {
        let patterns = Patterns::of(&names(&["web", "docs-*", "{abra,go-*}", "v?"]), "f").unwrap();
        for (name, fits) in [
            ("web", true),
            ("Web", true),
            ("web2", false),
            ("my-web", false),
            ("docs-", true),
            ("docs-old.site", true),
            ("abra", true),
            ("go-abra", true),
            ("v1", true),
            ("v10", false),
        ] {
            assert_eq!(patterns.fit(name), fits, "{name}");
        }
        let idle: Vec<_> = patterns.idle(&names(&["WEB", "go-abra", "x"])).collect();
        assert_eq!(idle, ["docs-*", "v?"]);
    }
}
