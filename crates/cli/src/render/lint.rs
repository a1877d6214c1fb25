//! What lint found.

use allot_lint::{Facts, Finding, Level, Report, Rule, Status};
use serde::Serialize;

use super::{
    style::{Style, Tone},
    table::table,
    text::{count, visible},
};

/// The whole answer; its JSON is described in `docs/maintain/lint/README.md`, and fields are only ever added.
#[derive(Debug, Serialize)]
pub struct LintView {
    recipe: String,
    version: Option<String>,
    compared_with: Option<String>,
    /// Whether the process ends with 1.
    pub failed: bool,
    errors: usize,
    warnings: usize,
    hints: usize,
    dropped: usize,
    findings: Vec<FindingView>,
    rules: Vec<RuleView>,
}

#[derive(Debug, Serialize)]
struct FindingView {
    rule: &'static str,
    level: &'static str,
    what: String,
    file: Option<String>,
    line: Option<usize>,
    why: &'static str,
    fix: String,
    page: String,
}

#[derive(Debug, Serialize)]
struct RuleView {
    rule: &'static str,
    level: &'static str,
    title: &'static str,
    status: &'static str,
    reason: Option<String>,
}

impl LintView {
    /// Puts together what is shown of a report.
    #[must_use]
    pub fn new(recipe: &str, facts: &Facts<'_>, report: &Report, strict: bool) -> Self {
        let previous = facts.previous.value().and_then(Option::as_ref);
        Self {
            recipe: recipe.to_owned(),
            version: facts.version.map(ToString::to_string),
            compared_with: previous.map(|previous| previous.version.to_string()),
            failed: report.failed(strict),
            errors: report.count(Level::Error),
            warnings: report.count(Level::Warning),
            hints: report.count(Level::Hint),
            dropped: report.dropped,
            findings: report.findings.iter().map(FindingView::new).collect(),
            rules: report.rules().map(RuleView::new).collect(),
        }
    }

    /// How many errors there are; what was dropped is of unknown level, so it counts.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.errors + self.dropped
    }
}

impl FindingView {
    fn new(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.id,
            level: finding.rule.level.as_str(),
            what: finding.what.clone(),
            file: finding.file.clone(),
            line: finding.line,
            why: finding.rule.why,
            fix: finding.fix.clone(),
            page: finding.rule.page(),
        }
    }

    fn place(&self) -> String {
        let file = self.file.clone().unwrap_or_default();
        match self.line {
            Some(line) => format!("{file}:{line}"),
            None => file,
        }
    }
}

impl RuleView {
    fn new((rule, status): (&'static Rule, Status<'_>)) -> Self {
        let (status, reason) = match status {
            Status::Passed => ("passed", None),
            Status::Failed => ("failed", None),
            Status::NotChecked(why) => ("not_checked", Some(why.to_owned())),
        };
        Self {
            rule: rule.id,
            level: rule.level.as_str(),
            title: rule.title,
            status,
            reason,
        }
    }
}

/// All that there is to say: what was found, how it went, and what was not looked at.
#[must_use]
pub fn report(style: Style, view: &LintView) -> String {
    let found = findings(style, view);
    let gap = if found.is_empty() { "" } else { "\n" };
    format!("{found}{gap}{}", summary(style, view))
}

/// The findings, and below them for each rule why it matters and what to do. Nothing when there are none.
#[must_use]
pub fn findings(style: Style, view: &LintView) -> String {
    if view.findings.is_empty() {
        return String::new();
    }
    let rows = view.findings.iter().map(|finding| {
        vec![
            finding.level.to_owned(),
            finding.rule.to_owned(),
            finding.place(),
            finding.what.clone(),
        ]
    });
    let mut text = table(style, &["LEVEL", "RULE", "WHERE", "WHAT"], rows);
    let mut told: Vec<(&str, &str)> = Vec::new();
    for finding in &view.findings {
        if told.contains(&(finding.rule, &finding.fix)) {
            continue;
        }
        told.push((finding.rule, &finding.fix));
        let rule = style.paint(Tone::Strong, finding.rule);
        text.push_str(&format!(
            "\n{rule}  why: {}\n      fix: {}\n",
            finding.why,
            visible(&finding.fix)
        ));
    }
    text
}

/// One line that says how it went, and what was not looked at.
fn summary(style: Style, view: &LintView) -> String {
    let version = view.version.as_ref().map(|v| format!(" {v}"));
    let before = view
        .compared_with
        .as_ref()
        .map(|v| format!(", compared with {v}"));
    let (tone, word) = match (view.failed, view.findings.is_empty()) {
        (true, _) => (Tone::Bad, "failed"),
        (false, true) => (Tone::Good, "in order"),
        (false, false) => (Tone::Care, "passed"),
    };
    let mut text = format!(
        "{}{}{}: {}: {}, {}, {}\n",
        visible(&view.recipe),
        visible(&version.unwrap_or_default()),
        visible(&before.unwrap_or_default()),
        style.paint(tone, word),
        count(view.errors, "error"),
        count(view.warnings, "warning"),
        count(view.hints, "hint"),
    );
    if view.dropped > 0 {
        text.push_str(&format!(
            "{} more are not shown\n",
            count(view.dropped, "finding")
        ));
    }
    for (reason, rules) in unchecked(view) {
        text.push_str(&format!(
            "not checked: {}: {}\n",
            rules.join(", "),
            visible(reason)
        ));
    }
    text
}

/// The rules that were not looked at, by reason.
fn unchecked(view: &LintView) -> Vec<(&str, Vec<&str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for rule in &view.rules {
        let Some(reason) = rule.reason.as_deref() else {
            continue;
        };
        match all.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, rules)) => rules.push(rule.rule),
            None => all.push((reason, vec![rule.rule])),
        }
    }
    all
}
