//! Every error that a person can meet has a page in the book.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may panic like the test"
)]

use std::path::Path;

#[test]
fn every_error_code_has_a_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = [
        "src/error/mod.rs",
        "src/error/journal.rs",
        "src/error/index.rs",
        "src/error/blob.rs",
        "src/check.rs",
    ];
    let source: String = files
        .iter()
        .map(|file| std::fs::read_to_string(root.join(file)).unwrap())
        .collect();
    let mut codes: Vec<_> = source
        .match_indices("\"AL-3")
        .map(|(at, _)| &source[at + 1..at + 8])
        .collect();
    codes.sort_unstable();
    codes.dedup();
    assert!(codes.len() >= 24, "{codes:?}");
    for code in codes {
        let page =
            std::fs::read_to_string(root.join(format!("../../docs/errors/{code}.md"))).unwrap();
        assert!(page.starts_with(&format!("# {code}: ")), "{code}");
        for part in [
            "\nerror: ",
            "\nhelp: ",
            "\n## What happened",
            "\n## Why",
            "\n## What to do",
        ] {
            assert!(page.contains(part), "{code} lacks {part}");
        }
    }
}
