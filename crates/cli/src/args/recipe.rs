//! `allot recipe ...`

use clap::{Args, Subcommand};

/// Verbs on recipes.
#[derive(Debug, Subcommand)]
pub enum RecipeCommand {
    /// List the versions of a recipe, newest first
    #[command(visible_alias = "v")]
    Versions(VersionsArgs),
}

/// `allot recipe versions`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allot recipe versions wordpress
  allot recipe versions https://git.example.org/our/recipe.git --offline")]
pub struct VersionsArgs {
    /// Recipe: a name, a git URL or a path
    pub recipe: String,
    /// Use what is on the agent's disk, fetch nothing
    #[arg(short, long)]
    pub offline: bool,
}
