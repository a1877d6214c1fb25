//! The federation's table of members, contacts, and the files of an export that people write in too.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may fail like tests

use std::{fs, path::Path};

use allot_proto::agent::ExportResponse;
use assert_cmd::assert::Assert;

mod support;

use support::{MockAgent, Script, allot, documents, federation as fixtures, stderr, stdout};

fn script() -> Script {
    Script {
        federation: fixtures::status(),
        members: fixtures::members(),
        ..Script::default()
    }
}

fn run(agent: &MockAgent, args: &[&str]) -> Assert {
    allot(&agent.socket()).args(args).assert()
}

const TABLE: &str = "\
| Member | Paid | Contact |
|---|---|---|
| [Autonomic](https://autonomic.example) | \u{2705} | `@new:matrix.example.org` |
| Stranger | - | s@stranger.example |
";

fn table(text: &str) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("membership.md");
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (dir, path)
}

/// With contacts that the hub has told.
fn with_contacts() -> Script {
    let mut script = script();
    script.members.note.clear();
    script
}

#[test]
fn a_table_of_members_is_compared_and_changes_nothing() {
    let agent = MockAgent::start(with_contacts());
    let (_dir, path) = table(TABLE);
    let done = run(&agent, &["federation", "members", "import", &path]).success();
    let shown = stdout(&done);
    assert!(shown.contains("Stranger"), "{shown}");
    assert!(shown.contains("is not known to the log"), "{shown}");
    assert!(shown.contains("is not in the table"), "{shown}");
    let told = stderr(&done);
    for word in [
        "1 in the table are members, 1 are not; 1 are not in the table",
        "column Paid was not compared: say what it means with --column 'Paid=dues'",
        "a table makes nobody a member",
        "the table has @new:matrix.example.org for autonomic",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(!agent.was_asked("SetContactRequest"));
    let json = run(&agent, &["federation", "members", "import", &path, "-m"]).success();
    let document = &documents(&json)[0];
    assert_eq!(document["here"], 1);
    assert_eq!(document["columns"][0]["meaning"], serde_json::Value::Null);
    let named = [
        "federation",
        "members",
        "import",
        &path,
        "--column",
        "Paid=dues",
        "-m",
    ];
    let named = &documents(&run(&agent, &named).success())[0];
    assert_eq!(named["columns"][0]["meaning"], "dues");
}

#[test]
fn the_own_contact_of_a_table_is_taken_over_once_it_was_confirmed() {
    let agent = MockAgent::start(with_contacts());
    let (_dir, path) = table(TABLE);
    let import = ["federation", "members", "import", &path, "--take-contact"];
    run(&agent, &import).code(2);
    assert!(!agent.was_asked("SetContactRequest"));
    run(&agent, &[&import[..], &["--yes"]].concat()).success();
    let asked = "SetContactRequest { contact: \"@new:matrix.example.org\", remove: false }";
    assert!(agent.was_asked(asked));
    // What cannot be compared is not said to differ.
    let agent = MockAgent::start(script());
    let told = stderr(&run(&agent, &import).success());
    assert!(told.contains("note: the hub is away"), "{told}");
}

#[test]
fn a_file_without_a_table_and_a_column_that_is_not_there_are_refused() {
    let agent = MockAgent::start(script());
    let (_dir, path) = table("# Members\n\nNobody.\n");
    let refused = run(&agent, &["federation", "members", "import", &path]).code(1);
    assert!(stderr(&refused).contains("error[AL-8508]"));
    let (_dir, path) = table(TABLE);
    for column in ["Payed=dues", "Paid=money", "Paid"] {
        let import = ["federation", "members", "import", &path, "--column", column];
        run(&agent, &import).code(2);
    }
    run(&agent, &["federation", "members", "--all", "import", &path]).code(2);
}

#[test]
fn a_contact_is_removed_once_it_was_confirmed() {
    let agent = MockAgent::start(script());
    let remove = ["federation", "contact", "--remove"];
    run(&agent, &remove).code(2);
    assert!(!agent.was_asked("SetContactRequest"));
    let done = run(&agent, &[&remove[..], &["--yes"]].concat()).success();
    assert_eq!(stdout(&done), "contact removed\n");
    assert!(stderr(&done).contains("Remove the contact of autonomic"));
    assert!(agent.was_asked("SetContactRequest { contact: \"\", remove: true }"));
    run(&agent, &["federation", "contact"]).code(2);
    run(
        &agent,
        &["federation", "contact", "a@example.org", "--remove"],
    )
    .code(2);
}

fn exporting(files: &[(&str, &str)]) -> Script {
    let file = |(path, content): &(&str, &str)| ExportResponse {
        path: (*path).to_owned(),
        content: content.as_bytes().to_vec(),
    };
    Script {
        markdown: files.iter().map(file).collect(),
        ..script()
    }
}

fn content(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).unwrap()
}

#[test]
fn an_export_writes_its_part_of_a_file_and_leaves_the_rest() {
    let agent = MockAgent::start(exporting(&[
        ("passed/036.md", "thirty-six"),
        ("nav.yml", "- Resolutions:\n"),
        ("nav.yml", "    - Passed:\n"),
        ("membership.md", "| Member |\n"),
    ]));
    let dir = tempfile::tempdir().unwrap();
    let prose =
        "# Members\n\nAll of us:\n\n<!-- allot: begin -->\nold\n<!-- allot: end -->\n\nAsk.\n";
    fs::write(dir.path().join("membership.md"), prose).unwrap();
    let path = dir.path().to_str().unwrap();
    for _ in 0..2 {
        run(&agent, &["resolution", "export", path, "--members"]).success();
        assert_eq!(
            content(dir.path(), "nav.yml"),
            "# allot: begin\n- Resolutions:\n    - Passed:\n# allot: end\n"
        );
        assert_eq!(
            content(dir.path(), "membership.md"),
            prose.replace("old", "| Member |")
        );
    }
}

#[test]
fn an_export_writes_over_no_file_of_other_people() {
    let agent = MockAgent::start(exporting(&[
        ("passed/036.md", "thirty-six"),
        ("nav.yml", "- Resolutions:\n"),
    ]));
    let dir = tempfile::tempdir().unwrap();
    let theirs = "nav:\n  - Home: index.md\n";
    fs::write(dir.path().join("nav.yml"), theirs).unwrap();
    let refused = run(
        &agent,
        &["resolution", "export", dir.path().to_str().unwrap()],
    )
    .code(1);
    let told = stderr(&refused);
    assert!(told.contains("error[AL-7013]"), "{told}");
    assert!(
        told.contains("`# allot: begin` and `# allot: end`"),
        "{told}"
    );
    assert_eq!(content(dir.path(), "nav.yml"), theirs);
    assert!(
        !dir.path().join("passed").exists(),
        "nothing else was written either"
    );
}
