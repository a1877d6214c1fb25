use super::*;

fn v(text: &str) -> RecipeVersion {
    RecipeVersion::parse(text).expect(text)
}

fn ordered(texts: &[&str]) {
    for pair in texts.windows(2) {
        assert!(
            v(pair[0]) < v(pair[1]),
            "{} must come before {}",
            pair[0],
            pair[1]
        );
    }
}

#[test]
fn shows_a_version_exactly_as_it_was_tagged() {
    for text in [
        "1.0.0+1.14.3",
        "v2.0.1+1.0.6",
        "2.0.0+1.0.5-social-amd64",
        "5.7.0_2",
        "1.2",
        "1.0.0-rc1+v2.0_x",
    ] {
        assert_eq!(v(text).to_string(), text);
    }
}

#[test]
fn orders_by_the_left_part_first() {
    ordered(&[
        "0.9.9+9",
        "1.0.0+1",
        "1.0.1+0.1",
        "1.1.0+0.0.1",
        "1.10.0+a",
        "2.0.0",
    ]);
}

#[test]
fn orders_pre_releases_before_the_release_and_revisions_after_it() {
    ordered(&[
        "1.0.0-rc1+2",
        "1.0.0-rc2+1",
        "1.0.0+1",
        "1.0.0_1",
        "1.0.0_2",
    ]);
}

#[test]
fn breaks_ties_by_upstream_number_by_number() {
    ordered(&[
        "1.0.0",
        "1.0.0+1.9",
        "1.0.0+1.10",
        "1.0.0+1.10-alpine",
        "1.0.0+v1.9",
    ]);
}

#[test]
fn refuses_what_is_no_version() {
    for text in [
        "",
        "1",
        "latest",
        "1.2.3.4",
        "1.0.0+",
        "deadbeef",
        "1.a.0",
        "1.0.0 ",
        "1..0",
        "+1",
        "99999999999999999999.0",
    ] {
        let error = RecipeVersion::parse(text).expect_err(text);
        assert_eq!(error.code(), "AL-1001");
    }
}

#[test]
fn a_version_without_upstream_answers_for_the_tagged_one() {
    assert!(v("2.0.1+1.0.6").answers(&v("2.0.1")));
    assert!(v("2.0.1+1.0.6").answers(&v("v2.0.1+1.0.6")));
    assert!(!v("2.0.1+1.0.6").answers(&v("2.0.1+1.0.5")));
    assert!(!v("2.0.1").answers(&v("2.0.1+1.0.5")));
}

#[test]
fn names_the_nearest_versions() {
    let all: Vec<_> = ["0.1.0+1", "1.0.0+2", "1.1.0+2", "2.0.0+3", "3.0.0+4"]
        .iter()
        .map(|t| v(t))
        .collect();
    let near = |wanted, count| {
        nearest(&all, wanted, count)
            .iter()
            .map(|v| v.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(near("1.2.0", 3), ["1.0.0+2", "1.1.0+2", "2.0.0+3"]);
    assert_eq!(near("9.0.0", 2), ["2.0.0+3", "3.0.0+4"]);
    assert_eq!(near("0.0.1", 2), ["0.1.0+1", "1.0.0+2"]);
    assert_eq!(near("newest", 1), ["3.0.0+4"]);
    assert_eq!(near("1.2.0", 99).len(), 5);
    assert!(nearest(&[], "1.0.0", 3).is_empty());
}

#[test]
fn knows_how_big_a_step_is() {
    let step = |a, b| Bump::between(&v(a), &v(b));
    assert_eq!(step("1.0.0+1", "2.0.0+1"), Some(Bump::Major));
    assert_eq!(step("1.0.0+1", "1.1.0+1"), Some(Bump::Minor));
    assert_eq!(step("1.0.1+1", "1.0.0+1"), Some(Bump::Patch));
    assert_eq!(step("5.7.0_1", "5.7.0_2"), Some(Bump::Patch));
    assert_eq!(step("1.0.0+1", "1.0.0+2"), Some(Bump::Upstream));
    assert_eq!(step("1.0.0+1", "1.0.0+1"), None);
}

proptest::proptest! {
    #[test]
    fn the_order_is_total_and_agrees_with_equality(
        texts in proptest::collection::vec("v?[0-9]{1,2}\\.[0-9](\\.[0-9])?(-rc[1-3])?(\\+[a-c0-9.]{1,4})?", 3)
    ) {
        let versions: Vec<_> = texts.iter().map(|t| v(t)).collect();
        let [a, b, c] = [&versions[0], &versions[1], &versions[2]];
        proptest::prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
        proptest::prop_assert_eq!(a == b, a.cmp(b) == Ordering::Equal);
        if a <= b && b <= c {
            proptest::prop_assert!(a <= c);
        }
    }

    #[test]
    fn never_panics_on_any_text(text in ".{0,40}") {
        let _ = RecipeVersion::parse(&text);
    }
}
