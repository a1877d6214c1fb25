use proptest::prelude::*;

use super::*;
use crate::{
    entry::{Body, Choice, Imported, ImportedState, Kind, Size, Text},
    fed::{Fed, content},
    limits::MAX_INLINE_TEXT,
    markdown::{BadMarkdown, nav, source::tidy},
};

fn reads(path: &str, text: &str) -> Read {
    read(path, text.as_bytes()).unwrap()
}

fn code(path: &str, text: &str) -> &'static str {
    read(path, text.as_bytes()).unwrap_err().code()
}

/// As the template has it since 2023.
const NEW: &str = "\
---
title: \"Resolution 036: Democratic Tech Fund joins\"
---

- Topic: Democratic Tech Fund joins
- Date: 2026-01-19
- Deadline: 2026-02-02
- Passed on 2026-02-03
- Size: Large

## Summary

They would like to join.

## Details

- Who they are
- What they do
";

#[test]
fn the_new_form_reads() {
    let read = reads("docs/federation/resolutions/passed/036.md", NEW);
    assert_eq!(
        read.imported,
        Imported {
            number: 36,
            title: "Democratic Tech Fund joins".to_owned(),
            size: Some(Size::Large),
            state: ImportedState::Passed,
            date: "2026-01-19".to_owned(),
            deadline: "2026-02-02".to_owned(),
            passed_on: "2026-02-03".to_owned(),
            text: Text::Inline(read.text.clone()),
        }
    );
    assert!(read.text.starts_with("## Summary\n\nThey would"));
    assert!(read.text.ends_with("- What they do"));
    assert_eq!(read.warnings, Vec::<String>::new());
}

#[test]
fn the_old_form_reads() {
    let text = "\
# Resolution 001: Decision making process

- Topic: Decision making process
- Date: 03-03-2023
- Deadline: (live voting)
- Size: large

### Summary

One member, one vote.
";
    let read = reads("passed/001.md", text);
    let imported = &read.imported;
    assert_eq!((imported.number, imported.size), (1, Some(Size::Large)));
    assert_eq!(imported.title, "Decision making process");
    assert_eq!(
        (&*imported.date, &*imported.deadline, &*imported.passed_on),
        ("03-03-2023", "(live voting)", "")
    );
    assert_eq!(read.text, "### Summary\n\nOne member, one vote.");
}

#[test]
fn the_topic_of_013_is_found_where_it_is() {
    let text = "\
---
title: \"Resolution 013\"
---

- Budget 007: Operator sync
- Date: 2024-01-??
- Deadline: ???
- Size: Large

## Details (Budget 007)
";
    let read = reads("stalled/013.md", text);
    assert_eq!(read.imported.title, "Budget 007: Operator sync");
    assert_eq!(read.imported.date, "2024-01-??");
    assert_eq!(read.imported.deadline, "???");
    assert_eq!(read.text, "## Details (Budget 007)");
}

#[test]
fn the_lower_case_keys_of_040_are_read() {
    let text = "\
---
title: 'Resolution 040: A member''s Loomio'
---

- topic: A member hosts Loomio in place of dues
- date: 2026-05-28
- deadline: 2026-06-04
- size: large

## problem

Emoji.

## resolution

Loomio.
";
    let read = reads("in-progress/040.md", text);
    let imported = read.imported;
    assert_eq!(imported.state, ImportedState::InProgress);
    assert_eq!(imported.title, "A member hosts Loomio in place of dues");
    assert_eq!(imported.deadline, "2026-06-04");
    assert_eq!(imported.size, Some(Size::Large));
    assert!(read.text.starts_with("## problem"));
}

#[test]
fn values_that_are_missing_are_missing() {
    let text = "# Resolution 023\n\n* **Topic:** Improved project organisation\n* **Date**: ...\n* Deadline:\n* Size\n\ntext\n";
    let read = reads("drafts/023.md", text);
    let imported = &read.imported;
    assert_eq!(imported.title, "Improved project organisation");
    assert_eq!((&*imported.date, &*imported.deadline), ("...", ""));
    assert_eq!(imported.size, None);
    assert_eq!(read.warnings, ["it does not say its size"]);
    assert_eq!(read.text, "text");
    let empty = reads("drafts/024.md", "# Resolution 024: Kite-flying");
    assert_eq!((&*empty.imported.title, &*empty.text), ("Kite-flying", ""));
}

