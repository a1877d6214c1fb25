//! `allot federation ...`

use std::path::PathBuf;

use allot_ledger::{Digest, Slug};
use clap::{Args, Subcommand};

use super::proposal::DeadlineArgs;
use crate::membership::{ColumnIs, column_is};

/// Verbs on the federation, as this agent's collective sees it.
#[derive(Debug, Subcommand)]
pub enum FederationCommand {
    /// Show how the hub, the log and your membership are, and what waits for your vote
    #[command(visible_alias = "s")]
    Status(StatusArgs),
    /// Enrol this agent at a federation's hub, with an invite
    Join(JoinArgs),
    /// End your collective's membership
    Leave(LeaveArgs),
    /// List who is in the federation
    #[command(visible_alias = "ls")]
    Members(MembersArgs),
    /// Make an application to join, for a member that vouches
    Apply(ApplyArgs),
    /// Open the resolution that admits an applicant
    Vouch(VouchArgs),
    /// Take your collective's application back, for a member that brings it
    TakeBack(TakeBackArgs),
    /// Bring that an applicant takes its application back
    Bring(BringArgs),
    /// Say anew what your collective is called
    Profile(ProfileArgs),
    /// Say whom other members can ask at your collective
    Contact(ContactArgs),
    /// Replace your collective's signing key by a new one
    RotateKey(RotateKeyArgs),
    /// Accept the hub that goes on with a lost one's log
    AcceptHub(AcceptHubArgs),
    /// Go back to the hub before one that nobody should accept
    RejectHub(RejectHubArgs),
}

/// `allot federation status`
#[derive(Debug, Args)]
#[command(after_help = "\
With --exit-code: 0 all is well, 5 something is wrong with the log, 6 the hub cannot be reached,
1 this agent is in no federation. Without it 0, whatever the state.

Examples:
  allot federation status
  allot federation status --exit-code >/dev/null || echo look")]
pub struct StatusArgs {
    /// Exit with 5 or 6 when the log or the hub is not well
    #[arg(long)]
    pub exit_code: bool,
}

/// `allot federation join`
#[derive(Debug, Args)]
#[command(after_help = "\
The invite is the one line that `allot-hub invite` printed. It is a secret until it is used: it is
read from standard input, from a file, or typed unseen. As an argument every process of this machine
could read it while the command runs, and the shell's history would keep it.

Examples:
  allot federation join
  allot federation join --file invite.txt --agent srv1
  pass show coop-cloud/invite | allot federation join -")]
pub struct JoinArgs {
    /// `-` for standard input; better not the invite itself
    #[arg(conflicts_with = "file")]
    pub invite: Option<String>,
    /// Read the invite from a file
    #[arg(short, long, value_name = "PATH")]
    pub file: Option<PathBuf>,
    /// What this agent is called in the federation [default: the server's name]
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Go on with a new hub that has less of the log than this agent, once members have accepted it: what
    /// is gone is said, and your collective's own entries are handed in again
    #[arg(long)]
    pub knowing_loss: bool,
}

