//! Why two versions cannot be compared.

use crate::catalogue::CatalogueError;
use crate::version::RecipeVersion;

/// Why two versions cannot be compared: one of them cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the {which} version{} cannot be looked into", name(.version.as_ref()))]
pub struct DiffError {
    /// `old` or `new`.
    pub which: &'static str,
    /// The version, when it has one.
    pub version: Option<RecipeVersion>,
    /// What is wrong with it.
    #[source]
    pub source: Box<CatalogueError>,
}

fn name(version: Option<&RecipeVersion>) -> String {
    version
        .map(|version| format!(" {version}"))
        .unwrap_or_default()
}

impl DiffError {
    pub(super) fn old(version: Option<&RecipeVersion>, source: CatalogueError) -> Self {
        Self::of("old", version, source)
    }

    pub(super) fn new(version: Option<&RecipeVersion>, source: CatalogueError) -> Self {
        Self::of("new", version, source)
    }

    fn of(which: &'static str, version: Option<&RecipeVersion>, source: CatalogueError) -> Self {
        Self {
            which,
            version: version.cloned(),
            source: Box::new(source),
        }
    }

    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        self.source.code()
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        self.source.help()
    }
}
