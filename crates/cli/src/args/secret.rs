//! `allot app secret ...`

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Verbs on an app's secrets.
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Generate secrets, straight into the swarm
    #[command(visible_alias = "g")]
    Generate(GenerateArgs),
    /// Put a value of your own into the swarm
    #[command(visible_alias = "i")]
    Insert(InsertArgs),
    /// List the secrets that an app uses
    #[command(visible_alias = "ls")]
    List(super::app::DomainArgs),
    /// Remove secrets from the swarm
    #[command(visible_alias = "rm")]
    Remove(SecretRemoveArgs),
}

/// `allot app secret generate`
#[derive(Debug, Args)]
#[command(after_help = "\
Length and characters follow the comment in the recipe's .env.sample. Secrets that exist, and those
marked `generate=false`, are left alone and the output says so. Values cannot be shown later: with
--reveal they are printed now, without it nobody sees them.

Examples:
  allot app secret generate blog.example.org --all
  allot app secret generate blog.example.org db_password v2 --reveal")]
pub struct GenerateArgs {
    /// The app: its domain
    pub domain: String,
    /// The secret, by its short name
    #[arg(required_unless_present = "all")]
    pub secret: Option<String>,
    /// Version such as v2 [default: the env's]
    pub version: Option<String>,
    /// All secrets that the app uses
    #[arg(short, long, conflicts_with = "secret")]
    pub all: bool,
    /// Print the values, this once
    #[arg(long)]
    pub reveal: bool,
}

/// `allot app secret insert`
#[derive(Debug, Args)]
#[command(after_help = "\
The value is read from standard input (typed unseen on a terminal) or from a file, never from the
command line, where every process of the machine could read it.

Examples:
  pass show example/db | allot app secret insert blog.example.org db_password v1 --trim
  allot app secret insert blog.example.org ssl_cert v1 --file cert.pem
  allot app secret insert blog.example.org ssl_cert v1 cert.pem -f")]
pub struct InsertArgs {
    /// The app: its domain
    pub domain: String,
    /// The secret, by its short name
    pub secret: String,
    /// Version such as v1
    pub version: String,
    /// With -f: the file that holds the value; without it refused
    #[arg(value_name = "PATH")]
    pub data: Option<String>,
    /// Read the value from a file
    // abra's `-f` is a switch that says that the last argument is a path; both forms are taken.
    #[arg(short, long, value_name = "PATH", num_args = 0..=1)]
    pub file: Option<Option<PathBuf>>,
    /// Cut white space before and after the value
    #[arg(short, long)]
    pub trim: bool,
}

/// `allot app secret remove`
#[derive(Debug, Args)]
pub struct SecretRemoveArgs {
    /// The app: its domain
    pub domain: String,
    /// The secret, by its short name
    #[arg(required_unless_present = "all")]
    pub secret: Option<String>,
    /// All secrets of the app
    #[arg(short, long, conflicts_with = "secret")]
    pub all: bool,
    /// Remove without asking
    #[arg(short, long)]
    pub yes: bool,
}
