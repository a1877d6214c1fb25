//! Naming the versions around one that does not exist.

use super::RecipeVersion;

/// At most `count` of `versions` that lie nearest to `wanted`, in ascending order: those just below it and just above
/// it, in turns. A text that is no version has no neighbours, so it gets the newest ones.
pub fn nearest<'a>(
    versions: &'a [RecipeVersion],
    wanted: &str,
    count: usize,
) -> Vec<&'a RecipeVersion> {
    let mut sorted: Vec<&RecipeVersion> = versions.iter().collect();
    sorted.sort();
    let at = match RecipeVersion::parse(wanted) {
        Ok(wanted) => sorted.partition_point(|v| **v < wanted),
        Err(_) => sorted.len(),
    };
    let (mut from, mut to) = (at, at);
    while to - from < count && (from > 0 || to < sorted.len()) {
        from = from.saturating_sub(1);
        if to < sorted.len() && to - from < count {
            to += 1;
        }
    }
    sorted.get(from..to).map(<[_]>::to_vec).unwrap_or_default()
}
