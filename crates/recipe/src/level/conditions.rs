//! The conditions of Resolution 025, and ours where its text is not enough.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Condition, Evidence, Finding, Level};

/// How long a release counts as recent, in months.
const RECENT: i32 = 3;
/// How long a security problem may be open for the level stable, and a merge request unanswered, in months.
const PATCHED: i32 = 1;
/// How long a security problem may be open for the level testing, in months. Ours.
const PATCHED_AT_ALL: i32 = 3;
/// The lowest status score of a stable recipe. Ours: 0 says "new or unmaintained" and 1 says "alpha".
const LOWEST_SCORE: u8 = 2;

/// Every condition, those of the lower level first.
pub(super) fn all(evidence: &Evidence<'_>) -> Vec<Condition> {
    vec![
        maintainer(evidence),
        upstream(evidence),
        kept(evidence),
        released(evidence),
        security(
            evidence,
            "flags_quarter",
            "no security problem has been open for more than three months",
            PATCHED_AT_ALL,
            Level::Testing,
        ),
        security(
            evidence,
            "flags_month",
            "security problems are mended within a month",
            PATCHED,
            Level::Stable,
        ),
        merge_requests(evidence),
        upgraded(evidence),
        readme(evidence),
        tested(evidence),
    ]
}

fn condition(id: &'static str, what: &'static str, level: Level) -> Condition {
    Condition {
        id,
        what,
        level,
        finding: Finding::NotKnown,
        why: String::new(),
        remedy: None,
        until: None,
    }
}

impl Condition {
    fn met(self, why: impl Into<String>) -> Self {
        Self {
            finding: Finding::Met,
            why: why.into(),
            ..self
        }
    }

    fn not_met(self, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            finding: Finding::NotMet,
            why: why.into(),
            remedy: Some(remedy.into()),
            ..self
        }
    }

    fn not_known(self, why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            ..self
        }
    }

    fn until(self, until: Option<Date>) -> Self {
        Self { until, ..self }
    }
}

/// The last day of a term that began on `day`. Dates that no calendar has are never late.
fn term(day: Date, months: i32) -> Date {
    day.checked_add(months.months()).unwrap_or(Date::MAX)
}

fn maintainer(evidence: &Evidence<'_>) -> Condition {
    let this = condition(
        "maintainer",
        "the README names a maintainer with an e-mail address or a Matrix id",
        Level::Testing,
    );
    let reached: Vec<String> = evidence
        .maintainers
        .iter()
        .filter(|maintainer| maintainer.can_be_reached())
        .map(|maintainer| match &maintainer.contact {
            Some(contact) if *contact != maintainer.name => {
                format!("{} ({contact})", maintainer.name)
            }
            _ => maintainer.name.clone(),
        })
        .collect();
    if !reached.is_empty() {
        return this.met(reached.join(", "));
    }
    let names: Vec<&str> = evidence
        .maintainers
        .iter()
        .map(|m| m.name.as_str())
        .collect();
    let why = if names.is_empty() {
        "it names nobody".to_owned()
    } else {
        format!("it names {} without such a contact", names.join(", "))
    };
    this.not_met(
        why,
        "write into the metadata of README.md: * **Maintainer**: [name](mailto:address), or a link to https://matrix.to",
    )
}

fn upstream(evidence: &Evidence<'_>) -> Condition {
    let this = condition(
        "upstream",
        "upstream is active and answers to security problems",
        Level::Testing,
    );
    match evidence.upstream_active {
        Some(true) => this.met("so it is reported"),
        Some(false) => this.not_met(
            "it is reported not to be",
            "find another upstream, or retire the recipe",
        ),
        None => this.not_known("no program can tell; look at upstream's releases and advisories"),
    }
}

fn kept(evidence: &Evidence<'_>) -> Condition {
    let this = condition("kept", "the recipe is not retired", Level::Testing);
    let category = evidence.metadata.and_then(|m| m.category.as_deref());
    match category {
        Some(category) if category.eq_ignore_ascii_case("graveyard") => this.not_met(
            "its category is Graveyard",
            "give it a living category in the metadata of README.md",
        ),
        _ => this.met("its category is not Graveyard"),
    }
}

