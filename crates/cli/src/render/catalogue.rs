//! The federation's recipes: the list, one of them, what waits for a review, how the catalogue is.

use allot_proto::agent::{
    CatalogueFinding, CatalogueProgress, CatalogueStatus, CatalogueVersion, ListVersionsResponse,
    RecipeDetails, RecipeOutcome, RecipeReview, RecipeRow, WaitingReview,
};

use super::{
    federation::{expiry, trouble},
    style::{Style, Tone},
    table::{pairs, table},
    text::{count, short, span, time, visible},
};

/// Images that a list shows of a recipe.
const IMAGES: usize = 2;

/// Most characters of an image in a list.
const IMAGE: usize = 36;

fn shown(text: &str) -> String {
    visible(text).into_owned()
}

fn many(n: u32, one: &str) -> String {
    count(usize::try_from(n).unwrap_or(usize::MAX), one)
}

/// `recipe list` and `recipe search`.
#[must_use]
pub fn recipes(style: Style, rows: &[RecipeRow]) -> String {
    let row = |r: &RecipeRow| {
        vec![
            r.name.clone(),
            r.category.clone(),
            r.level.clone(),
            newest(r),
            images(&r.images),
            r.stewards.join(", "),
            remarks(r),
        ]
    };
    let head = [
        "NAME", "CATEGORY", "LEVEL", "NEWEST", "IMAGES", "STEWARDS", "REMARKS",
    ];
    table(style, &head, rows.iter().map(row))
}

/// The newest version that is deployed here, or that there is.
fn newest(r: &RecipeRow) -> String {
    match (r.newest.is_empty(), r.newest_seen.is_empty()) {
        (false, _) => r.newest.clone(),
        (true, false) => format!("({})", r.newest_seen),
        (true, true) => String::new(),
    }
}

fn images(all: &[String]) -> String {
    let mut shown: Vec<String> = all
        .iter()
        .take(IMAGES)
        .map(|image| match image.char_indices().nth(IMAGE) {
            Some((end, _)) => format!("{}…", image.get(..end).unwrap_or_default()),
            None => image.clone(),
        })
        .collect();
    if all.len() > IMAGES {
        shown.push(format!("+{}", all.len() - IMAGES));
    }
    shown.join(", ")
}

fn remarks(r: &RecipeRow) -> String {
    let mut remarks = Vec::new();
    if r.flags > 0 {
        remarks.push(many(r.flags, "security problem"));
    }
    if r.problems > 0 {
        remarks.push(many(r.problems, "problem"));
    }
    remarks.join(", ")
}

/// `recipe show`.
#[must_use]
pub fn details(style: Style, d: &RecipeDetails) -> String {
    let empty = RecipeRow::default();
    let r = d.row.as_ref().unwrap_or(&empty);
    let maintainers: Vec<String> = d
        .maintainers
        .iter()
        .map(|m| match m.contact.as_str() {
            "" => m.name.clone(),
            contact => format!("{} ({contact})", m.name),
        })
        .collect();
    let level = level(&r.level, d);
    let rows = [
        ("recipe", shown(&r.name)),
        ("", shown(&r.description)),
        ("category", shown(&r.category)),
        ("level", shown(&level)),
        ("newest", shown(&newest(r))),
        ("images", shown(&r.images.join(", "))),
        ("stewards", shown(&r.stewards.join(", "))),
        ("maintainers", shown(&maintainers.join(", "))),
        ("repository", shown(&d.repository)),
        ("website", shown(&d.website)),
        ("deployed is", shown(&d.policy)),
    ];
    let mut text = pairs(style, 0, &rows);
    let mut part = |title: &str, body: String| {
        if !body.is_empty() {
            let title = style.paint(Tone::Strong, title);
            text.push_str(&format!("\n{title}\n{body}"));
        }
    };
    part(
        "Security problems",
        lines(
            d.flags
                .iter()
                .map(|f| format!("{} {} by {}: {}", f.number, time(&f.since), f.by, f.text)),
        ),
    );
    part(
        "Problems",
        lines(d.problems.iter().map(|p| match p.tag.as_str() {
            "" => p.what.clone(),
            tag => format!("{tag}: {}", p.what),
        })),
    );
    part("Level", conditions(d));
    part("Versions", versions(style, &d.versions));
    text
}

fn lines(all: impl Iterator<Item = String>) -> String {
    all.map(|line| format!("  {}\n", visible(&line))).collect()
}

