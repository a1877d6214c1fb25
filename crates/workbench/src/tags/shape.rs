//! The shape of a tag, and the numbers in it.

use std::cmp::Ordering;
use std::ops::Range;

use super::date;
use crate::limits::MAX_TAG_BYTES;

/// How far apart two tags of one shape are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// The same tag, built anew: another digest.
    Rebuilt,
    /// The third number or one behind it, or only a pre-release.
    Patch,
    /// The second number, or another day.
    Minor,
    /// The first number.
    Major,
}

/// A tag taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    kind: Kind,
    numbers: Vec<u64>,
    pre: Option<Pre>,
    /// Which build of that version it is: the 13 of `1.2.0-ls13`.
    revision: u64,
    /// What of the tag tells it from others of its shape.
    core: Range<usize>,
}

/// The part that two tags must share to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Numbers and dots between two words.
    Version { prefix: String, suffix: String },
    /// A day, and what is around its digits.
    Day { words: Vec<String> },
}

/// `rc2`, `beta`: what comes before the release of the same numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pre {
    word: &'static str,
    number: u64,
}

/// Words that say that a tag is no release, in the order in which they are made.
const PRE: [&str; 14] = [
    "dev", "snapshot", "nightly", "edge", "unstable", "canary", "test", "alpha", "beta", "preview",
    "pre", "next", "cr", "rc",
];

impl Shape {
    /// Takes a tag apart; `None` when it has no number to compare (`latest`, `stable-alpine`, a hash).
    #[must_use]
    pub fn read(tag: &str) -> Option<Self> {
        if tag.len() > MAX_TAG_BYTES || !tag.bytes().all(is_tag_byte) {
            return None;
        }
        match date::read(tag) {
            Some((words, numbers)) => Some(Self {
                kind: Kind::Day { words },
                numbers,
                pre: None,
                revision: 0,
                core: 0..tag.len(),
            }),
            None => Self::version(tag),
        }
    }

    fn version(tag: &str) -> Option<Self> {
        let start = tag.find(|c: char| c.is_ascii_digit())?;
        let (prefix, rest) = tag.split_at(start);
        let end = numbers_end(rest);
        let (numbers, after) = rest.split_at(end);
        let numbers: Option<Vec<u64>> = numbers.split('.').map(|n| n.parse().ok()).collect();
        let (pre, used) = pre_release(after);
        let suffix = after.get(used..)?;
        // A hash that happens to begin with digits: nothing of it is a number.
        if used == 0 && suffix.starts_with(|c: char| c.is_ascii_hexdigit()) && is_hash(tag) {
            return None;
        }
        let (suffix, revision) = revision(suffix);
        Some(Self {
            kind: Kind::Version {
                prefix: prefix.to_owned(),
                suffix: suffix.to_owned(),
            },
            numbers: numbers?,
            pre,
            revision: revision.unwrap_or_default(),
            core: match revision {
                Some(_) => start..tag.len(),
                None => start..start + end + used,
            },
        })
    }

    /// Whether the two say the same kind of thing, as many numbers included.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.numbers.len() == other.numbers.len()
    }

    /// Whether the tag is made before a release.
    #[must_use]
    pub fn is_pre_release(&self) -> bool {
        self.pre.is_some()
    }

    /// Whether `other` may follow this tag: alike, newer, and no pre-release after a release.
    #[must_use]
    pub fn may_become(&self, other: &Self) -> bool {
        self.is_like(other)
            && self.order(other) == Ordering::Less
            && (self.is_pre_release() || !other.is_pre_release())
    }

    /// The order of two tags that are alike.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let pre = || match (&self.pre, &other.pre) {
            (None, None) => Ordering::Equal,
            // The release comes after everything that was made before it.
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => a.rank().cmp(&b.rank()),
        };
        let numbers = self.numbers.cmp(&other.numbers);
        numbers
            .then_with(pre)
            .then(self.revision.cmp(&other.revision))
    }

    /// How far it is from one to the other.
    #[must_use]
    pub fn step(&self, other: &Self) -> Step {
        if matches!(self.kind, Kind::Day { .. }) {
            return Step::Minor;
        }
        let mut pairs = self.numbers.iter().zip(&other.numbers);
        match pairs.position(|(a, b)| a != b) {
            Some(0) => Step::Major,
            Some(1) => Step::Minor,
            _ => Step::Patch,
        }
    }

    /// Whether its numbers begin with those of `pin`: what a pin of `11` or `10.5` holds it to.
    #[must_use]
    pub fn is_within(&self, pin: &Self) -> bool {
        self.numbers.starts_with(&pin.numbers)
    }

    /// The bytes of the tag that differ within a shape.
    #[must_use]
    pub fn core(&self) -> Range<usize> {
        self.core.clone()
    }
}

