//! `allot completion` and `allot man`

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// `allot completion`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allot completion bash > ~/.local/share/bash-completion/completions/allot
  allot completion zsh > ~/.zfunc/_allot
  allot completion fish > ~/.config/fish/completions/allot.fish")]
pub struct CompletionArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `allot man`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allot man | man -l -
  allot man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Directory for one page a command [default: the first page on stdout]
    pub dir: Option<PathBuf>,
}
