//! `allot app env ...` and `allot app config`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::app::DomainArgs;

/// Verbs on an app's env.
#[derive(Debug, Subcommand)]
pub enum EnvCommand {
    /// Print an app's variables
    #[command(visible_alias = "ls")]
    List(EnvListArgs),
    /// Hold an app's env against its recipe's sample
    #[command(visible_alias = "c")]
    Check(CheckArgs),
    /// Set variables
    Set(SetArgs),
    /// Take variables out
    Unset(UnsetArgs),
    /// Edit the whole text in $EDITOR, as `app config`
    Edit(EditArgs),
}

/// `allot app env list`
#[derive(Debug, Args)]
pub struct EnvListArgs {
    /// The app.
    #[command(flatten)]
    pub app: DomainArgs,
    /// An older revision [default: the newest]
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub revision: u64,
    /// Print the text as it is kept, comments included, instead of the expanded variables
    #[arg(long)]
    pub text: bool,
}

/// `allot app env check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The app.
    #[command(flatten)]
    pub app: DomainArgs,
    /// Use what is on the agent's disk, fetch nothing
    #[arg(short, long)]
    pub offline: bool,
}

/// `allot app env set`
#[derive(Debug, Args)]
#[command(after_help = "\
The env is no place for secrets: use `allot app secret insert`.
A change takes effect with the next `allot app deploy`.

Examples:
  allot app env set blog.example.org TIMEOUT=600 LETS_ENCRYPT_ENV=production")]
pub struct SetArgs {
    /// The app.
    #[command(flatten)]
    pub app: DomainArgs,
    /// Variables to set
    #[arg(required = true, value_name = "NAME=VALUE", value_parser = assignment)]
    pub variables: Vec<(String, String)>,
}

/// `allot app env unset`
#[derive(Debug, Args)]
pub struct UnsetArgs {
    /// The app.
    #[command(flatten)]
    pub app: DomainArgs,
    /// Variables to take out
    #[arg(required = true, value_name = "NAME")]
    pub variables: Vec<String>,
}

/// `allot app config`, `allot app env edit`
#[derive(Debug, Args)]
#[command(after_help = "\
Opens the text in $VISUAL, else $EDITOR, else nano or vi, and saves it as a new revision. When
somebody else changed the env meanwhile nothing is overwritten: your text is kept in a file and the
error says where.
A change takes effect with the next `allot app deploy`.

Examples:
  allot app config blog.example.org
  allot app config blog.example.org --from blog.env
  generate-env | allot app config blog.example.org --from -")]
pub struct EditArgs {
    /// The app.
    #[command(flatten)]
    pub app: DomainArgs,
    /// Take the whole text from a file (`-` is standard input) instead of an editor
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
}

/// Parses `NAME=VALUE`. The agent checks names and values; here only the form counts.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, for example TIMEOUT=600".to_owned()),
    }
}
