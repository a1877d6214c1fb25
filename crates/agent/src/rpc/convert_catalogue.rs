//! What is known of recipes, to messages.

use allot_ledger::entry::ReviewVerdict;
use allot_proto::agent as pb;

use super::convert_federation::{small, time};
use crate::catalogue::{Age, Details, Finding, Progress, Row, Status, VersionView, Waiting};

pub fn age(age: Age) -> pb::CatalogueAge {
    pb::CatalogueAge {
        clock: time(age.clock),
        age_seconds: age.seconds,
        expired: age.is_expired,
        expires_seconds: age.expires_seconds,
    }
}

pub fn row(row: Row) -> pb::RecipeRow {
    let (newest, newest_state) = row.newest.unwrap_or_default();
    pb::RecipeRow {
        name: row.name,
        category: row.told.category.clone(),
        level: row.told.level.map(|l| l.to_string()).unwrap_or_default(),
        newest,
        newest_state: newest_state.to_owned(),
        newest_seen: row.newest_seen,
        images: row.told.images.clone(),
        stewards: row.stewards,
        versions: small(row.versions),
        problems: small(row.told.problems),
        flags: small(row.flags),
        description: row.told.description.clone(),
    }
}

pub fn details(details: Details, of: Age) -> pb::RecipeDetails {
    let about = details.about;
    let level = details.level.as_ref();
    let until = level.and_then(|level| level.until());
    let mut warnings: Vec<String> = of.warning().into_iter().collect();
    if about.is_none() {
        warnings.push("what is known of it as a whole is not here yet".to_owned());
    }
    let conditions = level.map(|level| {
        let all = level.conditions.iter().map(|c| pb::LevelCondition {
            id: c.id.to_owned(),
            what: c.what.to_owned(),
            level: c.level.to_string(),
            finding: c.finding.to_string(),
            why: c.why.clone(),
            remedy: c.remedy.clone().unwrap_or_default(),
        });
        all.collect()
    });
    let mut shown = pb::RecipeDetails {
        row: Some(row(details.row)),
        flags: details
            .flags
            .into_iter()
            .map(|(number, by, text, since)| pb::RecipeFlag {
                number,
                by,
                text,
                since: since.to_string(),
            })
            .collect(),
        conditions: conditions.unwrap_or_default(),
        level_until: until.map(|day| day.to_string()).unwrap_or_default(),
        versions: details.versions.into_iter().map(version).collect(),
        age: Some(age(of)),
        policy: details.policy,
        warnings,
        ..Default::default()
    };
    if let Some(about) = about {
        shown.repository = about.repository;
        shown.ssh_url = about.ssh_url.unwrap_or_default();
        shown.default_branch = about.default_branch;
        shown.website = about.website.unwrap_or_default();
        let maintainers = about.maintainers.into_iter();
        shown.maintainers = maintainers
            .map(|m| pb::RecipeMaintainer {
                name: m.name,
                contact: m.contact.unwrap_or_default(),
            })
            .collect();
        let problems = about.problems.into_iter();
        shown.problems = problems
            .map(|p| pb::RecipeProblem {
                tag: p.tag.unwrap_or_default(),
                what: p.what,
            })
            .collect();
    }
    shown
}

pub fn version(view: VersionView) -> pb::CatalogueVersion {
    use crate::catalogue::Unmet;
    let (yanked_by, yank_reason) = match &view.unmet {
        Some(Unmet::Yanked { by, reason }) => (by.clone(), reason.clone()),
        _ => Default::default(),
    };
    pb::CatalogueVersion {
        version: view.version,
        state: view.stage.name().to_owned(),
        commit: view.commit,
        tree: view.tree,
        tagged_at: time(view.tagged_at),
        accepted: view.unmet.is_none(),
        refused_because: view.unmet.map(|unmet| unmet.text()).unwrap_or_default(),
        released_by: view.released_by,
        security: view.security,
        published_at: time(view.published_at),
        reviews: reviews(view.reviews),
        tests_passed: view.passed,
        tests_failed: view.failed,
        outcomes: view
            .outcomes
            .into_iter()
            .map(|(from, verdict, collectives)| pb::RecipeOutcome {
                from,
                verdict: verdict.to_owned(),
                collectives,
            })
            .collect(),
        yanked_by,
        yank_reason,
        images: view.images,
    }
}

/// As the list of a recipe's versions has it.
pub fn listed(view: VersionView) -> pb::RecipeVersion {
    pb::RecipeVersion {
        version: view.version.clone(),
        commit: view.commit.clone(),
        // The hub takes no other tags; what it has not seen is not known to be one.
        annotated: view.is_observed(),
        tagged_at: time(view.tagged_at),
        catalogue: Some(version(view)),
    }
}

fn reviews(all: Vec<(String, ReviewVerdict, u64)>) -> Vec<pb::RecipeReview> {
    all.into_iter()
        .map(|(by, verdict, entry)| pb::RecipeReview {
            by,
            verdict: verdict.name().to_owned(),
            entry,
        })
        .collect()
}

pub fn waiting(waiting: Waiting) -> pb::WaitingReview {
    pb::WaitingReview {
        recipe: waiting.recipe,
        version: waiting.version,
        commit: waiting.commit,
        released_by: waiting.released_by,
        security: waiting.security,
        state: waiting.state.to_owned(),
        note: waiting.note,
        before: waiting.before,
        reviews: reviews(waiting.reviews),
        tests_passed: waiting.passed,
        tests_failed: waiting.failed,
        own: waiting.is_own,
        released_at: time(waiting.released_at),
    }
}

pub fn status(status: Status, policy: &str, reports_outcomes: bool) -> pb::CatalogueStatus {
    let (problem, help) = status.problem.unwrap_or_default();
    pb::CatalogueStatus {
        federation: status.federation,
        age: Some(age(status.age)),
        log_size: status.log_size,
        hub_reachable: status.is_reachable,
        recipes: small(status.recipes),
        versions: small(status.versions),
        documents: small(status.documents),
        missing: small(status.missing),
        published: small(status.published),
        yanked: small(status.yanked),
        with_problems: small(status.with_problems),
        with_flags: small(status.with_flags),
        policy: policy.to_owned(),
        reports_outcomes,
        awaiting_review: status.awaiting.into_iter().map(waiting).collect(),
        problem,
        help,
    }
}

pub fn progress(progress: Progress) -> pb::CatalogueProgress {
    let finding = |found: Finding| pb::CatalogueFinding {
        recipe: found.recipe,
        version: found.version,
        what: found.what,
    };
    pb::CatalogueProgress {
        done: small(progress.done),
        total: small(progress.total),
        finished: progress.finished,
        fetched: small(progress.fetched),
        missing: small(progress.missing),
        finding: progress.finding.map(finding),
        findings: small(progress.findings),
    }
}
