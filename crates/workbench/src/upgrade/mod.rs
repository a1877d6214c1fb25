//! `recipe upgrade`: newer tags for the images of a recipe.
//!
//! First everything is looked at and a [`UpgradePlan`] made; then, when somebody has seen it, its edits are written. What
//! cannot be known or cannot be edited is told and left alone, and one registry that fails stops no other image.
//!
//! | file | what it holds |
//! |---|---|
//! | `find` | where images stand, and which services share one |
//! | `pins` | the recipe's `versions` file |
//! | `look` | asking the registries |
//! | `decide` | what becomes of each image |
//! | `spread` | variables whose default stands in several places |
//! | `plan` | the plan as a value, and writing it |

mod decide;
mod error;
mod find;
mod look;
mod pins;
mod plan;
mod spread;

use std::collections::BTreeMap;

use crate::tags::Step;

pub use error::UpgradeError;
pub(crate) use find::sample;
pub use pins::{PINS, Pin, Pins};
pub use plan::{ImagePlan, Outcome, UpgradePlan};

/// What somebody wants upgraded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpgradeOptions {
    /// How far to go at most; anything when not said.
    pub most: Option<Step>,
    /// Only these services; all when empty.
    pub services: Vec<String>,
    /// Tags that were chosen by hand, by service.
    pub set: BTreeMap<String, String>,
    /// Whether to list every tag that there is.
    pub all_tags: bool,
}

/// Looks at every image of a recipe and at what its registry has, and says what would change.
///
/// # Errors
/// The recipe cannot be read, or does not have what was asked for. A registry that fails is no error here: it is told
/// beside its images.
pub async fn plan(
    tree: &dyn allot_recipe::RecipeTree,
    registry: &dyn crate::registry::Registry,
    options: &UpgradeOptions,
) -> Result<UpgradePlan, UpgradeError> {
    let recipe = find::Images::read(tree)?;
    let wanted = recipe.wanted(options)?;
    let tags = look::tags(registry, &recipe, &wanted).await;
    let mut plan = UpgradePlan::new(&recipe);
    for target in &wanted {
        let image = decide::decide(&recipe, target, &tags, registry, options).await?;
        plan.images.push(image);
    }
    spread::hold_back(&recipe, &mut plan);
    Ok(plan)
}
