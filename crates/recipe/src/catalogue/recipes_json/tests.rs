use proptest::prelude::*;

use super::*;
use crate::catalogue::{AboutFacts, VersionFacts};
use crate::tree::MemoryTree;

const README: &str = "# guestbook\n\nA book for guests.\n\n<!-- metadata -->\n* **Category**: Apps\n* **Status**: 3, beta\n* **Image**: [`guestbook`](https://hub.example/guestbook), 4, upstream\n* **Healthcheck**: Yes\n* **Backups**: Yes\n* **Email**: 3\n* **Tests**: 2\n* **SSO**: No\n<!-- endmetadata -->\n";

fn guestbook() -> Entry {
    let limits = Limits::default();
    let tree = |app: &str, db: &str| {
        MemoryTree::new()
            .with("README.md", README)
            .with("compose.yml", format!("services: {{app: {{image: 'docker.io/library/guestbook:{app}'}}, db: {{image: 'mariadb:{db}'}}}}"))
    };
    let head = tree("1.1.0", "10.11");
    let facts = AboutFacts {
        recipe: "guestbook".to_owned(),
        repository: "https://git.example/recipes/guestbook.git".to_owned(),
        ssh_url: Some("ssh://git@git.example:2222/recipes/guestbook.git".to_owned()),
        default_branch: "main".to_owned(),
        ..AboutFacts::default()
    };
    let mut entry = Entry::new(&About::read(Some(&head), facts, &limits));
    for (version, app, db) in [
        ("0.2.0+1.1.0", "1.1.0", "10.11"),
        ("0.1.0+1.0.0", "1.0.0", "10.6"),
        ("0.10.0+2.0", "2.0", "11"),
    ] {
        let facts = VersionFacts {
            recipe: "guestbook",
            version: &RecipeVersion::parse(version).expect("a version"),
            commit: "c0ffee",
            tree: "c0ffee",
            tagged_at: None,
        };
        entry.add(&VersionDocument::read(&tree(app, db), &facts, &limits).expect("good"));
    }
    entry
}

#[test]
fn has_the_fields_types_and_order_of_abras_file() {
    let mut json = RecipesJson::default();
    json.insert(guestbook());
    let text = String::from_utf8(json.to_bytes().expect("JSON")).expect("text");
    let wanted = concat!(
        r#"{"guestbook":{"name":"guestbook","category":"Apps","description":"A book for guests.","default_branch":"main","#,
        r#""repository":"https://git.example/recipes/guestbook.git","ssh_url":"ssh://git@git.example:2222/recipes/guestbook.git","#,
        r#""icon":"","website":"","features":{"backups":"Yes","email":"3","healthcheck":"Yes","sso":"No","tests":"2","status":3,"#,
        r#""image":{"image":"guestbook","rating":"4","source":"upstream","url":"https://hub.example/guestbook"}},"versions":["#,
        r#"{"0.1.0+1.0.0":{"app":{"image":"guestbook","tag":"1.0.0"},"db":{"image":"mariadb","tag":"10.6"}}},"#,
        r#"{"0.2.0+1.1.0":{"app":{"image":"guestbook","tag":"1.1.0"},"db":{"image":"mariadb","tag":"10.11"}}},"#,
        r#"{"0.10.0+2.0":{"app":{"image":"guestbook","tag":"2.0"},"db":{"image":"mariadb","tag":"11"}}}]}}"#
    );
    assert_eq!(text, wanted);
    let pretty = json.to_pretty_bytes().expect("JSON");
    assert!(pretty.starts_with(b"{\n    \"guestbook\": {\n        \"name\""));
    let (back, left_out) = RecipesJson::from_bytes(&pretty, &Limits::default()).expect("reads");
    assert_eq!((back, left_out), (json, Vec::new()));
}