fn released(evidence: &Evidence<'_>) -> Condition {
    let this = condition("released", "a version has been released", Level::Testing);
    match evidence.released {
        Some(day) => this.met(format!("the newest on {day}")),
        None => this.not_met("there is none", "release one with `allot recipe release`"),
    }
}

fn security(
    evidence: &Evidence<'_>,
    id: &'static str,
    what: &'static str,
    months: i32,
    level: Level,
) -> Condition {
    let this = condition(id, what, level);
    let Some(oldest) = evidence.flags.iter().min() else {
        return this.met("none is open");
    };
    let count = evidence.flags.len();
    let last = term(*oldest, months);
    let why = format!("{count} open, the oldest since {oldest}");
    if evidence.today <= last {
        return this.met(why).until(Some(last));
    }
    this.not_met(
        why,
        "release a version that mends it and take the flag back",
    )
}

fn merge_requests(evidence: &Evidence<'_>) -> Condition {
    let this = condition(
        "merge_requests",
        "merge requests are acknowledged within a month",
        Level::Stable,
    );
    match evidence.unanswered {
        None => this.not_known("nobody has told; look at the forge"),
        Some(None) => this.met("none waits for an answer"),
        Some(Some(day)) => {
            let last = term(day, PATCHED);
            let why = format!("one has waited for an answer since {day}");
            if evidence.today <= last {
                this.met(why).until(Some(last))
            } else {
                this.not_met(why, "answer it")
            }
        }
    }
}

fn upgraded(evidence: &Evidence<'_>) -> Condition {
    let this = condition(
        "upgraded",
        "it was upgraded within the last three months, where there was something to upgrade to",
        Level::Stable,
    );
    let Some(day) = evidence.released else {
        return this.not_met("nothing was ever released", "release a version");
    };
    let last = term(day, RECENT);
    if evidence.today <= last {
        return this.met(format!("released on {day}")).until(Some(last));
    }
    if evidence.newer_upstream == Some(false) {
        return this.met(format!("released on {day}, and upstream has nothing newer"));
    }
    this.not_met(
        format!("released on {day}, which counted until {last}"),
        "see with `allot recipe upgrade` what is newer, and release it",
    )
}

fn readme(evidence: &Evidence<'_>) -> Condition {
    let this = condition(
        "readme",
        "the README's metadata and status score are kept",
        Level::Stable,
    );
    let Some(metadata) = evidence.metadata else {
        return this.not_met(
            "it has no metadata",
            "copy the block from `allot recipe new` into README.md",
        );
    };
    let said = |value: &Option<String>| {
        value
            .as_deref()
            .is_some_and(|value| !value.trim().is_empty() && value.trim() != "?")
    };
    let missing: Vec<&str> = [
        ("Category", said(&metadata.category)),
        ("Status", metadata.status_score.is_some()),
        ("Image", metadata.image.is_some()),
        ("Healthcheck", said(&metadata.healthcheck)),
        ("Backups", said(&metadata.backups)),
        ("Email", said(&metadata.email)),
        ("Tests", said(&metadata.tests)),
        ("SSO", said(&metadata.sso)),
    ]
    .into_iter()
    .filter(|(_, said)| !said)
    .map(|(key, _)| key)
    .collect();
    match metadata.status_score {
        _ if !missing.is_empty() => this.not_met(
            format!("nothing that counts stands under {}", missing.join(", ")),
            "fill them in, the status with a number from 0 to 5",
        ),
        Some(score) if score < LOWEST_SCORE => this.not_met(
            format!("it gives itself a status of {score}"),
            format!("do what a status of {LOWEST_SCORE} asks for, and write it down"),
        ),
        score => this.met(format!(
            "complete, with a status of {}",
            score.unwrap_or_default()
        )),
    }
}

fn tested(evidence: &Evidence<'_>) -> Condition {
    let this = condition(
        "tested",
        "more swarms report that the newest release passed its tests than that it failed",
        Level::Stable,
    );
    let reports = evidence.reports;
    let why = format!("{} passed, {} failed", reports.passed, reports.failed);
    match reports {
        _ if reports.passed > reports.failed => this.met(why),
        _ if reports.failed > 0 => this.not_met(
            why,
            "see the reports with `allot recipe show`, and release a version that passes",
        ),
        _ => this.not_known("nobody has reported; run `allot recipe test`"),
    }
}