/// `allot federation leave`
#[derive(Debug, Args)]
#[command(after_help = "\
It counts at once, for all agents of the collective. Coming back takes a new application and a large
decision of the members.")]
pub struct LeaveArgs {
    /// Leave without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot federation members`
#[derive(Debug, Args)]
#[command(after_help = "\
`TOOK PART` counts the last large decisions that a member could vote on. Contacts are kept by the
hub, for members; they are in no log.

Examples:
  allot federation members
  allot federation members --all --contacts
  allot federation members --markdown > docs/federation/membership.md
  allot federation members import docs/federation/membership.md")]
#[command(args_conflicts_with_subcommands = true)]
pub struct MembersArgs {
    /// Instead of a list.
    #[command(subcommand)]
    pub command: Option<MembersCommand>,
    /// Also those that applied, left or were excluded
    #[arg(short, long, conflicts_with = "markdown")]
    pub all: bool,
    /// Also whom to ask there
    #[arg(short, long, conflicts_with = "markdown")]
    pub contacts: bool,
    /// Print the federation's own table, Markdown
    #[arg(long)]
    pub markdown: bool,
}

/// Verbs on the federation's table of members.
#[derive(Debug, Subcommand)]
pub enum MembersCommand {
    /// Compare the federation's table of members, Markdown, with who is a member here
    Import(MembersImportArgs),
}

/// `allot federation members import`
#[derive(Debug, Args)]
#[command(after_help = "\
A table makes nobody a member: founders are, and whom the members admit. So this says who of the
table is a member here, who is not and how that would change, and which members it lacks. Columns
between name and contact that are called `Dues` or `Solidarity` are compared with the log; of others
say what they mean. Nothing is changed, but your own contact when you ask for that.

Examples:
  allot federation members import docs/federation/membership.md
  allot federation members import membership.md --column Paid=dues --column 3=ignore
  allot federation members import membership.md --take-contact")]
pub struct MembersImportArgs {
    /// The table, `-` for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What a column means: `dues`, `solidarity` or `ignore`, by the column's name or number
    #[arg(long = "column", value_name = "NAME=MEANING", value_parser = column_is)]
    pub columns: Vec<ColumnIs>,
    /// Tell the hub the contact that the table has for your own collective
    #[arg(long)]
    pub take_contact: bool,
    /// Do that without asking
    #[arg(short, long, requires = "take_contact")]
    pub yes: bool,
}

/// `allot federation apply`
#[derive(Debug, Args)]
#[command(after_help = "\
Prints the application, signed with your collective's key. Nothing is sent: give it to a member, who
opens the vote with `allot federation vouch`. Members admit the key in it, and not only the name.
The contact is in the file for the member and the hub, and only its hash comes into the log.

Examples:
  allot federation apply --name Sutty --website https://sutty.example \\
    --summary 'We run sites on it, and would like to share recipes.' \\
    --federation 5f2c6f0d3c1b7d7a9e5f0f4b8c6d2a1e3b5c7d9f1a2b3c4d5e6f708192a3b4c5 > application.json")]
pub struct ApplyArgs {
    /// The federation: the hash that its members know it by
    #[arg(long, value_name = "HASH")]
    pub federation: Digest,
    /// What your collective is called
    #[arg(long)]
    pub name: String,
    /// Two sentences: who you are, and why you would like to join
    #[arg(long)]
    pub summary: String,
    /// Your web site
    #[arg(long, value_name = "URL")]
    pub website: Option<String>,
    /// The member that will vouch, by its short name
    #[arg(long, value_name = "COLLECTIVE")]
    pub sponsor: Option<Slug>,
    /// Whom members can ask: an e-mail address or a Matrix id
    #[arg(long)]
    pub contact: Option<String>,
    /// Number of this application among your entries in the log, when you have applied before and the
    /// member that vouches was told that another is next
    #[arg(long, value_name = "N")]
    pub entry: Option<u64>,
}

/// `allot federation vouch`
#[derive(Debug, Args)]
#[command(after_help = "\
Brings the application into the log and opens the large resolution that admits the applicant, with
the key in the application: ask the applicant whether it is theirs.

Examples:
  allot federation vouch application.json
  allot federation vouch application.json --text why.md --deadline 2026-12-20")]
pub struct VouchArgs {
    /// The application, `-` for standard input
    #[arg(value_name = "FILE")]
    pub application: PathBuf,
    /// Text of the resolution, Markdown [default: made from the application]
    #[arg(long, value_name = "FILE")]
    pub text: Option<PathBuf>,
    /// Until when.
    #[command(flatten)]
    pub deadline: DeadlineArgs,
    /// Sign without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot federation take-back`
#[derive(Debug, Args)]
#[command(after_help = "\
Prints that your collective takes its application back, signed with its key. Nothing is sent: give
it to a member, who brings it with `allot federation bring`. A collective that has an agent at the
hub leaves with `allot federation leave`.

Examples:
  allot federation take-back \\
    --federation 5f2c6f0d3c1b7d7a9e5f0f4b8c6d2a1e3b5c7d9f1a2b3c4d5e6f708192a3b4c5 > taken-back.json")]
pub struct TakeBackArgs {
    /// The federation: the hash that its members know it by
    #[arg(long, value_name = "HASH")]
    pub federation: Digest,
    /// Its number among your entries in the log, when you have applied before and the member that
    /// brings it was told that another is next
    #[arg(long, value_name = "N")]
    pub entry: Option<u64>,
}

/// `allot federation bring`
#[derive(Debug, Args)]
#[command(after_help = "\
For what `allot federation take-back` printed at an applicant.

Examples:
  allot federation bring taken-back.json")]
pub struct BringArgs {
    /// What the applicant signed, `-` for standard input
    #[arg(value_name = "FILE")]
    pub withdrawal: PathBuf,
    /// Bring it without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot federation profile`
#[derive(Debug, Args)]
#[command(after_help = "\
What is not given stays as it is.

Examples:
  allot federation profile --name 'Merri-bek Tech' --website https://merri-bek.example
  allot federation profile --no-website")]
pub struct ProfileArgs {
    /// The collective's name
    #[arg(long, required_unless_present_any = ["website", "no_website"])]
    pub name: Option<String>,
    /// Its web site
    #[arg(long, value_name = "URL")]
    pub website: Option<String>,
    /// Name no web site any more
    #[arg(long, conflicts_with = "website")]
    pub no_website: bool,
    /// Sign without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot federation contact`
#[derive(Debug, Args)]
#[command(after_help = "\
The hub keeps it and tells it to members; it never comes into the log.

Examples:
  allot federation contact @coop:matrix.example.org
  allot federation contact hello@example.org --yes
  allot federation contact --remove")]
pub struct ContactArgs {
    /// An e-mail address or a Matrix id
    #[arg(required_unless_present = "remove", conflicts_with = "remove")]
    pub contact: Option<String>,
    /// Name nobody any more
    #[arg(long)]
    pub remove: bool,
    /// Do it without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot federation rotate-key`
#[derive(Debug, Args)]
#[command(after_help = "\
The agent makes the new key; the old one signs for it. Other agents of the collective need a copy of
the new key's file. When the old key is lost, only a resolution helps:
`allot resolution propose --kind replace-key`.")]
pub struct RotateKeyArgs {
    /// Sign without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot federation accept-hub`
#[derive(Debug, Args)]
#[command(after_help = "\
Takes the digest that `allot-hub recover` printed at the new hub. Get it from the hub's admins by
another way than the log, since whoever has a lost hub's keys can write there too.

Examples:
  allot federation accept-hub 5f2c6f0d3c1b7d7a9e5f0f4b8c6d2a1e3b5c7d9f1a2b3c4d5e6f708192a3b4c5")]
pub struct AcceptHubArgs {
    /// Digest of the new hub's keys
    pub digest: Digest,
    /// Sign without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `allot federation reject-hub`
#[derive(Debug, Args)]
#[command(after_help = "\
For an agent that joined at another hub with an invite that turned out to be false. What it had at
the hub before was kept, and is put back: the log, the certificate and what it knows of the hub.
That is possible until more than half of the members have accepted the new hub.")]
pub struct RejectHubArgs {
    /// Go back without asking
    #[arg(short, long)]
    pub yes: bool,
}
