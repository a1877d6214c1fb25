//! A recipe comes from somebody else's repository: whatever is in it, lint ends, soon, and does not panic.

// clippy knows test functions, but not the helpers of an integration test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::time::{Duration, Instant};

use allot_lint::{Facts, Limits, lint};
use allot_recipe::MemoryTree;

const COMPOSE: &str = include_str!("../../../examples/recipes/guestbook/compose.yml");
const SAMPLE: &str = include_str!("../../../examples/recipes/guestbook/.env.sample");

fn look(compose: &str, sample: &str) -> Duration {
    let tree = MemoryTree::new()
        .with("compose.yml", compose)
        .with(".env.sample", sample)
        .with("abra.sh", "export APP_PAGE_VERSION=v1\n");
    let started = Instant::now();
    let _ = lint(&tree, &Facts::unknown("x"), &Limits::default());
    started.elapsed()
}

#[test]
fn a_file_that_breaks_off_anywhere_is_looked_at() {
    for end in (0..COMPOSE.len())
        .filter(|at| COMPOSE.is_char_boundary(*at))
        .step_by(5)
    {
        look(&COMPOSE[..end], SAMPLE);
    }
    for end in (0..SAMPLE.len())
        .filter(|at| SAMPLE.is_char_boundary(*at))
        .step_by(7)
    {
        look(COMPOSE, &SAMPLE[..end]);
    }
}

#[test]
fn a_piece_in_the_wrong_place_is_looked_at() {
    let pieces = [
        "[", "{", "\"", "${", "${A:-${B", "$$", "*x", "&x ", "\u{1b}", "é", "\t", ": ", "- ",
        "!!int ",
    ];
    let lines: Vec<&str> = COMPOSE.lines().collect();
    for (number, _) in lines.iter().enumerate().step_by(3) {
        for piece in pieces {
            let mut text = lines.clone();
            let broken = format!("{}{piece}", lines[number]);
            text[number] = &broken;
            look(&text.join("\n"), SAMPLE);
        }
    }
}

#[test]
fn a_text_full_of_variables_takes_no_longer_than_it_is_worth() {
    for piece in ["${A:-", "${A", "$A-", "${A:-x}", "$$", "${A:-${B}}"] {
        let text = format!(
            "services: {{app: {{image: 'x{}'}}}}",
            piece.repeat(100_000 / piece.len())
        );
        let took = look(&text, SAMPLE);
        println!("{piece}: {took:?}");
        assert!(took < Duration::from_secs(20), "{piece}: {took:?}");
    }
}

#[test]
fn thousands_of_services_are_looked_at_in_one_pass() {
    let service = |n: usize| {
        format!(
            "  s{n}:\n    image: x:1.0\n    volumes: ['/srv/{n}:/x']\n    healthcheck: {{test: x, start_period: 5m}}\n    configs: [{{source: c{n}, target: /x/{n}}}]\n"
        )
    };
    let config = |n: usize| format!("  c{n}: {{name: 'c{n}_${{V{n}}}', file: page.html}}\n");
    let services: String = (0..2_000).map(service).collect();
    let configs: String = (0..2_000).map(config).collect();
    let took = look(&format!("services:\n{services}configs:\n{configs}"), SAMPLE);
    println!("{took:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
}
