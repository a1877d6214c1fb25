//! `allot ledger ...`

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Verbs on the agent's copy of the federation's log.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Show how far the log is verified and witnessed
    #[command(visible_alias = "s")]
    Status(StatusArgs),
    /// Show entries, the newest last
    #[command(visible_alias = "ls")]
    Show(ShowArgs),
    /// Read the whole copy again and prove it: signatures, order, rules, tree, checkpoint
    Verify,
    /// Write the copy as files that any C2SP tlog-tiles client reads
    Export(ExportArgs),
    /// Hold a checkpoint that came another way against what this agent has seen
    Compare(CompareArgs),
}

/// `allot ledger status`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allot ledger status
  allot ledger status --checkpoint > checkpoint.txt")]
pub struct StatusArgs {
    /// Print only the signed checkpoint, for another member to compare
    #[arg(long)]
    pub checkpoint: bool,
}

/// `allot ledger show`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allot ledger show
  allot ledger show 128
  allot ledger show --from 0 --limit 20
  allot ledger show --author sutty --kind vote")]
pub struct ShowArgs {
    /// One entry, whole: its index
    #[arg(conflicts_with_all = ["from", "limit", "author", "kind"])]
    pub index: Option<u64>,
    /// First index [default: so that the newest are shown]
    #[arg(long, value_name = "INDEX")]
    pub from: Option<u64>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub limit: u32,
    /// Only this author's: a collective, or `hub`
    #[arg(long)]
    pub author: Option<String>,
    /// Only this kind, such as `vote`
    #[arg(long)]
    pub kind: Option<String>,
}

/// `allot ledger export`
#[derive(Debug, Args)]
#[command(after_help = "\
A hub that is lost can be rebuilt from it: `allot-hub recover --from DIR`. Exporting into the same
folder again brings it up to date. Nothing outside of DIR is touched.

Examples:
  allot ledger export /var/backups/coop-cloud-log")]
pub struct ExportArgs {
    /// The folder, made when it is not there
    pub dir: PathBuf,
}

/// `allot ledger compare`
#[derive(Debug, Args)]
#[command(after_help = "\
Takes what `allot ledger status --checkpoint` printed at another member, got by any way that the hub
has no hand in. When the hub has signed two histories, the proof is printed and kept, and it exits
with 5.

Examples:
  allot ledger compare their-checkpoint.txt
  ssh op@other.example.org allot ledger status --checkpoint | allot ledger compare -")]
pub struct CompareArgs {
    /// The checkpoint, `-` for standard input
    pub file: PathBuf,
}
