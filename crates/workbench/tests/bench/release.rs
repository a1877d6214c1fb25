//! `recipe release`: with a real git and a real remote, whole and stopped at each step.

use allot_recipe::{RecipeTree as _, RecipeVersion};
use allot_workbench::release::{self, ReleaseError, ReleaseOptions, ReleasePlan, Released};
use allot_workbench::version::{Bump, Wanted};

use crate::recipe::{Folder, compose, git};

fn publish() -> ReleaseOptions {
    ReleaseOptions {
        publish: true,
        ..ReleaseOptions::default()
    }
}

fn plan(folder: &Folder, options: &ReleaseOptions) -> Result<ReleasePlan, ReleaseError> {
    release::plan(&folder.checkout(), options)
}

fn run(folder: &Folder, options: &ReleaseOptions) -> Result<Released, ReleaseError> {
    let plan = plan(folder, options)?;
    release::apply(&folder.checkout(), &plan, &mut |_, _| ())
}

fn steps(plan: &ReleasePlan) -> Vec<String> {
    plan.steps.iter().map(release::Step::to_do).collect()
}

fn guestbook() -> Folder {
    Folder::cloned(&[
        ("compose.yml", &compose("1.0.0+1.27", "1.27")),
        ("release/1.0.0+1.27", "first\n"),
        ("release/next", "Set GREETING.\n"),
    ])
}

fn released() -> Folder {
    let folder = guestbook();
    folder.git(&["tag", "-a", "1.0.0+1.27", "-m", "x"]);
    folder.git(&["push", "-q", "origin", "1.0.0+1.27"]);
    folder.write("compose.yml", &compose("1.1.0+1.28", "1.28"));
    folder
}

fn remote(folder: &Folder, args: &[&str]) -> String {
    git(&folder.remote(), args)
}

#[test]
fn a_release_is_a_commit_an_annotated_tag_and_a_push() {
    let folder = released();
    let planned = plan(&folder, &publish()).unwrap();
    assert_eq!(
        steps(&planned),
        [
            "move the notes from release/next to release/1.1.0+1.28",
            "commit compose.yml, release/1.1.0+1.28, release/next",
            "make the tag 1.1.0+1.28",
            "push main and 1.1.0+1.28 to origin",
        ]
    );
    assert_eq!(planned.notes.as_deref(), Some("Set GREETING.\n"));
    let released = run(&folder, &publish()).unwrap();
    assert_eq!(
        (released.recipe.as_str(), released.pushed),
        ("guestbook", true)
    );
    assert_eq!(released.previous.unwrap().as_str(), "1.0.0+1.27");
    assert_eq!(
        remote(&folder, &["rev-parse", "1.1.0+1.28^{commit}"]),
        released.commit
    );
    assert_eq!(remote(&folder, &["rev-parse", "main"]), released.commit);
    assert_eq!(
        remote(&folder, &["rev-parse", "1.1.0+1.28^{tree}"]),
        released.tree
    );
    assert_eq!(remote(&folder, &["cat-file", "-t", "1.1.0+1.28"]), "tag");
    assert_eq!(
        remote(&folder, &["log", "-1", "--format=%s"]),
        "chore: publish 1.1.0+1.28 release"
    );
    assert_eq!(folder.git(&["status", "--porcelain"]), "");
    assert!(!folder.has("release/next"));
    let tree = folder.checkout().tree("1.1.0+1.28").unwrap();
    assert_eq!(
        tree.read("release/1.1.0+1.28", 99).unwrap(),
        b"Set GREETING.\n"
    );
    let again = run(&folder, &publish()).unwrap();
    assert_eq!(again.commit, released.commit, "typed again it does nothing");
}

