//! `allot app ...`

use clap::{Args, Subcommand, ValueEnum};

use super::{
    env::{self, EnvCommand},
    secret::SecretCommand,
};

/// Verbs on apps.
#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// Create an app of a recipe
    #[command(visible_alias = "n")]
    New(NewArgs),
    /// List apps
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Read and change an app's env
    #[command(visible_alias = "e", subcommand)]
    Env(EnvCommand),
    /// Edit an app's env in $EDITOR
    #[command(visible_alias = "cfg")]
    Config(env::EditArgs),
    /// Make, insert, list and remove an app's secrets
    #[command(visible_alias = "s", subcommand)]
    Secret(SecretCommand),
    /// Show what a deploy would change
    Plan(PlanArgs),
    /// Deploy an app, or change what is deployed
    #[command(visible_alias = "d")]
    Deploy(DeployArgs),
    /// Show an app's tasks
    #[command(visible_alias = "p")]
    Ps(PsArgs),
    /// List an app's services
    #[command(visible_alias = "sr")]
    Services(DomainArgs),
    /// Show or follow the logs of an app
    #[command(visible_alias = "l")]
    Logs(LogsArgs),
    /// Take an app off the swarm; data, secrets and env stay
    #[command(visible_alias = "un")]
    Undeploy(UndeployArgs),
    /// Delete an app for good: secrets, volumes and env
    #[command(visible_alias = "rm")]
    Remove(RemoveArgs),
    /// Show what was done to an app, by whom, and what came of it
    History(HistoryArgs),
}

/// A command that needs only an app.
#[derive(Debug, Args)]
pub struct DomainArgs {
    /// The app: its domain
    pub domain: String,
}

/// `allot app new`
#[derive(Debug, Args)]
#[command(after_help = "\
Asks for what is missing: the recipe, the domain, and whether to generate the secrets.
With --no-input nothing is asked: the recipe must be given, the domain becomes <recipe>.<server>,
and secrets are generated only with -S. The swarm is not touched, except by secrets.

Examples:
  allot app new
  allot app new wordpress 2.1.0+6.4 -D blog.example.org -S
  allot app new https://git.example.org/our/recipe.git -D app.example.org -n
  allot app new wordpress -D blog.example.org --set TIMEOUT=600 --set LETS_ENCRYPT_ENV=staging")]
pub struct NewArgs {
    /// Recipe: a name, a git URL or a path
    pub recipe: Option<String>,
    /// Version or commit [default: the latest version]
    pub version: Option<String>,
    /// The app's domain, which is also its name
    #[arg(short = 'D', long)]
    pub domain: Option<String>,
    /// Generate all secrets that the recipe lets generate
    #[arg(short = 'S', long)]
    pub secrets: bool,
    /// Print the generated secrets, this once
    #[arg(long, requires = "secrets")]
    pub reveal: bool,
    /// Set a variable of the env at once; may be given many times
    #[arg(long, value_name = "NAME=VALUE", value_parser = env::assignment)]
    pub set: Vec<(String, String)>,
    /// Use what is on the agent's disk, fetch nothing
    #[arg(short, long)]
    pub offline: bool,
}

/// `allot app list`
#[derive(Debug, Args)]
#[command(after_help = "\
With -S the swarm is asked what runs, and the recipes' mirrors what is newer.

JSON: `app list --output json` gives {\"apps\":[...]} in Allotment's own schema.
`app list -S -m` gives what `abra app ls -S -m` gives: an object per server with `apps`,
`appCount`, `versionCount`, `unversionedCount`, `latestCount` and `upgradeCount`; in an app all
values are strings, `\"chaos\": \"false\"` included.

Examples:
  allot app ls
  allot app ls -S -r wordpress
  allot app ls -S -m | jq -r '.[].apps[] | select(.upgrade != \"latest\").domain'")]
pub struct ListArgs {
    /// Ask the swarm what runs, and what could be upgraded
    #[arg(short = 'S', long)]
    pub status: bool,
    /// Only apps of this recipe
    #[arg(short, long)]
    pub recipe: Option<String>,
    /// Only apps on this server
    #[arg(short, long)]
    pub server: Option<String>,
}

/// When image tags are looked up at their registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Resolve {
    /// Each time, so that a tag that moved is noticed
    Always,
    /// Only where the image named in the recipe changed
    Changed,
    /// Never
    Never,
}

/// What to deploy, shared by `plan` and `deploy`.
#[derive(Debug, Clone, Args)]
pub struct TargetArgs {
    /// Version or commit [default: the env's version, else what runs, else the latest]
    pub version: Option<String>,
    /// Take the latest version, whatever the env says
    #[arg(short, long, conflicts_with = "version")]
    pub latest: bool,
    /// Also start services again that are stuck although nothing about them changes
    #[arg(short, long)]
    pub force: bool,
    /// Remove services of the stack that this version of the recipe does not have
    #[arg(long)]
    pub prune: bool,
    /// Use what is on the agent's disk, fetch nothing
    #[arg(short, long)]
    pub offline: bool,
    /// Take a version that its stewards have yanked
    #[arg(long)]
    pub yanked: bool,
    /// When to look up image tags at their registry
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Resolve::Always)]
    pub resolve_image: Resolve,
    /// abra's chaos deploy; not supported, the error says what to do instead
    #[arg(short = 'C', long, hide = true)]
    pub chaos: bool,
}

