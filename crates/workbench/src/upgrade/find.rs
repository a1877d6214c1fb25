//! Where a recipe's images stand.

use std::collections::{BTreeMap, BTreeSet};

use allot_recipe::{EnvSample, RecipeTree, recipe::ENV_SAMPLE, tree::read_optional};

use super::{Pins, UpgradeError, UpgradeOptions};
use crate::compose::{self, ComposeFile, NodeId};

/// One scalar that names an image, however many services it does so for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The index of its file.
    pub file: usize,
    /// The scalar.
    pub node: NodeId,
    /// The services whose image it is, in the file's order.
    pub services: Vec<String>,
}

/// A recipe, as far as its images go.
pub(super) struct Images {
    pub files: Vec<ComposeFile>,
    /// What the sample sets, by name; what it only offers in a comment is not set.
    pub sample: BTreeMap<String, String>,
    pub pins: Pins,
    pub targets: Vec<Target>,
}

impl Images {
    pub fn read(tree: &dyn RecipeTree) -> Result<Self, UpgradeError> {
        let files = compose::load(tree)?;
        let targets = files
            .iter()
            .enumerate()
            .flat_map(|(index, file)| targets(index, file));
        Ok(Self {
            targets: targets.collect(),
            sample: sample(tree)?,
            pins: Pins::load(tree)?,
            files,
        })
    }

    /// The images that were asked for.
    pub fn wanted(&self, options: &UpgradeOptions) -> Result<Vec<Target>, UpgradeError> {
        let all: BTreeSet<&String> = self.targets.iter().flat_map(|t| &t.services).collect();
        let named = options.services.iter().chain(options.set.keys());
        for service in named {
            if !all.contains(service) {
                return Err(UpgradeError::NoService {
                    service: service.clone(),
                    services: all.into_iter().cloned().collect(),
                });
            }
        }
        let is_wanted = |target: &&Target| {
            options.services.is_empty()
                || target.services.iter().any(|s| options.services.contains(s))
        };
        Ok(self.targets.iter().filter(is_wanted).cloned().collect())
    }

    pub fn file(&self, target: &Target) -> Option<&ComposeFile> {
        self.files.get(target.file)
    }
}

/// The scalars of one file that are somebody's image.
fn targets(index: usize, file: &ComposeFile) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for (service, id) in file.services() {
        let Some(node) = file.document.get(id, "image") else {
            continue;
        };
        if file.document.text(node).is_none() {
            continue;
        }
        match targets.iter_mut().find(|target| target.node == node) {
            Some(target) => target.services.push(service.to_owned()),
            None => targets.push(Target {
                file: index,
                node,
                services: vec![service.to_owned()],
            }),
        }
    }
    targets
}

/// What the sample sets.
pub(crate) fn sample(tree: &dyn RecipeTree) -> Result<BTreeMap<String, String>, UpgradeError> {
    let limit = allot_recipe::Limits::default().max_text_bytes;
    let bytes = read_optional(tree, ENV_SAMPLE, limit)?.unwrap_or_default();
    let parsed = EnvSample::parse(ENV_SAMPLE, &String::from_utf8_lossy(&bytes));
    // A broken sample is the linter's to tell; the images can be looked at without it.
    Ok(parsed
        .map(|sample| sample.file().vars())
        .unwrap_or_default())
}
