use super::*;

fn read(text: &str) -> EnvFile {
    EnvFile::parse("app.env", text).unwrap_or_else(|e| panic!("{text:?}: {e}"))
}

fn value(line: &str) -> String {
    read(line)
        .get("A")
        .unwrap_or_else(|| panic!("{line:?} sets no A"))
        .to_owned()
}

fn refused(text: &str) -> (String, String) {
    let error = EnvFile::parse("app.env", text).expect_err(text);
    assert_eq!(error.code(), "AL-1101");
    (error.to_string(), error.help().expect("a remedy"))
}

#[test]
fn reads_bare_values_up_to_a_comment() {
    for (line, wanted) in [
        ("A=b", "b"),
        ("A = b c  ", "b c"),
        ("A=b # note", "b"),
        ("A=b # one # two", "b"),
        ("A=b#c", "b#c"),
        ("A=#b", "#b"),
        ("A= # note", ""),
        ("A=", ""),
        ("A=\r\n", ""),
        ("A=b\r\nB=c", "b"),
        ("A: b", "b"),
        ("export A=b", "b"),
        ("\u{feff}A=b", "b"),
        ("A=/ /var/lib/docker", "/ /var/lib/docker"),
        ("A=tcp://h:1?x=y", "tcp://h:1?x=y"),
        ("A=it's", "it's"),
        ("A=a\\b", "a\\b"),
        ("---\nA=b", "b"),
    ] {
        assert_eq!(value(line), wanted, "{line:?}");
    }
}

