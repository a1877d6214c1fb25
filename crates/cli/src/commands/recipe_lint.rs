//! `allot recipe lint`: what is wrong with a recipe, before an operator finds out.

use std::path::{Path, PathBuf};

use allot_lint::{Facts, Known, Limits, Previous, Tag, lint};
use allot_recipe::{MemoryTree, RecipeTree, RecipeVersion};
use allot_workbench::checkout::{Checkout, GitError, WorkTree};

use super::recipe_known;
use crate::{
    args::recipe::LintArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::lint::{self, LintView},
};

/// The forge that abra clones recipes from by their name.
const FORGE: &str = "git.coopcloud.tech";

/// Looks at a recipe and prints what it finds. Nobody is asked but the agent of this machine, where there is one.
pub async fn run(args: &LintArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let folder = folder(&args.recipe)?;
    let clone = Clone::open(&folder);
    let name = name(&folder, clone.checkout());
    let known = match clone.is_untagged() {
        true => Known::No("no version is tagged yet".to_owned()),
        false => recipe_known::in_catalogue(&name, ctx).await,
    };
    let view = look_at(&folder, &clone, args.version.as_deref(), known, args.strict)?;
    ctx.out.show(&view, |v| lint::report(ctx.out.data, v))?;
    if view.failed {
        Ok(ExitCode::Failed)
    } else {
        Ok(ExitCode::Done)
    }
}

/// Looks at the work tree of the recipe in a folder; nobody is asked anything.
pub(super) fn look(folder: &Path) -> Result<LintView, CliError> {
    let known = Known::No("nobody is asked here".to_owned());
    look_at(folder, &Clone::open(folder), None, known, false)
}

fn look_at(
    folder: &Path,
    clone: &Clone,
    version: Option<&str>,
    in_catalogue: Known<bool>,
    strict: bool,
) -> Result<LintView, CliError> {
    let version = version.map(|v| clone.version(v)).transpose()?;
    let tree: Box<dyn RecipeTree> = match &version {
        Some((_, tree)) => Box::new(tree.clone()),
        None => Box::new(WorkTree::open(folder).map_err(|e| input(folder, e))?),
    };
    let version = version.map(|(version, _)| version);
    let before = clone.before(version.as_ref());
    let facts = clone.facts(version.as_ref(), &before, in_catalogue);
    let report = lint(&*tree, &facts, &Limits::default())
        .map_err(|e| CliError::domain(e.code(), &e, e.help()))?;
    let name = name(folder, clone.checkout());
    Ok(LintView::new(&name, &facts, &report, strict))
}

/// A path, or the name of a recipe that abra has cloned.
fn folder(named: &Path) -> Result<PathBuf, CliError> {
    if named.exists() {
        return Ok(named.to_owned());
    }
    let is_name = named.components().count() == 1 && !named.as_os_str().is_empty();
    let abra = std::env::var_os("ABRA_DIR")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".abra")));
    match abra
        .filter(|_| is_name)
        .map(|dir| dir.join("recipes").join(named))
    {
        Some(clone) if clone.exists() => Ok(clone),
        Some(clone) => Err(input(
            named,
            format!("there is no such folder here, and no {}", clone.display()),
        )),
        None => Err(input(named, "there is no such folder")),
    }
}

fn name(folder: &Path, checkout: Option<&Checkout>) -> String {
    let of_folder = || {
        let real = folder.canonicalize().ok()?;
        Some(real.file_name()?.to_string_lossy().into_owned())
    };
    checkout
        .map(Checkout::name)
        .or_else(of_folder)
        .unwrap_or_default()
}