/// The level, how much of it nobody can tell, and until when it holds.
fn level(level: &str, d: &RecipeDetails) -> String {
    let is_asked = |of: &str| level == "stable" || (level == "testing" && of == "testing");
    let unknown = d.conditions.iter().filter(|c| c.finding == "not known");
    let unknown = unknown.filter(|c| is_asked(&c.level)).count();
    let mut text = level.to_owned();
    match unknown {
        0 => {}
        1 => text.push_str(", as far as is known: 1 condition is not"),
        more => text.push_str(&format!(", as far as is known: {more} conditions are not")),
    }
    if !d.level_until.is_empty() {
        text.push_str(&format!("; if nothing is done, until {}", d.level_until));
    }
    text
}

fn conditions(d: &RecipeDetails) -> String {
    let all = d.conditions.iter().map(|c| {
        let remedy = match c.remedy.as_str() {
            "" => String::new(),
            remedy => format!("; {remedy}"),
        };
        format!("{:<9}  {}: {}{remedy}", c.finding, c.what, c.why)
    });
    lines(all)
}

/// Versions of the catalogue.
fn versions(style: Style, all: &[CatalogueVersion]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let row = |v: &CatalogueVersion| {
        vec![
            v.version.clone(),
            state(v),
            short(&v.commit).to_owned(),
            time(&v.tagged_at),
            tests(&v.tests_passed, &v.tests_failed),
            outcomes(&v.outcomes),
            why(v),
        ]
    };
    let head = [
        "VERSION",
        "STATE",
        "COMMIT",
        "TAGGED",
        "TESTS",
        "UPGRADES",
        "NOT DEPLOYED BECAUSE",
    ];
    table(style, &head, all.iter().map(row))
}

fn state(v: &CatalogueVersion) -> String {
    if v.security {
        format!("{} (security)", v.state)
    } else {
        v.state.clone()
    }
}

/// The reason without the remedy, which `deploy` tells.
fn why(v: &CatalogueVersion) -> String {
    let (why, _) = v
        .refused_because
        .split_once("; ")
        .unwrap_or((&v.refused_because, ""));
    why.to_owned()
}

fn tests(passed: &[String], failed: &[String]) -> String {
    let told = |who: &[String], word| (!who.is_empty()).then(|| format!("{} {word}", who.len()));
    let all = [told(passed, "passed"), told(failed, "failed")];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn outcomes(all: &[RecipeOutcome]) -> String {
    let mut counts: Vec<(String, u32)> = Vec::new();
    for outcome in all {
        let verdict = outcome.verdict.replace('_', " ");
        match counts.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, count)) => *count += outcome.collectives,
            None => counts.push((verdict, outcome.collectives)),
        }
    }
    let told = counts
        .iter()
        .map(|(verdict, count)| format!("{count} {verdict}"));
    told.collect::<Vec<_>>().join(", ")
}

/// `recipe versions` of a recipe in the catalogue.
#[must_use]
pub fn listed(style: Style, list: &ListVersionsResponse) -> String {
    let all: Vec<CatalogueVersion> = list
        .versions
        .iter()
        .filter_map(|v| v.catalogue.clone())
        .collect();
    versions(style, &all)
}

/// `recipe review list`.
#[must_use]
pub fn reviews(style: Style, all: &[WaitingReview]) -> String {
    let row = |w: &WaitingReview| {
        vec![
            w.recipe.clone(),
            w.version.clone(),
            w.before.clone(),
            w.released_by.clone(),
            time(&w.released_at),
            w.state.clone(),
            tests(&w.tests_passed, &w.tests_failed),
            if w.own { "yours" } else { "others'" }.to_owned(),
        ]
    };
    let head = [
        "RECIPE", "VERSION", "BEFORE", "BY", "SINCE", "STATE", "TESTS", "REVIEW",
    ];
    table(style, &head, all.iter().map(row))
}

