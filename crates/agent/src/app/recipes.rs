//! Looking at recipes.

use allot_recipe::RecipeRef;

use super::{Agent, error::Result};
use crate::git::Version;

/// The versions of a recipe.
#[derive(Debug, Clone)]
pub struct ListedVersions {
    /// Name of the recipe.
    pub recipe: String,
    /// Where it comes from.
    pub source: String,
    /// Newest first.
    pub versions: Vec<Version>,
    /// What is odd about the tags.
    pub warnings: Vec<String>,
}

impl Agent {
    /// Lists the versions of a recipe, newest first.
    ///
    /// # Errors
    /// The name is no recipe's, or its repository cannot be read.
    pub async fn list_versions(&self, recipe: &str, offline: bool) -> Result<ListedVersions> {
        let reference = RecipeRef::parse(recipe)?;
        let source = self.place_of(&reference).await?;
        if !offline {
            self.recipes.fetch(&source).await?;
        }
        let mut known = self.recipes.versions(&source).await?;
        known.versions.reverse();
        let light = known.versions.iter().filter(|v| !v.annotated);
        let mut warnings: Vec<String> = light
            .map(|v| {
                format!(
                    "the tag {} is lightweight: it can be moved without a trace",
                    v.tag
                )
            })
            .collect();
        if known.versions.is_empty() {
            warnings.push("no published versions".to_owned());
        }
        Ok(ListedVersions {
            recipe: reference.short_name().to_owned(),
            source,
            versions: known.versions,
            warnings,
        })
    }
}