fn input(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> CliError {
    CliError::Input {
        what: path.display().to_string(),
        source: source.into(),
    }
}

/// The recipe's clone, or why there is none.
enum Clone {
    Is(
        Checkout,
        Result<Vec<allot_workbench::checkout::Tag>, GitError>,
    ),
    IsNot(GitError),
}

/// The version before, with its files, when that is known.
type Before = Known<Option<(RecipeVersion, MemoryTree)>>;

impl Clone {
    fn open(folder: &Path) -> Self {
        match Checkout::open(folder) {
            Ok(checkout) => {
                let tags = checkout.tags();
                Self::Is(checkout, tags)
            }
            Err(error) => Self::IsNot(error),
        }
    }

    fn checkout(&self) -> Option<&Checkout> {
        match self {
            Self::Is(checkout, _) => Some(checkout),
            Self::IsNot(_) => None,
        }
    }

    /// A version that was asked for, and its files.
    fn version(&self, wanted: &str) -> Result<(RecipeVersion, MemoryTree), CliError> {
        let failed = |e: &GitError| CliError::domain(e.code(), e, e.help());
        match self {
            Self::IsNot(error) => Err(failed(error)),
            Self::Is(checkout, _) => {
                let tag = checkout.version(wanted).map_err(|e| failed(&e))?;
                let tree = checkout.tree(&tag.commit).map_err(|e| failed(&e))?;
                Ok((tag.version, tree))
            }
        }
    }

    /// Before a version comes the next lower one; before a work tree, the newest release.
    fn before(&self, version: Option<&RecipeVersion>) -> Before {
        let (checkout, tags) = match self {
            Self::IsNot(error) => return Known::No(error.to_string()),
            Self::Is(_, Err(error)) => return Known::No(error.to_string()),
            Self::Is(checkout, Ok(tags)) => (checkout, tags),
        };
        let lower = |v: &RecipeVersion| version.is_none_or(|this| v < this);
        let mut earlier = tags.iter().rev().filter(|tag| lower(&tag.version));
        let newest = earlier.clone().next();
        let Some(tag) = earlier.find(|t| !t.version.is_prerelease()).or(newest) else {
            return Known::Yes(None);
        };
        match checkout.tree(&tag.commit) {
            Ok(tree) => Known::Yes(Some((tag.version.clone(), tree))),
            Err(error) => Known::No(error.to_string()),
        }
    }

    /// Whether it is known to have no version yet.
    fn is_untagged(&self) -> bool {
        matches!(self, Self::Is(_, Ok(tags)) if tags.is_empty())
    }

    fn facts<'a>(
        &self,
        version: Option<&'a RecipeVersion>,
        before: &'a Before,
        in_catalogue: Known<bool>,
    ) -> Facts<'a> {
        let tag = |tag: &allot_workbench::checkout::Tag| Tag {
            name: tag.version.to_string(),
            annotated: tag.annotated,
        };
        let tags = match self {
            Self::IsNot(error) | Self::Is(_, Err(error)) => Known::No(error.to_string()),
            Self::Is(_, Ok(tags)) => Known::Yes(tags.iter().map(tag).collect()),
        };
        let previous = match before {
            Known::No(why) => Known::No(why.clone()),
            Known::Yes(before) => Known::Yes(
                before
                    .as_ref()
                    .map(|(version, tree)| Previous { version, tree }),
            ),
        };
        Facts {
            version,
            tags,
            previous,
            in_catalogue,
            on_forge: self.on_forge(),
        }
    }

    fn on_forge(&self) -> Known<bool> {
        let checkout = match self {
            Self::IsNot(error) => return Known::No(error.to_string()),
            Self::Is(checkout, _) => checkout,
        };
        let url = checkout
            .remote()
            .and_then(|remote| checkout.remote_url(&remote));
        match url {
            None => Known::No("the clone has no remote".to_owned()),
            Some(url) if is_at(&url, FORGE) => Known::Yes(true),
            Some(_) => Known::No(format!(
                "its remote is not at {FORGE}, and nobody is asked over the network"
            )),
        }
    }
}

/// Whether a git URL, or `user@host:path`, is at a host.
fn is_at(url: &str, host: &str) -> bool {
    let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = behind_scheme.split('/').next().unwrap_or_default();
    let name = authority.rsplit('@').next().unwrap_or_default();
    name.split(':').next() == Some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_of_a_url_says_where_it_is() {
        for url in [
            "https://git.coopcloud.tech/coop-cloud/web.git",
            "ssh://git@git.coopcloud.tech:2222/coop-cloud/web",
            "git@git.coopcloud.tech:coop-cloud/web.git",
        ] {
            assert!(is_at(url, FORGE), "{url}");
        }
        for url in [
            "https://git.coopcloud.tech.example.org/web",
            "https://example.org/git.coopcloud.tech/web",
            "/srv/git.coopcloud.tech",
        ] {
            assert!(!is_at(url, FORGE), "{url}");
        }
    }
}
