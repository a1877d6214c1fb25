//! A crowd of members for `scripts/bench federation`: it keeps streams open, writes, comes back all at once, or fills a
//! log. Results are JSON on standard output, a line each; durations are seconds.
//!
//! ```text
//! crowd keys COUNT DIR                        makes COUNT members' keys; prints `SLUG=KEY` lines
//! crowd enrol DIR AGENTS < INVITES            spends an invite a line; certificates go to DIR
//! crowd streams DIR AGENTS SECONDS ENTRIES    opens a stream an agent, rests, publishes, comes back at once
//! crowd write DIR WRITERS SECONDS             appends as fast as so many writers can
//! crowd fill DIR LEDGER ENTRIES               writes entries straight into a stopped hub's log
//! ```

mod disk;
mod fill;
mod streams;
mod write;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    match words.as_slice() {
        ["keys", count, dir] => disk::make_keys(count.parse()?, Path::new(dir)),
        ["enrol", dir] => runtime.block_on(disk::enrol(Path::new(dir))),
        ["streams", dir, agents, rest, entries] => {
            let seats = disk::seats(Path::new(dir), agents.parse()?)?;
            runtime.block_on(streams::run(seats, rest.parse()?, entries.parse()?))
        }
        ["write", dir, writers, seconds] => {
            let seats = disk::seats(Path::new(dir), writers.parse()?)?;
            runtime.block_on(write::run(seats, seconds.parse()?))
        }
        ["fill", dir, ledger, entries] => {
            let members = disk::members(Path::new(dir))?;
            runtime.block_on(fill::run(&members, Path::new(ledger), entries.parse()?))
        }
        _ => Err("see the head of crates/testkit/examples/crowd/main.rs".into()),
    }
}