#[test]
fn what_is_not_understood_stays_in_the_text() {
    let text = "\
# Resolution 005: Public documentation

- Size: Small, then Medium
- Deadline: first of May
  or whenever we meet
- Deadline: 2023-05-20
- Facilitator: somebody

Published.
";
    let read = reads("passed/005.md", text);
    assert_eq!(read.imported.size, None);
    assert_eq!(read.imported.deadline, "first of May or whenever we meet");
    assert_eq!(
        read.text,
        "- Deadline: 2023-05-20\n- Facilitator: somebody\n- Size: Small, then Medium\n\nPublished."
    );
    assert_eq!(read.warnings.len(), 2, "{:?}", read.warnings);
}

#[test]
fn the_lists_of_the_text_are_not_the_list_of_keys() {
    let text = "# Resolution 007: Sync\n\n- Size: Large\n- Date: 2024-01-02\n\n- Sizes differ\n- Date and place are open\n\nPassed on to others.\n";
    let read = reads("passed/007.md", text);
    assert_eq!(read.imported.passed_on, "");
    assert_eq!(
        read.text,
        "- Sizes differ\n- Date and place are open\n\nPassed on to others."
    );
    let loose = "# Resolution 8: Sync\n\n- Size: Large\n\n- Date: 2024-01-02\n\nText.\n";
    assert_eq!(reads("passed/008.md", loose).imported.date, "2024-01-02");
}

#[test]
fn the_number_comes_from_the_name_or_the_title() {
    let titled = "# Resolution 12: Dues\n";
    assert_eq!(reads("passed/dues.md", titled).imported.number, 12);
    assert_eq!(reads("passed/012-dues.md", titled).imported.number, 12);
    assert_eq!(reads("passed\\012.md", "# Dues\n").imported.number, 12);
    let front = "---\ntitle: Resolution 012\n---\n\n# Resolution 012: Dues\n";
    assert_eq!(reads("passed/012.md", front).imported.title, "Dues");
    assert_eq!(
        read("passed/011.md", titled.as_bytes()),
        Err(BadMarkdown::TwoNumbers { one: 11, other: 12 })
    );
    let two = "---\ntitle: Resolution 012\n---\n\n# Resolution 013: Dues\n";
    assert_eq!(code("passed/012.md", two), "AL-8505");
    assert_eq!(code("passed/000.md", "# Dues"), "AL-8504");
    assert_eq!(code("passed/10000.md", "# Dues"), "AL-8504");
    assert_eq!(code("passed/99999999999.md", "# Dues"), "AL-8504");
    assert_eq!(code("passed/2024-03-29.md", "# Minutes"), "AL-8504");
    assert_eq!(code("passed/index.md", "# Resolutions"), "AL-8504");
}

#[test]
fn what_is_no_resolution_is_refused() {
    assert_eq!(
        code("passed/036.md", &"x".repeat(10 * 1024 * 1024)),
        "AL-8501"
    );
    assert_eq!(
        read("passed/036.md", b"# \xff").unwrap_err().code(),
        "AL-8502"
    );
    assert_eq!(code("passed/036.md", "<!DOCTYPE html>\n<html>"), "AL-8503");
    for nothing in [
        "",
        "\n\n",
        "only prose",
        "---\ntitle: Resolution 036\n---\n",
    ] {
        assert_eq!(code("passed/036.md", nothing), "AL-8506", "{nothing}");
    }
    let long = format!("# Resolution 036: {}", "x".repeat(201));
    assert_eq!(code("passed/036.md", &long), "AL-8506");
    for path in ["036.md", "resolutions/036.md", "passed/old/036.md", ""] {
        assert_eq!(code(path, NEW), "AL-8507", "{path}");
    }
}

#[test]
fn front_matter_that_does_not_end_is_told() {
    let read = reads(
        "passed/036.md",
        "---\ntitle: \"Resolution 036: Dues\"\n\nText.\n",
    );
    assert_eq!(read.imported.title, "Dues");
    assert!(read.text.ends_with("Text."));
    assert_eq!(read.warnings.len(), 2, "{:?}", read.warnings);
}

