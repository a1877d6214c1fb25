//! What only the outside can know about a recipe.

use allot_recipe::{RecipeTree, RecipeVersion};

/// A fact, or why it is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// It is known.
    Yes(T),
    /// It is not, for this reason: half a sentence that follows "not checked:".
    No(String),
}

impl<T> Known<T> {
    /// The fact, if it is known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Yes(value) => Some(value),
            Self::No(_) => None,
        }
    }
}

/// A tag of the recipe's repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// Whether it is annotated: an object with an author and a date of its own.
    pub annotated: bool,
}

/// The version before the one that is looked at.
#[derive(Clone, Copy)]
pub struct Previous<'a> {
    /// Its name.
    pub version: &'a RecipeVersion,
    /// Its files.
    pub tree: &'a dyn RecipeTree,
}

/// What the caller knows. [`Facts::unknown`] is where everybody starts.
#[derive(Clone)]
pub struct Facts<'a> {
    /// The version whose tag is looked at; `None` for a work tree, which is not released yet.
    pub version: Option<&'a RecipeVersion>,
    /// All tags of the repository.
    pub tags: Known<Vec<Tag>>,
    /// The version before; `Yes(None)` when there is none.
    pub previous: Known<Option<Previous<'a>>>,
    /// Whether the catalogue has a version of it.
    pub in_catalogue: Known<bool>,
    /// Whether its repository is at Co-op Cloud's forge.
    pub on_forge: Known<bool>,
}

impl Facts<'_> {
    /// Nothing is known, for one and the same reason.
    pub fn unknown(why: &str) -> Self {
        Self {
            version: None,
            tags: Known::No(why.to_owned()),
            previous: Known::No(why.to_owned()),
            in_catalogue: Known::No(why.to_owned()),
            on_forge: Known::No(why.to_owned()),
        }
    }

    /// The tags that are versions, in their order.
    pub fn versions(&self) -> Option<Vec<RecipeVersion>> {
        let tags = self.tags.value()?;
        let mut versions: Vec<_> = tags
            .iter()
            .filter_map(|tag| RecipeVersion::parse(&tag.name).ok())
            .collect();
        versions.sort();
        Some(versions)
    }
}
