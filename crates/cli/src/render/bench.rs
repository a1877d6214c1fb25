//! What the maintainer's bench shows.

use std::path::Path;

use allot_recipe::RecipeVersion;
use allot_workbench::{
    release::{ReleasePlan, Released, Step},
    tags,
    upgrade::{ImagePlan, Outcome, UpgradePlan},
    version::SyncPlan,
};

use super::{
    style::{Style, Tone},
    table::{pairs, table},
    text::{short, visible},
};

/// A recipe that was made.
#[must_use]
pub fn made(recipe: &str, folder: &Path) -> String {
    let folder = folder.display().to_string();
    format!(
        "made the recipe {} in {}\n",
        visible(recipe),
        visible(&folder)
    )
}

/// What to do with a new recipe.
#[must_use]
pub fn after_new(folder: &Path) -> String {
    let folder = folder.display().to_string();
    let folder = visible(&folder);
    format!(
        "next: edit {folder}/compose.yml and {folder}/README.md, then\n  allot recipe lint {folder}\n  allot recipe release --dir {folder}\n"
    )
}

/// The images of a recipe and what would become of them.
#[must_use]
pub fn upgrade(style: Style, plan: &UpgradePlan) -> String {
    let rows = plan.images.iter().map(|image| {
        let (new, step) = match &image.outcome {
            Outcome::Upgrade { to, step, .. } => (to.clone(), step_word(*step).to_owned()),
            _ => (String::new(), String::new()),
        };
        vec![
            image.services.join(", "),
            image.image.clone(),
            image.tag.clone().unwrap_or_default(),
            new,
            step,
            format!("{}:{}", image.file, image.line),
            remark(image),
        ]
    });
    let head = ["SERVICE", "IMAGE", "NOW", "NEW", "STEP", "WHERE", ""];
    let mut text = table(style, &head, rows);
    for image in &plan.images {
        if let Outcome::Failed { code, why, help } = &image.outcome {
            text.push_str(&format!(
                "\n{} {}: {}\n",
                style.paint(Tone::Bad, &format!("error[{code}]:")),
                visible(&image.services.join(", ")),
                visible(why)
            ));
            if let Some(help) = help {
                text.push_str(&format!(
                    "{} {}\n",
                    style.paint(Tone::Good, "help:"),
                    visible(help)
                ));
            }
        }
    }
    for image in plan.images.iter().filter(|image| !image.tags.is_empty()) {
        text.push_str(&format!(
            "\n{}\n  {}\n",
            style.paint(Tone::Strong, &visible(&image.image)),
            visible(&image.tags.join(" "))
        ));
    }
    text
}

/// What stands behind an image's row.
fn remark(image: &ImagePlan) -> String {
    let mut parts = Vec::new();
    match &image.outcome {
        Outcome::Upgrade {
            to_digest: Some(digest),
            ..
        } => parts.push(format!(
            "sha256 {}",
            short(digest.trim_start_matches("sha256:"))
        )),
        Outcome::Upgrade { .. } => {}
        Outcome::Current => parts.push("up to date".to_owned()),
        Outcome::Skipped { why } => parts.push(format!("left alone: {why}")),
        Outcome::Failed { .. } => parts.push("not known".to_owned()),
    }
    if let Some(pin) = &image.pin {
        parts.push(format!("pinned to {pin}"));
    }
    let taken = match &image.outcome {
        Outcome::Upgrade { to, .. } => Some(to),
        _ => image.tag.as_ref(),
    };
    // Those before what is taken, the newest first: somebody may want to know what is held back.
    let beyond = image
        .newer
        .iter()
        .take_while(|tag| Some(*tag) != taken)
        .count();
    if let (Some(newest), true) = (image.newer.first(), beyond > 0) {
        parts.push(format!("there is {newest}"));
    }
    parts.join("; ")
}

fn step_word(step: tags::Step) -> &'static str {
    match step {
        tags::Step::Rebuilt => "rebuilt",
        tags::Step::Patch => "patch",
        tags::Step::Minor => "minor",
        tags::Step::Major => "major",
    }
}

