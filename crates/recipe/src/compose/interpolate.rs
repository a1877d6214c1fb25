//! Variables in a text: `$NAME`, `${NAME}` and the forms with `:-`, `-`, `:+`, `+`, `:?` and `?`.
//!
//! For a list, not for a deploy: what is not known stays as written instead of vanishing.

use std::collections::BTreeMap;

/// The most bytes between the braces of one variable.
const LONGEST_BODY: usize = 1024;
/// How deep defaults may lie within defaults.
const DEEPEST: usize = 8;
/// The most bytes that a text may grow to.
const LONGEST_TEXT: usize = 16 * 1024;

/// A mention of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub name: String,
    /// What stands in its place when nobody sets it; `None` when nothing does.
    pub fallback: Option<String>,
}

/// A text with its variables put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expanded {
    pub text: String,
    /// The variables that are not known and stayed as written.
    pub unknown: Vec<String>,
}

/// Puts `vars` into `text`.
pub(crate) fn expand(text: &str, vars: &BTreeMap<String, String>) -> Expanded {
    let mut expanded = Expanded {
        text: String::new(),
        unknown: Vec::new(),
    };
    push(text, vars, 0, &mut expanded);
    expanded
}

fn push(text: &str, vars: &BTreeMap<String, String>, depth: usize, out: &mut Expanded) {
    for token in Tokens(text) {
        let variable = match token {
            Token::Text(text) => {
                out.text.push_str(text);
                continue;
            }
            Token::Variable(variable) => variable,
        };
        if out.text.len() > LONGEST_TEXT || depth > DEEPEST {
            out.text.push_str(variable.source);
            continue;
        }
        let value = vars.get(variable.name);
        let filled = value.filter(|value| !value.is_empty());
        match (variable.operator, value, filled) {
            (":-", _, Some(value)) | ("-", Some(value), _) => out.text.push_str(value),
            (":-" | "-", ..) => push(variable.word, vars, depth + 1, out),
            (":+", _, Some(_)) | ("+", Some(_), _) => push(variable.word, vars, depth + 1, out),
            (":+" | "+", ..) => {}
            (":?", _, Some(value)) | ("" | "?", Some(value), _) => out.text.push_str(value),
            _ => {
                out.text.push_str(variable.source);
                out.unknown.push(variable.name.to_owned());
            }
        }
    }
}

/// Adds every variable that `text` mentions, those within defaults included.
pub(crate) fn references(text: &str, out: &mut Vec<Reference>) {
    collect(text, 0, out);
}

fn collect(text: &str, depth: usize, out: &mut Vec<Reference>) {
    if depth > DEEPEST {
        return;
    }
    for token in Tokens(text) {
        if let Token::Variable(variable) = token {
            let fallback = match variable.operator {
                ":-" | "-" => Some(variable.word.to_owned()),
                ":+" | "+" => Some(String::new()),
                _ => None,
            };
            out.push(Reference {
                name: variable.name.to_owned(),
                fallback,
            });
            if variable.operator != ":?" && variable.operator != "?" {
                collect(variable.word, depth + 1, out);
            }
        }
    }
}

enum Token<'a> {
    Text(&'a str),
    Variable(Variable<'a>),
}

struct Variable<'a> {
    source: &'a str,
    name: &'a str,
    operator: &'a str,
    word: &'a str,
}

/// The tokens of a text, from its start.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let (token, length) = match self.0.find('$') {
            Some(0) => dollar(self.0),
            Some(at) => (Token::Text(&self.0[..at]), at),
            None => (Token::Text(self.0), self.0.len()),
        };
        self.0 = &self.0[length..];
        Some(token)
    }
}

/// The token at the start of `text`, which is a `$`, and how many bytes it takes.
fn dollar(text: &str) -> (Token<'_>, usize) {
    let rest = &text[1..];
    if rest.starts_with('$') {
        return (Token::Text("$"), 2);
    }
    if let Some(variable) = rest.strip_prefix('{').and_then(|body| braced(text, body)) {
        let length = variable.source.len();
        return (Token::Variable(variable), length);
    }
    let name = &rest[..name_length(rest)];
    if name.is_empty() {
        return (Token::Text("$"), 1);
    }
    let length = 1 + name.len();
    let variable = Variable {
        source: &text[..length],
        name,
        operator: "",
        word: "",
    };
    (Token::Variable(variable), length)
}

