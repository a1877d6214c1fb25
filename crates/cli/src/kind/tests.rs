use allot_ledger::{SecretKey, entry::Size};

use super::*;

fn named(name: KindName) -> KindArgs {
    KindArgs {
        kind: Some(name),
        ..KindArgs::default()
    }
}

fn sutty(name: KindName) -> KindArgs {
    KindArgs {
        collective: Some("sutty".parse().unwrap()),
        ..named(name)
    }
}

fn a_key(owner: &str) -> NamedKey {
    let key = SecretKey::from_seed(&[7; 32]).public();
    super::key(&key.verifier_key(owner)).unwrap()
}

fn json(args: KindArgs) -> serde_json::Value {
    serde_json::to_value(of(args).unwrap().unwrap()).unwrap()
}

#[test]
fn every_kind_is_built_as_the_log_has_it() {
    for (name, size) in [
        (KindName::Exclude, Size::Large),
        (KindName::Suspend, Size::Large),
        (KindName::Reinstate, Size::Large),
        (KindName::WaiveDues, Size::Large),
    ] {
        let kind = of(sutty(name)).unwrap().unwrap();
        assert_eq!(kind.smallest(), size);
        let json = serde_json::to_value(&kind).unwrap();
        assert_eq!(json["collective"], "sutty");
        assert_eq!(json["name"], kind.name());
    }
    let until = KindArgs {
        until: Some("2027-01-31".parse().unwrap()),
        ..sutty(KindName::WaiveDues)
    };
    assert_eq!(json(until)["until"], "2027-01-31");
    let admit = KindArgs {
        key: Some(a_key("sutty")),
        ..sutty(KindName::Admit)
    };
    assert_eq!(json(admit)["key"], a_key("sutty").key.to_string());
    let steward = KindArgs {
        recipe: Some("wordpress".into()),
        stewards: vec!["sutty".parse().unwrap(), "local-it".parse().unwrap()],
        ..named(KindName::Steward)
    };
    assert_eq!(
        json(steward),
        serde_json::json!({"name": "steward", "recipe": "wordpress", "collectives": ["sutty", "local-it"]})
    );
    assert_eq!(
        json(named(KindName::Text)),
        serde_json::json!({"name": "text"})
    );
}

#[test]
fn a_budget_needs_all_its_fields() {
    let mut args = KindArgs {
        budget_number: Some(17),
        budget_name: Some("Website".into()),
        amount: Some(money::parse("3500").unwrap()),
        who: Some("sutty".into()),
        when: Some("2026".into()),
        purpose: Some("website".into()),
        ..named(KindName::OpenBudget)
    };
    let amount = &json(args.clone())["budget"]["amount"];
    assert_eq!(
        *amount,
        serde_json::json!({"minor": 350_000, "currency": "EUR"})
    );
    args.purpose = None;
    let missing = of(args).unwrap_err();
    assert_eq!(missing.code(), "AL-7002");
    assert!(missing.to_string().contains("--purpose"));
}

fn rules(rules: &[(&str, &str)]) -> KindArgs {
    KindArgs {
        rules: rules
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..named(KindName::ChangeRule)
    }
}

#[test]
fn rules_are_named_as_the_log_names_them() {
    let change = json(rules(&[
        ("medium_for", "2"),
        ("large-for", "2/3"),
        ("days_open", "10"),
        ("dues_month", "EUR 12"),
        ("dues_year", "60"),
        ("dues_grace_days", "90"),
        ("hourly_rate", "25.50"),
        ("buffer", "2000"),
        ("fiscal_host", "platform6"),
        ("host_fee_bps", "500"),
        ("participation_window", "12"),
        ("witnesses", "1/2"),
    ]));
    let change = &change["change"];
    assert_eq!(change["large_for"]["than"], 2);
    assert_eq!(change["dues_month"]["minor"], 1_200);
    assert_eq!(change.as_object().unwrap().len(), 12, "all rules there are");
}

#[test]
fn a_rule_that_makes_no_sense_is_refused() {
    for (bad, said) in [
        (rules(&[("colour", "red")]), "no rule `colour`"),
        (
            rules(&[("days_open", "soon")]),
            "days_open cannot be `soon`",
        ),
        (rules(&[("large_for", "0.5")]), "large_for cannot be `0.5`"),
        (rules(&[("buffer", "-1")]), "buffer cannot be `-1`"),
        (
            rules(&[("days_open", "7"), ("days-open", "8")]),
            "given twice",
        ),
    ] {
        let error = of(bad).unwrap_err();
        assert_eq!(error.code(), "AL-7000");
        assert!(error.to_string().contains(said), "{error}");
    }
    assert_eq!(of(rules(&[])).unwrap_err().code(), "AL-7002");
}

#[test]
fn a_flag_of_another_kind_is_refused() {
    let stray = KindArgs {
        amount: Some(money::parse("5").unwrap()),
        ..sutty(KindName::Exclude)
    };
    let error = of(stray).unwrap_err();
    assert_eq!(
        error.to_string(),
        "--amount says nothing about a resolution of the kind exclude"
    );
    let without_kind = KindArgs {
        recipe: Some("wordpress".into()),
        ..KindArgs::default()
    };
    assert_eq!(of(without_kind).unwrap_err().code(), "AL-7000");
    assert_eq!(of(KindArgs::default()).unwrap(), None);
}

#[test]
fn a_key_of_somebody_else_is_refused() {
    let args = KindArgs {
        key: Some(a_key("local-it")),
        ..sutty(KindName::Admit)
    };
    let error = of(args).unwrap_err();
    assert_eq!(error.to_string(), "the key is for local-it, not for sutty");
    assert!(super::key("sutty+00000000+AAAA").is_err());
}

#[test]
fn a_kind_in_json_is_read_strictly() {
    assert_eq!(
        parse(r#"{"name":"exclude","collective":"sutty"}"#)
            .unwrap()
            .name(),
        "exclude"
    );
    for bad in [
        "",
        "{}",
        r#"{"name":"abolish"}"#,
        r#"{"name":"exclude","collective":"sutty","also":1}"#,
        r#"{"name":"exclude","collective":"No Slug"}"#,
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}