#[test]
fn what_is_not_known_is_an_empty_string_and_never_null() {
    let about = About::read(
        None,
        AboutFacts {
            recipe: "bare".to_owned(),
            ..AboutFacts::default()
        },
        &Limits::default(),
    );
    let mut json = RecipesJson::default();
    json.insert(Entry::new(&about));
    let text = String::from_utf8(json.to_bytes().expect("JSON")).expect("text");
    assert!(!text.contains("null"), "{text}");
    assert!(
        text.contains(r#""status":0"#) && text.contains(r#""versions":[]"#),
        "{text}"
    );
}

#[test]
fn reads_files_with_gaps_nulls_and_numbers_as_text() {
    let text = r#"{
        "a": {"category": null, "features": {"status": "3, beta", "email": 2, "backups": true, "image": null}, "versions": null, "news": 1},
        "b": {"name": "bee", "features": [], "versions": [{"1.0.0+1": {"app": {"image": "x", "tag": 5, "digest": "ab"}, "odd": 3}, "1.1.0+1": null}, 7]},
        "c": {},
        "d": "nonsense"
    }"#;
    let (json, left_out) =
        RecipesJson::from_bytes(text.as_bytes(), &Limits::default()).expect("reads");
    assert_eq!(left_out, ["d"]);
    let a = &json.recipes["a"];
    assert_eq!(
        (
            a.name.as_str(),
            a.features.status,
            a.features.email.as_str(),
            a.features.backups.as_str()
        ),
        ("a", 3, "2", "Yes")
    );
    let b = &json.recipes["b"];
    let versions: Vec<_> = b
        .versions()
        .map(|(tag, services)| (tag, services.len()))
        .collect();
    assert_eq!(
        (b.name.as_str(), versions),
        ("bee", vec![("1.0.0+1", 1), ("1.1.0+1", 0)])
    );
    assert_eq!(
        b.versions[0]["1.0.0+1"]["app"],
        ServiceMeta {
            image: "x".to_owned(),
            tag: "5".to_owned(),
            digest: "ab".to_owned()
        }
    );
    assert_eq!(
        json.recipes["c"],
        Entry {
            name: "c".to_owned(),
            ..Entry::default()
        }
    );
}

#[test]
fn refuses_what_is_no_catalogue_or_too_much_of_it() {
    let limits = Limits {
        max_recipes: 1,
        max_recipes_json_bytes: 60,
        ..Limits::default()
    };
    let code = |text: &str| {
        RecipesJson::from_bytes(text.as_bytes(), &limits)
            .expect_err(text)
            .code()
    };
    assert_eq!(code("<!DOCTYPE html>"), "AL-9101");
    assert_eq!(code("[]"), "AL-9101");
    assert_eq!(code(r#"{"a":{},"b":{}}"#), "AL-9102");
    assert_eq!(
        code(&format!("{{\"a\":\"{}\"}}", "x".repeat(100))),
        "AL-9102"
    );
    assert_eq!(code(&"[".repeat(60)), "AL-9101");
}

/// Abra's own example from the reference, when it is at hand.
#[test]
fn the_example_of_the_reference_survives_a_round_trip() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/reference/abra-and-recipes.md"
    );
    let Ok(reference) = std::fs::read_to_string(path) else {
        return;
    };
    let from = reference.find("{ \"demo\": {").expect("the example");
    let text = &reference[from..];
    let text = &text[..text.find("```").expect("its end")];
    let (json, left_out) =
        RecipesJson::from_bytes(text.as_bytes(), &Limits::default()).expect("reads");
    assert!(left_out.is_empty());
    let ours: serde_json::Value =
        serde_json::from_slice(&json.to_bytes().expect("JSON")).expect("JSON");
    let theirs: serde_json::Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(ours, theirs);
    assert_eq!(json.recipes["demo"].versions().count(), 2);
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let text = || "[ -~é\"\\\\]{0,12}";
    let services =
        prop::collection::btree_map("[a-z]{1,5}", (text(), text(), "[a-f0-9:]{0,8}"), 0..3)
            .prop_map(|all| {
                all.into_iter()
                    .map(|(name, (image, tag, digest))| (name, ServiceMeta { image, tag, digest }))
                    .collect::<Services>()
            });
    let one = ("[0-9]\\.[0-9]\\.[0-9]\\+[a-z0-9]{1,3}", services)
        .prop_map(|(tag, s)| BTreeMap::from([(tag, s)]));
    (
        "[a-z]{1,8}",
        (text(), text(), text(), text()),
        any::<i64>(),
        prop::collection::vec(one, 0..4),
    )
        .prop_map(|(name, (a, b, c, d), status, versions)| Entry {
            name,
            category: a.clone(),
            description: b.clone(),
            default_branch: c.clone(),
            repository: d.clone(),
            ssh_url: a.clone(),
            icon: b.clone(),
            website: c.clone(),
            features: Features {
                backups: a.clone(),
                email: b.clone(),
                healthcheck: c.clone(),
                sso: d.clone(),
                tests: a.clone(),
                status,
                image: ImageMeta {
                    image: b,
                    rating: c,
                    source: d,
                    url: a,
                },
            },
            versions,
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(entries in prop::collection::vec(any_entry(), 0..4)) {
        let mut json = RecipesJson::default();
        for entry in entries {
            json.insert(entry);
        }
        let bytes = json.to_bytes().expect("JSON");
        let (back, left_out) = RecipesJson::from_bytes(&bytes, &Limits::default()).expect("reads");
        prop_assert_eq!(&back, &json);
        prop_assert!(left_out.is_empty());
        prop_assert_eq!(back.to_bytes().expect("JSON"), bytes);
    }
}
