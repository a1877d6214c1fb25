//! `recipe sync`: the version label, and nothing else.

use allot_recipe::RecipeVersion;
use allot_workbench::version::{Bump, Versioned, Wanted, newest, next};

use crate::recipe::{Folder, compose};

fn sync(folder: &Folder, wanted: &Wanted) -> String {
    let checkout = folder.checkout();
    let work = checkout.work_tree().unwrap();
    let versioned = Versioned::read(&work).unwrap();
    let tags = checkout.tags().unwrap();
    let newest = newest(&tags).map(|tag| &tag.version);
    let version = next(newest, versioned.upstream.as_deref(), wanted).unwrap();
    versioned.sync(&version).unwrap().apply(&work).unwrap();
    version.to_string()
}

#[test]
fn the_label_gets_the_next_version_and_every_other_byte_stays() {
    let folder = Folder::cloned(&[("compose.yml", &compose("0.1.0+1.27", "1.28-alpine"))]);
    for tag in ["0.9.0+1.0", "0.10.0+1.27", "nightly", "0.11.0-rc1+1.27"] {
        folder.git(&["tag", "-a", tag, "-m", tag]);
    }
    assert_eq!(
        sync(&folder, &Wanted::Step(Bump::Minor)),
        "0.11.0+1.28-alpine"
    );
    assert_eq!(
        folder.read("compose.yml"),
        compose("0.11.0+1.28-alpine", "1.28-alpine")
    );
    let named = Wanted::Exactly(RecipeVersion::parse("1.0.0").unwrap());
    assert_eq!(sync(&folder, &named), "1.0.0+1.28-alpine");
    assert_eq!(
        folder.git(&["status", "--porcelain"]),
        "M compose.yml",
        "not committed"
    );
}

#[test]
fn labels_in_several_files_all_say_it() {
    let label = "services: {app: {deploy: {labels: {'coop-cloud.${STACK_NAME}.version': \"\"}}}}\n";
    let folder = Folder::cloned(&[
        ("compose.yml", &compose("", "1")),
        ("compose.web.yml", label),
        ("compose.old.yml", "services: {app: {image: 'nginx:0'}}\n"),
    ]);
    assert_eq!(sync(&folder, &Wanted::Step(Bump::Patch)), "0.0.1+1");
    assert_eq!(
        folder.read("compose.web.yml"),
        label.replace("\"\"", "\"0.0.1+1\"")
    );
    assert_eq!(folder.read("compose.yml"), compose("0.0.1+1", "1"));
}

#[test]
fn a_missing_label_is_told_with_the_line_to_add() {
    let folder = Folder::cloned(&[("compose.yml", "services: {app: {image: 'x:1'}}\n")]);
    let versioned = Versioned::read(&folder.checkout().work_tree().unwrap()).unwrap();
    let error = versioned
        .sync(&RecipeVersion::parse("1.0.0+1").unwrap())
        .unwrap_err();
    assert_eq!(error.code(), "AL-9440");
    assert!(
        error
            .help()
            .unwrap()
            .contains("coop-cloud.${STACK_NAME}.version=1.0.0+1")
    );
}
