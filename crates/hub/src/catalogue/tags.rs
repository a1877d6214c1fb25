//! A repository's tags, held against what the log says of them: which are new, and which are not as they should be.
//!
//! What the log has said stays: a tag that moved, or is gone, changes nothing in it, and is told.

use std::collections::{BTreeMap, BTreeSet};

use allot_git::{Version, Versions};
use allot_recipe::{RecipeVersion, catalogue::Problem};

use super::limits::{MAX_OLD_VERSIONS, MAX_VERSIONS};

/// A version that the log knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// Its commit.
    pub(super) commit: String,
    /// Its tree.
    pub(super) tree: String,
    /// The hub has seen its tag; otherwise its stewards have released it before.
    pub(super) observed: bool,
}

/// The versions that the log knows, as they were tagged.
pub(super) type KnownVersions = BTreeMap<String, Known>;

/// Tags, sorted out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    /// To be taken, the oldest first.
    pub(super) new: Vec<Version>,
    pub(super) problems: Vec<Problem>,
}

/// Sorts out what a repository has.
pub(super) fn sort_out(found: Versions, known: &KnownVersions) -> Sorted {
    let mut problems: Vec<_> = gone(&found, known).collect();
    for other in found.others {
        problems.push(Problem::of_tag(
            &other.tag,
            &format!("is no version: {}", other.why),
        ));
    }
    let twice = twice(&found.versions, known);
    let mut new = Vec::new();
    for version in found.versions {
        match look_at(&version, known, &twice) {
            Look::New => new.push(version),
            Look::Known => {}
            Look::Bad(what) => problems.push(Problem::of_tag(&version.tag, &what)),
        }
    }
    let left = leave_out(&mut new, known);
    if left > 0 {
        problems.push(Problem::of_recipe(&format!(
            "{left} versions are left out: {MAX_VERSIONS} are the most of one recipe, and the oldest of them {MAX_OLD_VERSIONS}"
        )));
    }
    Sorted { new, problems }
}

enum Look {
    New,
    Known,
    Bad(String),
}

fn look_at(version: &Version, known: &KnownVersions, twice: &BTreeSet<String>) -> Look {
    let tag = version.tag.as_str();
    if let Some(known) = known.get(tag) {
        return look_at_known(version, known);
    }
    if twice.contains(tag) {
        return Look::Bad(
            "is one of several tags of the same version, and is not taken".to_owned(),
        );
    }
    if !version.annotated {
        return Look::Bad(
            "is a lightweight tag, and is not taken: nobody says that it is a release".to_owned(),
        );
    }
    if !tag.chars().all(|c| c.is_ascii_graphic()) {
        return Look::Bad("has other characters than printable ASCII, and is not taken".to_owned());
    }
    Look::New
}

fn look_at_known(version: &Version, known: &Known) -> Look {
    if version.commit != known.commit {
        let (there, here) = (&version.commit, &known.commit);
        return Look::Bad(format!(
            "was moved to {there}; the log says {here}, and that stays"
        ));
    }
    // Stewards said so before the hub saw the tag. Left in, the log would refuse the versions beside it too.
    if version.tree != known.tree {
        let (there, here) = (&version.tree, &known.tree);
        return Look::Bad(format!(
            "was released with tree {here}, but its commit has tree {there}: it is not taken"
        ));
    }
    match (known.observed, version.annotated) {
        (true, true) => Look::Known,
        (true, false) => {
            Look::Bad("was replaced by a lightweight tag of the same commit".to_owned())
        }
        (false, true) => Look::New,
        (false, false) => Look::Bad("is a lightweight tag, and is not taken".to_owned()),
    }
}

/// Versions that the log knows and the repository has not, or not any more.
fn gone<'a>(found: &Versions, known: &'a KnownVersions) -> impl Iterator<Item = Problem> + use<'a> {
    let here: BTreeSet<String> = found.versions.iter().map(|v| v.tag.clone()).collect();
    let observed = known.iter().filter(|(_, known)| known.observed);
    let gone = observed.filter(move |(tag, _)| !here.contains(*tag));
    gone.map(|(tag, _)| Problem::of_tag(tag, "is gone from the repository; the log keeps it"))
}