fn braced<'a>(text: &'a str, body: &'a str) -> Option<Variable<'a>> {
    let end = closing_brace(body)?;
    let inside = &body[..end];
    let (name, rest) = inside.split_at(name_length(inside));
    let operator = [":-", ":+", ":?", "-", "+", "?"]
        .into_iter()
        .find(|operator| rest.starts_with(operator))
        .unwrap_or_default();
    let word = &rest[operator.len()..];
    let good = !name.is_empty() && (!operator.is_empty() || word.is_empty());
    good.then(|| Variable {
        source: &text[..end + 3],
        name,
        operator,
        word,
    })
}

/// Where the `}` stands that closes the braces, past those of variables within.
fn closing_brace(body: &str) -> Option<usize> {
    let mut open = 0usize;
    let mut dollar = false;
    for (at, byte) in body.bytes().enumerate().take(LONGEST_BODY) {
        match byte {
            b'{' if dollar => open += 1,
            b'}' if open == 0 => return Some(at),
            b'}' => open -= 1,
            _ => {}
        }
        dollar = byte == b'$';
    }
    None
}

fn name_length(text: &str) -> usize {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !text.starts_with(first) {
        return 0;
    }
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars() -> BTreeMap<String, String> {
        [("A", "a"), ("EMPTY", ""), ("V_1", "1.2")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into()
    }

    fn text(source: &str) -> String {
        expand(source, &vars()).text
    }

    #[test]
    fn puts_in_what_is_known() {
        for (source, wanted) in [
            ("web:$A", "web:a"),
            ("${A}-${V_1}", "a-1.2"),
            ("${REG:-x}:${VER:-1}-${F:-social}", "x:1-social"),
            ("${EMPTY:-x}${EMPTY-x}", "x"),
            ("${NO:-${A:-b}}${NO-${ALSO:-c}}", "ac"),
            ("${A:+yes}${EMPTY:+no}${EMPTY+set}${NO+no}", "yesset"),
            ("${A:?needed}${A?needed}", "aa"),
            ("$$A $${A}", "$A ${A}"),
            ("100$ $1 ${} ${1} ${A", "100$ $1 ${} ${1} ${A"),
            ("é${A}é", "éaé"),
        ] {
            assert_eq!(text(source), wanted, "{source}");
        }
    }

    #[test]
    fn leaves_what_is_not_known_as_written_and_names_it() {
        let expanded = expand("${REG}/web:${TAG:?set it}-$X", &vars());
        assert_eq!(expanded.text, "${REG}/web:${TAG:?set it}-$X");
        assert_eq!(expanded.unknown, ["REG", "TAG", "X"]);
        assert_eq!(expand("${EMPTY:?x}", &vars()).unknown, ["EMPTY"]);
    }

    #[test]
    fn lists_mentions_with_what_stands_in_for_them() {
        let mut found = Vec::new();
        references("${A:-${B:-b}} $C ${D:?${E}} $$F ${G+g}", &mut found);
        let found: Vec<_> = found
            .iter()
            .map(|r| (r.name.as_str(), r.fallback.as_deref()))
            .collect();
        assert_eq!(
            found,
            [
                ("A", Some("${B:-b}")),
                ("B", Some("b")),
                ("C", None),
                ("D", None),
                ("G", Some(""))
            ]
        );
    }

    #[test]
    fn stays_small_and_quick_whatever_it_is_given() {
        let vars = BTreeMap::from([("A".to_owned(), "x".repeat(10_000))]);
        assert!(expand(&"${A}".repeat(100_000), &vars).text.len() < 1_000_000);
        let nested = "${A:-".repeat(200_000);
        let mut found = Vec::new();
        references(&nested, &mut found);
        assert!(found.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(source in "[${}A-C:+?é\\-]{0,60}") {
            expand(&source, &vars());
            references(&source, &mut Vec::new());
        }
    }
}
