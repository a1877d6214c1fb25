use super::*;

fn who(readme: &str) -> Vec<(String, Option<String>)> {
    Readme::parse(readme)
        .maintainers
        .into_iter()
        .map(|m| (m.name, m.contact))
        .collect()
}

fn pair(name: &str, contact: &str) -> (String, Option<String>) {
    (
        name.to_owned(),
        (!contact.is_empty()).then(|| contact.to_owned()),
    )
}

#[test]
fn describes_a_recipe_with_the_first_paragraph_after_the_title() {
    let readme = Readme::parse(
        "# web\n\n[![Build](https://ci.example/b.svg)](https://ci.example/web)\n\n> https://web.example\n\nA [web](https://web.example)\nserver, `small`.\n\nMore.\n\n## Usage\n\nText.\n",
    );
    assert_eq!(readme.description.as_deref(), Some("A web server, small."));
    assert_eq!(readme.website.as_deref(), Some("https://web.example"));
    assert_eq!(readme.icon, None);
}

#[test]
fn reads_quoted_descriptions_underlined_titles_and_no_title() {
    let describe = |text: &str| Readme::parse(text).description;
    assert_eq!(describe("# a\n\n> A tool.\n"), Some("A tool.".to_owned()));
    assert_eq!(describe("a\n===\nA tool.\n"), Some("A tool.".to_owned()));
    assert_eq!(describe("A tool.\n\n# a\n"), Some("A tool.".to_owned()));
    assert_eq!(
        describe(
            "# a\n<!-- metadata -->\n\n* **Category**: Apps\n\n<!-- endmetadata -->\n\nA tool.\n"
        ),
        Some("A tool.".to_owned()),
        "items of the metadata are no paragraphs"
    );
}

#[test]
fn takes_neither_the_template_nor_later_sections_for_a_description() {
    let describe = |text: &str| Readme::parse(text).description;
    assert_eq!(
        describe("# a\n\n> One line description of the recipe\n"),
        None
    );
    assert_eq!(describe("# a\n\n## Usage\n\nRun it.\n"), None);
    assert_eq!(describe(""), None);
}

#[test]
fn shortens_a_description_that_never_ends() {
    let text = format!("# a\n\n{}\n", "word ".repeat(100_000));
    let description = Readme::parse(&text).description.expect("some");
    assert!(description.chars().count() <= 503, "{}", description.len());
}

#[test]
fn reads_website_and_icon_of_the_metadata() {
    let readme = Readme::parse(
        "# a\n\n> https://other.example\n\n<!-- metadata -->\n* **Website**: [a](https://a.example)\n* **Icon**: ![x](https://a.example/i.png)\n<!-- endmetadata -->\n",
    );
    assert_eq!(readme.website.as_deref(), Some("https://a.example"));
    assert_eq!(readme.icon.as_deref(), Some("https://a.example/i.png"));
    let odd = Readme::parse(
        "<!-- metadata -->\n* **Icon**: icon.png\n* **Website**: javascript:x\n<!-- endmetadata -->\n",
    );
    assert_eq!((odd.icon, odd.website), (None, None));
}

#[test]
fn reads_maintainers_with_their_contacts() {
    let block = |line: &str| {
        format!(
            "# a\n<!-- metadata -->\n* **Category**: Apps\n{line}\n* **Tests**: 2\n<!-- endmetadata -->\n"
        )
    };
    for (line, wanted) in [
        (
            "* **Maintainer**: [autonomic](mailto:team@autonomic.example)",
            vec![pair("autonomic", "team@autonomic.example")],
        ),
        (
            "- **Maintainers**: autonomic <team@autonomic.example>, [local-it](https://matrix.to/#/@it:local.example)",
            vec![
                pair("autonomic", "team@autonomic.example"),
                pair("local-it", "@it:local.example"),
            ],
        ),
        (
            "* **Maintainer**: [@sutty](https://git.example/sutty)",
            vec![pair("@sutty", "https://git.example/sutty")],
        ),
        (
            "* **Maintainer**: sutty ([git](https://git.example/sutty), [matrix](https://matrix.to/#/@s:sutty.example))",
            vec![pair("sutty", "@s:sutty.example")],
        ),
        (
            "* **Maintainer**: @s:sutty.example",
            vec![pair("@s:sutty.example", "@s:sutty.example")],
        ),
        (
            "* **Maintainer**: sutty and merri-bek (merri@bek.example)",
            vec![pair("sutty", ""), pair("merri-bek", "merri@bek.example")],
        ),
        (
            "* **Maintainers**:\n  * [autonomic](mailto:team@autonomic.example)\n  * merri-bek",
            vec![
                pair("autonomic", "team@autonomic.example"),
                pair("merri-bek", ""),
            ],
        ),
        (
            "* **Maintainer**: [a](mailto:a@a.example)\n* **Maintainer**: [b](mailto:b@b.example)",
            vec![pair("a", "a@a.example"), pair("b", "b@b.example")],
        ),
    ] {
        assert_eq!(who(&block(line)), wanted, "{line}");
    }
}

#[test]
fn reads_maintainers_of_a_section_and_of_a_sentence() {
    assert_eq!(
        who(
            "# a\n\n## Maintainers\n\n* [autonomic](mailto:team@autonomic.example)\n* sutty, @s:sutty.example\n\n## Use\n\n* not one\n"
        ),
        [
            pair("autonomic", "team@autonomic.example"),
            pair("sutty", ""),
            pair("@s:sutty.example", "@s:sutty.example")
        ]
    );
    assert_eq!(
        who("# a\n\nMaintained by local-it.\n"),
        [pair("local-it", "")]
    );
}

#[test]
fn nobody_is_nobody() {
    for line in [
        "",
        " ",
        "none",
        "N/A",
        "?",
        "-",
        "Looking for maintainers",
        "**help wanted**",
    ] {
        assert_eq!(
            who(&format!(
                "<!-- metadata -->\n* **Maintainer**: {line}\n* **Tests**: 1\n<!-- endmetadata -->\n"
            )),
            [],
            "{line}"
        );
    }
    assert_eq!(
        who("# a\n\n* The maintainer of this is away\n* Maintaining: hard\n"),
        []
    );
}

#[test]
fn only_mail_and_matrix_reach_a_maintainer() {
    let reached = |line: &str| {
        let readme = Readme::parse(&format!("* Maintainer: {line}\n"));
        readme.maintainers.iter().any(Maintainer::can_be_reached)
    };
    assert!(reached("[a](mailto:a@a.example)"));
    assert!(reached("a, @a:a.example"));
    assert!(!reached("[a](https://git.example/a)"));
    assert!(!reached("a"));
}

#[test]
fn bytes_that_are_no_text_are_replaced_and_told() {
    let readme = Readme::parse_bytes(b"# a\n\nCaf\xe9.\n");
    assert!(readme.lossy);
    assert_eq!(readme.description.as_deref(), Some("Caf\u{fffd}."));
    assert!(!Readme::parse_bytes(b"# a\n").lossy);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(?s)[#*>\\-\\[\\]()`<!: @a-zé\\n,]{0,200}") {
        let readme = Readme::parse(&text);
        proptest::prop_assert!(readme.maintainers.len() <= 20);
    }
}
