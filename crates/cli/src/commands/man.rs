//! `allot man`

use std::io;

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::{
    args::{Cli, shell::ManArgs},
    context::Context,
    error::CliError,
    exit::ExitCode,
};

/// Writes one page a command into a directory, or the first page to stdout.
pub fn run(args: &ManArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        Man::new(Cli::command())
            .render(&mut page)
            .map_err(|error| unwritten("the page", error))?;
        ctx.out.data(&String::from_utf8_lossy(&page))?;
        return Ok(ExitCode::Done);
    };
    std::fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
        .map_err(|error| unwritten(&dir.display().to_string(), error))?;
    Ok(ExitCode::Done)
}

fn unwritten(what: &str, source: io::Error) -> CliError {
    CliError::Output {
        what: what.into(),
        source,
    }
}
