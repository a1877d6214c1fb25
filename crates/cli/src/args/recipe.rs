//! `allot recipe ...`

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Verbs on recipes.
#[derive(Debug, Subcommand)]
pub enum RecipeCommand {
    /// List the versions of a recipe, newest first
    #[command(visible_alias = "v")]
    Versions(VersionsArgs),
    /// Show what a recipe in a directory comes to; needs no agent and no engine
    Render(RenderArgs),
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

/// `allot recipe render`
#[derive(Debug, Args)]
#[command(after_help = "\
Prints what `docker stack config` would print, or with --specs the request bodies that
`docker stack deploy` would send. Output is YAML, or JSON with --output json.

Examples:
  allot recipe render . --env blog.example.org.env
  allot recipe render . -f compose.yml -f compose.mail.yml --env blog.env --specs --output json")]
pub struct RenderArgs {
    /// The recipe's directory
    pub dir: PathBuf,
    /// Compose file in it, may be repeated [default: COMPOSE_FILE of the env, else compose.yml, else docker-compose.yml]
    #[arg(short, long = "file", value_name = "FILE")]
    pub files: Vec<String>,
    /// The app's env; variables come from it alone, never from the shell
    #[arg(long, value_name = "FILE")]
    pub env: Option<PathBuf>,
    /// Stack name [default: STACK_NAME of the env, else from the app's domain, else the directory's name]
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// Print engine request bodies: networks, secrets, configs, services
    #[arg(long)]
    pub specs: bool,
    /// Add what a deploy as this app adds: labels, and the env in the service `app`
    #[arg(long, value_name = "NAME")]
    pub app: Option<String>,
}
