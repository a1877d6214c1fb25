//! The newest of many tags.

use super::{Shape, Step};

/// What there is after a tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The newest that the bounds allow, and how far it is.
    pub newest: Option<(String, Step)>,
    /// Every newer one of the shape, the newest first, also those that the bounds exclude.
    pub newer: Vec<String>,
}

/// The tags that may follow `current`: at most as far as `most`, and within `pin` where there is one.
#[must_use]
pub fn choose(current: &str, tags: &[String], most: Option<Step>, pin: Option<&Shape>) -> Choice {
    let Some(shape) = Shape::read(current) else {
        return Choice::default();
    };
    let mut newer: Vec<(Shape, &String)> = tags
        .iter()
        .filter_map(|tag| Some((Shape::read(tag)?, tag)))
        .filter(|(other, _)| shape.may_become(other))
        .collect();
    // Of two that say the same (`1.2`, `1.02`) always the same one comes first.
    newer.sort_by(|(a, x), (b, y)| b.order(a).then_with(|| x.cmp(y)));
    newer.dedup_by(|(_, x), (_, y)| x == y);
    let newest = newer.iter().find_map(|(other, tag)| {
        let step = shape.step(other);
        let allowed =
            most.is_none_or(|most| step <= most) && pin.is_none_or(|pin| other.is_within(pin));
        allowed.then(|| ((*tag).clone(), step))
    });
    Choice {
        newest,
        newer: newer.into_iter().map(|(_, tag)| tag.clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tags(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    fn newest(
        current: &str,
        list: &[&str],
        most: Option<Step>,
        pin: Option<&str>,
    ) -> Option<String> {
        let pin = pin.and_then(Shape::read);
        choose(current, &tags(list), most, pin.as_ref())
            .newest
            .map(|(tag, _)| tag)
    }

    const NGINX: [&str; 9] = [
        "latest",
        "1.25-alpine",
        "1.26.1-alpine",
        "1.27-alpine",
        "1.28-alpine",
        "1.28-rc1-alpine",
        "2.0-alpine",
        "1.29",
        "stable-alpine",
    ];

    #[test]
    fn the_newest_of_the_same_shape_is_chosen() {
        assert_eq!(
            newest("1.25-alpine", &NGINX, None, None).as_deref(),
            Some("2.0-alpine")
        );
        assert_eq!(newest("2.0-alpine", &NGINX, None, None), None);
        assert_eq!(newest("latest", &NGINX, None, None), None);
    }

    #[test]
    fn a_bound_or_a_pin_holds_it_back_and_the_rest_is_still_told() {
        let minor = choose("1.25-alpine", &tags(&NGINX), Some(Step::Minor), None);
        assert_eq!(minor.newest, Some(("1.28-alpine".to_owned(), Step::Minor)));
        assert_eq!(minor.newer, ["2.0-alpine", "1.28-alpine", "1.27-alpine"]);
        assert_eq!(newest("1.25-alpine", &NGINX, Some(Step::Patch), None), None);
        assert_eq!(
            newest("1.25-alpine", &NGINX, None, Some("1")).as_deref(),
            Some("1.28-alpine")
        );
        assert_eq!(
            newest("1.25-alpine", &NGINX, None, Some("1.27")).as_deref(),
            Some("1.27-alpine")
        );
    }

    proptest! {
        #[test]
        fn what_is_chosen_is_there_newer_and_beaten_by_none(
            current in "[0-4]\\.[0-4](-x)?",
            list in proptest::collection::vec("v?[0-4](\\.[0-4]){0,2}(-rc[0-1])?(-x)?", 0..40),
        ) {
            let choice = choose(&current, &list, None, None);
            let shape = Shape::read(&current).expect("a shape");
            if let Some((tag, _)) = &choice.newest {
                prop_assert!(list.contains(tag));
                let chosen = Shape::read(tag).expect("a shape");
                prop_assert!(shape.may_become(&chosen));
                for other in list.iter().filter_map(|t| Shape::read(t)) {
                    prop_assert!(!chosen.may_become(&other) || !shape.may_become(&other));
                }
            } else {
                prop_assert!(list.iter().filter_map(|t| Shape::read(t)).all(|t| !shape.may_become(&t)));
            }
        }
    }
}
