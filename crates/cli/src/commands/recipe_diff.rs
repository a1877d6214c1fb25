//! `allot recipe diff`

use allot_recipe::{Limits, RecipeTree, diff};
use allot_workbench::checkout::Checkout;

use crate::{args::bench::DiffArgs, context::Context, error::CliError, exit::ExitCode};

/// A side of the comparison: its files, and its version when it is one.
struct Side {
    tree: Box<dyn RecipeTree>,
    version: Option<allot_recipe::RecipeVersion>,
}

/// Compares two versions of a recipe, or one with the work tree.
pub fn run(args: &DiffArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let checkout = super::bench::checkout(&args.clone.dir, ctx)?;
    let old = match &args.old {
        Some(old) => side(&checkout, old)?,
        None => newest(&checkout)?,
    };
    let new = match &args.new {
        Some(new) => side(&checkout, new)?,
        None => Side {
            tree: Box::new(checkout.work_tree()?),
            version: None,
        },
    };
    let diff = diff::diff(&old.borrowed(), &new.borrowed(), &Limits::default())
        .map_err(|error| CliError::domain(error.code(), &error, error.help()))?;
    ctx.out.show(&diff, ToString::to_string)?;
    Ok(ExitCode::Done)
}

fn side(checkout: &Checkout, version: &str) -> Result<Side, CliError> {
    let tag = checkout.version(version)?;
    Ok(Side {
        tree: Box::new(checkout.tree(&tag.commit)?),
        version: Some(tag.version),
    })
}

fn newest(checkout: &Checkout) -> Result<Side, CliError> {
    match checkout.newest()? {
        Some(tag) => side(checkout, tag.version.as_str()),
        None => Err(CliError::Usage {
            message: "the clone has no version to compare with".to_owned(),
            help: "fetch the versions with `git fetch --tags`, or release one first".to_owned(),
        }),
    }
}

impl Side {
    fn borrowed(&self) -> diff::Side<'_> {
        diff::Side {
            tree: self.tree.as_ref(),
            version: self.version.as_ref(),
        }
    }
}
