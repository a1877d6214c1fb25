//! What a real engine (20.10.24) gave back for a stack that `docker stack deploy` made, held
//! against what we would send: an unchanged stack has no differences.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it found by panicking"
)]

use std::{collections::BTreeMap, fs, path::PathBuf};

use allot_stack::{
    Compose, FileRefusal, FileSource, LoadOptions, SourceFile, StackSpec, convert, diff,
    diff::{Names, normalise_network},
    load, normalise_service,
};
use serde_json::Value;

struct Dir(PathBuf);

impl FileSource for Dir {
    fn read(&self, path: &str, _limit: usize) -> Result<Vec<u8>, FileRefusal> {
        fs::read(self.0.join(path)).map_err(|_| FileRefusal::Missing)
    }
}

fn dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/engine")
}

fn stored(file: &str) -> Vec<Value> {
    serde_json::from_str(&fs::read_to_string(dir().join(file)).unwrap()).unwrap()
}

fn model() -> Compose {
    let bytes = fs::read(dir().join("compose.yml")).unwrap();
    let inputs = [SourceFile {
        name: "compose.yml".to_owned(),
        bytes,
    }];
    load(
        &inputs,
        &BTreeMap::new(),
        &Dir(dir()),
        &LoadOptions::default(),
    )
    .unwrap()
    .model
}

fn specs(model: &Compose) -> StackSpec {
    convert(model, &"stack1".parse().unwrap()).unwrap()
}

fn names() -> Names {
    let text = |n: &Value, key: &str| n[key].as_str().unwrap().to_owned();
    let networks = stored("networks.json")
        .iter()
        .map(|n| (text(n, "Id"), text(n, "Name")))
        .collect();
    Names {
        networks,
        ..Names::default()
    }
}

#[test]
fn an_unchanged_service_has_no_differences() {
    let specs = specs(&model());
    let stored = stored("services.json");
    assert_eq!(specs.services.len(), stored.len());
    for (ours, theirs) in specs.services.iter().zip(&stored) {
        let ours = normalise_service(&serde_json::to_value(ours).unwrap(), &names());
        let changes = diff(&normalise_service(theirs, &names()), &ours);
        assert_eq!(changes, [], "{}", theirs["Name"]);
    }
}

#[test]
fn bollards_models_of_an_unchanged_service_have_no_differences_either() {
    let specs = specs(&model()).models().unwrap();
    for (ours, theirs) in specs.services.iter().zip(&stored("services.json")) {
        let ours = normalise_service(&serde_json::to_value(ours).unwrap(), &names());
        assert_eq!(
            diff(&normalise_service(theirs, &names()), &ours),
            [],
            "{}",
            theirs["Name"]
        );
    }
}

#[test]
fn an_unchanged_network_has_no_differences() {
    for (ours, theirs) in specs(&model())
        .networks
        .iter()
        .zip(&stored("networks.json"))
    {
        let ours = normalise_network(&serde_json::to_value(ours).unwrap());
        let mut theirs = normalise_network(theirs);
        // Nobody asked for a subnet; the engine chose one.
        theirs.as_object_mut().unwrap().remove("IPAM");
        assert_eq!(diff(&theirs, &ours), []);
    }
}

#[test]
fn a_digest_that_the_engine_resolved_is_no_difference_and_a_new_tag_is() {
    let mut resolved = stored("services.json");
    let image = &mut resolved[0]["TaskTemplate"]["ContainerSpec"]["Image"];
    let digest = "a".repeat(64);
    *image = format!("{}@sha256:{digest}", image.as_str().unwrap()).into();
    let mut model = model();
    let app = |specs: &StackSpec| {
        normalise_service(&serde_json::to_value(&specs.services[0]).unwrap(), &names())
    };
    let running = normalise_service(&resolved[0], &names());
    assert_eq!(diff(&running, &app(&specs(&model))), []);

    model.services.get_mut("app").unwrap().image = "allot-test/none:2".to_owned();
    let changes = diff(&running, &app(&specs(&model)));
    let paths: Vec<&str> = changes.iter().map(|c| c.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "Labels.com.docker.stack.image",
            "TaskTemplate.ContainerSpec.Image"
        ]
    );
}

#[test]
fn changes_are_named_by_field_and_secrets_are_not_shown() {
    let mut model = model();
    let app = model.services.get_mut("app").unwrap();
    app.environment
        .insert("DB_PASSWORD".to_owned(), Some("correct horse".to_owned()));
    app.environment.insert("A".to_owned(), Some("3".to_owned()));
    app.deploy.replicas = Some(5);
    app.tty = false;
    let after = normalise_service(
        &serde_json::to_value(&specs(&model).services[0]).unwrap(),
        &names(),
    );
    let changes = diff(
        &normalise_service(&stored("services.json")[0], &names()),
        &after,
    );
    insta::assert_json_snapshot!(changes);
}
