//! Proposals at a terminal, in an editor.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use allot_proto::{ErrorKind, status};
use assert_cmd::assert::Assert;

use crate::{
    last, run, script,
    support::{MockAgent, Script, federation as fixtures, stdout},
};

const NEW: &str = "propose --title Forge --days 20";

/// Runs `allot` on a terminal, typing `input`, with an editor that does `script` to its file `$1`.
pub fn at_a_terminal(
    agent: &MockAgent,
    dir: &Path,
    line: &str,
    script: &str,
    input: &str,
) -> Assert {
    let editor = dir.join("editor");
    fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let line = format!("{} resolution {line}", env!("CARGO_BIN_EXE_allot"));
    assert_cmd::Command::new("script")
        .args(["-q", "-e", "-E", "never", "-c", &line, "/dev/null"])
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .env("TMPDIR", dir)
        .env("EDITOR", &editor)
        .env("ALLOT_SOCKET", agent.socket())
        .timeout(std::time::Duration::from_secs(60))
        .write_stdin(input)
        .assert()
}

fn kept(dir: &Path) -> Option<PathBuf> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "md"))
}

#[test]
fn at_a_terminal_the_size_is_asked_and_the_text_is_written_in_an_editor() {
    let agent = MockAgent::start(script());
    let dir = tempfile::tempdir().unwrap();
    let done = at_a_terminal(
        &agent,
        dir.path(),
        NEW,
        "cp \"$1\" \"$TMPDIR/template\"; echo 'Adopt it.' >> \"$1\"",
        "huge\rmedium\ry\r",
    );
    let shown = stdout(&done.success());
    assert!(shown.contains("Sign and open it?"), "{shown}");
    let template = fs::read_to_string(dir.path().join("template")).unwrap();
    assert!(
        template.starts_with("<!-- The text of the resolution"),
        "{template}"
    );
    assert!(template.contains("## Summary"));
    let request = last(&agent);
    assert!(
        request.contains("text: \"## Summary\\n\\n## Details\\nAdopt it.\\n\""),
        "without the hint: {request}"
    );
    assert_eq!(kept(dir.path()), None, "what was sent is not kept");
}

#[test]
fn an_edited_text_is_kept_when_it_is_not_signed() {
    let append = "echo 'Adopt it.' >> \"$1\"";
    let agent = MockAgent::start(script());
    let dir = tempfile::tempdir().unwrap();
    let declined = at_a_terminal(&agent, dir.path(), NEW, append, "medium\rn\r").code(1);
    let file = kept(dir.path()).unwrap();
    assert!(stdout(&declined).contains(&format!("--text {}", file.display())));
    assert!(!agent.was_asked("ProposeRequest"));
    // What was kept is taken, without the editor's hint.
    let text = file.to_str().unwrap();
    let taken = [
        "propose", "--title", "x", "--size", "small", "--text", text, "-y",
    ];
    run(&agent, &taken).success();
    assert!(
        last(&agent).contains("text: \"## Summary"),
        "{}",
        last(&agent)
    );

    let refusing = MockAgent::start(Script {
        sign_error: Some(status(
            ErrorKind::Precondition,
            "AL-8412",
            &std::io::Error::other("the deadline is in the past"),
            None,
        )),
        ..script()
    });
    let dir = tempfile::tempdir().unwrap();
    let refused = at_a_terminal(&refusing, dir.path(), NEW, append, "medium\ry\r").code(1);
    assert!(stdout(&refused).contains("error[AL-8412]"));
    assert!(kept(dir.path()).is_some());
}

#[test]
fn a_text_that_was_not_written_is_not_proposed() {
    let agent = MockAgent::start(script());
    for nothing in ["true", ": > \"$1\"", "exit 3"] {
        let dir = tempfile::tempdir().unwrap();
        at_a_terminal(&agent, dir.path(), NEW, nothing, "medium\ry\r").code(1);
        assert_eq!(kept(dir.path()), None, "there is nothing to keep");
    }
    assert!(!agent.was_asked("ProposeRequest"));
}

#[test]
fn revising_at_a_terminal_opens_the_text() {
    let agent = MockAgent::start(Script {
        resolution: fixtures::draft(),
        ..script()
    });
    let dir = tempfile::tempdir().unwrap();
    let sed = "sed -i s/drafted/improved/ \"$1\"";
    at_a_terminal(&agent, dir.path(), "revise 41", sed, "y\r").success();
    assert!(last(&agent).contains("text: \"as it was improved\\n\""));
}
