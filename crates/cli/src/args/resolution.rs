//! `allot resolution ...`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::proposal::{DeadlineArgs, KindArgs, ProposalArgs};

/// Verbs on resolutions.
#[derive(Debug, Subcommand)]
pub enum ResolutionCommand {
    /// List resolutions
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show a resolution: numbers, votes, what it does, its text
    Show(NumberArgs),
    /// Write a resolution down without opening it
    Draft(Box<DraftArgs>),
    /// Change a draft
    Revise(Box<ReviseArgs>),
    /// Open a resolution for votes: a new one, or a draft
    Propose(Box<ProposeArgs>),
    /// Cast your collective's vote, or change it
    Vote(VoteArgs),
    /// Make a medium decision a large one
    Escalate(ReasonArgs),
    /// Take your own resolution back
    Withdraw(ReasonArgs),
    /// End your own resolution early, once everybody has voted
    Close(CloseArgs),
    /// Bring resolutions of before the log into it, from the federation's Markdown files
    Import(ImportArgs),
    /// Write resolutions as the federation's Markdown files
    Export(ExportArgs),
}

/// Where a resolution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// Its proposer still works on it
    Draft,
    /// Votes count
    Open,
    /// It passed
    Passed,
    /// It was blocked
    Rejected,
    /// It had too few votes
    Stalled,
    /// Its proposer took it back
    Withdrawn,
}

/// `allot resolution list`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allot resolution list
  allot resolution list --awaiting
  allot resolution list --state open,passed")]
pub struct ListArgs {
    /// Only in these states; may be repeated
    #[arg(short, long = "state", value_enum, value_delimiter = ',')]
    pub states: Vec<State>,
    /// Only those that wait for your collective's vote
    #[arg(short, long)]
    pub awaiting: bool,
}

/// A command that needs only a resolution.
#[derive(Debug, Args)]
pub struct NumberArgs {
    /// The resolution: its number
    pub number: u32,
}

/// `allot resolution draft`
#[derive(Debug, Args)]
#[command(after_help = "\
A draft is its proposer's; `allot resolution propose NUMBER` opens it. What it says is in the log
from now on, for everybody to read.

Examples:
  allot resolution draft --title 'Adopt a second forge' --size medium
  allot resolution draft --title 'Retire Budget 004' --size large --text budget.md")]
pub struct DraftArgs {
    /// What it says.
    #[command(flatten)]
    pub proposal: ProposalArgs,
    /// Sign without asking
    #[arg(short, long)]
    pub yes: bool,
    /// What it does.
    #[command(flatten)]
    pub kind: KindArgs,
}

/// `allot resolution revise`
#[derive(Debug, Args)]
#[command(after_help = "\
What is not given stays as it is. With nothing given the text opens in $EDITOR.

Examples:
  allot resolution revise 41
  allot resolution revise 41 --title 'Budget 017: Website' --text website.md")]
pub struct ReviseArgs {
    /// The draft: its number
    pub number: u32,
    /// What it says.
    #[command(flatten)]
    pub proposal: ProposalArgs,
    /// Sign without asking
    #[arg(short, long)]
    pub yes: bool,
    /// What it does.
    #[command(flatten)]
    pub kind: KindArgs,
}

/// `allot resolution propose`
#[derive(Debug, Args)]
#[command(after_help = "\
Shows what will be signed, and asks. Choose the smallest size that is fair to who is affected:
  small   anything you feel free to do; written down, not voted on
  medium  shared tools, recipes; passes with one for and none against; stewards need at least this
  large   membership, money, rules; passes with more than half of all members for and none against

A deadline that is nearer than the rules' days is possible, and everybody is told.

Examples:
  allot resolution propose --title 'Adopt a second forge' --size medium --text forge.md
  allot resolution propose 41 --deadline 2026-12-10
  allot resolution propose --title 'Ten days' --text days.md --kind change-rule --rule days_open=10
  allot resolution propose --title 'Budget 017: Website' --text website.md --kind open-budget \\
    --budget-number 17 --budget-name Website --amount 3500 --who sutty --when 2027 \\
    --purpose 'a new website'")]
pub struct ProposeArgs {
    /// A draft of yours: its number
    #[arg(conflicts_with_all = ["ProposalArgs", "KindArgs"])]
    pub draft: Option<u32>,
    /// What it says.
    #[command(flatten)]
    pub proposal: ProposalArgs,
    /// Until when.
    #[command(flatten)]
    pub deadline: DeadlineArgs,
    /// Sign without asking
    #[arg(short, long)]
    pub yes: bool,
    /// What it does.
    #[command(flatten)]
    pub kind: KindArgs,
}

/// A vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// In favour
    For,
    /// A block; says why
    Against,
    /// Stand aside; not the same as silence
    Abstain,
}

/// `allot resolution vote`
#[derive(Debug, Args)]
#[command(after_help = "\
One vote a collective, whoever of its delegates presses: the last one before the deadline counts.
A vote against is a block and needs its reason.

Examples:
  allot resolution vote 41 for
  allot resolution vote 41 against --reason 'the amount is not explained'")]
pub struct VoteArgs {
    /// The resolution: its number
    pub number: u32,
    /// Your collective's vote
    #[arg(value_enum)]
    pub choice: Choice,
    /// Why; needed for a block
    #[arg(short, long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Sign without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot resolution escalate` and `withdraw`
#[derive(Debug, Args)]
pub struct ReasonArgs {
    /// The resolution: its number
    pub number: u32,
    /// Why
    #[arg(short, long, value_name = "TEXT")]
    pub reason: String,
    /// Sign without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot resolution close`
#[derive(Debug, Args)]
pub struct CloseArgs {
    /// The resolution: its number
    pub number: u32,
    /// Sign without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot resolution import`
#[derive(Debug, Args)]
#[command(after_help = "\
Takes the Markdown files below `drafts`, `proposed`, `in-progress`, `passed` and `stalled`, or single
files in such folders. What is imported is history: it has no votes and no effect. First everything
is checked and shown; then it asks. Files that cannot be read are named with the reason, and the
others are imported; with none left it exits with 1.

Examples:
  allot resolution import docs/federation/resolutions --check
  allot resolution import docs/federation/resolutions
  allot resolution import passed/036.md --yes")]
pub struct ImportArgs {
    /// Folders or files
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only say what would be imported
    #[arg(long)]
    pub check: bool,
    /// Sign without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot resolution export`
#[derive(Debug, Args)]
#[command(after_help = "\
Writes passed/036.md and the like, and nav.yml, the site's navigation with all resolutions. Files of
the same name are replaced; nothing is deleted, and nothing outside of DIR is touched. In nav.yml and
membership.md only what stands between the lines `allot: begin` and `allot: end` is written anew; such
a file without these lines, with anything else in it, is left alone and told.

Examples:
  allot resolution export docs/federation/resolutions
  allot resolution export out 36 41 --members")]
pub struct ExportArgs {
    /// The folder, made when it is not there
    pub dir: PathBuf,
    /// Only these [default: all]
    pub numbers: Vec<u32>,
    /// Also the table of members, membership.md
    #[arg(long)]
    pub members: bool,
}
