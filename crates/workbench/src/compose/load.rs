//! The compose files of a recipe.

use allot_recipe::{Limits, Recipe, RecipeTree};

use super::{Document, Value, error::ComposeError, parse::parse};
use crate::limits::MAX_COMPOSE_BYTES;

/// A compose file, as it was typed and as it reads.
#[derive(Debug, Clone)]
pub struct ComposeFile {
    /// Its path in the recipe.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What it says.
    pub document: Document,
}

impl ComposeFile {
    /// Reads a file.
    ///
    /// # Errors
    /// `AL-9410` when it is no YAML.
    pub fn parse(name: &str, text: String) -> Result<Self, ComposeError> {
        let document = parse(name, &text)?;
        Ok(Self {
            name: name.to_owned(),
            text,
            document,
        })
    }

    /// The services that it speaks of, in its order.
    pub fn services(&self) -> impl Iterator<Item = (&str, usize)> {
        let services = self.document.find(&["services"]);
        services
            .map(|id| self.document.entries(id))
            .unwrap_or_default()
            .iter()
            .map(|(name, id)| (name.as_str(), *id))
    }

    /// The line of a node, from 1.
    #[must_use]
    pub fn line(&self, id: usize) -> usize {
        self.document.node(id).map_or(0, |node| node.line)
    }

    /// The bytes of the file that are a scalar's text, when the text stands there as it reads.
    #[must_use]
    pub fn verbatim(&self, id: usize) -> Option<std::ops::Range<usize>> {
        match &self.document.node(id)?.value {
            Value::Scalar { verbatim, .. } => verbatim.clone(),
            _ => None,
        }
    }
}

/// Every compose file of a recipe: those in its own folder, and those that its sample names.
///
/// # Errors
/// A file that cannot be read, and `AL-9410` for one that is no YAML.
pub fn load(tree: &dyn RecipeTree) -> Result<Vec<ComposeFile>, ComposeError> {
    let recipe = Recipe::load(tree, &Limits::default())?;
    let read = |name: &String| {
        let bytes = tree.read(name, MAX_COMPOSE_BYTES)?;
        let text = String::from_utf8(bytes).map_err(|error| ComposeError::Yaml {
            file: name.clone(),
            line: line_of(error.as_bytes(), error.utf8_error().valid_up_to()),
            why: "it is not UTF-8 text".to_owned(),
        })?;
        ComposeFile::parse(name, text)
    };
    recipe.compose_files.iter().map(read).collect()
}

fn line_of(bytes: &[u8], offset: usize) -> usize {
    bytes.iter().take(offset).filter(|b| **b == b'\n').count() + 1
}