impl Pre {
    fn rank(&self) -> (usize, u64) {
        let word = PRE.iter().position(|word| *word == self.word);
        (word.unwrap_or_default(), self.number)
    }
}

/// Where numbers with dots between them end.
fn numbers_end(text: &str) -> usize {
    let mut end: usize = 0;
    for part in text.split('.') {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return end.saturating_sub(1);
        }
        end += digits;
        if digits < part.len() {
            return end;
        }
        end += 1;
    }
    end.saturating_sub(1)
}

/// The pre-release that `text` begins with, and how many bytes it takes: `-rc.2`, `rc2`, `.beta`.
fn pre_release(text: &str) -> (Option<Pre>, usize) {
    let bare = text.strip_prefix(['-', '.', '_']).unwrap_or(text);
    let lower = bare.to_ascii_lowercase();
    let known = PRE.iter().find_map(|word| {
        let rest = lower.strip_prefix(word)?;
        let dotted = rest.strip_prefix(['.', '-', '_']).unwrap_or(rest);
        let digits = dotted.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = match digits {
            0 => (0, rest),
            digits => (dotted.get(..digits)?.parse().ok()?, dotted.get(digits..)?),
        };
        // `next` is a word of its own, `nextcloud` is not it.
        let ends = rest.is_empty() || rest.starts_with(['-', '_', '.']);
        ends.then(|| (Pre { word, number }, text.len() - rest.len()))
    });
    match known {
        Some((pre, used)) => (Some(pre), used),
        None => (None, 0),
    }
}

/// Words before the number of a build: Alpine's and Bitnami's, linuxserver.io's, others'.
const REVISION: [&str; 3] = ["r", "ls", "build"];

/// The number of the build at the end of a suffix, and the suffix without it: `-ls` and 13.
fn revision(suffix: &str) -> (&str, Option<u64>) {
    let bare = suffix.trim_end_matches(|c: char| c.is_ascii_digit());
    let word = bare
        .rsplit('-')
        .next()
        .filter(|word| word.len() < bare.len());
    let number = suffix.get(bare.len()..).and_then(|n| n.parse().ok());
    match (word, number) {
        (Some(word), Some(number)) if REVISION.contains(&word) => (bare, Some(number)),
        _ => (suffix, None),
    }
}

