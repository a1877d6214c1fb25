//! `allot-hub`.

use std::process::ExitCode;

use allot_hub::{args::Cli, commands};
use clap::Parser as _;

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
