//! The command tree itself: every help text renders, names nothing that is gone, and the book's page of
//! it is not stale.

use allot_cli::args::Cli;
use clap::{Command, CommandFactory as _};

fn each(command: &mut Command, path: &str, visit: &mut impl FnMut(&mut Command, &str)) {
    visit(command, path);
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in names.iter().filter(|name| *name != "help") {
        let sub = command.find_subcommand_mut(name).unwrap();
        each(sub, &format!("{path} {name}"), visit);
    }
}

#[test]
fn the_command_tree_is_consistent() {
    Cli::command().debug_assert();
}