/// Tags that mean the same version as another one (`1.0.0+1`, `v1.0.0+1`, `1.0+1`). One that the log knows stays what it
/// is, and the others are told; of those that are all new nobody can say which is meant.
fn twice(versions: &[Version], known: &KnownVersions) -> BTreeSet<String> {
    let same = |a: &RecipeVersion, b: &RecipeVersion| {
        a.answers(b) && a.upstream() == b.upstream() && a.is_prerelease() == b.is_prerelease()
    };
    let from_log = known
        .keys()
        .filter_map(|tag| RecipeVersion::parse(tag).ok());
    let mut all: Vec<_> = versions.iter().map(|v| v.version.clone()).collect();
    all.extend(from_log);
    // Those of one version are neighbours then.
    all.sort();
    all.dedup();
    let mut twice = BTreeSet::new();
    for pair in all.windows(2) {
        let [a, b] = pair else {
            continue;
        };
        if same(a, b) {
            twice.extend([a, b].map(|v| v.as_str().to_owned()));
        }
    }
    twice.retain(|tag| !known.contains_key(tag));
    twice
}

/// Leaves out what has no room, the oldest first: there is always some for versions that come after those that the log
/// knows. Says how many.
fn leave_out(new: &mut Vec<Version>, known: &KnownVersions) -> usize {
    let newest = known
        .keys()
        .filter_map(|tag| RecipeVersion::parse(tag).ok())
        .max();
    let room = |most: usize| most.saturating_sub(known.len());
    let before = new.len();
    let older = match &newest {
        Some(newest) => new.partition_point(|v| v.version < *newest),
        None => new.len(),
    };
    let mut kept = new.split_off(older);
    new.drain(..older.saturating_sub(room(MAX_OLD_VERSIONS)));
    kept.truncate(room(MAX_VERSIONS).saturating_sub(new.len()));
    new.append(&mut kept);
    before - new.len()
}

#[cfg(test)]
mod tests {
    use allot_git::OtherTag;

    use super::*;

    const TREE: &str = "0";

    fn version(tag: &str, commit: &str) -> Version {
        Version {
            version: tag.parse().unwrap(),
            tag: tag.to_owned(),
            commit: commit.to_owned(),
            tree: TREE.repeat(40),
            annotated: true,
            date: None,
        }
    }

    fn found(versions: &[(&str, &str)]) -> Versions {
        let mut versions: Vec<_> = versions.iter().map(|(t, c)| version(t, c)).collect();
        versions.sort_by(|a, b| a.version.cmp(&b.version));
        Versions {
            versions,
            others: Vec::new(),
        }
    }

    fn known(versions: &[(&str, &str)]) -> KnownVersions {
        let known = |(tag, commit): &(&str, &str)| {
            let commit = (*commit).to_owned();
            let known = Known {
                commit,
                tree: TREE.repeat(40),
                observed: true,
            };
            ((*tag).to_owned(), known)
        };
        versions.iter().map(known).collect()
    }

    fn tags(sorted: &Sorted) -> Vec<&str> {
        sorted.new.iter().map(|v| v.tag.as_str()).collect()
    }

    fn told(sorted: &Sorted) -> Vec<&str> {
        let tags = sorted.problems.iter();
        tags.map(|p| p.tag.as_deref().unwrap_or("")).collect()
    }

    #[test]
    fn new_versions_are_taken_in_their_order_and_known_ones_left_alone() {
        let found = found(&[("1.10.0+1", "c"), ("1.9.0+1", "b"), ("1.0.0+1", "a")]);
        let sorted = sort_out(found, &known(&[("1.0.0+1", "a")]));
        assert_eq!(tags(&sorted), ["1.9.0+1", "1.10.0+1"]);
        assert!(sorted.problems.is_empty());
    }

