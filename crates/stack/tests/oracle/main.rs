//! Holds this crate against the docker CLI, stack by stack.
//!
//! Two oracles: (a) `docker stack config` against [`allot_stack::render`], (b) what
//! `docker stack deploy` sends to an engine that records against [`allot_stack::convert`].
//!
//! What docker CLI 28 says of the fixtures is kept in `tests/fixtures/docker/`, so that the test
//! means something without it; where that CLI is installed it is asked anew. Set
//! `ALLOT_ORACLE_RECORD=1` to write down its answers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it found by panicking"
)]

mod answer;
mod case;
mod compare;
mod docker;
mod rows;
mod shared;

use std::{collections::BTreeSet, path::Path};

use answer::Answer;
use case::Case;

/// What came of all comparisons.
#[derive(Default)]
struct Tally {
    compared: usize,
    equal: usize,
    refused: usize,
    listed: usize,
    failures: Vec<String>,
}

impl Tally {
    /// Compares two answers about one stack; `row` is the difference that the case is about.
    fn add(&mut self, name: &str, docker: &Answer, ours: &Answer, row: Option<&str>) {
        self.compared += 1;
        let differences = compare::differences(docker, ours);
        match (differences.first(), row) {
            (None, None) if docker.refused.is_some() => self.refused += 1,
            (None, None) => self.equal += 1,
            (Some(_), Some(_)) => self.listed += 1,
            (None, Some(row)) => self.failures.push(format!(
                "{name}: nothing differs, though `{row}` is expected"
            )),
            (Some(first), None) => {
                self.failures.push(format!(
                    "{name}: {} differences, first: {first}",
                    differences.len()
                ));
            }
        }
    }

    fn finish(self, what: &str) {
        println!(
            "oracle ({what}): {} stacks compared, {} equal, {} refused by both, {} listed differences",
            self.compared, self.equal, self.refused, self.listed
        );
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
    }
}

/// The project's own stacks.
#[test]
fn own_stacks_are_what_docker_makes_of_them() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let cases = Case::all(&fixtures.join("stacks"));
    assert!(cases.len() >= 40, "only {} fixtures", cases.len());
    let rows = rows::read();
    let docker = docker::Docker::find();
    let mut tally = Tally::default();
    for case in &cases {
        let kept = fixtures.join("docker").join(format!("{}.json", case.name));
        let answer = match &docker {
            Some(docker) => docker.ask(case),
            None => Answer::read(&kept),
        };
        if docker.is_some() && std::env::var_os("ALLOT_ORACLE_RECORD").is_some() {
            answer.write(&kept);
        }
        if let Some(row) = &case.row {
            assert!(
                rows.contains(row),
                "{}: docs/reference/compose.md has no row `{row}`",
                case.name
            );
        }
        tally.add(
            &case.name,
            &answer,
            &Answer::ours(case),
            case.row.as_deref(),
        );
        if docker.is_some() {
            let same = Answer::read(&kept).canonical() == answer.canonical();
            assert!(
                same,
                "{}: docker says something else than what is kept",
                case.name
            );
        }
    }
    let about: BTreeSet<String> = cases.iter().filter_map(|c| c.row.clone()).collect();
    let without_case: Vec<_> = rows
        .iter()
        .filter(|row| !about.contains(*row) && !rows::NOT_A_STACK.contains(&row.as_str()))
        .collect();
    assert!(
        without_case.is_empty(),
        "rows without a fixture: {without_case:?}"
    );
    tally.finish(if docker.is_some() {
        "own stacks, docker CLI asked"
    } else {
        "own stacks, kept answers"
    });
}

/// Real stacks and recipes that lie beside the repository, when they do.
#[test]
fn real_stacks_are_what_docker_makes_of_them() {
    let (Some(docker), Some(cases)) = (docker::Docker::find(), shared::cases()) else {
        println!("oracle (real stacks): skipped, needs docker CLI 28 and ../shared");
        return;
    };
    let mut tally = Tally::default();
    for (case, row) in &cases {
        tally.add(
            &case.name,
            &docker.ask(case),
            &Answer::ours(case),
            row.as_deref(),
        );
    }
    tally.finish("real stacks");
}
