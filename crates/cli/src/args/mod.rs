//! What can be typed: clap definitions only, a file a noun. Verbs, aliases and short flags are abra's
//! where abra has them.

pub mod agent;
pub mod app;
pub mod bench;
pub mod catalogue;
pub mod env;
pub mod federation;
pub mod ledger;
pub mod proposal;
pub mod recipe;
pub mod resolution;
pub mod secret;
pub mod shell;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// Version of the program and of the protocol that it speaks.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (protocol allot.agent.v1, needs allot-agent 0.1.0 or later)"
);

const AFTER: &str = "\
Exit codes:
  0    done
  1    failed, timed out, or declined
  2    the command line cannot be carried out as it stands
  3    `app plan --exit-code`: the plan has changes
  4    rolled back: the engine put the old state back
  5    refused: permission, policy or signature
  6    unreachable: the agent, or the engine or hub behind it, does not answer, or went away in the
       middle
  130  Ctrl-C: the operation goes on in the agent, its outcome is not known yet

stdout carries data, stderr carries talk. With `--output json` stdout holds one JSON document a
line; an error is also {\"error\":{\"code\",\"message\",\"causes\",\"help\"}} there, except a command line
that cannot be understood, and a verdict, which is an event of its own.

From nothing to a running app:
  allot app new wordpress -D blog.example.org -S
  allot app config blog.example.org
  allot app deploy blog.example.org";

/// Run Co-op Cloud recipes on your swarm, and be a member of a federation that shares them.
#[derive(Debug, Parser)]
#[command(
    name = "allot",
    version = VERSION,
    disable_version_flag = true,
    after_help = AFTER,
    max_term_width = 100,
    propagate_version = false,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print the version and the protocol spoken
    #[arg(short = 'v', short_alias = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Form of the data on stdout [default: table]
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORM",
        help_heading = "Global options"
    )]
    pub output: Option<Format>,
    /// Short for --output json
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "output",
        help_heading = "Global options"
    )]
    pub machine: bool,
    /// Never ask: take the defaults, or fail and name what is missing
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub no_input: bool,
    /// When to colour; NO_COLOR is honoured with `auto`
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t = When::Auto,
        help_heading = "Global options"
    )]
    pub color: When,
    /// The agent's socket [default: /run/allot/agent.sock, else $XDG_RUNTIME_DIR/allot/agent.sock]
    #[arg(
        long,
        global = true,
        env = "ALLOT_SOCKET",
        hide_env_values = true,
        value_name = "PATH",
        help_heading = "Global options"
    )]
    pub socket: Option<PathBuf>,
}

/// Form of the data on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// One JSON document a line, with a stable schema
    Json,
    /// Only for `recipe render`
    Yaml,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The nouns.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create, deploy and look after apps
    #[command(visible_alias = "a", subcommand)]
    App(app::AppCommand),
    /// Look at recipes
    #[command(visible_alias = "r", subcommand)]
    Recipe(recipe::RecipeCommand),
    /// Look at the federation's catalogue of recipes, and prove it
    #[command(visible_alias = "cat", subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// Be a member of a federation
    #[command(visible_alias = "fed", subcommand)]
    Federation(federation::FederationCommand),
    /// Propose, vote, and see what was decided
    #[command(visible_alias = "res", subcommand)]
    Resolution(resolution::ResolutionCommand),
    /// Look at the federation's log, and prove it
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Look at the agent
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    /// Print a completion script for a shell
    #[command(alias = "autocomplete")]
    Completion(shell::CompletionArgs),
    /// Write the manual pages
    Man(shell::ManArgs),
}