    #[test]
    fn a_tag_that_moved_or_is_gone_changes_nothing_and_is_told() {
        let known = known(&[("1.0.0+1", "a"), ("1.1.0+1", "b")]);
        let sorted = sort_out(found(&[("1.0.0+1", "evil")]), &known);
        assert!(sorted.new.is_empty());
        assert_eq!(told(&sorted), ["1.1.0+1", "1.0.0+1"]);
        let moved = &sorted.problems[1].what;
        assert!(
            moved.contains("evil") && moved.contains("says a"),
            "{moved}"
        );
    }

    #[test]
    fn lightweight_tags_and_tags_that_are_no_versions_are_told_and_not_taken() {
        let mut found = found(&[("1.0.0+1", "a"), ("1.1.0+ü", "b")]);
        found.versions[0].annotated = false;
        found.others.push(OtherTag {
            tag: "latest".to_owned(),
            why: "it has no numbers".to_owned(),
        });
        let sorted = sort_out(found, &KnownVersions::new());
        assert!(sorted.new.is_empty(), "{sorted:?}");
        assert_eq!(told(&sorted), ["latest", "1.0.0+1", "1.1.0+ü"]);
    }

    #[test]
    fn of_two_tags_of_one_version_only_the_one_that_the_log_knows_counts() {
        let tags_twice = [
            ("1.0.0+1", "a"),
            ("v1.0.0+1", "b"),
            ("1.0+1", "c"),
            ("1.0.0+2", "d"),
        ];
        let sorted = sort_out(found(&tags_twice), &KnownVersions::new());
        assert_eq!(tags(&sorted), ["1.0.0+2"]);
        assert_eq!(sorted.problems.len(), 3);
        let sorted = sort_out(found(&tags_twice), &known(&[("1.0.0+1", "a")]));
        assert_eq!(tags(&sorted), ["1.0.0+2"]);
        assert_eq!(told(&sorted), ["1.0+1", "v1.0.0+1"]);
        // Nor does another one take its place when it is gone.
        let sorted = sort_out(found(&[("v1.0.0+1", "b")]), &known(&[("1.0.0+1", "a")]));
        assert!(sorted.new.is_empty());
    }

    #[test]
    fn a_version_that_was_released_before_is_seen_only_at_its_commit() {
        let mut known = known(&[("1.0.0+1", "a")]);
        known.get_mut("1.0.0+1").unwrap().observed = false;
        assert_eq!(
            tags(&sort_out(found(&[("1.0.0+1", "a")]), &known)),
            ["1.0.0+1"]
        );
        let other = sort_out(found(&[("1.0.0+1", "b")]), &known);
        assert_eq!((tags(&other).len(), told(&other)), (0, vec!["1.0.0+1"]));
        assert!(
            sort_out(found(&[]), &known).problems.is_empty(),
            "not yet tagged"
        );
    }

    #[test]
    fn a_version_that_was_released_with_another_tree_holds_up_no_other_one() {
        let mut known = known(&[("1.0.0+1", "a")]);
        let released = known.get_mut("1.0.0+1").unwrap();
        (released.observed, released.tree) = (false, "1".repeat(40));
        let sorted = sort_out(found(&[("1.0.0+1", "a"), ("1.1.0+1", "b")]), &known);
        assert_eq!(tags(&sorted), ["1.1.0+1"]);
        assert!(sorted.problems[0].what.contains(&"1".repeat(40)));
    }

    #[test]
    fn of_ten_thousand_tags_the_newest_are_taken_and_there_is_room_for_those_to_come() {
        let all: Vec<String> = (0..10_000).map(|n| format!("1.{n}.0+1")).collect();
        let pairs: Vec<(&str, &str)> = all.iter().map(|tag| (tag.as_str(), "a")).collect();
        let sorted = sort_out(found(&pairs), &KnownVersions::new());
        assert_eq!(sorted.new.len(), MAX_OLD_VERSIONS);
        assert_eq!(sorted.new.last().unwrap().tag, "1.9999.0+1");
        assert!(sorted.problems[0].what.starts_with("8500 versions"));
        let taken: Vec<_> = pairs[8_500..].to_vec();
        let mut more = pairs.clone();
        more.push(("2.0.0+1", "b"));
        let sorted = sort_out(found(&more), &known(&taken));
        assert_eq!(tags(&sorted), ["2.0.0+1"]);
    }
}
