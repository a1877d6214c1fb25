//! What the verbs of the maintainer's bench share.

use std::path::Path;

use allot_recipe::RecipeVersion;
use allot_workbench::{
    checkout::{Checkout, GitError, WorkTree},
    registry::RegistryError,
    release::ReleaseError,
    scaffold::NewError,
    upgrade::UpgradeError,
    version::{Bump, VersionError, Wanted},
};

use crate::{args::bench::BumpArgs, context::Context, error::CliError, exit::ExitCode, prompt};

/// The errors of the bench bring their own code and remedy.
macro_rules! domain {
    ($($error:ty),*) => {$(
        impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::domain(error.code(), &error, error.help())
            }
        }
    )*};
}

domain!(
    GitError,
    UpgradeError,
    VersionError,
    RegistryError,
    NewError
);

impl From<ReleaseError> for CliError {
    /// A tag that would have to move is refused, as a federation refuses it.
    fn from(error: ReleaseError) -> Self {
        let refused = matches!(error, ReleaseError::TagElsewhere { .. });
        let mut shown = Self::domain(error.code(), &error, error.help());
        if let (true, Self::Domain { exit, .. }) = (refused, &mut shown) {
            *exit = ExitCode::Refused;
        }
        shown
    }
}

/// The files of a folder, with git or without.
pub(super) fn work_tree(folder: &Path) -> Result<WorkTree, CliError> {
    WorkTree::open(folder).map_err(|source| {
        GitError::File {
            path: folder.to_owned(),
            source,
        }
        .into()
    })
}

/// The clone in a folder.
pub(super) fn checkout(folder: &Path, ctx: &Context) -> Result<Checkout, CliError> {
    let checkout = Checkout::open(folder)?;
    Ok(match ctx.no_input {
        true => checkout.without_questions(),
        false => checkout,
    })
}

/// What was asked for: a version, a step, or nothing.
pub(super) fn wanted(version: Option<&str>, bump: BumpArgs) -> Result<Option<Wanted>, CliError> {
    let version = version.map(RecipeVersion::parse).transpose();
    let version = version.map_err(|error| CliError::domain(error.code(), &error, error.help()))?;
    let step = bump.step().map(Wanted::Step);
    Ok(version.map(Wanted::Exactly).or(step))
}

impl BumpArgs {
    /// The step that was asked for.
    #[must_use]
    pub fn step(self) -> Option<Bump> {
        match self {
            Self { major: true, .. } => Some(Bump::Major),
            Self { minor: true, .. } => Some(Bump::Minor),
            Self { patch: true, .. } => Some(Bump::Patch),
            _ => None,
        }
    }
}

/// Asks how large the step is, when nobody said and somebody can be asked.
pub(super) fn ask_step(
    ctx: &Context,
    newest: Option<&RecipeVersion>,
) -> Result<Option<Wanted>, CliError> {
    if !ctx.can_ask() {
        return Ok(None);
    }
    let after = newest.map_or("the first version".to_owned(), |v| format!("after {v}"));
    let question =
        format!("How far is the next version, {after} (major, minor, patch, or the version)");
    let answer = prompt::ask(&question, "")?;
    match answer.trim() {
        "major" | "x" => Ok(Some(Wanted::Step(Bump::Major))),
        "minor" | "y" => Ok(Some(Wanted::Step(Bump::Minor))),
        "patch" | "z" => Ok(Some(Wanted::Step(Bump::Patch))),
        named => wanted(Some(named), BumpArgs::default()),
    }
}
