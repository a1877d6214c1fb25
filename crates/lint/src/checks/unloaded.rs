//! What could not be looked at because a stack does not load: such a rule has not passed.

use super::told;
use crate::report::Report;
use crate::rule::{self, Rule};
use crate::subject::Subject;

/// The rules that look at loaded stacks.
static OF_STACKS: [&Rule; 24] = [
    &rule::L001,
    &rule::L003,
    &rule::L004,
    &rule::L005,
    &rule::L006,
    &rule::L007,
    &rule::L008,
    &rule::L009,
    &rule::L010,
    &rule::L011,
    &rule::L015,
    &rule::L016,
    &rule::L017,
    &rule::L018,
    &rule::L020,
    &rule::L021,
    &rule::L022,
    &rule::L024,
    &rule::R002,
    &rule::R003,
    &rule::R004,
    &rule::R005,
    &rule::R011,
    &rule::R012,
];

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    // A guess that does not load is nobody's stack.
    let said = |stack: &&crate::subject::Stack| !stack.combination.guessed;
    let lost = subject.stacks.iter().filter(said);
    let Some(lost) = lost.into_iter().find(|stack| stack.model().is_none()) else {
        return;
    };
    let why = format!(
        "the stack of {} does not load",
        told(&lost.combination.files.join(", "))
    );
    for rule in OF_STACKS {
        report.skip_unless_known(rule, &why);
    }
}