#[test]
fn a_step_writes_the_label_too() {
    let folder = released();
    let options = ReleaseOptions {
        wanted: Some(Wanted::Step(Bump::Patch)),
        notes: Some("mended".into()),
        ..ReleaseOptions::default()
    };
    let released = run(&folder, &options).unwrap();
    assert_eq!(released.version.as_str(), "1.0.1+1.28");
    assert!(!released.pushed);
    assert_eq!(folder.read("compose.yml"), compose("1.0.1+1.28", "1.28"));
    assert_eq!(folder.read("release/1.0.1+1.28"), "mended\n");
    assert_eq!(
        folder.read("release/next"),
        "Set GREETING.\n",
        "what gathers stays"
    );
    assert_eq!(remote(&folder, &["tag", "--list", "1.0.1*"]), "");
}

/// A hook that fails stands for a key that is missing, a server that is down: it is mended and the same command typed again.
#[test]
fn a_release_that_stopped_goes_on_where_it_stopped() {
    let folder = released();
    let fail = "#!/bin/sh\necho no such key >&2\nexit 1\n";
    let hooks = folder.path().join(".git/hooks");
    folder.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    let hook = |name: &str| {
        let path = hooks.join(name);
        std::fs::create_dir_all(&hooks).unwrap();
        std::fs::write(&path, fail).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        path
    };
    let stopped = |done: &[&str]| match run(&folder, &publish()).unwrap_err() {
        ReleaseError::Halfway {
            done: is, source, ..
        } => {
            assert_eq!(is, done);
            assert!(source.to_string().contains("no such key"), "{source}");
        }
        other => panic!("{other}"),
    };
    let commit = hook("pre-commit");
    stopped(&["notes in release/1.1.0+1.28"]);
    assert_eq!(
        steps(&plan(&folder, &publish()).unwrap())[0],
        "commit compose.yml, release/1.1.0+1.28, release/next"
    );
    std::fs::remove_file(commit).unwrap();
    // git has no hook for tags; a lock in the way does the same.
    let lock = folder.path().join(".git/refs/tags/1.1.0+1.28.lock");
    std::fs::write(&lock, "").unwrap();
    match run(&folder, &publish()).unwrap_err() {
        ReleaseError::Halfway { done, .. } => assert_eq!(done, ["committed"]),
        other => panic!("{other}"),
    }
    assert_eq!(
        steps(&plan(&folder, &publish()).unwrap()),
        [
            "make the tag 1.1.0+1.28",
            "push main and 1.1.0+1.28 to origin"
        ]
    );
    std::fs::remove_file(lock).unwrap();
    let push = hook("pre-push");
    stopped(&["tagged 1.1.0+1.28"]);
    assert_eq!(
        remote(&folder, &["tag", "--list", "1.1*"]),
        "",
        "both or neither"
    );
    assert_eq!(
        steps(&plan(&folder, &publish()).unwrap()),
        ["push main and 1.1.0+1.28 to origin"]
    );
    // Typed with a step it must not make one version more.
    let step = ReleaseOptions {
        wanted: Some(Wanted::Step(Bump::Minor)),
        ..publish()
    };
    assert_eq!(plan(&folder, &step).unwrap_err().code(), "AL-9451");
    std::fs::remove_file(push).unwrap();
    let named = ReleaseOptions {
        wanted: Some(Wanted::Exactly(RecipeVersion::parse("1.1.0+1.28").unwrap())),
        ..publish()
    };
    let released = run(&folder, &named).unwrap();
    assert_eq!(
        remote(&folder, &["rev-parse", "1.1.0+1.28^{commit}"]),
        released.commit
    );
    assert_eq!(
        folder.git(&["rev-list", "--count", "HEAD"]),
        "2",
        "one commit"
    );
}

#[test]
fn other_changes_are_named_and_not_committed() {
    let folder = released();
    folder.write("abra.sh", "export A=v1\n");
    folder.write("compose.new.yml", "services: {}\n");
    let error = plan(&folder, &publish()).unwrap_err();
    assert_eq!(error.code(), "AL-9450");
    assert!(
        error.to_string().ends_with("abra.sh, compose.new.yml"),
        "{error}"
    );
}