/// `recipe review show`.
#[must_use]
pub fn review(style: Style, w: &WaitingReview) -> String {
    let said = |r: &RecipeReview| {
        let verdict = r.verdict.replace('_', " ");
        format!("{} by {} (`allot ledger show {}`)", verdict, r.by, r.entry)
    };
    let said: Vec<String> = w.reviews.iter().map(said).collect();
    let rows = [
        ("recipe", shown(&w.recipe)),
        ("version", shown(&w.version)),
        ("commit", shown(&w.commit)),
        ("before it", shown(&w.before)),
        ("released by", shown(&w.released_by)),
        ("since", time(&w.released_at)),
        ("state", shown(&w.state)),
        (
            "security",
            if w.security {
                "yes".to_owned()
            } else {
                String::new()
            },
        ),
        ("note", shown(&w.note)),
        ("tests passed", shown(&w.tests_passed.join(", "))),
        ("tests failed", shown(&w.tests_failed.join(", "))),
        ("said", shown(&said.join(", "))),
        ("waits for", if w.own { "you" } else { "others" }.to_owned()),
    ];
    pairs(style, 0, &rows)
}

/// `catalogue status`.
#[must_use]
pub fn status(style: Style, s: &CatalogueStatus) -> String {
    let missing = match s.missing {
        0 => "all here".to_owned(),
        n => style.paint(Tone::Care, &format!("{n} missing")),
    };
    let waiting = s.awaiting_review.iter();
    let waiting: Vec<String> = waiting
        .map(|w| format!("{} {}", w.recipe, w.version))
        .collect();
    let some = |n: u32, what: &str| match n {
        0 => String::new(),
        n => format!("{} {what}", many(n, "recipe")),
    };
    let mut rows = vec![
        ("federation", shown(&s.federation)),
        (
            "age",
            s.age
                .as_ref()
                .map(|of| expiry(style, of))
                .unwrap_or_default(),
        ),
        (
            "hub",
            if s.hub_reachable { "reachable" } else { "away" }.to_owned(),
        ),
        ("recipes", s.recipes.to_string()),
        (
            "versions",
            format!(
                "{}, {} published, {} yanked",
                s.versions, s.published, s.yanked
            ),
        ),
        ("documents", format!("{}, {missing}", s.documents)),
        ("problems", some(s.with_problems, "with one")),
        ("security", some(s.with_flags, "with an open problem")),
        ("accepts", shown(&s.policy)),
        (
            "reports",
            if s.reports_outcomes {
                "how upgrades end"
            } else {
                ""
            }
            .to_owned(),
        ),
        ("your review", shown(&waiting.join(", "))),
    ];
    rows.extend(trouble(style, &s.problem, "", &s.help));
    pairs(style, 0, &rows)
}

/// `agent policy`.
#[must_use]
pub fn policy(style: Style, s: &CatalogueStatus) -> String {
    let means = match s.policy.as_str() {
        "default" => "what stewards published; where there are none, what the hub saw a tag of",
        "observed" => "what the hub saw a tag of",
        "published" => "what stewards published",
        "published+tested" => "what stewards published, and a member's test passed",
        _ => "",
    };
    let expires = s.age.as_ref().map_or(0, |age| age.expires_seconds);
    let rows = [
        ("accepts", format!("{}: {means}", visible(&s.policy))),
        ("expires", format!("after {}", span(expires))),
        (
            "reports",
            if s.reports_outcomes {
                "how upgrades end"
            } else {
                "nothing"
            }
            .to_owned(),
        ),
        ("set in", "[catalogue] of the agent's agent.toml".to_owned()),
    ];
    pairs(style, 0, &rows)
}

/// Something that is not as the log says.
#[must_use]
pub fn finding(style: Style, f: &CatalogueFinding) -> String {
    let of = format!("{} {}", f.recipe, f.version);
    let of = style.paint(Tone::Bad, &visible(of.trim_end()));
    format!("{of}: {}\n", visible(&f.what))
}

/// The end of `catalogue sync`.
#[must_use]
pub fn synced(style: Style, p: &CatalogueProgress) -> String {
    let text = match (p.fetched, p.missing) {
        (0, 0) => "all documents were here\n".to_owned(),
        (fetched, 0) => format!("{} fetched\n", many(fetched, "document")),
        (fetched, missing) => format!(
            "{} fetched, {missing} that nobody gives\n",
            many(fetched, "document")
        ),
    };
    style.paint(
        if p.missing == 0 {
            Tone::Good
        } else {
            Tone::Bad
        },
        &text,
    )
}

/// The end of `catalogue verify`.
#[must_use]
pub fn verified(style: Style, p: &CatalogueProgress) -> String {
    match p.findings {
        0 => style.paint(
            Tone::Good,
            &format!("{} as the log says\n", many(p.total, "check")),
        ),
        n => style.paint(
            Tone::Bad,
            &format!("{n} of {} not as the log says\n", many(p.total, "check")),
        ),
    }
}