#[test]
fn reads_quoted_values() {
    for (line, wanted) in [
        ("A='*/5 * * * *'", "*/5 * * * *"),
        ("A='b' # note", "b"),
        ("A=\"b # c\" # note", "b # c"),
        ("A=', `www.example.com`'", ", `www.example.com`"),
        ("A='$B ${B}'", "$B ${B}"),
        (r#"A="a\nb\"c\\d\$E""#, "a\nb\"c\\d$E"),
        ("A=\"a\nb\"", "a\nb"),
        ("A=\"a\r\nb\"", "a\nb"),
        ("A=''", ""),
        ("A=\"\\\n\tx\"", "\n\tx"),
    ] {
        assert_eq!(value(line), wanted, "{line:?}");
    }
}

#[test]
fn reads_words_that_a_shell_quoted() {
    // Each pair is a text and what Python's shlex.quote makes of it.
    for (word, wanted) in [
        (r#"'it'"'"'s'"#, "it's"),
        (r"'ends with \'", r"ends with \"),
        (r#"'\'"'"'x'"#, r"\'x"),
        (r#"''"'"''"#, "'"),
        (r#"'$A "b" `c`'"#, "$A \"b\" `c`"),
        (r"'a\' # note", r"a\"),
    ] {
        assert_eq!(value(&format!("A={word}")), wanted, "{word}");
    }
}

#[test]
fn keeps_the_escaped_single_quotes_of_godotenv() {
    assert_eq!(value(r"A='it\'s'"), r"it\'s");
}

#[test]
fn expands_only_what_the_file_sets_before() {
    let env = read(
        "B=x\nC=$B-${B}_\nD=${MISSING}y$HOME\nE=${N:-d}${B:-d}${B-d}\nF=\\$B\nG='$B'\nH=\"$B\"\n",
    );
    let get = |key| env.get(key).expect("set");
    assert_eq!(get("C"), "x-x_");
    assert_eq!(get("D"), "y");
    assert_eq!(get("E"), "dxx");
    assert_eq!(get("F"), "$B");
    assert_eq!(get("G"), "$B");
    assert_eq!(get("H"), "x");
    let undefined: Vec<_> = env
        .undefined()
        .iter()
        .map(|u| (u.name.as_str(), u.line))
        .collect();
    assert_eq!(undefined, [("MISSING", 3), ("HOME", 3)]);
}

#[test]
fn leaves_password_hashes_alone() {
    let hash = "admin:$2y$05$abc$apr1$x$(id)$";
    assert_eq!(value(&format!("A={hash}")), hash);
}

#[test]
fn lets_a_key_grow_in_terms_of_itself() {
    let env = read(
        "COMPOSE_FILE=\"compose.yml\"\nCOMPOSE_FILE=\"$COMPOSE_FILE:compose.pg.yml\"\n#COMPOSE_FILE=\"$COMPOSE_FILE:no.yml\"\nCOMPOSE_FILE=\"$COMPOSE_FILE:a/b.yml\"",
    );
    assert_eq!(
        env.get("COMPOSE_FILE"),
        Some("compose.yml:compose.pg.yml:a/b.yml")
    );
    assert_eq!(env.entries().len(), 3);
    assert_eq!(env.vars().len(), 1);
    assert_eq!(env.optional_entries().len(), 1);
}

#[test]
fn reads_modifiers_of_bare_and_quoted_values() {
    let env = read(
        "S=v1 # length=32 charset=alnum\nT=\"v2\" # keep it, generate=false\n# U=v1 # length=8\n",
    );
    assert_eq!(env.modifiers("S").get("length"), Some("32"));
    assert_eq!(env.modifiers("S").get("charset"), Some("alnum"));
    assert_eq!(env.modifiers("T").get("generate"), Some("false"));
    assert_eq!(env.optional_entries()[0].modifiers.get("length"), Some("8"));
    assert!(env.modifiers("X").is_empty());
}

#[test]
fn names_line_column_cause_and_remedy_of_a_broken_line() {
    let cases = [
        (
            "A=b\nFOO\n",
            "app.env:2:4: `FOO` is followed by neither `=` nor `:`",
            "write `FOO=` to set it to nothing, or `#` before it",
        ),
        (
            "A='b\n\n",
            "app.env:1:3: the value of A begins with ', which is never closed",
            "close it with '",
        ),
        (
            "ä=1",
            "app.env:1:1: a variable's name is expected here, found `ä`",
            "write KEY=value",
        ),
        (
            "A=\"b\"c",
            "app.env:1:6: text follows the closing quote of A",
            "put the whole value in one pair of quotes",
        ),
        (
            "A=b\nC=${B",
            "app.env:2:3: the value of C holds `${` that is not a variable: `}` is missing",
            "write ${NAME}",
        ),
        (
            "A=${B:?x}",
            "app.env:1:3: the value of A holds `${` that is not a variable: only `:-` and `-` may follow the name",
            "write ${NAME}",
        ),
        (
            "=b",
            "app.env:1:1: a variable's name is expected here, found `=`",
            "write KEY=value",
        ),
        (
            "A=a\0b",
            "app.env:1:3: the value of A holds a NUL character",
            "remove the NUL",
        ),
    ];
    for (text, message, remedy) in cases {
        let (said, help) = refused(text);
        assert_eq!(said, message);
        assert!(help.starts_with(remedy), "{help}");
    }
}

#[test]
fn refuses_a_value_that_doubles_with_each_line() {
    let bomb = format!("A=xxxxxxxx\n{}", "A=\"$A$A\"\n".repeat(60));
    assert!(refused(&bomb).0.contains("grows beyond"));
}

#[test]
fn reads_a_file_of_many_thousand_lines_at_once() {
    let text: String = (0..60_000).map(|i| format!("K{i}=\n")).collect();
    let env = read(&text);
    assert_eq!(env.entries().last().expect("the last line").line, 60_000);
    assert_eq!(crate::EnvSample::new(env).variables().len(), 60_000);
}

#[test]
fn refuses_bytes_that_are_no_text_and_files_that_are_too_large() {
    let error = EnvFile::parse_bytes("x", b"A=1\nB=\xff", 100).expect_err("not UTF-8");
    assert_eq!(
        (error.code(), error.to_string().contains("x:2")),
        ("AL-1102", true)
    );
    assert_eq!(
        EnvFile::parse_bytes("x", b"A=1234", 3)
            .expect_err("too large")
            .code(),
        "AL-1103"
    );
}

#[test]
fn sets_one_value_and_leaves_every_other_byte() {
    let text = "# top\nA=1 # length=3\n\nB='x'\r\n  A = \"2\"  # keep\n#C=3\nD=";
    let mut env = read(text);
    env.set("A", "new value").expect("set");
    assert_eq!(env.to_string(), text.replace("\"2\"", "'new value'"));
    env.set("D", "4").expect("set");
    env.set("C", "5").expect("set");
    assert!(env.source().ends_with("#C=3\nD=4\nC=5\n"), "{env}");
    env.set("B", "").expect("set");
    assert!(env.source().contains("B=\r\n"));
}

#[test]
fn sets_an_empty_value_before_its_comment() {
    let mut env = read("A= # note\n");
    env.set("A", "x y").expect("set");
    assert_eq!(env.source(), "A='x y' # note\n");
}

#[test]
fn unsets_every_line_of_a_key() {
    let mut env = read("A=1\nB=2\nA=\"x\ny\" # c\nC=3");
    assert!(env.unset("A").expect("unset"));
    assert_eq!(env.source(), "B=2\nC=3");
    assert!(!env.unset("A").expect("nothing to do"));
}

#[test]
fn refuses_keys_and_values_that_no_line_can_hold() {
    let mut env = EnvFile::empty("app.env");
    for (key, value) in [
        ("1A", "x"),
        ("A B", "x"),
        ("", "x"),
        ("A\nB", "x"),
        ("A", "x\0"),
    ] {
        assert_eq!(env.set(key, value).expect_err(key).code(), "AL-1104");
    }
    assert_eq!(env.source(), "");
}

#[test]
fn never_shows_a_value_in_debug_output() {
    assert!(!format!("{:?}", read("A=canary")).contains("canary"));
}

proptest::proptest! {
    #[test]
    fn what_was_set_reads_back(value in "[ -~\n\r\té'\"\\\\$#{}]{0,30}", before in "(A=[a-z]{0,3}( # c)?\n){0,3}") {
        let mut env = EnvFile::parse("x", &before).expect("plain");
        env.set("A", &value).expect("any text without NUL");
        proptest::prop_assert_eq!(env.get("A"), Some(value.as_str()));
    }

    #[test]
    fn what_a_shell_quoted_reads_back(value in "[ -~\t\u{e9}'\"\\\\$#`]{1,30}", behind in "( # note='x' \"y\")?") {
        // Python's shlex.quote.
        let quoted = format!("'{}'", value.replace('\'', "'\"'\"'"));
        let env = EnvFile::parse("x", &format!("A={quoted}{behind}\nB=1\n")).expect("quoted");
        proptest::prop_assert_eq!(env.get("A"), Some(value.as_str()));
        proptest::prop_assert_eq!(env.get("B"), Some("1"));
    }

    #[test]
    fn never_panics_and_keeps_the_source(text in "[A-C =#'\"\\\\\n\r$:{}x-]{0,60}") {
        if let Ok(env) = EnvFile::parse("x", &text) {
            proptest::prop_assert_eq!(env.source(), text.as_str());
        }
    }
}
