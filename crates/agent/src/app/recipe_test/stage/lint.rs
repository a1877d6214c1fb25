//! What lint says of the candidate. It is told beside what the test itself shows; `allot recipe lint` is what fails on it.

use allot_lint::{Facts, Finding, Known, Level, Limits, Previous, Tag, lint};
use allot_recipe::RecipeVersion;

use super::Stage;
use crate::app::{
    blocking,
    error::{AppError, Result},
    recipe_test::{book::End, report::PhaseVerdict},
};

/// Why a fact is not known here.
const NOT_HERE: &str = "a test does not ask anybody";

impl Stage {
    /// Looks at the candidate with every rule that needs nobody else.
    pub(in crate::app::recipe_test) async fn lint(&self) -> Result<End> {
        let subject = &self.subject;
        let recipes = &self.agent.recipes;
        let known = recipes.versions(&subject.source).await?;
        let tags = known.versions.iter().map(|version| Tag {
            name: version.tag.clone(),
            annotated: version.annotated,
        });
        let tags: Vec<Tag> = tags.collect();
        let before = match &subject.previous {
            Some(before) => Some((
                before.version.clone(),
                recipes.open(&subject.source, &before.commit).await?,
            )),
            None => None,
        };
        let (tree, version) = (subject.tree.clone(), subject.candidate.version.clone());
        let findings = blocking("linting a recipe", move || {
            let version = RecipeVersion::parse(&version).ok();
            let before = before.and_then(|(version, tree)| {
                let version = RecipeVersion::parse(&version).ok()?;
                Some((version, tree))
            });
            let previous = before.as_ref().map(|(version, tree)| Previous {
                version,
                tree: &**tree,
            });
            let facts = Facts {
                version: version.as_ref(),
                tags: Known::Yes(tags),
                previous: Known::Yes(previous),
                ..Facts::unknown(NOT_HERE)
            };
            let report = lint(&*tree, &facts, &Limits::default()).map_err(|error| match error {
                allot_lint::LintError::Recipe(error) => AppError::from(error),
                allot_lint::LintError::Tree(error) => AppError::from(error),
            })?;
            Ok(report.findings)
        })
        .await?;
        Ok(told(&findings))
    }
}

fn told(findings: &[Finding]) -> End {
    let count = |level| findings.iter().filter(|f| f.rule.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    if errors + warnings == 0 {
        return End::passed("no rule found an error or a warning");
    }
    let text = format!("errors: {errors}, warnings: {warnings}; `allot recipe lint` says more");
    // The end of a log is what is kept: errors, which come first, go last.
    let lines = findings
        .iter()
        .rev()
        .filter(|f| f.rule.level != Level::Hint);
    let log = lines.map(|finding| {
        let place = match (&finding.file, finding.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: "),
            (Some(file), None) => format!("{file}: "),
            _ => String::new(),
        };
        let (level, id) = (finding.rule.level.as_str(), finding.rule.id);
        format!("{level} {id} {place}{}", finding.what)
    });
    End::new(PhaseVerdict::Noted, text).with_log(log.collect())
}