/// `allot app plan`
#[derive(Debug, Args)]
#[command(after_help = "\
Changes nothing. The plan is what `app deploy` shows before it asks.
With --exit-code: 0 nothing would change, 3 something would, 1 the plan is blocked.

Examples:
  allot app plan blog.example.org
  allot app plan blog.example.org --latest
  allot app plan blog.example.org --exit-code >/dev/null || echo drift")]
pub struct PlanArgs {
    /// The app: its domain
    pub domain: String,
    /// What to plan for.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Exit with 3 if the plan has changes
    #[arg(long)]
    pub exit_code: bool,
}

/// `allot app deploy`
#[derive(Debug, Args)]
#[command(after_help = "\
Shows the plan, asks, applies it, and watches until the verdict is known:
  converged    all services run the new spec and hold          exit 0
  completed    only jobs, and they ended well                  exit 0
  unchanged    nothing had to be done                          exit 0
  detached     accepted by the engine, not watched (--detach)  exit 0
  rolled back  the engine put the old spec back                exit 4
  failed, timed out                                            exit 1
  interrupted  the agent or its engine went away meanwhile     exit 6

Ctrl-C stops watching, not the deploy: it goes on in the agent, allot exits with 130 and says how
to look again (--attach). Without a terminal pass --yes (or -n): nothing is applied unasked.
A change of the env is applied by deploying again; only what changed is touched.

With --output json: first {\"plan\":{...}}, then one event a line; the last line holds `verdict`.

Examples:
  allot app deploy blog.example.org
  allot app deploy blog.example.org 2.1.0+6.4
  allot app deploy blog.example.org --latest --yes
  allot app deploy --attach 0198f3c2-7a60-7cc1-b5f2-6d1e2f3a4b5c")]
pub struct DeployArgs {
    /// The app: its domain
    #[arg(required_unless_present = "attach")]
    pub domain: Option<String>,
    /// What to deploy.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Apply the plan without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Return once the engine accepted everything, without waiting for convergence
    #[arg(short = 'c', long, visible_alias = "no-converge-checks")]
    pub detach: bool,
    /// Watch an operation that was started before, from its beginning
    #[arg(
        long,
        value_name = "OPERATION",
        conflicts_with_all = ["domain", "version", "latest", "force", "offline", "yes", "detach"]
    )]
    pub attach: Option<String>,
}

/// `allot app ps`
#[derive(Debug, Args)]
#[command(after_help = "\
JSON: a list with an object per task: `service`, `image`, `created`, `status`, `state`, `ports`,
`version` and `chaos` as in `abra app ps -m` (all strings), and `task`, `node`, `error`.")]
pub struct PsArgs {
    /// The app: its domain
    pub domain: String,
    /// Old tasks too, as far as the engine remembers them
    #[arg(short, long)]
    pub all: bool,
}

/// `allot app logs`
#[derive(Debug, Args)]
#[command(after_help = "\
Each line begins with its service. On a terminal, control characters in logs are shown, not obeyed.

Examples:
  allot app logs blog.example.org
  allot app logs blog.example.org app db -f
  allot app logs blog.example.org --since 10m --stderr")]
pub struct LogsArgs {
    /// The app: its domain
    pub domain: String,
    /// Services [default: all]
    pub services: Vec<String>,
    /// Go on with what comes
    #[arg(short, long)]
    pub follow: bool,
    /// Last lines of each service
    #[arg(long, value_name = "LINES", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub tail: u32,
    /// Only from then on: a duration such as 10m, or a time such as 2026-11-23T10:00:00Z
    #[arg(short = 'S', long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Only standard error
    #[arg(short, long)]
    pub stderr: bool,
}

/// `allot app undeploy`
#[derive(Debug, Args)]
#[command(after_help = "\
Returns when tasks and networks are really gone, so that a deploy right after works.
Volumes, secrets and the env stay; `allot app remove` deletes them.")]
pub struct UndeployArgs {
    /// The app: its domain
    pub domain: String,
    /// Apply the plan without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot app remove`
#[derive(Debug, Args)]
#[command(after_help = "\
The app must be undeployed first. What is deleted cannot be brought back.

Examples:
  allot app undeploy blog.example.org && allot app remove blog.example.org
  allot app remove blog.example.org --keep-volumes --yes")]
pub struct RemoveArgs {
    /// The app: its domain
    pub domain: String,
    /// Keep the volumes and their data
    #[arg(long)]
    pub keep_volumes: bool,
    /// Apply the plan without asking
    #[arg(short, short_alias = 'f', long, alias = "force")]
    pub yes: bool,
}

/// `allot app history`
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The app: its domain
    pub domain: String,
    /// At most so many entries, newest first
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
}
