//! `allot`: the command line of Allotment.

use std::process::ExitCode;

fn main() -> ExitCode {
    allot_cli::commands::main()
}
