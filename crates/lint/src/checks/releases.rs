//! Versions, tags and notes, and what is published about the recipe.

use allot_recipe::recipe::README;
use allot_recipe::tree::read_optional;
use allot_recipe::{RecipeVersion, release_notes};
use allot_stack::labels::MAIN_SERVICE;

use super::{labels, listed, told};
use crate::facts::{Facts, Known};
use crate::limits::Limits;
use crate::report::{Report, Spot};
use crate::rule::{self, Rule};
use crate::subject::Subject;

pub(super) fn check(
    subject: &Subject<'_>,
    facts: &Facts<'_>,
    limits: &Limits,
    report: &mut Report,
) {
    metadata(subject, limits, report);
    let published = "the catalogue has no version of it";
    outside(&rule::R006, &facts.in_catalogue, published, report);
    let elsewhere = "the repository is not at git.coopcloud.tech";
    outside(&rule::R013, &facts.on_forge, elsewhere, report);
    annotated(facts, limits, report);
    let (versions, why) = match (&facts.tags, facts.versions()) {
        (Known::No(why), _) => (None, why.as_str()),
        (Known::Yes(_), versions) => (versions, ""),
    };
    let Some(versions) = versions else {
        for rule in [&rule::L014, &rule::L032, &rule::L033] {
            report.skip(rule, why);
        }
        return;
    };
    let label = label(subject);
    agrees(subject, facts, label.as_ref(), versions.last(), report);
    stray_notes(subject, label.as_ref(), &versions, report);
    major_notes(subject, facts, label.as_ref(), &versions, limits, report);
}

fn outside(rule: &'static Rule, fact: &Known<bool>, what: &str, report: &mut Report) {
    match fact {
        Known::Yes(true) => {}
        Known::Yes(false) => report.add(rule, Spot::default(), what.to_owned()),
        Known::No(why) => report.skip(rule, why),
    }
}

fn metadata(subject: &Subject<'_>, limits: &Limits, report: &mut Report) {
    let Some(metadata) = &subject.recipe.readme else {
        let there = read_optional(subject.tree, README, limits.recipe.max_text_bytes);
        let what = match there {
            Ok(Some(_)) => format!("`{README}` has no block of metadata"),
            _ => format!("there is no `{README}`"),
        };
        return report.add(&rule::R007, Spot::file(README), what);
    };
    let image = metadata.image.as_ref().map(|image| &image.name);
    let fields = [
        ("Category", metadata.category.as_ref()),
        ("Status", metadata.status.as_ref()),
        ("Image", image),
        ("Healthcheck", metadata.healthcheck.as_ref()),
        ("Backups", metadata.backups.as_ref()),
        ("Email", metadata.email.as_ref()),
        ("Tests", metadata.tests.as_ref()),
        ("SSO", metadata.sso.as_ref()),
    ];
    let empty = fields
        .iter()
        .filter(|(_, v)| v.is_none_or(|v| v.is_empty()));
    let empty: Vec<&str> = empty.map(|(name, _)| *name).collect();
    if !empty.is_empty() {
        let what = format!(
            "the metadata of `{README}` says nothing about {}",
            listed(empty, limits)
        );
        report.add(&rule::R007, Spot::file(README), what);
    }
}

fn annotated(facts: &Facts<'_>, limits: &Limits, report: &mut Report) {
    let tags = match &facts.tags {
        Known::Yes(tags) => tags,
        Known::No(why) => return report.skip(&rule::R014, why),
    };
    let light = tags
        .iter()
        .filter(|t| !t.annotated && RecipeVersion::parse(&t.name).is_ok());
    let light: Vec<&str> = light.map(|t| t.name.as_str()).collect();
    if !light.is_empty() {
        let what = format!("lightweight tags: {}", listed(light, limits));
        report.add(&rule::R014, Spot::default(), what);
    }
}

/// The version that the label holds, when it holds one.
fn label(subject: &Subject<'_>) -> Option<RecipeVersion> {
    let service = subject
        .models()
        .find_map(|m| m.services.get(MAIN_SERVICE))?;
    let text = service
        .deploy
        .labels
        .as_ref()?
        .get(&labels::version_key())?;
    RecipeVersion::parse(text).ok()
}

/// A tag says what its label says; a work tree says the newest tag, or what comes next.
fn agrees(
    subject: &Subject<'_>,
    facts: &Facts<'_>,
    label: Option<&RecipeVersion>,
    newest: Option<&RecipeVersion>,
    report: &mut Report,
) {
    let Some(label) = label else {
        return report.skip(&rule::L014, "the version label holds no version");
    };
    let what = match (facts.version, newest) {
        (Some(tag), _) if tag != label => {
            format!(
                "the label says {}, the tag {}",
                told(label.as_str()),
                told(tag.as_str())
            )
        }
        (None, Some(newest)) if label < newest => format!(
            "the label says {}, which is before the newest tag, {}",
            told(label.as_str()),
            told(newest.as_str())
        ),
        _ => return,
    };
    let spot = labels::spot(subject, MAIN_SERVICE, &labels::version_key());
    report.add(&rule::L014, spot, what);
}

fn stray_notes(
    subject: &Subject<'_>,
    label: Option<&RecipeVersion>,
    versions: &[RecipeVersion],
    report: &mut Report,
) {
    // Without any tag the first release is being made.
    let Some(newest) = versions.last() else {
        return;
    };
    for note in &subject.recipe.release_notes {
        let tagged = versions.contains(&note.version);
        let next = note.version > *newest || Some(&note.version) == label;
        if !tagged && !next {
            let what = format!("`{}` is the note of no tag", told(&note.path));
            report.add(&rule::L032, Spot::file(&note.path), what);
        }
    }
}

fn major_notes(
    subject: &Subject<'_>,
    facts: &Facts<'_>,
    label: Option<&RecipeVersion>,
    versions: &[RecipeVersion],
    limits: &Limits,
    report: &mut Report,
) {
    let Some(this) = facts.version.or(label) else {
        return report.skip(&rule::L033, "the version label holds no version");
    };
    let Some(before) = versions.iter().rev().find(|v| *v < this) else {
        return;
    };
    if this.major() <= before.major() {
        return;
    }
    let noted = subject
        .recipe
        .release_notes
        .iter()
        .any(|n| n.version == *this);
    let next = format!("{}/next", release_notes::FOLDER);
    // A note of zero bytes only keeps the folder.
    let coming = facts.version.is_none()
        && read_optional(subject.tree, &next, limits.recipe.max_note_bytes)
            .is_ok_and(|note| note.is_some_and(|bytes| !bytes.trim_ascii().is_empty()));
    if !noted && !coming {
        let what = format!(
            "{} comes after {} and has no release notes",
            told(this.as_str()),
            told(before.as_str())
        );
        report.add(&rule::L033, Spot::file(release_notes::FOLDER), what);
    }
}
