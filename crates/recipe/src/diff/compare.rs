//! Two versions side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Config, Facts};
use super::{Change, ConfigChange, ConfigWhat, Named, Service, Variable};
use crate::limits::Limits;
use crate::tree::{RecipeTree, TreeError};

/// What differs between two maps, in the order of the names.
pub(super) fn by_name<T: Clone>(
    old: &BTreeMap<String, T>,
    new: &BTreeMap<String, T>,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<Named<T>> {
    differences(old, new, same)
        .into_iter()
        .map(|(name, change)| Named {
            name: name.clone(),
            change,
        })
        .collect()
}

fn differences<'a, K: Ord, T: Clone>(
    old: &'a BTreeMap<K, T>,
    new: &'a BTreeMap<K, T>,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<(&'a K, Change<T>)> {
    let keys: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter_map(|key| {
            let change = match (old.get(key), new.get(key)) {
                (Some(old), Some(new)) if !same(old, new) => Change::Changed {
                    old: old.clone(),
                    new: new.clone(),
                },
                (Some(old), None) => Change::Removed { old: old.clone() },
                (None, Some(new)) => Change::Added { new: new.clone() },
                _ => return None,
            };
            Some((key, change))
        })
        .collect()
}

pub(super) fn services(old: &Facts, new: &Facts) -> Vec<Named<Service>> {
    differences(&old.services, &new.services, PartialEq::eq)
        .into_iter()
        .map(|((name, _), change)| Named {
            name: name.clone(),
            change,
        })
        .collect()
}

/// A variable that is only mentioned in compose files counts when something stands in for it: that is what changes under
/// an app which never set it. A variable that one side knows only as the version of a secret or config is neither new nor
/// gone.
pub(super) fn variables(old: &Facts, new: &Facts) -> Vec<Named<Variable>> {
    let both = |facts: &Facts, other: &Facts| -> BTreeMap<String, Variable> {
        facts
            .variables
            .iter()
            .filter(|(name, _)| !other.version_variables.contains(*name))
            .map(|(name, variable)| (name.clone(), variable.clone()))
            .collect()
    };
    by_name(&both(old, new), &both(new, old), PartialEq::eq)
}

/// The configs of one side, and where their files are.
pub(super) type Configs<'a> = (&'a dyn RecipeTree, &'a BTreeMap<String, Config>);

/// Compares configs. Only the contents of one are held at a time: there may be hundreds.
pub(super) fn configs(
    old: Configs<'_>,
    new: Configs<'_>,
    limits: &Limits,
    warnings: &mut Vec<String>,
) -> Vec<ConfigChange> {
    let names: BTreeSet<&String> = old.1.keys().chain(new.1.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let mut content = |tree: &dyn RecipeTree, config: &Config| {
            let Some(file) = config.file.as_deref() else {
                return Some(None);
            };
            let warn = |error: TreeError| format!("the config {name} cannot be compared: {error}");
            let read = tree.read(file, limits.max_file_bytes);
            read.map(Some)
                .map_err(|error| warnings.push(warn(error)))
                .ok()
        };
        let (before, after) = (old.1.get(name), new.1.get(name));
        let what = match (before, after) {
            (Some(before), Some(after)) => {
                let contents = (content(old.0, before), content(new.0, after));
                // What could not be read is told, and nothing is claimed of it.
                let (Some(one), Some(other)) = contents else {
                    continue;
                };
                let edited = one != other;
                match (edited, before.full_name != after.full_name) {
                    (true, true) => ConfigWhat::Edited,
                    (true, false) => ConfigWhat::EditedSameVersion,
                    (false, true) => ConfigWhat::NewVersion,
                    (false, false) => continue,
                }
            }
            (Some(_), None) => ConfigWhat::Removed,
            (None, _) => ConfigWhat::Added,
        };
        changes.push(ConfigChange {
            name: name.clone(),
            file: after.or(before).and_then(|config| config.file.clone()),
            what,
        });
    }
    changes
}
