//! `allot completion`

use clap::CommandFactory as _;

use crate::{
    args::{Cli, shell::CompletionArgs},
    context::Context,
    error::CliError,
    exit::ExitCode,
};

/// Prints the completion script of a shell.
pub fn run(args: &CompletionArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "allot", &mut script);
    ctx.out.data(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Done)
}
