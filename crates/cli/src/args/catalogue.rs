//! `allot catalogue ...`, and the verbs of `allot recipe ...` that look at the catalogue or speak for stewards.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Verbs on the federation's catalogue.
#[derive(Debug, Subcommand)]
pub enum CatalogueCommand {
    /// Show how old and how whole the catalogue is, and what this agent accepts
    #[command(visible_alias = "st")]
    Status,
    /// Fetch the documents that are missing, now
    #[command(visible_alias = "s")]
    Sync,
    /// Hold every document against the log; with --deep the repositories too
    Verify(VerifyArgs),
    /// Write the catalogue as recipes.json, in abra's format
    Export(ExportArgs),
}

/// `allot catalogue verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Exits with 1 when something is not as the log says.

Examples:
  allot catalogue verify
  allot catalogue verify --deep --output json")]
pub struct VerifyArgs {
    /// Fetch the repositories too, and look whether they hold the pinned commits
    #[arg(long)]
    pub deep: bool,
}

/// `allot catalogue export`
#[derive(Debug, Args)]
#[command(after_help = "\
Holds every version that the hub saw and nobody yanked; with --accepted, only those that this
agent would deploy.

Examples:
  allot catalogue export > recipes.json
  allot catalogue export --accepted --output-file /srv/www/recipes.json")]
pub struct ExportArgs {
    /// Write to this file, as a whole, and not to standard output
    #[arg(long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,
    /// Only versions that this agent would deploy
    #[arg(long)]
    pub accepted: bool,
}

/// `allot recipe list`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allot recipe list
  allot recipe list cloud
  allot recipe list --level stable --category Apps")]
pub struct ListArgs {
    /// Only recipes whose name has this in it
    #[arg(value_name = "PATTERN")]
    pub pattern: Option<String>,
    /// Only this category
    #[arg(short, long)]
    pub category: Option<String>,
    /// Only this level: stable, testing or unstable
    #[arg(short, long, value_parser = ["stable", "testing", "unstable"])]
    pub level: Option<String>,
}

/// `allot recipe search`
#[derive(Debug, Args)]
#[command(after_help = "\
Looks in names, descriptions, categories, images and stewards. All words must be there.

Examples:
  allot recipe search wiki
  allot recipe search shared calendar")]
pub struct SearchArgs {
    /// What to look for
    #[arg(required = true, value_name = "WORD")]
    pub words: Vec<String>,
}

/// `allot recipe show`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allot recipe show nextcloud
  allot recipe show nextcloud --versions 100")]
pub struct ShowArgs {
    /// The recipe
    pub recipe: String,
    /// Newest versions to show
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub versions: u32,
}

/// A command that needs only a recipe.
#[derive(Debug, Args)]
pub struct RecipeArgs {
    /// The recipe
    pub recipe: String,
}

/// `allot recipe claim`
#[derive(Debug, Args)]
#[command(after_help = "\
Who looks after a recipe that has no steward claims it. From then on its versions are published by
its stewards, and the other members are told. Whoever disagrees proposes other stewards, a medium
resolution: `allot resolution propose --kind steward --recipe RECIPE --steward COLLECTIVE`.

Examples:
  allot recipe claim guestbook")]
pub struct ClaimArgs {
    /// The recipe
    pub recipe: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot recipe publish`
#[derive(Debug, Args)]
#[command(after_help = "\
Publishes a version that is tagged already. With several stewards, another one approves it first
(`allot recipe review`). A security release is published at once, and reviewed afterwards.

Examples:
  allot recipe publish guestbook 1.2.0+3.1.4 --note 'Moves the data volume, see the notes.'
  allot recipe publish guestbook 1.2.1+3.1.5 --security --report report.json")]
pub struct PublishArgs {
    /// The recipe
    pub recipe: String,
    /// The version, as it is tagged
    pub version: String,
    /// The commit, when the hub has not seen the tag so far
    #[arg(long, requires = "tree")]
    pub commit: Option<String>,
    /// The commit's tree
    #[arg(long, requires = "commit")]
    pub tree: Option<String>,
    /// It mends a security problem: publish at once
    #[arg(long)]
    pub security: bool,
    /// What reviewers should know
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// What `allot recipe test --output json` printed
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot recipe yank`
#[derive(Debug, Args)]
#[command(after_help = "\
The version stays in the log, and is never released again. Agents that run it say so.

Examples:
  allot recipe yank guestbook 1.2.0+3.1.4 'The upgrade loses entries.'")]
pub struct YankArgs {
    /// The recipe
    pub recipe: String,
    /// The version
    pub version: String,
    /// Why, in one line: operators see it
    pub reason: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot recipe flag`
#[derive(Debug, Args)]
#[command(after_help = "\
Everybody sees it, and it counts against the recipe's level while it is open.

Examples:
  allot recipe flag guestbook 'Entries can be written without a session.'")]
pub struct FlagArgs {
    /// The recipe
    pub recipe: String,
    /// What the security problem is
    pub text: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot recipe unflag`
#[derive(Debug, Args)]
#[command(after_help = "\
Whoever told of it, or a steward, ends it. `allot recipe show` gives its number.

Examples:
  allot recipe unflag guestbook 1 'Mended in 1.2.1+3.1.5.'")]
pub struct UnflagArgs {
    /// The recipe
    pub recipe: String,
    /// Number of the problem
    pub number: u32,
    /// Why it is one no more
    pub reason: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// Verbs on releases that wait.
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// List releases that wait for your review
    #[command(visible_alias = "ls")]
    List(ReviewListArgs),
    /// Show one of them
    Show(ReviewArgs),
    /// Approve a release: it is published
    #[command(visible_alias = "ok")]
    Approve(ApproveArgs),
    /// Want something changed first
    RequestChanges(ChangesArgs),
}

/// `allot recipe review list`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allot recipe review list
  allot recipe review list --all")]
pub struct ReviewListArgs {
    /// Also those that wait for others
    #[arg(short, long)]
    pub all: bool,
}

/// A command that needs a version.
#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// The recipe
    pub recipe: String,
    /// The version
    pub version: String,
}

/// `allot recipe review approve`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allot recipe review approve guestbook 1.2.0+3.1.4
  allot recipe review approve guestbook 1.2.0+3.1.4 --reason 'Upgraded ours, all entries are there.'")]
pub struct ApproveArgs {
    /// What is approved.
    #[command(flatten)]
    pub of: ReviewArgs,
    /// Why, or what was looked at
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot recipe review request-changes`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allot recipe review request-changes guestbook 1.2.0+3.1.4 'The upgrade loses entries.'")]
pub struct ChangesArgs {
    /// What is to change.
    #[command(flatten)]
    pub of: ReviewArgs,
    /// What has to change
    pub reason: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}
