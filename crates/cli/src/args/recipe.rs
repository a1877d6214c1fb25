//! `allot recipe ...`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::env;

/// Verbs on recipes.
#[derive(Debug, Subcommand)]
pub enum RecipeCommand {
    /// List the federation's recipes
    #[command(visible_alias = "ls")]
    List(super::catalogue::ListArgs),
    /// Find recipes by what is told of them
    Search(super::catalogue::SearchArgs),
    /// Show a recipe of the federation: how well it is kept, who keeps it, its versions
    Show(super::catalogue::ShowArgs),
    /// List the versions of a recipe, newest first
    #[command(visible_alias = "v")]
    Versions(VersionsArgs),
    /// Show who looks after a recipe
    Stewards(super::catalogue::RecipeArgs),
    /// Become the steward of a recipe that has none
    Claim(super::catalogue::ClaimArgs),
    /// Publish a version that is tagged already
    Publish(super::catalogue::PublishArgs),
    /// Review other stewards' releases
    #[command(subcommand)]
    Review(super::catalogue::ReviewCommand),
    /// Say that a version is not to be deployed any more
    Yank(super::catalogue::YankArgs),
    /// Tell of a security problem of a recipe
    Flag(super::catalogue::FlagArgs),
    /// End a security problem
    Unflag(super::catalogue::UnflagArgs),
    /// Show what a recipe in a directory comes to; needs no agent and no engine
    Render(RenderArgs),
    /// Say what is wrong with a recipe; needs no agent and no network
    #[command(visible_alias = "l")]
    Lint(LintArgs),
    /// Make a recipe that deploys as it is
    #[command(visible_alias = "n")]
    New(super::bench::NewArgs),
    /// Show what an operator must know between two versions
    #[command(visible_alias = "d")]
    Diff(super::bench::DiffArgs),
    /// Take newer images into a recipe's compose files
    #[command(visible_alias = "u")]
    Upgrade(Box<super::bench::UpgradeArgs>),
    /// Write the next version into a recipe's label
    #[command(visible_alias = "s")]
    Sync(super::bench::SyncArgs),
    /// Release a version: notes, commit, tag, push
    #[command(visible_alias = "rl")]
    Release(Box<super::bench::ReleaseArgs>),
    /// Try a recipe out on a throw-away stack: deploy, checks, upgrade with data, and back
    Test(TestArgs),
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

/// `allot recipe lint`
#[derive(Debug, Args)]
#[command(after_help = "\
Exit code 1 when a rule of level error found something; with --strict also for a warning. Each rule
has a page in the book, under \"Lint\". In a clone the newest version is compared with what is there.
Where an agent runs, it is asked whether the catalogue has the recipe (R006).

Examples:
  allot recipe lint
  allot recipe lint wordpress --strict
  allot recipe lint ~/recipes/our-recipe --version 1.2.0+8.4.1 --output json")]
pub struct LintArgs {
    /// The recipe's folder, or the name of one that abra has cloned
    #[arg(value_name = "PATH|NAME", default_value = ".")]
    pub recipe: PathBuf,
    /// Look at a version as it was tagged, not at the work tree
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Fail on warnings too
    #[arg(long)]
    pub strict: bool,
    /// abra's flag for the work tree as it is, which is what is looked at anyway
    #[arg(short = 'C', long, hide = true, conflicts_with = "version")]
    pub chaos: bool,
}

/// `allot recipe test`
#[derive(Debug, Args)]
#[command(after_help = "\
The agent deploys the recipe on a stack of its own (allot-test-<recipe>-<8 digits>), with secrets
made up, and removes it again with all its data:
  1. the candidate: deploy, probe, the recipe's own checks, undeploy, nothing left behind
  2. the release before it: deploy, put data in, upgrade to the candidate, find the data,
     deploy the release before again, undeploy, nothing left behind
What a recipe brings for this stands in its folder tests/; docs/maintain/testing.md describes it.

What is committed is tested: without VERSION the newest version of a recipe by name, the head of
the default branch of a folder or URL. The report is kept by the agent; with --sign it is signed,
whatever the verdict, where the tested commit has a version that the federation knows.
Ctrl-C clears up.
Exit code: 0 passed, 1 failed, 130 stopped.

Examples:
  allot recipe test
  allot recipe test . 1.2.0+6.4 --from 1.1.0+6.3 --junit report.xml
  allot recipe test wordpress --set LETS_ENCRYPT_ENV=staging
  allot recipe test . --images ./images
  allot recipe test --clean")]
pub struct TestArgs {
    /// Recipe: a folder that is a git repository, a name or a git URL
    #[arg(default_value = ".")]
    pub recipe: String,
    /// Version or commit to test
    pub version: Option<String>,
    /// Version or commit to upgrade from [default: the newest version before the tested one]
    #[arg(long, value_name = "VERSION")]
    pub from: Option<String>,
    /// Set a variable of the throw-away app; may be given many times
    #[arg(long, value_name = "NAME=VALUE", value_parser = env::assignment)]
    pub set: Vec<(String, String)>,
    /// Load the image archives (`docker save`) of this folder first; images that are there are skipped
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// Write what came of each phase as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Sign the report as the collective and put it beside the federation's log; takes a delegate
    #[arg(long)]
    pub sign: bool,
    /// Use what is on the agent's disk, fetch nothing
    #[arg(short, long)]
    pub offline: bool,
    /// Test nothing: remove what earlier tests of this agent left
    #[arg(long, conflicts_with_all = ["version", "from", "set", "images", "junit", "sign", "offline"])]
    pub clean: bool,
    /// With --clean: also throw-away stacks of the swarm that this agent has no record of
    #[arg(long, requires = "clean")]
    pub everything: bool,
}
