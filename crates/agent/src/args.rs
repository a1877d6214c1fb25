//! The command line of `allot-agent`.

use std::path::PathBuf;

use allot_ledger::Slug;
use clap::{Args, Parser, Subcommand};

use crate::config::{DEFAULT_ENDPOINT, DEFAULT_RECIPES, EngineChoice, RolesConfig};

/// Looks after the apps of one Docker swarm.
#[derive(Debug, Parser)]
#[command(name = "allot-agent", version, about, max_term_width = 100)]
pub struct Cli {
    /// The agent's directory: configuration, journal, index, recipe mirrors.
    #[arg(
        long,
        global = true,
        env = "ALLOT_AGENT_DIR",
        default_value = "/var/lib/allot-agent"
    )]
    pub dir: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new agent: writes its configuration and an empty store.
    Init(Box<InitArgs>),
    /// Run the agent until it is told to stop.
    Serve(ServeArgs),
    /// Look at the agent's store, or mend it. The agent must not be running for `repair`.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Make, show or bring the signing key of the agent's collective.
    #[command(subcommand)]
    Key(KeyCommand),
}

/// How a new agent is set up.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// What operators call this server; this machine's host name when not given.
    #[arg(long)]
    pub server: Option<String>,
    /// Where operators' commands come in.
    #[arg(long, default_value = "/run/allot/agent.sock")]
    pub socket: PathBuf,
    /// Unix group that may use the socket besides its owner.
    #[arg(long)]
    pub group: Option<String>,
    /// Which engine.
    #[arg(long, value_enum, default_value = "docker")]
    pub engine: EngineChoice,
    /// Where a Docker engine listens.
    #[arg(long, default_value = DEFAULT_ENDPOINT)]
    pub endpoint: String,
    /// A recipe named `x` is at `<URL>/x.git`.
    #[arg(long, default_value = DEFAULT_RECIPES, value_name = "URL")]
    pub recipes: String,
    /// Short name of the collective that this agent belongs to: makes the collective's signing key, and prints its public
    /// part last.
    #[arg(long, value_name = "SLUG")]
    pub collective: Option<Slug>,
    /// Take the collective's key from a file that another agent of it has.
    #[arg(long, value_name = "FILE")]
    pub collective_key: Option<PathBuf>,
    /// Who may do what; nothing is written about it when none is named.
    #[command(flatten)]
    pub roles: RolesConfig,
}

/// What may be different for one run.
#[derive(Debug, Args, Default)]
pub struct ServeArgs {
    /// Another socket than the configuration says.
    #[arg(long)]
    pub socket: Option<PathBuf>,
    /// Another engine than the configuration says.
    #[arg(long, value_enum)]
    pub engine: Option<EngineChoice>,
    /// Another endpoint than the configuration says.
    #[arg(long)]
    pub endpoint: Option<String>,
    /// Log as JSON lines.
    #[arg(long)]
    pub log_json: bool,
}

/// Looking at a store, or mending it.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Read everything and say what is wrong. Changes nothing. Exit code 1 when something is.
    Check {
        /// Print the report as JSON.
        #[arg(long, short = 'm')]
        json: bool,
    },
    /// Mend what can be mended: cut a torn tail (kept beside), set a bad index and damaged blobs aside.
    Repair {
        /// Also end the journal before damage in its middle. It is copied first, and the good records behind the
        /// damage go to a side file.
        #[arg(long)]
        salvage: bool,
        /// Make the index anew even if nothing is wrong with it.
        #[arg(long)]
        rebuild_index: bool,
        /// Print the report as JSON.
        #[arg(long, short = 'm')]
        json: bool,
    },
}

/// The signing key of the agent's collective. All agents of a collective have the same one.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make the collective's key, and print its public part.
    Create {
        /// The collective's short name.
        #[arg(long, value_name = "SLUG")]
        collective: Slug,
        /// Make one beside the key that is here, for members to give the collective by a resolution: when the key was
        /// stolen, and whoever has it replaced it. It signs once the resolution has passed.
        #[arg(long)]
        replacement: bool,
    },
    /// Print the public part of the collective's key.
    Show,
    /// Take the key from a file that another agent of the collective has. The one that is here is kept beside it.
    Import {
        /// The file.
        file: PathBuf,
    },
}
