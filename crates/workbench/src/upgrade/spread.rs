//! Variables whose default stands in several places.
//!
//! A default is only changed when every place that has one comes to say the same; else the recipe would mean two things
//! by one variable, depending on where it is used.

use std::ops::Range;

use super::find::Images;
use super::{Outcome, UpgradePlan};
use crate::compose::{ComposeFile, Value};
use crate::image::defaults;

/// A place where a variable has a default.
struct Place {
    file: usize,
    line: usize,
    name: String,
    text: String,
    /// Its bytes in the file, when it stands there as it reads.
    range: Option<Range<usize>>,
}

/// Takes those upgrades out of the plan that would leave a variable with two defaults.
pub(super) fn hold_back(recipe: &Images, plan: &mut UpgradePlan) {
    let places: Vec<Place> = recipe
        .files
        .iter()
        .enumerate()
        .flat_map(|(index, file)| places(index, file))
        .collect();
    // One that is held back may hold back another; there are only so many.
    while let Some((image, why)) = conflict(&places, plan) {
        if let Some(image) = plan.images.get_mut(image) {
            image.edits.clear();
            image.outcome = Outcome::Skipped { why };
        }
    }
}

fn places(index: usize, file: &ComposeFile) -> Vec<Place> {
    let mut places = Vec::new();
    for (_, node) in file.document.nodes() {
        let Value::Scalar { text, verbatim } = &node.value else {
            continue;
        };
        for (name, range) in defaults(text) {
            let start = verbatim.as_ref().map(|v| v.start);
            places.push(Place {
                file: index,
                line: node.line,
                name,
                text: text.get(range.clone()).unwrap_or_default().to_owned(),
                range: start.map(|start| start + range.start..start + range.end),
            });
        }
    }
    places
}

/// The first upgrade that changes a default and leaves another of the same variable behind.
fn conflict(places: &[Place], plan: &UpgradePlan) -> Option<(usize, String)> {
    for (index, image) in plan.images.iter().enumerate() {
        let Outcome::Upgrade { to, .. } = &image.outcome else {
            continue;
        };
        let touched = places.iter().filter(|place| {
            place.file == image.index
                && image
                    .edits
                    .iter()
                    .any(|edit| holds(place.range.as_ref(), edit.start, edit.end))
        });
        for place in touched {
            let new = after(place, plan);
            let other = places
                .iter()
                .find(|other| other.name == place.name && after(other, plan) != new);
            if let Some(other) = other {
                let file = plan
                    .files
                    .get(other.file)
                    .map_or("", |file| file.name.as_str());
                let why = format!(
                    "there is {to}, but {} has another default at {file}:{}; edit both by hand",
                    place.name, other.line
                );
                return Some((index, why));
            }
        }
    }
    None
}

fn holds(range: Option<&Range<usize>>, start: usize, end: usize) -> bool {
    range.is_some_and(|range| range.start <= start && end <= range.end)
}

/// What a default says once the plan is written.
fn after(place: &Place, plan: &UpgradePlan) -> String {
    let mut text = place.text.clone();
    let Some(range) = &place.range else {
        return text;
    };
    let mut edits: Vec<_> = plan
        .images
        .iter()
        .filter(|image| image.index == place.file)
        .flat_map(|image| &image.edits)
        .filter(|edit| holds(Some(range), edit.start, edit.end))
        .collect();
    edits.sort();
    edits.dedup();
    for edit in edits.into_iter().rev() {
        text.replace_range(edit.start - range.start..edit.end - range.start, &edit.text);
    }
    text
}
