//! The command line of `allot-hub`.

use std::{net::SocketAddr, path::PathBuf};

use allot_ledger::{Digest, Slug};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    config::Config,
    found::{FoundError, NamedFounder, listen_at},
};

/// What the collectives of a federation share: its log, and who its agents are.
#[derive(Debug, Parser)]
#[command(name = "allot-hub", version, about, max_term_width = 100)]
pub struct Cli {
    /// The hub's directory: configuration, keys, log.
    #[arg(
        long,
        global = true,
        env = "ALLOT_HUB_DIR",
        default_value = "/var/lib/allot-hub"
    )]
    pub dir: PathBuf,
    /// How to print.
    #[arg(long, global = true, value_enum, default_value = "table")]
    pub output: Output,
    /// Print JSON: the same as `--output json`.
    #[arg(short = 'm', global = true)]
    pub machine: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Table,
    /// For programs.
    Json,
}

impl Cli {
    /// Whether to print JSON.
    #[must_use]
    pub fn json(&self) -> bool {
        self.machine || self.output == Output::Json
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Found a federation: makes its CA, its keys, its first entry and its hub's configuration.
    Init(InitArgs),
    /// Run the hub until it is told to stop.
    Serve(ServeArgs),
    /// Make an invite for a founder, or for a collective that members admitted; list invites, or take one back.
    Invite(InviteArgs),
    /// End what an agent may do; it may come back with a new invite.
    Evict(BarArgs),
    /// End what an agent may do, for good.
    Ban(BarArgs),
    /// Write down how far a collective's dues are paid.
    Dues(DuesArgs),
    /// Say how the hub is doing.
    Status,
    /// The certificate that signs agents' certificates.
    #[command(subcommand)]
    Issuer(IssuerCommand),
    /// Look at what the hub keeps, or mend it. The hub must not be running for `repair`.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Where recipes come from, and what came of it.
    #[command(subcommand)]
    Catalogue(CatalogueCommand),
    /// Make a new hub that goes on with a lost one's log, from a member's export.
    Recover(RecoverArgs),
}

/// Where a hub is reached.
#[derive(Debug, Clone, Args)]
pub struct AddressArgs {
    /// Host and port that agents reach the hub at; invites carry it.
    #[arg(long, value_name = "HOST:PORT")]
    pub address: String,
    /// Where to listen for agents; the port of `--address`, on all of the machine's addresses, when not given.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Where to serve the log and figures over plain HTTP; not served when not given.
    #[arg(long, value_name = "ADDR")]
    pub http: Option<SocketAddr>,
    /// Where the root's key goes; `root-key.pem` in the hub's directory when not given.
    #[arg(long, value_name = "PATH")]
    pub root_key: Option<PathBuf>,
}

impl AddressArgs {
    /// The configuration of a hub that is reached so.
    ///
    /// # Errors
    /// The address is none.
    pub fn config(&self) -> Result<Config, FoundError> {
        let listen = match self.listen {
            Some(listen) => listen,
            None => listen_at(&self.address)?,
        };
        Ok(Config::new(self.address.clone(), listen, self.http))
    }
}

/// How a federation is founded.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// What the federation is called: lower-case letters, digits and hyphens.
    #[arg(long, value_name = "NAME")]
    pub federation: Slug,
    /// A founding collective with its key, as its `allot-agent init --collective SLUG` printed it. Once for each.
    #[arg(long = "founder", value_name = "SLUG=VERIFIER_KEY", required = true)]
    pub founders: Vec<NamedFounder>,
    /// Rules that differ from the Co-op Cloud federation's, TOML.
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// Where it is reached.
    #[command(flatten)]
    pub at: AddressArgs,
}

/// How the hub runs.
#[derive(Debug, Args, Default)]
pub struct ServeArgs {
    /// Log as JSON lines.
    #[arg(long)]
    pub log_json: bool,
}

/// What to do with invites.
#[derive(Debug, Args)]
pub struct InviteArgs {
    /// The collective to invite.
    #[arg(required_unless_present_any = ["list", "revoke"])]
    pub collective: Option<String>,
    /// How many hours it can be used; a week when not given.
    #[arg(long, value_name = "N", requires = "collective")]
    pub hours: Option<u32>,
    /// List all invites.
    #[arg(long, conflicts_with_all = ["collective", "revoke"])]
    pub list: bool,
    /// Take an invite back.
    #[arg(long, value_name = "ID", conflicts_with = "collective")]
    pub revoke: Option<String>,
}

/// Whom to turn out.
#[derive(Debug, Args)]
pub struct BarArgs {
    /// Whose agent.
    pub collective: String,
    /// Which agent.
    pub agent: String,
    /// Why; it stands in the log for everybody.
    #[arg(long)]
    pub reason: String,
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
}

/// What was paid.
#[derive(Debug, Args)]
pub struct DuesArgs {
    /// Whose dues.
    pub collective: String,
    /// Up to and with which day.
    #[arg(value_name = "YYYY-MM-DD")]
    pub paid_until: String,
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
}

/// The issuing certificate.
#[derive(Debug, Subcommand)]
pub enum IssuerCommand {
    /// Make a new one with the root's key. Works on a running hub and on one that is not.
    Rotate {
        /// The root's key.
        #[arg(long, value_name = "PATH")]
        root_key: PathBuf,
    },
}

/// Looking at what the hub keeps, or mending it.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Read everything and say what is wrong. Changes nothing. Exit code 1 when something is.
    Check,
    /// Mend what can be mended. What is damaged is kept beside.
    Repair {
        /// A member's export of the log, to take from it what is damaged here.
        #[arg(long, value_name = "EXPORT_DIR")]
        from: Option<PathBuf>,
        /// Also give up private records behind damage; open invites are revoked then.
        #[arg(long)]
        salvage: bool,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

/// Where recipes come from, and what came of it.
#[derive(Debug, Subcommand)]
pub enum CatalogueCommand {
    /// Say how sources are doing, and what is wrong with recipes.
    Status {
        /// Only this recipe.
        recipe: Option<String>,
    },
    /// Look at all sources now, or at one recipe.
    Sync {
        /// Only this recipe.
        recipe: Option<String>,
    },
}

/// How a lost hub is replaced.
#[derive(Debug, Args)]
pub struct RecoverArgs {
    /// A member's export of the log: `allot ledger export DIR`. Take the one of who has seen most.
    #[arg(long, value_name = "EXPORT_DIR")]
    pub from: PathBuf,
    /// The federation's genesis hash, from another place than the export.
    #[arg(long, value_name = "HASH", value_parser = genesis)]
    pub genesis: Digest,
    /// Where the new hub is reached.
    #[command(flatten)]
    pub at: AddressArgs,
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
}

fn genesis(text: &str) -> Result<Digest, String> {
    text.parse()
        .map_err(|e: allot_ledger::BadDigest| e.to_string())
}