#[test]
fn a_long_text_is_named_by_its_hash() {
    let long = "word ".repeat(MAX_INLINE_TEXT / 5 + 1);
    let read = reads("passed/036.md", &format!("{NEW}\n{long}"));
    let Text::Stored { sha256, bytes } = read.imported.text else {
        panic!("{} bytes in the entry", read.text.len());
    };
    assert_eq!(sha256, crate::Digest::of(read.text.as_bytes()));
    assert_eq!(bytes, u64::try_from(read.text.len()).unwrap());
}

#[test]
fn a_file_that_was_read_is_written_as_it_was() {
    let fed = imported(vec![reads("passed/036.md", NEW).imported]);
    let read = reads("passed/036.md", NEW);
    let resolution = fed.state.resolution(36).unwrap();
    let written = write(&fed.state, resolution, &read.text);
    assert_eq!(written, ("passed/036.md".to_owned(), NEW.to_owned()));
}

fn imported(resolutions: Vec<Imported>) -> Fed {
    let mut fed = Fed::of(&["a", "b", "c"]);
    fed.does("a", Body::Import { resolutions }).unwrap();
    fed
}

/// One of each way to end, and one of each way not to have.
fn decisions() -> Fed {
    let mut fed = Fed::of(&["a", "b", "c", "d"]);
    let large = fed.proposes("a", Size::Large, Kind::Text);
    for (who, choice) in [
        ("a", Choice::For),
        ("b", Choice::For),
        ("c", Choice::For),
        ("d", Choice::Abstain),
    ] {
        fed.votes(who, large, choice).unwrap();
    }
    let exclude = Kind::Exclude {
        collective: crate::fed::slug("d"),
    };
    let without_effect = fed.proposes("a", Size::Large, exclude);
    for who in ["a", "b", "c"] {
        fed.votes(who, without_effect, Choice::For).unwrap();
    }
    let blocked = fed.proposes("b", Size::Medium, Kind::Text);
    let reason = Some("It costs | too <b>much</b>.\nAnd it is late.".to_owned());
    let against = Body::Vote {
        resolution: blocked,
        choice: Choice::Against,
        reason,
    };
    fed.does("c", against).unwrap();
    let stalled = fed.proposes("c", Size::Medium, Kind::Text);
    let escalate = Body::Escalate {
        resolution: stalled,
        reason: "it touches everybody".to_owned(),
    };
    fed.does("a", escalate).unwrap();
    let withdrawn = fed.proposes("a", Size::Medium, Kind::Text);
    fed.does("a", crate::fed::withdraw(withdrawn)).unwrap();
    fed.proposes("a", Size::Small, Kind::Text);
    fed.does("d", Body::Leave).unwrap();
    fed.days(14);
    fed.proposes("a", Size::Large, Kind::Text);
    fed.does("a", Body::Draft(content(Size::Large, Kind::Text)))
        .unwrap();
    fed
}

#[test]
fn decisions_of_the_log_are_written_with_their_results() {
    let fed = decisions();
    let all: Vec<_> = fed
        .state
        .resolutions()
        .values()
        .map(|r| write(&fed.state, r, "## Summary\n\nLet us."))
        .map(|(path, file)| format!("=== {path}\n{file}"))
        .collect();
    insta::assert_snapshot!(all.concat());
}

#[test]
fn the_navigation_lists_each_state_with_its_newest_first() {
    let fed = decisions();
    let yaml = nav(fed.state.resolutions().values(), "federation/resolutions/");
    insta::assert_snapshot!(yaml);
    assert_eq!(nav([], "x"), "- Resolutions: []\n");
}

#[test]
fn decisions_of_the_log_read_back() {
    let fed = decisions();
    for resolution in fed.state.resolutions().values() {
        let (path, file) = write(&fed.state, resolution, "## Summary\n\nLet us.");
        let read = reads(&path, &file);
        assert_eq!(read.imported.number, resolution.number);
        assert_eq!(read.imported.title, resolution.title);
        assert_eq!(read.imported.size, resolution.size);
        assert!(read.text.starts_with("## Summary\n\nLet us."));
        assert_eq!(read.warnings, Vec::<String>::new(), "{path}");
        // History keeps the result as text, and is written the same again.
        let again = imported(vec![read.imported.clone()]);
        let history = again.state.resolution(resolution.number).unwrap();
        assert_eq!(write(&again.state, history, &read.text), (path, file));
    }
}