fn is_hash(tag: &str) -> bool {
    tag.len() >= 7 && tag.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_tag_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn may(old: &str, new: &str) -> bool {
        let old = Shape::read(old).expect("a shape");
        Shape::read(new).is_some_and(|new| old.may_become(&new))
    }

    #[test]
    fn newer_tags_of_the_same_shape_may_follow() {
        for (old, new) in [
            ("1.25-alpine", "1.27-alpine"),
            ("v2.3.1", "v2.10.0"),
            ("27.0.1-fpm", "29.0.0-fpm"),
            ("17-3.5", "18-3.5"),
            ("version-2.1", "version-2.2"),
            ("9", "10"),
            ("1.0.0-r1", "1.0.0-r2"),
            ("1.0.0-ls12", "1.0.0-ls100"),
            ("1.0.0-ls12", "1.1.0-ls1"),
            ("2.4.1-debian-12-r9", "2.4.2-debian-12-r0"),
            ("20240118", "20250101"),
            ("2024-01-18", "2024-02-01"),
            ("2024.01.18", "2025.12.31"),
            ("2023.12.9", "2023.12.10"),
            (
                "RELEASE.2024-01-18T22-51-28Z",
                "RELEASE.2024-01-18T22-51-29Z",
            ),
            ("20240118-1200", "20240118-1301"),
            ("1.0.0-rc1", "1.0.0-rc2"),
            ("1.0.0-rc.9", "1.0.0-rc.10"),
            ("1.0.0-beta3", "1.0.0-rc1"),
            ("1.0.0-rc1", "1.0.0"),
            ("1.0.0-rc1-alpine", "1.0.1-alpine"),
        ] {
            assert!(may(old, new), "{old} -> {new}");
            assert!(!may(new, old), "{new} -> {old}");
        }
    }

    #[test]
    fn other_shapes_never_follow() {
        for (old, new) in [
            ("1.25-alpine", "1.27"),
            ("1.25-alpine", "1.27.0-alpine"),
            ("1.25", "1.27-alpine"),
            ("1.25", "v1.27"),
            ("v1.25", "1.27"),
            ("1.25-alpine3.19", "1.27-alpine3.21"),
            ("1.25", "1.27-rc1"),
            ("1.25", "1.27rc1"),
            ("1.25", "1.27-beta"),
            ("1.25", "1.27.b1"),
            ("1.25-fpm", "1.27-rc1-fpm"),
            ("27", "20240118"),
            ("20240118", "27"),
            ("2024-01-18", "20250118"),
            ("2024.01.18", "2025-01-18"),
            (
                "RELEASE.2024-01-18T22-51-28Z",
                "RELEASE.2025-01-18T22-51-28Z.fips",
            ),
            ("1.0.0-rc1", "1.0.0-beta9"),
            ("1.25", "latest"),
            ("1.25", "1.25"),
            ("1.25", "1.025"),
            ("1.0.0-ls13", "1.0.0-ls12"),
            ("1.0.0-r1", "1.0.0-ls2"),
            ("1.0.0", "1.0.0-r1"),
        ] {
            assert!(!may(old, new), "{old} -> {new}");
        }
    }

    #[test]
    fn what_has_no_number_to_compare_has_no_shape() {
        let long = "1".repeat(MAX_TAG_BYTES + 1);
        for tag in [
            "latest",
            "",
            "alpine",
            "7f3a2bc",
            "1e9c0de5f",
            "1.2+3",
            "1 2",
            long.as_str(),
            "99999999999999999999999",
        ] {
            assert_eq!(Shape::read(tag), None, "{tag}");
        }
        assert!(Shape::read("1234567").is_some(), "digits alone count");
    }

    #[test]
    fn alpine_is_no_alpha_and_nextcloud_no_next() {
        for tag in [
            "1.2-alpine",
            "1.2-prefork",
            "1.2-nextcloud",
            "1.2-testing",
            "1.2-developer",
        ] {
            assert!(
                !Shape::read(tag).expect("a shape").is_pre_release(),
                "{tag}"
            );
        }
    }

    #[test]
    fn steps_have_their_size() {
        for (old, new, step) in [
            ("1.2.3", "2.0.0", Step::Major),
            ("1.2.3", "1.3.0", Step::Minor),
            ("1.2.3", "1.2.4", Step::Patch),
            ("1.2.3.4", "1.2.3.5", Step::Patch),
            ("1.2.3-rc1", "1.2.3", Step::Patch),
            ("16", "17", Step::Major),
            ("20240118", "20250101", Step::Minor),
        ] {
            let (old, new) = (
                Shape::read(old).expect("old"),
                Shape::read(new).expect("new"),
            );
            assert_eq!(old.step(&new), step);
        }
    }

    #[test]
    fn the_core_is_what_differs() {
        for (tag, core) in [
            ("v1.2.3-alpine", "1.2.3"),
            ("1.0-rc1-fpm", "1.0-rc1"),
            ("17-3.5", "17"),
            ("1.0-ls12", "1.0-ls12"),
            ("1.2.", "1.2"),
            ("20240118", "20240118"),
        ] {
            let shape = Shape::read(tag).expect("a shape");
            assert_eq!(tag.get(shape.core()), Some(core), "{tag}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(tag in "\\PC{0,140}") {
            let _ = Shape::read(&tag);
        }

        #[test]
        fn the_order_is_total_and_nothing_follows_itself(tags in proptest::collection::vec("v?[0-3](\\.[0-3]){0,2}(-rc[0-2]|-beta)?(-alpine)?(-r[0-2])?", 3)) {
            let shapes: Vec<Shape> = tags.iter().filter_map(|t| Shape::read(t)).collect();
            for a in &shapes {
                prop_assert!(!a.may_become(a));
                for b in &shapes {
                    prop_assert_eq!(a.order(b), b.order(a).reverse());
                    prop_assert!(!(a.may_become(b) && b.may_become(a)));
                    prop_assert_eq!(a.is_like(b), b.is_like(a));
                    for c in &shapes {
                        if a.may_become(b) && b.may_become(c) {
                            prop_assert!(a.may_become(c));
                        }
                    }
                }
            }
        }

        #[test]
        fn a_greater_number_in_any_place_follows(
            numbers in proptest::collection::vec(0u64..10_000, 1..4),
            place in 0usize..4,
            more in 1u64..1_000,
            prefix in "(v|version-)?",
            suffix in "(-alpine|-fpm|_x)?",
        ) {
            let tag = |numbers: &[u64]| {
                let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
                format!("{prefix}{}{suffix}", numbers.join("."))
            };
            let place = place % numbers.len();
            let mut newer = numbers.clone();
            newer[place] += more;
            let (old, new) = (tag(&numbers), tag(&newer));
            prop_assert!(may(&old, &new), "{} -> {}", old, new);
            let shape = Shape::read(&old).expect("a shape");
            let other = Shape::read(&new).expect("a shape");
            let mut text = old.clone();
            text.replace_range(shape.core(), &new[other.core()]);
            prop_assert_eq!(text, new);
        }
    }
}
