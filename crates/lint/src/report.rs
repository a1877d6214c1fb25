//! What was found, and what could not be looked at.

use std::collections::HashSet;

use allot_stack::error::Place;

use crate::limits::Limits;
use crate::rule::{self, Level, Rule};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What is so, one sentence without a full stop.
    pub what: String,
    /// The file, relative to the recipe, when it is about one.
    pub file: Option<String>,
    /// The line in it, from 1.
    pub line: Option<usize>,
    /// How to mend it.
    pub fix: String,
}

/// A rule that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotChecked {
    /// The rule.
    pub rule: &'static Rule,
    /// Why not.
    pub why: String,
}

/// What a rule came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status<'a> {
    /// Nothing was found.
    Passed,
    /// Something was.
    Failed,
    /// It was not looked at, for this reason.
    NotChecked(&'a str),
}

/// Everything about one recipe.
#[derive(Debug, Clone)]
pub struct Report {
    /// What was found; errors first, then by file and line.
    pub findings: Vec<Finding>,
    /// What was not looked at.
    pub not_checked: Vec<NotChecked>,
    /// Findings over the limit, which are not kept.
    pub dropped: usize,
    seen: HashSet<(&'static str, String)>,
    most: usize,
}

/// Where something is, as far as that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spot {
    pub file: Option<String>,
    pub line: Option<usize>,
}

impl Spot {
    pub fn file(name: &str) -> Self {
        Self {
            file: Some(name.to_owned()),
            line: None,
        }
    }

    pub fn line(name: &str, line: usize) -> Self {
        Self {
            file: Some(name.to_owned()),
            line: Some(line),
        }
    }
}

impl From<&Place> for Spot {
    fn from(place: &Place) -> Self {
        Self::line(&place.file, place.line)
    }
}

impl From<Option<Place>> for Spot {
    fn from(place: Option<Place>) -> Self {
        place.as_ref().map(Self::from).unwrap_or_default()
    }
}

impl Report {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            findings: Vec::new(),
            not_checked: Vec::new(),
            dropped: 0,
            seen: HashSet::new(),
            most: limits.findings,
        }
    }

    /// Notes a finding, once: a recipe is loaded in many combinations that share most of their text.
    pub(crate) fn add(&mut self, rule: &'static Rule, spot: impl Into<Spot>, what: String) {
        self.add_with_fix(rule, spot, what, rule.fix.to_owned());
    }

    pub(crate) fn add_with_fix(
        &mut self,
        rule: &'static Rule,
        spot: impl Into<Spot>,
        what: String,
        fix: String,
    ) {
        if !self.seen.insert((rule.id, what.clone())) {
            return;
        }
        if self.findings.len() >= self.most {
            self.dropped += 1;
            return;
        }
        let Spot { file, line } = spot.into();
        self.findings.push(Finding {
            rule,
            what,
            file,
            line,
            fix,
        });
    }

    pub(crate) fn skip(&mut self, rule: &'static Rule, why: &str) {
        self.not_checked.push(NotChecked {
            rule,
            why: why.to_owned(),
        });
    }

    /// [`Report::skip`], where nothing is known of the rule yet.
    pub(crate) fn skip_unless_known(&mut self, rule: &'static Rule, why: &str) {
        if self.status(rule) == Status::Passed {
            self.skip(rule, why);
        }
    }

    pub(crate) fn sort(&mut self) {
        self.findings.sort_by(|a, b| {
            let key = |f: &Finding| (f.rule.level, f.file.clone(), f.line, f.rule.id);
            key(a).cmp(&key(b)).then_with(|| a.what.cmp(&b.what))
        });
        self.not_checked.sort_by_key(|n| n.rule.id);
    }

    /// How many findings have a level.
    pub fn count(&self, level: Level) -> usize {
        self.findings
            .iter()
            .filter(|f| f.rule.level == level)
            .count()
    }

    /// Whether the recipe fails: an error was found, or with `strict` a warning.
    pub fn failed(&self, strict: bool) -> bool {
        // What was dropped is of unknown level, so it counts.
        let errors = self.count(Level::Error) + self.dropped;
        errors > 0 || (strict && self.count(Level::Warning) > 0)
    }

    /// What a rule came to.
    pub fn status(&self, rule: &Rule) -> Status<'_> {
        if self.findings.iter().any(|f| f.rule.id == rule.id) {
            return Status::Failed;
        }
        match self.not_checked.iter().find(|n| n.rule.id == rule.id) {
            Some(not_checked) => Status::NotChecked(&not_checked.why),
            None => Status::Passed,
        }
    }

    /// Every rule with what it came to, in the order of the rules.
    pub fn rules(&self) -> impl Iterator<Item = (&'static Rule, Status<'_>)> {
        rule::ALL.iter().map(|rule| (*rule, self.status(rule)))
    }
}
