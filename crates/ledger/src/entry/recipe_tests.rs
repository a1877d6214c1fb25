//! What entries say about recipes: as it is written, and that nothing else is understood.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    SecretKey,
    ids::{Digest, ObjectId, RecipeName, Version},
    limits::{MAX_DOCUMENT, MAX_SEEN, MAX_VERSION},
};

fn recipe() -> RecipeName {
    "guestbook".parse().unwrap()
}

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn git(name: &str) -> ObjectId {
    ObjectId::from_bytes(&Digest::of(name.as_bytes()).0[..20]).unwrap()
}

fn seen(of: &str, commit: ObjectId) -> Seen {
    Seen {
        version: version(of),
        commit,
        tree: git("tree"),
        document: DocumentRef::of(of.as_bytes()).unwrap(),
    }
}

/// One of each, with all that it can have.
fn bodies() -> Vec<Body> {
    let document = DocumentRef::of(b"a document").unwrap();
    let long = ObjectId::from_bytes(&Digest::of(b"SHA-256").0).unwrap();
    vec![
        Body::Recipe {
            recipe: recipe(),
            about: document,
        },
        Body::Observe {
            recipe: recipe(),
            versions: vec![seen("1.0.0+1.0", git("one")), seen("1.1.0+2.0", long)],
        },
        Body::ClaimRecipe { recipe: recipe() },
        Body::Release(Box::new(Release {
            recipe: recipe(),
            version: version("1.1.0+2.0"),
            commit: git("two"),
            tree: git("tree"),
            security: true,
            report: Some(document),
            note: Some("please look at the migration".to_owned()),
        })),
        Body::Review {
            recipe: recipe(),
            version: version("1.1.0+2.0"),
            verdict: ReviewVerdict::RequestChanges,
            reason: Some("it loses data".to_owned()),
        },
        Body::Yank {
            recipe: recipe(),
            version: version("1.0.0+1.0"),
            reason: "it loses data".to_owned(),
        },
        Body::TestReport(Box::new(TestReport {
            recipe: recipe(),
            version: version("1.1.0+2.0"),
            commit: git("two"),
            passed: true,
            report: document,
        })),
        Body::Outcome {
            recipe: recipe(),
            from: version("1.0.0+1.0"),
            to: version("1.1.0+2.0"),
            verdict: UpgradeVerdict::RolledBack,
        },
        Body::Flag {
            recipe: recipe(),
            text: "anybody can sign in".to_owned(),
        },
        Body::Unflag {
            recipe: recipe(),
            flag: 1,
            reason: "mended in 1.1.0+2.0".to_owned(),
        },
    ]
}

#[test]
fn what_is_said_about_recipes_reads_as_people_would_write_it() {
    insta::assert_json_snapshot!(bodies());
}

#[test]
fn what_is_said_about_recipes_reads_back_and_has_its_name() {
    for body in bodies() {
        let json = serde_json::to_value(&body).unwrap();
        assert_eq!(json["type"], body.kind());
        assert_eq!(serde_json::from_value::<Body>(json).unwrap(), body);
    }
}

#[test]
fn documents_beside_the_log_are_named() {
    let named = |at: usize| bodies()[at].stored_texts().len();
    let counts: Vec<_> = (0..bodies().len()).map(named).collect();
    assert_eq!(counts, [1, 2, 0, 1, 0, 0, 1, 0, 0, 0]);
    let document = (Digest::of(b"a document"), 10);
    assert_eq!(bodies()[0].stored_texts(), [document]);
    let most = vec![b'x'; usize::try_from(MAX_DOCUMENT).unwrap()];
    assert!(DocumentRef::of(&most).unwrap().fits());
    assert_eq!(
        DocumentRef::of(&[&most[..], b"x"].concat()),
        Err(most.len() + 1)
    );
    assert!(!DocumentRef::of(b"").unwrap().fits());
}

/// Every object of a value, by its JSON pointer.
fn objects(at: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(at.to_owned());
            for (name, value) in fields {
                objects(&format!("{at}/{name}"), value, found);
            }
        }
        Value::Array(items) => {
            for (n, value) in items.iter().enumerate() {
                objects(&format!("{at}/{n}"), value, found);
            }
        }
        _ => {}
    }
}

#[test]
fn l7_one_word_more_about_a_recipe_is_refused_wherever_it_stands() {
    for body in bodies() {
        let json = serde_json::to_value(&body).unwrap();
        let mut all = Vec::new();
        objects("", &json, &mut all);
        for at in all {
            let mut more = json.clone();
            let object = more.pointer_mut(&at).unwrap();
            object["colour"] = json!("green");
            let read = serde_json::from_value::<Body>(more);
            assert!(read.is_err(), "{} at `{at}`", body.kind());
        }
    }
}

#[test]
fn versions_are_parted_into_entries_that_can_be_signed() {
    // A quote takes two bytes in JSON: the worst that a version can be.
    let long = ObjectId::from_bytes(&[0xff; 32]).unwrap();
    let all: Vec<_> = (0..450)
        .map(|n| match n {
            ..200 => seen(&format!("{n:\">width$}", width = MAX_VERSION), long.clone()),
            _ => seen(&format!("{n}.0.0+1.0"), git("one")),
        })
        .collect();
    let batches = Seen::batches(all.clone());
    for versions in &batches {
        assert!(versions.len() <= MAX_SEEN);
        let entry = Entry {
            federation: "f".repeat(64),
            author: Author::Hub,
            seq: u64::MAX,
            at: "2026-01-19T00:00:00.123456789Z".parse().unwrap(),
            body: Body::Observe {
                recipe: "a".repeat(64).parse().unwrap(),
                versions: versions.clone(),
            },
        };
        Envelope::sign(&entry, &SecretKey::from_seed(&[1; 32])).unwrap();
    }
    // Long ones fill an entry by their bytes, short ones by their number.
    assert!(batches[0].len() < MAX_SEEN);
    assert!(batches.iter().any(|batch| batch.len() == MAX_SEEN));
    assert_eq!(batches.concat(), all);
}

/// What somebody else's software might put into a field.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,80}".prop_map(Value::from),
        "[0-9a-fA-F]{38,66}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
    ]
}

proptest! {
    #[test]
    fn whatever_is_understood_of_a_changed_entry_is_what_it_says(
        which in 0..10usize,
        field in any::<prop::sample::Index>(),
        value in value(),
        is_gone in any::<bool>(),
    ) {
        let mut json = serde_json::to_value(&bodies()[which]).unwrap();
        let fields = json.as_object_mut().unwrap();
        let names: Vec<_> = fields.keys().cloned().collect();
        let name = &names[field.index(names.len())];
        if is_gone {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value);
        }
        // What is read is written again as it was: nothing is dropped, and nothing is made up.
        if let Ok(read) = serde_json::from_value::<Body>(json.clone()) {
            let mut written = serde_json::to_value(&read).unwrap();
            let absent = |json: &mut Value| {
                if let Value::Object(fields) = json {
                    fields.retain(|_, value| !value.is_null() && *value != json!(false));
                }
            };
            absent(&mut json);
            absent(&mut written);
            prop_assert_eq!(written, json);
        }
    }
}
