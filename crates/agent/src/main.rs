//! `allot-agent`.

use std::process::ExitCode;

use allot_agent::{args::Cli, commands};
use clap::Parser as _;

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
