//! The `versions` file of a recipe, which holds images back: `pin SERVICE IMAGE:TAG`, as abra reads it.
//!
//! A pin holds an image to tags whose numbers begin with those of the pin: `pin db postgres:16` lets `16.4` be followed
//! by `16.9` and never by `17.0`.

use std::collections::BTreeMap;

use allot_recipe::RecipeTree;
use allot_recipe::tree::read_optional;

use super::UpgradeError;
use crate::image::{ImageText, Repository};
use crate::limits::MAX_PINS_BYTES;
use crate::tags::Shape;

/// The name of the file.
pub const PINS: &str = "versions";

/// What one service is held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The image for which it counts.
    pub repository: Repository,
    /// The tag as written.
    pub tag: String,
    /// Its numbers.
    pub shape: Shape,
}

/// What is pinned, by service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins(BTreeMap<String, Pin>);

impl Pins {
    /// Reads a recipe's pins; a recipe without the file has none.
    ///
    /// # Errors
    /// `AL-9430` for a line that is no pin.
    pub fn load(tree: &dyn RecipeTree) -> Result<Self, UpgradeError> {
        let bytes = read_optional(tree, PINS, MAX_PINS_BYTES)?.unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    /// Reads the text of the file: a pin a line, with empty lines and lines of comment between them.
    ///
    /// # Errors
    /// `AL-9430` for any other line: a pin that is not understood would hold nothing.
    pub fn parse(text: &str) -> Result<Self, UpgradeError> {
        let mut pins = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let fail = |why: String| UpgradeError::Pins {
                line: index + 1,
                why,
            };
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let ["pin", service, image] = words.as_slice() else {
                return Err(fail("it is not `pin SERVICE IMAGE:TAG`".to_owned()));
            };
            let read = ImageText::read(image, &BTreeMap::new())
                .map_err(|error| fail(format!("`{image}`: {error}")))?;
            let shape = Shape::read(read.tag())
                .ok_or_else(|| fail(format!("the tag of `{image}` has no number")))?;
            let pin = Pin {
                tag: read.tag().to_owned(),
                repository: read.repository,
                shape,
            };
            if pins.insert((*service).to_owned(), pin).is_some() {
                return Err(fail(format!("the service {service} is pinned twice")));
            }
        }
        Ok(Self(pins))
    }

    /// What a service is held to.
    #[must_use]
    pub fn get(&self, service: &str) -> Option<&Pin> {
        self.0.get(service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read_as_abra_writes_them() {
        let pins =
            Pins::parse("# held back\n\npin db postgres:16-alpine\npin app ghcr.io/x/y:v2.1\r\n")
                .expect("pins");
        let db = pins.get("db").expect("a pin");
        assert_eq!(
            (db.repository.to_string().as_str(), db.tag.as_str()),
            ("postgres", "16-alpine")
        );
        assert!(
            Shape::read("16.4-alpine")
                .expect("a shape")
                .is_within(&db.shape)
        );
        assert!(
            !Shape::read("17-alpine")
                .expect("a shape")
                .is_within(&db.shape)
        );
        assert_eq!(pins.get("app").expect("a pin").tag, "v2.1");
        assert!(pins.get("cache").is_none());
    }

    #[test]
    fn a_line_that_is_no_pin_is_refused_rather_than_ignored() {
        for text in [
            "pin db\n",
            "hold db postgres:16\n",
            "pin db postgres\n",
            "pin db postgres:latest\n",
            "pin db a:1\npin db a:2\n",
        ] {
            assert_eq!(
                Pins::parse(text).expect_err(text).code(),
                "AL-9430",
                "{text}"
            );
        }
    }
}
