//! What is known of a recipe as a whole.

use super::{CatalogueError, FORMAT, document};
use crate::help::shorten;
use crate::limits::Limits;
use crate::readme::{Maintainer, Metadata, Readme};
use crate::tree::RecipeTree;

const WHAT: &str = "what is known of a recipe";

/// The most characters of an address or a name that comes from a forge.
const LONGEST: usize = 500;

/// What is known of a recipe as a whole: the state of its default branch and of its forge.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct About {
    /// The format of this document.
    pub format: u32,
    /// The recipe's name.
    pub recipe: String,
    /// Where it is cloned from.
    pub repository: String,
    /// Where a maintainer pushes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_url: Option<String>,
    /// The branch on which work goes on.
    #[serde(default)]
    pub default_branch: String,
    /// Upstream's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// The address of an icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// A sentence or two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The metadata block of its README.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// Who looks after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<Maintainer>,
    /// What is wrong with it: tags that were moved, versions that cannot be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

/// Something that is wrong with a recipe or with one of its tags.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// The tag, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What is wrong, in a sentence.
    pub what: String,
}

/// What the caller knows of a recipe from its forge and its repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AboutFacts {
    /// The recipe's name.
    pub recipe: String,
    /// Where it is cloned from.
    pub repository: String,
    /// Where a maintainer pushes to.
    pub ssh_url: Option<String>,
    /// The branch on which work goes on.
    pub default_branch: String,
    /// What the forge says about it. Counts before the README, as in abra's catalogue.
    pub description: Option<String>,
    /// The site that the forge names. Counts before the README's.
    pub website: Option<String>,
    /// The avatar that the forge has. Counts before the README's icon.
    pub icon: Option<String>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl About {
    /// Puts together what is known. `tree` is the head of the default branch, or `None` for a repository without one. A
    /// README that cannot be read is one more problem and hinders nothing.
    pub fn read(tree: Option<&dyn RecipeTree>, facts: AboutFacts, limits: &Limits) -> Self {
        let mut problems = facts.problems;
        let readme = match tree.map(|tree| Readme::read(tree, limits)) {
            None => {
                problems.push(Problem::of_recipe("the repository has no branch"));
                Readme::default()
            }
            Some(Ok(None)) => {
                problems.push(Problem::of_recipe("it has no README.md"));
                Readme::default()
            }
            Some(Ok(Some(readme))) => readme,
            Some(Err(error)) => {
                problems.push(Problem::of_recipe(&error.to_string()));
                Readme::default()
            }
        };
        if readme.lossy {
            problems.push(Problem::of_recipe(
                "its README.md holds bytes that are not UTF-8 text",
            ));
        }
        let given = |text: Option<String>| {
            text.map(|text| shorten(text.trim(), LONGEST))
                .filter(|text| !text.is_empty())
        };
        Self {
            format: FORMAT,
            recipe: facts.recipe,
            repository: facts.repository,
            ssh_url: given(facts.ssh_url),
            default_branch: facts.default_branch,
            website: given(facts.website).or(readme.website),
            icon: given(facts.icon).or(readme.icon),
            description: given(facts.description).or(readme.description),
            metadata: readme.metadata,
            maintainers: readme.maintainers,
            problems: Problem::bounded(problems, limits.max_remarks),
        }
    }

    /// The bytes that are stored and hashed.
    ///
    /// # Errors
    /// It is too large.
    pub fn to_bytes(&self, limits: &Limits) -> Result<Vec<u8>, CatalogueError> {
        document::to_bytes(WHAT, self, limits.max_document_bytes)
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// The bytes are too many, something else, or of a newer program.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, CatalogueError> {
        document::from_bytes(WHAT, bytes, limits.max_document_bytes)
    }
}

impl Problem {
    /// A problem of the recipe as a whole.
    pub fn of_recipe(what: &str) -> Self {
        Self {
            tag: None,
            what: shorten(what, LONGEST),
        }
    }

    /// A problem with one tag.
    pub fn of_tag(tag: &str, what: &str) -> Self {
        Self {
            tag: Some(shorten(tag, LONGEST)),
            what: shorten(what, LONGEST),
        }
    }

    /// The first `most` problems; the last one says how many were left out.
    fn bounded(mut problems: Vec<Self>, most: usize) -> Vec<Self> {
        if problems.len() > most {
            let kept = most.saturating_sub(1);
            let left_out = problems.len() - kept;
            problems.truncate(kept);
            problems.push(Self::of_recipe(&format!("{left_out} more problems")));
        }
        problems
    }
}
