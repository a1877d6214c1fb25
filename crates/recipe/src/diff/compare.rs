//! Two versions side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Config, Facts};
use super::{Change, ConfigChange, ConfigWhat, Named, Service, Variable};

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

pub(super) fn configs(
    old: &BTreeMap<String, Config>,
    new: &BTreeMap<String, Config>,
) -> Vec<ConfigChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| {
            let (old, new) = (old.get(name), new.get(name));
            let what = match (old, new) {
                (Some(old), Some(new)) => config(old, new)?,
                (Some(_), None) => ConfigWhat::Removed,
                _ => ConfigWhat::Added,
            };
            Some(ConfigChange {
                name: name.clone(),
                file: new.or(old).and_then(|config| config.file.clone()),
                what,
            })
        })
        .collect()
}

fn config(old: &Config, new: &Config) -> Option<ConfigWhat> {
    let edited = old.content != new.content;
    let renamed = old.full_name != new.full_name;
    match (edited, renamed) {
        (true, true) => Some(ConfigWhat::Edited),
        (true, false) => Some(ConfigWhat::EditedSameVersion),
        (false, true) => Some(ConfigWhat::NewVersion),
        (false, false) => None,
    }
}
