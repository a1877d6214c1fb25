//! What becomes of one image.

use std::error::Error;

use super::find::{Images, Target};
use super::look::Tags;
use super::{ImagePlan, Outcome, Pin, UpgradeError, UpgradeOptions};
use crate::compose::Edit;
use crate::image::{ImageError, ImageText};
use crate::registry::{Registry, RegistryError};
use crate::tags::{Choice, Shape, Step, choose};

/// So many newer tags are told, unless all were asked for.
const TOLD: usize = 20;

/// Where an image is to go.
struct Goal {
    tag: String,
    step: Step,
}

/// Decides about one image.
pub(super) async fn decide(
    recipe: &Images,
    target: &Target,
    tags: &Tags,
    registry: &dyn Registry,
    options: &UpgradeOptions,
) -> Result<ImagePlan, UpgradeError> {
    let file = recipe.file(target);
    let text = file
        .and_then(|f| f.document.text(target.node))
        .unwrap_or_default();
    let mut plan = ImagePlan {
        services: target.services.clone(),
        file: file.map(|f| f.name.clone()).unwrap_or_default(),
        line: file.map_or(0, |f| f.line(target.node)),
        image: text.to_owned(),
        tag: None,
        digest: None,
        pin: None,
        outcome: Outcome::Current,
        newer: Vec::new(),
        tags: Vec::new(),
        index: target.file,
        edits: Vec::new(),
    };
    let image = match ImageText::read(text, &recipe.sample) {
        Ok(image) => image,
        Err(error) => {
            plan.outcome = skipped(&error);
            return Ok(plan);
        }
    };
    plan.image = image.repository.to_string();
    plan.tag = Some(image.tag().to_owned());
    plan.digest = image.digest().map(ToOwned::to_owned);
    let pin = pin(recipe, target, &image);
    plan.pin = pin.map(|pin| pin.tag.clone());
    let tags = match tags.get(&image.repository) {
        Some(Ok(tags)) => tags.as_slice(),
        Some(Err(error)) => {
            plan.outcome = failed(error);
            return Ok(plan);
        }
        None => &[],
    };
    let choice = choose(image.tag(), tags, options.most, pin.map(|pin| &pin.shape));
    plan.newer = choice.newer.iter().take(TOLD).cloned().collect();
    if options.all_tags {
        plan.tags = tags.to_vec();
        plan.tags.sort_unstable_by(|a, b| b.cmp(a));
    }
    let goal = match by_hand(options, target) {
        Some(tag) => Some(set(&image, tags, tag, &choice)?),
        None => choice.newest.map(|(tag, step)| Goal { tag, step }),
    };
    if goal.is_none() && Shape::read(image.tag()).is_none() {
        plan.outcome = Outcome::Skipped {
            why: format!(
                "`{}` says no version: pin it to a tag with numbers",
                image.tag()
            ),
        };
        return Ok(plan);
    }
    let verbatim = file.and_then(|f| f.verbatim(target.node));
    settle(
        &mut plan,
        &image,
        goal,
        verbatim.map(|range| range.start),
        registry,
    )
    .await;
    Ok(plan)
}

/// The pin of one of the services, when it is about this image.
fn pin<'a>(recipe: &'a Images, target: &Target, image: &ImageText) -> Option<&'a Pin> {
    target
        .services
        .iter()
        .filter_map(|service| recipe.pins.get(service))
        .find(|pin| pin.repository == image.repository)
}

fn by_hand<'a>(options: &'a UpgradeOptions, target: &Target) -> Option<&'a String> {
    target
        .services
        .iter()
        .find_map(|service| options.set.get(service))
}

/// A tag that was chosen by hand, and has to be there.
fn set(
    image: &ImageText,
    tags: &[String],
    tag: &str,
    choice: &Choice,
) -> Result<Goal, UpgradeError> {
    if !tags.iter().any(|known| known == tag) {
        return Err(UpgradeError::NoTag {
            image: image.repository.to_string(),
            tag: tag.to_owned(),
            newer: choice.newer.iter().take(5).cloned().collect(),
        });
    }
    let step = match (Shape::read(image.tag()), Shape::read(tag)) {
        (Some(old), Some(new)) if old.is_like(&new) => old.step(&new),
        _ => Step::Major,
    };
    Ok(Goal {
        tag: tag.to_owned(),
        step,
    })
}

/// Turns the goal into edits; an image that is pinned to a digest gets the digest that its tag has now.
async fn settle(
    plan: &mut ImagePlan,
    image: &ImageText,
    goal: Option<Goal>,
    start: Option<usize>,
    registry: &dyn Registry,
) {
    let (tag, step) = match goal {
        Some(goal) if goal.tag != image.tag() => (goal.tag, goal.step),
        _ if image.digest().is_some() => (image.tag().to_owned(), Step::Rebuilt),
        _ => return,
    };
    let digest = match image.digest() {
        Some(_) => match registry.digest(&image.repository, &tag).await {
            Ok(digest) => Some(digest),
            Err(error) => {
                plan.outcome = failed(&error);
                return;
            }
        },
        None => None,
    };
    if tag == image.tag() && digest.as_deref() == image.digest() {
        return;
    }
    let Some(start) = start else {
        plan.outcome = Outcome::Skipped {
            why: format!(
                "there is {tag}, but the text is written with escapes or over several lines; edit it by hand"
            ),
        };
        return;
    };
    match image.change(&tag, digest.as_deref()) {
        Ok(changes) => {
            let edit = |(range, text): (std::ops::Range<usize>, String)| {
                Edit::new(start + range.start..start + range.end, text)
            };
            plan.edits = changes.into_iter().map(edit).collect();
            plan.outcome = Outcome::Upgrade {
                to: tag,
                to_digest: digest,
                step,
            };
        }
        Err(error) => {
            plan.outcome = Outcome::Skipped {
                why: format!("there is {tag}, but {error}"),
            };
        }
    }
}

fn skipped(error: &ImageError) -> Outcome {
    Outcome::Skipped {
        why: error.to_string(),
    }
}

fn failed(error: &RegistryError) -> Outcome {
    let mut why = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        why = format!("{why}: {source}");
        cause = source.source();
    }
    Outcome::Failed {
        code: error.code().to_owned(),
        why,
        help: error.help(),
    }
}