#[test]
fn a_tag_that_is_elsewhere_is_never_moved() {
    let folder = released();
    // Somebody else has released it from another commit meanwhile.
    let remote = folder.remote();
    git(
        &remote,
        &[
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@x.example",
            "tag",
            "-a",
            "1.1.0+1.28",
            "-m",
            "x",
            "main",
        ],
    );
    let error = plan(&folder, &publish()).unwrap_err();
    assert_eq!(error.code(), "AL-9453");
    assert!(error.to_string().contains("at origin"), "{error}");
    let folder = released();
    folder.git(&["tag", "-a", "1.1.0+1.28", "-m", "x"]);
    let named = ReleaseOptions {
        wanted: Some(Wanted::Exactly(RecipeVersion::parse("1.1.0+1.28").unwrap())),
        ..publish()
    };
    assert_eq!(
        plan(&folder, &named).unwrap_err().code(),
        "AL-9453",
        "the work tree is not what was tagged"
    );
    let folder = released();
    folder.git(&["commit", "-qam", "x"]);
    folder.git(&["tag", "1.1.0+1.28"]);
    let error = plan(&folder, &publish()).unwrap_err();
    assert!(matches!(error, ReleaseError::Lightweight { .. }), "{error}");
}

#[test]
fn a_branch_that_the_remote_refuses_leaves_no_tag_there() {
    let folder = released();
    let other = folder.path().with_file_name("other");
    git(
        folder.path().parent().unwrap(),
        &["clone", "-q", "-b", "main", "guestbook.git", "other"],
    );
    git(
        &other,
        &[
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@x.example",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "meanwhile",
        ],
    );
    git(&other, &["push", "-q", "origin", "main"]);
    let error = run(&folder, &publish()).unwrap_err();
    assert_eq!(error.code(), "AL-9454");
    assert_eq!(remote(&folder, &["tag", "--list", "1.1*"]), "");
}

#[test]
fn notes_are_needed_and_a_major_version_never_goes_without() {
    let folder = released();
    std::fs::remove_file(folder.path().join("release/next")).unwrap();
    folder.git(&["commit", "-qam", "no notes"]);
    let without = |bump| ReleaseOptions {
        wanted: Some(Wanted::Step(bump)),
        no_notes: true,
        ..ReleaseOptions::default()
    };
    assert_eq!(
        plan(&folder, &ReleaseOptions::default())
            .unwrap_err()
            .code(),
        "AL-9452"
    );
    assert!(
        plan(&folder, &without(Bump::Patch))
            .unwrap()
            .notes
            .is_none()
    );
    let major = plan(&folder, &without(Bump::Major)).unwrap_err();
    assert!(
        matches!(major, ReleaseError::NoNotes { major: true, .. }),
        "{major}"
    );
}

#[test]
fn what_cannot_be_released_says_why() {
    let folder = guestbook();
    folder.git(&["tag", "-a", "1.0.0+1.27", "-m", "x"]);
    folder.write("compose.yml", &compose("1.0.0+1.27", "1.28"));
    assert_eq!(
        plan(&folder, &publish()).unwrap_err().code(),
        "AL-9451",
        "the label is an old one"
    );
    folder.write("compose.yml", &compose("", "1.28"));
    assert_eq!(plan(&folder, &publish()).unwrap_err().code(), "AL-9441");
    let folder = released();
    folder.git(&["switch", "-q", "--detach"]);
    assert_eq!(plan(&folder, &publish()).unwrap_err().code(), "AL-9456");
    folder.git(&["switch", "-q", "main"]);
    folder.git(&["remote", "remove", "origin"]);
    assert_eq!(plan(&folder, &publish()).unwrap_err().code(), "AL-9456");
    assert!(
        plan(&folder, &ReleaseOptions::default()).is_ok(),
        "without a push it needs none"
    );
}

#[test]
fn a_folder_of_another_repository_is_no_clone() {
    let folder = released();
    folder.write("sub/compose.yml", "services: {}\n");
    let error = allot_workbench::checkout::Checkout::open(&folder.path().join("sub")).unwrap_err();
    assert_eq!(error.code(), "AL-9401");
    let lonely = tempfile::tempdir().unwrap();
    let error = allot_workbench::checkout::Checkout::open(lonely.path()).unwrap_err();
    assert_eq!(error.code(), "AL-9401");
}