/// What is to be done after an upgrade.
#[must_use]
pub fn after_upgrade(plan: &UpgradePlan, dry_run: bool, written: &[String]) -> String {
    match (plan.upgrades().next().is_some(), dry_run) {
        (false, _) if plan.has_failures() => {
            "nothing to upgrade in what the registries told\n".to_owned()
        }
        (false, _) => "nothing to upgrade\n".to_owned(),
        (true, true) => "nothing was written\n".to_owned(),
        (true, false) => format!(
            "wrote {}\nnext: look at `git diff`, then `allot recipe sync`\n",
            visible(&written.join(", "))
        ),
    }
}

/// The version that would be written, and where.
#[must_use]
pub fn sync(style: Style, plan: &SyncPlan, newest: Option<&RecipeVersion>) -> String {
    let newest = newest.map_or("none yet".to_owned(), ToString::to_string);
    let mut text = pairs(
        style,
        0,
        &[
            ("version", visible(plan.version.as_str()).into_owned()),
            ("after", visible(&newest).into_owned()),
        ],
    );
    for label in &plan.labels {
        let old = if label.text.is_empty() {
            "nothing"
        } else {
            &label.text
        };
        text.push_str(&format!(
            "  {}:{}  {} -> {}\n",
            visible(&label.file),
            label.line,
            style.paint(Tone::Bad, &visible(old)),
            style.paint(Tone::Good, &visible(plan.version.as_str()))
        ));
    }
    text
}

/// What is to be done after a sync.
#[must_use]
pub fn after_sync(plan: &SyncPlan, written: &[String]) -> String {
    if plan.labels.is_empty() {
        return "the label says so already\n".to_owned();
    }
    if written.is_empty() {
        return "nothing was written\n".to_owned();
    }
    format!(
        "wrote {}\nnext: write release/next, then `allot recipe release`\n",
        visible(&written.join(", "))
    )
}

/// What a release would do.
#[must_use]
pub fn release(style: Style, plan: &ReleasePlan) -> String {
    let previous = plan
        .previous
        .as_ref()
        .map_or("none yet".to_owned(), ToString::to_string);
    let mut text = pairs(
        style,
        0,
        &[
            ("recipe", visible(&plan.recipe).into_owned()),
            ("version", visible(plan.version.as_str()).into_owned()),
            ("after", visible(&previous).into_owned()),
        ],
    );
    if let Some(notes) = &plan.notes {
        text.push_str(&format!("{}\n", style.paint(Tone::Faint, "notes")));
        for line in notes.trim_end().lines() {
            text.push_str(&format!("  {}\n", visible(line)));
        }
    }
    text.push_str(&format!("{}\n", style.paint(Tone::Faint, "steps")));
    for (number, step) in plan.steps.iter().enumerate() {
        text.push_str(&format!("  {}. {}\n", number + 1, visible(&step.to_do())));
        if let Step::Push { url, .. } = step {
            text.push_str(&format!("     {}\n", visible(url)));
        }
    }
    if plan.steps.is_empty() {
        text.push_str("  all done already\n");
    }
    text
}

/// A step that is done.
#[must_use]
pub fn step_done(style: Style, step: &Step) -> String {
    format!(
        "{} {}\n",
        style.paint(Tone::Good, "done:"),
        visible(&step.done())
    )
}

/// What came of a release.
#[must_use]
pub fn released(released: &Released) -> String {
    format!(
        "{} {} at {}{}\n",
        visible(&released.recipe),
        visible(released.version.as_str()),
        visible(&released.commit),
        if released.pushed { ", pushed" } else { "" }
    )
}

/// What is to be done after a release.
#[must_use]
pub fn after_release(released: &Released, nothing: bool) -> String {
    let version = visible(released.version.as_str());
    match (nothing, released.pushed) {
        (true, true) => "it is out already\n".to_owned(),
        (_, true) => String::new(),
        (_, false) => format!("next: push it with `allot recipe release {version} --publish`\n"),
    }
}
