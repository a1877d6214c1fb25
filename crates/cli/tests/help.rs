//! The command tree itself: every help text renders, names nothing that is gone, and the book's page of
//! it is not stale.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

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

#[test]
fn every_help_renders_with_its_summary() {
    each(&mut Cli::command(), "allot", &mut |command, path| {
        let about = command.get_about().map(ToString::to_string);
        assert!(about.is_some_and(|a| !a.is_empty()), "{path} says nothing");
        let help = command.render_long_help().to_string();
        assert!(help.contains("Usage:"), "{path}");
        for argument in command.get_arguments().filter(|a| !a.is_hide_set()) {
            assert!(
                argument.get_help().is_some(),
                "{path} {}",
                argument.get_id()
            );
        }
    });
}

/// The words of a command line as a shell makes them, as far as our examples quote.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (number, part) in line.split('\'').enumerate() {
        let quoted = number % 2 == 1;
        for (at, piece) in part.split(' ').enumerate() {
            match words.last_mut() {
                Some(last) if at == 0 => *last += piece,
                Some(last) if quoted => *last += &format!(" {piece}"),
                _ => words.push(piece.to_owned()),
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn examples_in_help_can_be_typed() {
    each(&mut Cli::command(), "allot", &mut |command, path| {
        let text = command.get_after_help().map(ToString::to_string);
        let text = text.unwrap_or_default().replace("\\\n", " ");
        for line in text.lines() {
            let Some(start) = line.find("  allot ").map(|at| at + 2) else {
                continue;
            };
            // What a shell would do after the command is not ours to parse.
            let typed = line[start..]
                .split(['|', '>', '&'])
                .next()
                .unwrap_or_default();
            if let Err(error) = Cli::command().try_get_matches_from(words(typed)) {
                panic!("{path}: `{typed}` cannot be typed: {error}");
            }
        }
    });
}

/// The book's page: the help of every command, as the program prints it.
fn page() -> String {
    let mut text = "\
# Commands

The help of every command, as `allot help COMMAND` prints it. This page is written by a test
(`UPDATE=1 cargo nextest run -p allot --test help`) and fails it when stale. What a deploy can come to is in
[Verdicts and exit codes](../operate/verdicts.md); `allot-agent` is in
[Looking after the agent](../operate/agent.md).
"
    .to_owned();
    let mut root = Cli::command().term_width(100);
    root.build();
    each(&mut root, "allot", &mut |command, path| {
        // The options of every command stand once, at the top.
        if path != "allot" {
            *command = command.clone().mut_args(|a| {
                let hide = a.is_global_set() || a.get_id() == "help";
                a.hide(hide)
            });
        }
        let help = command.clone().render_help().to_string();
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        let help = help.join("\n");
        text.push_str(&format!(
            "\n## {path}\n\n```text\n{}\n```\n",
            help.trim_end()
        ));
    });
    text
}

#[test]
fn the_books_page_of_commands_is_not_stale() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/cli.md");
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(
        kept == page,
        "docs/reference/cli.md is stale: run `UPDATE=1 cargo nextest run -p allot --test help`"
    );
}
