//! What is wrong with a recipe.
//!
//! A crate of its own because it needs both `recipe` (sample, exports, versions) and `stack` (the compose model), and
//! neither of them knows the other. It does no I/O: a recipe comes in as a [`RecipeTree`],
//! what only the outside can know (tags, the catalogue, the forge) as [`Facts`]. A fact that is not known makes a rule
//! *not checked*, with the reason; it is never passed in silence.
//!
//! `R001` to `R015` are abra's rules with abra's levels; `L001` and on are ours. Each has a page in
//! `docs/maintain/lint/`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`rule`] | the rules: id, level, why, how to mend it |
//! | [`report`] | findings, and what was not checked |
//! | [`facts`] | what the caller knows from outside |
//! | `subject` | a recipe, read and loaded in every combination that its sample offers |
//! | `checks` | the rules' code, a file a theme |

mod checks;
pub mod facts;
pub mod limits;
pub mod report;
pub mod rule;
mod subject;

use allot_recipe::recipe::RecipeError;
use allot_recipe::tree::{RecipeTree, TreeError};

pub use facts::{Facts, Known, Previous, Tag};
pub use limits::Limits;
pub use report::{Finding, NotChecked, Report, Status};
pub use rule::{Level, Rule};

use subject::Subject;

/// Why a recipe cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum LintError {
    /// It is no recipe, or its sample or exports cannot be read.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A file could not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl LintError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Recipe(error) => error.code(),
            Self::Tree(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Recipe(error) => error.help(),
            Self::Tree(error) => error.help(),
        }
    }
}

/// Looks at a recipe with every rule.
///
/// # Errors
/// [`LintError`] when it is no recipe at all. Whatever else is wrong with it is a finding.
pub fn lint(
    tree: &dyn RecipeTree,
    facts: &Facts<'_>,
    limits: &Limits,
) -> Result<Report, LintError> {
    let subject = Subject::read(tree, limits)?;
    let mut report = Report::new(limits);
    checks::all(&subject, facts, limits, &mut report);
    report.sort();
    Ok(report)
}
