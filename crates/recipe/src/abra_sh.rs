//! The exports of `abra.sh`, read line by line and never run (reference 3.4).
//!
//! abra looks for `export K=V` at the start of a line, so an indented export (inside a function) is none. Here quotes, a
//! comment and several assignments in one line are understood as well. What only a shell can know (`$VAR`, `$(…)`,
//! backticks) stays as written and is reported.

use std::collections::BTreeMap;

use crate::env::is_key;

/// What `abra.sh` exports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AbraExports {
    vars: BTreeMap<String, String>,
    warnings: Vec<ExportWarning>,
}

/// An export that could not be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportWarning {
    /// The line in `abra.sh`, from 1.
    pub line: usize,
    /// The variable.
    pub key: String,
    /// What was done about it.
    pub note: &'static str,
}

impl AbraExports {
    /// Reads the exports; every other line is ignored.
    pub fn parse(text: &str) -> Self {
        let mut exports = Self::default();
        for (index, line) in text.lines().enumerate() {
            if let Some(rest) = line
                .strip_prefix("export")
                .filter(|rest| rest.starts_with([' ', '\t']))
            {
                exports.read_line(index + 1, rest);
            }
        }
        exports
    }

    /// The exported variables.
    pub fn vars(&self) -> &BTreeMap<String, String> {
        &self.vars
    }

    /// Exports that could not be taken as they are.
    pub fn warnings(&self) -> &[ExportWarning] {
        &self.warnings
    }

    /// The environment of a deploy: the app's env, where `abra.sh` wins (reference 3.4).
    pub fn over(&self, mut env: BTreeMap<String, String>) -> BTreeMap<String, String> {
        env.extend(self.vars.iter().map(|(k, v)| (k.clone(), v.clone())));
        env
    }

    fn read_line(&mut self, line: usize, mut rest: &str) {
        loop {
            rest = rest.trim_start_matches([' ', '\t']);
            let Some((word, behind)) = word(rest) else {
                return;
            };
            rest = behind;
            let Some((key, value)) = word.text.split_once('=') else {
                continue;
            };
            if !is_key(key) {
                return;
            }
            let mut warn = |note| {
                self.warnings.push(ExportWarning {
                    line,
                    key: key.to_owned(),
                    note,
                })
            };
            if word.unclosed {
                warn("the quote is not closed on this line; the export is left out");
                return;
            }
            if word.needs_shell {
                warn("only a shell could expand the value; it is taken as written");
            }
            self.vars.insert(key.to_owned(), value.to_owned());
        }
    }
}

/// One word of a shell line.
struct Word {
    text: String,
    needs_shell: bool,
    unclosed: bool,
}

/// Takes the first word off a line, or nothing at a comment, a `;`, a `&` or the end.
fn word(line: &str) -> Option<(Word, &str)> {
    if line.is_empty() || line.starts_with(['#', ';', '&', '|']) {
        return None;
    }
    let mut word = Word {
        text: String::new(),
        needs_shell: false,
        unclosed: false,
    };
    let mut quote = None;
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (None, ' ' | '\t' | ';' | '&' | '|' | '\r') => {
                return Some((word, line.get(at..).unwrap_or_default()));
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if c == open => quote = None,
            (None | Some('"'), '\\') => word.text.extend(chars.next().map(|(_, c)| c)),
            (None | Some('"'), '$' | '`') => {
                word.needs_shell = true;
                word.text.push(c);
            }
            _ => word.text.push(c),
        }
    }
    word.unclosed = quote.is_some();
    Some((word, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(text: &str) -> Vec<(String, String)> {
        AbraExports::parse(text).vars.into_iter().collect()
    }

    #[test]
    fn reads_exports_and_nothing_else() {
        let text = "#!/bin/bash\nexport A_VERSION=v4\nexport B=\"v 5\" # note\nexport\tC='v6'\nexport D=v7 E=v8;rm -rf /\n  export INDENTED=no\nF=no\nexport G\nexported H=no\n# export I=no\nfoo() {\n  export J=no\n}\nexport K=v9\r\n";
        let wanted = [
            ("A_VERSION", "v4"),
            ("B", "v 5"),
            ("C", "v6"),
            ("D", "v7"),
            ("E", "v8"),
            ("K", "v9"),
        ];
        assert_eq!(
            vars(text),
            wanted.map(|(k, v)| (k.to_owned(), v.to_owned()))
        );
    }

    #[test]
    fn never_expands_what_only_a_shell_could() {
        let exports = AbraExports::parse(
            "export A=$(id)\nexport B=\"x$HOME\"\nexport C='$X'\nexport D=\"open\n",
        );
        assert_eq!(exports.vars().get("A").map(String::as_str), Some("$(id)"));
        assert_eq!(exports.vars().get("C").map(String::as_str), Some("$X"));
        assert!(!exports.vars().contains_key("D"));
        let lines: Vec<_> = exports.warnings().iter().map(|w| w.line).collect();
        assert_eq!(lines, [1, 2, 4]);
    }

    #[test]
    fn wins_over_the_env_of_the_app() {
        let env = BTreeMap::from([
            ("A".to_owned(), "env".to_owned()),
            ("B".to_owned(), "env".to_owned()),
        ]);
        let merged = AbraExports::parse("export A=sh").over(env);
        assert_eq!(merged.get("A").map(String::as_str), Some("sh"));
        assert_eq!(merged.get("B").map(String::as_str), Some("env"));
    }
}