fn line() -> impl Strategy<Value = String> {
    let plain = "[ -~]{0,40}";
    let odd = r#"[-:"'\\#*_?.|<>&%@!{}\[\] ]{0,8}[äß€漢\u{2028}]{0,2}[a-z]{0,4}"#;
    let keys =
        "(Topic|date|Deadline|Passed on|Size|Resolution 7|- Size|Large)( |:|: )[a-z0-9]{0,5}";
    prop_oneof![plain, odd, keys].prop_map(|line: String| line.trim().to_owned())
}

fn text() -> impl Strategy<Value = String> {
    let item = line().prop_map(|l| format!("- {l}"));
    let marks = prop::sample::select(vec![
        "",
        "---",
        "<!-- text -->",
        "    code",
        "# Heading",
        "===",
        "- ",
        "\t",
        "\r",
    ]);
    let any = prop_oneof![3 => line(), 2 => item, 2 => marks.prop_map(str::to_owned)];
    prop::collection::vec(any, 0..8).prop_map(|lines| lines.join("\n"))
}

fn anything() -> impl Strategy<Value = Imported> {
    let size = prop::sample::select(vec![
        None,
        Some(Size::Small),
        Some(Size::Medium),
        Some(Size::Large),
    ]);
    let state = prop::sample::select(vec![
        ImportedState::Draft,
        ImportedState::InProgress,
        ImportedState::Passed,
        ImportedState::Stalled,
        ImportedState::Rejected,
        ImportedState::Withdrawn,
    ]);
    let dates = (line(), line(), line());
    let title = line().prop_filter("a title says something", |t| !t.is_empty());
    (1..10_000u32, title, size, state, dates, text()).prop_map(
        |(number, title, size, state, (date, deadline, passed_on), text)| Imported {
            number,
            title,
            size,
            state,
            date,
            deadline,
            passed_on,
            text: Text::of(&tidy(&text)).unwrap(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_was_written_reads_back_the_same(one in anything()) {
        let fed = imported(vec![one.clone()]);
        let Text::Inline(text) = &one.text else {
            panic!("the texts here are short");
        };
        let (path, file) = write(&fed.state, fed.state.resolution(one.number).unwrap(), text);
        let read = read(&path, file.as_bytes()).unwrap();
        prop_assert_eq!(&read.imported, &one, "{}", file);
        // Other YAML readers find the same title as ours does.
        let front = file.split("---\n").nth(1).unwrap();
        let front: std::collections::BTreeMap<String, String> = serde_saphyr::from_str(front).unwrap();
        prop_assert_eq!(&front["title"], &full_title(fed.state.resolution(one.number).unwrap()));
    }

    #[test]
    fn a_navigation_is_yaml_whatever_the_titles(all in prop::collection::btree_map(1..10_000u32, anything(), 1..5)) {
        let all: Vec<_> = all.into_iter().map(|(number, one)| Imported { number, ..one }).collect();
        let fed = imported(all.clone());
        let yaml = nav(fed.state.resolutions().values(), "federation/resolutions");
        type Group = std::collections::BTreeMap<String, Vec<std::collections::BTreeMap<String, String>>>;
        let nav: Vec<std::collections::BTreeMap<String, Vec<Group>>> = serde_saphyr::from_str(&yaml).unwrap();
        let groups = nav[0]["Resolutions"].iter().flat_map(|group| group.values());
        prop_assert_eq!(groups.flatten().count(), all.len());
    }

    #[test]
    fn what_reads_is_taken_by_the_rules(text in text(), head in text(), number in 1..10_000u32) {
        let path = format!("stalled/{number:03}.md");
        if let Ok(read) = read(&path, format!("{head}\n{text}").as_bytes()) {
            let fed = imported(vec![read.imported]);
            prop_assert_eq!(fed.state.resolutions().len(), 1);
        }
    }
}
