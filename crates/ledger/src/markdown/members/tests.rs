use proptest::prelude::*;

use super::*;
use crate::{
    entry::{Body, Kind, Profile},
    fed::{Fed, apply, slug},
    markdown::BadMarkdown,
};

/// The rows that were seen in May 2026 (reference/federation.md section 2.1), in a page such as theirs.
const SEEN: &str = "\
# Membership

These collectives are members; see [how to join](join.md) | contact us.

| Name | Dues paid | Waiver | Contact |
| :--- | :---: | :---: | --- |
| [MIR](https://mirnet.org) | ✅ | - | `@sixsmith:matrix.org` |
| [Red Abya Yala](https://abyayala.sutty.nl) | - | - | `@fauno:sutty.nl` |
| [Merri-bek tech](https://merri-bek.tech) | - | - | `coop-cloud-delegate@merri-bek.tech` |
| Amras | - | - | coop-cloud@joinmeonmy.quest |

Next | to | nothing | here
";

fn names(table: &Table) -> Vec<&str> {
    table.rows.iter().map(|row| row.name.as_str()).collect()
}

fn rows(text: &str) -> Vec<Row> {
    read(text.as_bytes()).unwrap().rows
}

#[test]
fn the_federations_own_table_reads() {
    let table = read(SEEN.as_bytes()).unwrap();
    assert_eq!(table.columns, ["Name", "Dues paid", "Waiver", "Contact"]);
    assert_eq!(
        names(&table),
        ["MIR", "Red Abya Yala", "Merri-bek tech", "Amras"]
    );
    let mir = &table.rows[0];
    assert_eq!(mir.website.as_deref(), Some("https://mirnet.org"));
    assert_eq!(mir.flags, [Flag::Yes, Flag::No]);
    assert_eq!(mir.contact.as_deref(), Some("@sixsmith:matrix.org"));
    let amras = &table.rows[3];
    assert_eq!(amras.website, None);
    assert_eq!(
        amras.contact.as_deref(),
        Some("coop-cloud@joinmeonmy.quest")
    );
    assert_eq!(table.warnings, Vec::<String>::new());
}

#[test]
fn a_table_reads_without_header_and_with_more_or_fewer_columns() {
    let bare = "[MIR](https://mirnet.org) | ✅ | - | @sixsmith:matrix.org\n";
    assert_eq!(rows(bare)[0].flags, [Flag::Yes, Flag::No]);
    let three = "| MIR | ✅ | [@a:b.c](https://matrix.to/#/@a:b.c) |";
    assert_eq!(rows(three)[0].flags, [Flag::Yes]);
    assert_eq!(rows(three)[0].contact.as_deref(), Some("@a:b.c"));
    let five = "| MIR | ✅\u{fe0f} | - | 2025 | <a@b.c> |";
    let [row] = &rows(five)[..] else {
        panic!("one row")
    };
    assert_eq!(row.contact.as_deref(), Some("a@b.c"));
    assert_eq!(
        row.flags,
        [Flag::Yes, Flag::No, Flag::Other("2025".to_owned())]
    );
    let empty_header = "| | | | |\n|-|-|-|-|\n| MIR | - | - | - |\n";
    let table = read(empty_header.as_bytes()).unwrap();
    assert_eq!((names(&table), table.columns.len()), (vec!["MIR"], 4));
}

#[test]
fn what_is_odd_in_a_table_is_told() {
    let text = "| A | yes | - | a@b.c |\n| B | - |\n|  | - | - | a@b.c |\n| C | - | - | ask them |\n| D | - | - | - |\n";
    let table = read(text.as_bytes()).unwrap();
    assert_eq!(names(&table), ["A", "C", "D"]);
    assert_eq!(
        table.warnings,
        [
            "line 1: `yes` is neither a tick nor `-`",
            "line 2 is left out: it does not have 3 to 5 columns",
            "line 3 is left out: it has no name",
            "line 4: `ask them` is neither a Matrix id nor an e-mail address",
            "line 5: D has no contact",
        ]
    );
}

#[test]
fn a_file_without_a_table_of_members_is_refused() {
    let code = |bytes: &[u8]| read(bytes).unwrap_err().code();
    assert_eq!(code(b""), "AL-8508");
    assert_eq!(code(b"# Membership\n\nNobody yet.\n"), "AL-8508");
    assert_eq!(code(b"| a | b |\n|---|---|\n| c | d |\n"), "AL-8508");
    assert_eq!(code(b"```\n| a | - | - | d |\n```\n"), "AL-8508");
    assert_eq!(code(b"<!doctype html>"), "AL-8503");
    assert_eq!(code(&vec![b'|'; 2 * 1024 * 1024]), "AL-8501");
    let many = "| a | - | - | a@b.c |\n".repeat(1_001);
    assert_eq!(read(many.as_bytes()), Err(BadMarkdown::TooManyRows));
}

/// `a` pays, `b` has a waiver, `c` does neither, `d` only applied, `e` left.
fn federation() -> Fed {
    let mut fed = Fed::of(&["a", "b", "c", "e"]);
    let paid_until = "2030-01-01".parse().unwrap();
    let collective = slug("a");
    fed.does(
        "hub",
        Body::Dues {
            collective,
            paid_until,
        },
    )
    .unwrap();
    fed.decides(Kind::WaiveDues {
        collective: slug("b"),
        until: None,
    });
    fed.does("d", apply("d", "d")).unwrap();
    fed.does("e", Body::Leave).unwrap();
    for (who, name, website) in [
        ("a", "MIR", Some("mirnet.org")),
        ("b", "Red Abya Yala", Some("https://abyayala.sutty.nl")),
        ("c", "A | B", Some("javascript:alert(1)")),
    ] {
        let profile = Profile {
            name: name.to_owned(),
            website: website.map(str::to_owned),
        };
        fed.does(who, Body::Profile(profile)).unwrap();
    }
    fed
}

#[test]
fn the_table_is_written_in_the_federations_form() {
    let fed = federation();
    let contact = |slug: &crate::Slug| match slug.as_str() {
        "a" => Some("@sixsmith:matrix.org".to_owned()),
        "b" => Some("first_last@sutty.nl".to_owned()),
        _ => None,
    };
    let table = write(&fed.state, "2027-01-01".parse().unwrap(), contact);
    assert_eq!(
        table,
        "\
| Member | Dues | Solidarity | Contact |
|---|---|---|---|
| [MIR](https://mirnet.org) | ✅ | - | @sixsmith:matrix.org |
| [Red Abya Yala](https://abyayala.sutty.nl) | - | ✅ | first_last@sutty.nl |
| A \\| B | - | - | - |
"
    );
    let read = read(table.as_bytes()).unwrap();
    assert_eq!(names(&read), ["MIR", "Red Abya Yala", "A | B"]);
    assert_eq!(read.rows[1].flags, [Flag::No, Flag::Yes]);
}

proptest! {
    #[test]
    fn the_table_reads_as_it_was_written(
        name in "[ -~äß€漢|<\\[\\]\\\\*_`]{0,30}[a-z0-9-]",
        site in "(https?://)?[a-z0-9.-]{1,20}\\.[a-z]{2,3}(/[a-z_~*?&=#%-]{0,10})?",
        contact in "@[a-z_*.=/-]{1,10}:[a-z.-]{1,10}[a-z]",
    ) {
        let mut fed = Fed::of(&["a"]);
        let profile = Profile { name: name.clone(), website: Some(site.clone()) };
        fed.does("a", Body::Profile(profile)).unwrap();
        let table = write(&fed.state, "2026-01-02".parse().unwrap(), |_| Some(contact.clone()));
        let rows = read(table.as_bytes()).unwrap().rows;
        let website = if site.starts_with("http") { site } else { format!("https://{site}") };
        prop_assert_eq!(rows, [Row {
            name: name.trim().to_owned(),
            website: Some(website),
            flags: vec![Flag::Yes, Flag::No],
            contact: Some(contact),
        }]);
    }

    #[test]
    fn bytes_of_any_kind_are_no_reason_to_panic(text in "[-| \\[\\]()`✅\\\\a:\n]{0,80}") {
        let _ = read(text.as_bytes());
    }
}
