//! The federation's Markdown files.

use std::{fs, os::unix::fs::symlink};

use allot_proto::agent::{ExportResponse, ImportResponse, Recorded};
use insta::assert_snapshot;

use crate::{
    last, run, script,
    support::{MockAgent, Script, documents, federation as fixtures, stderr, stdout},
};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn importing(numbers: &[u32], refused: &[&str]) -> Script {
    Script {
        imported: ImportResponse {
            recorded: vec![Recorded {
                resolution: 0,
                warnings: vec![],
                ..fixtures::recorded("import")
            }],
            numbers: numbers.to_vec(),
            warnings: vec!["passed/001.md: its deadline is no date".into()],
            refused: refused.iter().map(|r| (*r).to_owned()).collect(),
        },
        ..script()
    }
}

#[test]
fn an_import_is_checked_and_shown_before_it_is_signed() {
    let agent = MockAgent::start(importing(&[1, 36], &["passed/002.md: it has no title"]));
    let dir = folder(&[("passed/001.md", "one"), ("passed/036.md", "more")]);
    let path = dir.path().to_str().unwrap();
    let checked = run(&agent, &["import", path, "--check"]).success();
    assert_snapshot!(format!("{}{}", stderr(&checked), stdout(&checked)));
    run(&agent, &["import", path]).code(2);
    assert!(
        agent
            .seen()
            .iter()
            .all(|s| s.request.contains("check: true"))
    );
    let done = run(&agent, &["import", path, "--yes"]).success();
    assert_snapshot!(
        "an_import_that_was_signed",
        format!("{}{}", stderr(&done), stdout(&done))
    );
    assert!(last(&agent).contains("path: \"passed/001.md\", content: [111, 110, 101]"));
    assert!(last(&agent).contains("check: false"));
    let json = run(&agent, &["import", path, "--yes", "-m"]).success();
    assert_eq!(documents(&json)[0]["numbers"], serde_json::json!([1, 36]));
}

#[test]
fn an_import_of_which_nothing_is_left_exits_with_1() {
    let agent = MockAgent::start(importing(&[], &["passed/001.md: it has no title"]));
    let dir = folder(&[("passed/001.md", "")]);
    symlink("/etc/passwd", dir.path().join("passed/002.md")).unwrap();
    let path = dir.path().to_str().unwrap();
    for args in [
        vec!["import", path, "--check"],
        vec!["import", path, "--yes"],
    ] {
        let refused = run(&agent, &args).code(1);
        let said = stderr(&refused);
        assert!(
            said.contains("refused: passed/002.md: it is a symbolic link"),
            "{said}"
        );
        assert!(
            said.contains("refused: passed/001.md: it has no title"),
            "{said}"
        );
        assert!(said.contains("error[AL-7010]: nothing can be imported: 2 files refused"));
    }
    let json = run(&agent, &["import", path, "--yes", "-m"]).code(1);
    let documents = documents(&json);
    assert_eq!(documents[0]["refused"].as_array().unwrap().len(), 2);
    assert_eq!(documents[1]["error"]["code"], "AL-7010");
    let known = MockAgent::start(importing(&[], &[]));
    let good = folder(&[("passed/001.md", "one")]);
    let nothing = run(&known, &["import", good.path().to_str().unwrap(), "-y"]).success();
    assert!(stderr(&nothing).contains("nothing to import"));
    assert!(
        known
            .seen()
            .iter()
            .all(|s| s.request.contains("check: true"))
    );
}

#[test]
fn an_import_of_nothing_readable_asks_nothing() {
    let agent = MockAgent::start(importing(&[1], &[]));
    let empty = tempfile::tempdir().unwrap();
    for path in ["/nonexistent", empty.path().to_str().unwrap()] {
        let refused = run(&agent, &["import", path, "--yes"]).code(1);
        assert!(stderr(&refused).contains("error[AL-7006]"));
    }
    run(&agent, &["import"]).code(2);
    assert!(agent.seen().is_empty());
}

#[test]
fn a_large_import_goes_in_batches() {
    let agent = MockAgent::start(importing(&[1], &[]));
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("passed")).unwrap();
    for n in 0..230 {
        fs::write(dir.path().join(format!("passed/{n:03}.md")), "x").unwrap();
    }
    run(&agent, &["import", dir.path().to_str().unwrap(), "--check"]).success();
    let sent: Vec<usize> = agent
        .seen()
        .iter()
        .map(|s| s.request.matches("MarkdownFile").count())
        .collect();
    assert_eq!(sent, [100, 100, 30]);
}

#[test]
fn an_import_that_breaks_off_says_what_is_in() {
    let agent = MockAgent::start(Script {
        sign_error: Some(tonic::Status::unavailable("gone")),
        ..importing(&[1, 2], &[])
    });
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("passed")).unwrap();
    for n in 0..150 {
        fs::write(dir.path().join(format!("passed/{n:03}.md")), "x").unwrap();
    }
    let broken = run(&agent, &["import", dir.path().to_str().unwrap(), "--yes"]).code(6);
    assert!(stderr(&broken).contains("2 resolutions imported before this; the others were not"));
    assert_eq!(stdout(&broken), "", "what is half done is no data");
}

fn exporting(files: &[(&str, &str)]) -> Script {
    Script {
        markdown: files
            .iter()
            .map(|(path, content)| ExportResponse {
                path: (*path).to_owned(),
                content: content.as_bytes().to_vec(),
            })
            .collect(),
        ..script()
    }
}

#[test]
fn an_export_writes_its_files_and_names_those_that_moved() {
    let agent = MockAgent::start(exporting(&[
        ("passed/036.md", "thirty-six"),
        ("nav.yml", "- nav"),
    ]));
    let dir = folder(&[
        ("in-progress/036.md", "old"),
        ("in-progress/041.md", "other"),
    ]);
    let path = dir.path().to_str().unwrap();
    let done = run(&agent, &["export", path, "36", "41", "--members"]).success();
    assert_eq!(stdout(&done), format!("2 files in {path}\n"));
    assert_eq!(
        stderr(&done),
        "warning: in-progress/036.md is of before: the resolution has moved, delete it\n"
    );
    assert_eq!(
        last(&agent),
        "ExportRequest { numbers: [36, 41], members: true, members_only: false }"
    );
    assert_eq!(
        fs::read_to_string(dir.path().join("passed/036.md")).unwrap(),
        "thirty-six"
    );
    assert!(
        dir.path().join("in-progress/036.md").exists(),
        "not ours to delete"
    );
    let json = run(&agent, &["export", path, "-m"]).success();
    let document = &documents(&json)[0];
    assert_eq!(
        document["files"],
        serde_json::json!(["nav.yml", "passed/036.md"])
    );
    assert_eq!(document["stale"], serde_json::json!(["in-progress/036.md"]));
}

#[test]
fn an_export_of_resolutions_never_leaves_its_folder() {
    for path in ["../owned.md", "/tmp/owned.md", "passed/owned.md", "link.md"] {
        let agent = MockAgent::start(exporting(&[(path, "owned")]));
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(dir.path().join("mine"), "mine").unwrap();
        symlink(dir.path(), out.join("passed")).unwrap();
        symlink(dir.path().join("mine"), out.join("link.md")).unwrap();
        let refused = run(&agent, &["export", out.to_str().unwrap()]).code(5);
        assert!(stderr(&refused).contains("error[AL-7011]"), "{path}");
        assert!(!dir.path().join("owned.md").exists(), "{path}");
        assert_eq!(fs::read(dir.path().join("mine")).unwrap(), b"mine");
    }
}
