//! Variables in text: `$NAME`, `${NAME}` and the forms with an operator.
//!
//! The grammar is the docker CLI's, with three additions (rows `nested-default`,
//! `alternative-value` and `first-operator` of `docs/reference/compose.md`).

use std::collections::BTreeMap;

use crate::decode::Context;
use crate::error::StackError;
use crate::limits::Limits;
use crate::outline::Fallback;
use crate::warning::WarningKind;
use crate::yaml::{Mark, Node, Value};

/// Puts variables into every text below `node`. Keys are left alone.
///
/// # Errors
/// A missing required variable, a `$` that starts no variable, or text over the limit.
pub(crate) fn interpolate(
    node: &mut Node,
    env: &BTreeMap<String, String>,
    limits: &Limits,
    ctx: &Context,
) -> Result<(), StackError> {
    Interpolation { env, limits, ctx }.walk(node, "")
}

struct Interpolation<'a> {
    env: &'a BTreeMap<String, String>,
    limits: &'a Limits,
    ctx: &'a Context,
}

impl Interpolation<'_> {
    fn walk(&self, node: &mut Node, path: &str) -> Result<(), StackError> {
        match &mut node.value {
            Value::Text(text) if text.contains('$') => {
                let replaced = self.text(text, path, node.mark)?;
                if replaced != *text {
                    *text = replaced;
                    node.interpolated = true;
                }
                Ok(())
            }
            Value::List(items) => items
                .iter_mut()
                .enumerate()
                .try_for_each(|(i, item)| self.walk(item, &format!("{path}[{i}]"))),
            Value::Map(entries) => entries.iter_mut().try_for_each(|entry| {
                let dot = if path.is_empty() { "" } else { "." };
                self.walk(&mut entry.value, &format!("{path}{dot}{}", entry.key))
            }),
            _ => Ok(()),
        }
    }

    fn text(&self, text: &str, path: &str, mark: Mark) -> Result<String, StackError> {
        let at = At { path, mark };
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut broken = None;
        while let Some(dollar) = rest.find('$') {
            out.push_str(&rest[..dollar]);
            rest = &rest[dollar + 1..];
            let token = next_token(rest, self.limits.depth);
            rest = &rest[token.len(rest)..];
            match token {
                Token::TooDeep => return Err(self.too_deep()),
                Token::Escaped => out.push('$'),
                Token::Named(body) | Token::Braced(body) => {
                    self.warn_about_greedy(&token, &at);
                    out.push_str(&self.value(body, &at, 0)?);
                    // The docker CLI forgets an earlier bad `$` when a good one follows it, and
                    // deploys the text without that `$`. Stacks live with that, so it is kept.
                    if broken.take().is_some() {
                        self.ctx.warn(WarningKind::Ambiguous, path, mark, "a `$` that starts no variable is dropped; write `$$` for a dollar sign");
                    }
                }
                Token::Bad => broken = Some(rest),
            }
            if out.len() > self.limits.interpolated_bytes {
                return Err(self.ctx.too_much(
                    "one text after interpolation, in bytes,",
                    self.limits.interpolated_bytes,
                ));
            }
        }
        if broken.is_some() {
            return Err(self.bad(&at, text, "this `$` starts no variable"));
        }
        out.push_str(rest);
        Ok(out)
    }

    fn too_deep(&self) -> StackError {
        self.ctx
            .too_much("the depth of nested variables", self.limits.depth)
    }

    fn bad(&self, at: &At<'_>, text: &str, reason: &'static str) -> StackError {
        StackError::BadTemplate {
            place: self.ctx.place(at.mark),
            path: at.path.to_owned(),
            text: text.chars().take(80).collect(),
            reason,
        }
    }

    fn warn_about_greedy(&self, token: &Token<'_>, at: &At<'_>) {
        if let Token::Named(body) = token
            && let Some((name, _)) = split_operator(body)
        {
            let message = format!(
                "`${body}` is read as `${{{body}}}`, a variable with a default; write `${{{name}}}` if the rest is text"
            );
            self.ctx
                .warn(WarningKind::Ambiguous, at.path, at.mark, message);
        }
    }

    /// The value of what stands between the braces.
    fn value(&self, body: &str, at: &At<'_>, depth: usize) -> Result<String, StackError> {
        if depth > self.limits.depth {
            return Err(self.too_deep());
        }
        let (name, operator) = split_operator(body).unwrap_or((body, Operator::None));
        let value = self.env.get(name);
        let filled = value.filter(|v| !v.is_empty());
        match operator {
            Operator::None => {
                if value.is_none() {
                    self.ctx.unset(name, at.path, at.mark);
                }
                Ok(value.cloned().unwrap_or_default())
            }
            Operator::DefaultIfEmpty(default) => {
                filled.map_or_else(|| self.nested(default, at, depth), |v| Ok(v.clone()))
            }
            Operator::DefaultIfUnset(default) => {
                value.map_or_else(|| self.nested(default, at, depth), |v| Ok(v.clone()))
            }
            Operator::IfFilled(text) => {
                filled.map_or(Ok(String::new()), |_| self.nested(text, at, depth))
            }
            Operator::IfSet(text) => {
                value.map_or(Ok(String::new()), |_| self.nested(text, at, depth))
            }
            Operator::RequireFilled(message) => filled
                .cloned()
                .ok_or_else(|| self.missing(name, message, at)),
            Operator::RequireSet(message) => value
                .cloned()
                .ok_or_else(|| self.missing(name, message, at)),
        }
    }

    fn missing(&self, name: &str, message: &str, at: &At<'_>) -> StackError {
        StackError::MissingVariable {
            place: self.ctx.place(at.mark),
            path: at.path.to_owned(),
            name: name.to_owned(),
            message: message.to_owned(),
        }
    }

    /// A default with `${...}` in it. Only that form is expanded: `$NAME` and `$$` in a default
    /// stay as they are, as the docker CLI leaves them.
    fn nested(&self, text: &str, at: &At<'_>, depth: usize) -> Result<String, StackError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            out.push_str(&rest[..dollar]);
            rest = &rest[dollar..];
            let taken = if rest.starts_with("$$") {
                out.push_str("$$");
                2
            } else if let Token::Braced(body) = next_token(&rest[1..], self.limits.depth) {
                out.push_str(&self.value(body, at, depth + 1)?);
                body.len() + 3
            } else {
                out.push('$');
                1
            };
            rest = &rest[taken..];
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Calls `f` for each variable of a text, and for those in defaults as deep as they would be read.
pub(crate) fn each_variable(text: &str, f: &mut impl FnMut(&str, Fallback)) {
    variables_of(text, 0, f);
}

fn variables_of(text: &str, depth: usize, f: &mut impl FnMut(&str, Fallback)) {
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        rest = &rest[dollar + 1..];
        let token = next_token(rest, Limits::default().depth);
        rest = &rest[token.len(rest)..];
        match token {
            // Loading the file refuses it.
            Token::TooDeep => return,
            Token::Braced(body) => variable(body, depth, f),
            // Within a default only the form with braces is a variable.
            Token::Named(body) if depth == 0 => variable(body, depth, f),
            _ => {}
        }
    }
}

fn variable(body: &str, depth: usize, f: &mut impl FnMut(&str, Fallback)) {
    let (name, operator) = split_operator(body).unwrap_or((body, Operator::None));
    match operator {
        Operator::None => f(name, Fallback::Empty),
        Operator::RequireFilled(_) | Operator::RequireSet(_) => f(name, Fallback::Refused),
        Operator::DefaultIfEmpty(inside)
        | Operator::DefaultIfUnset(inside)
        | Operator::IfFilled(inside)
        | Operator::IfSet(inside) => {
            f(name, Fallback::Given);
            if depth < Limits::default().depth {
                variables_of(inside, depth + 1, f);
            }
        }
    }
}

struct At<'a> {
    path: &'a str,
    mark: Mark,
}

/// What follows a `$`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Escaped,
    Named(&'a str),
    Braced(&'a str),
    Bad,
    /// More variables are open at once than may be.
    TooDeep,
}

impl Token<'_> {
    /// Bytes of the token after its `$`.
    fn len(&self, _rest: &str) -> usize {
        match self {
            Self::Escaped => 1,
            Self::Named(body) => body.len(),
            Self::Braced(body) => body.len() + 2,
            Self::Bad | Self::TooDeep => 0,
        }
    }
}

/// Reads the token after a `$`, with at most `most` variables open within each other.
fn next_token(rest: &str, most: usize) -> Token<'_> {
    if rest.starts_with('$') {
        return Token::Escaped;
    }
    if let Some(inside) = rest.strip_prefix('{') {
        let name = name_length(inside);
        if name == 0 {
            return Token::Bad;
        }
        let after = &inside[name..];
        if after.starts_with('}') {
            return Token::Braced(&inside[..name]);
        }
        if operator_length(after, true) == 0 {
            return Token::Bad;
        }
        return match closing_brace(inside, most) {
            Closing::At(end) => Token::Braced(&inside[..end]),
            Closing::Nowhere => Token::Bad,
            Closing::TooDeep => Token::TooDeep,
        };
    }
    let name = name_length(rest);
    if name == 0 {
        return Token::Bad;
    }
    // Without braces the docker CLI takes an operator too, and everything up to a `}`.
    if operator_length(&rest[name..], false) > 0 {
        let end = rest[name..].find('}').map_or(rest.len(), |at| name + at);
        return Token::Named(&rest[..end]);
    }
    Token::Named(&rest[..name])
}

/// Where the `}` of a `${` stands.
enum Closing {
    At(usize),
    Nowhere,
    TooDeep,
}

/// Finds the `}` past those of nested `${`. Without a bound on the nesting, a text of nothing but `${A:-` would be read
/// to its end once for each of them.
fn closing_brace(inside: &str, most: usize) -> Closing {
    let bytes = inside.as_bytes();
    let mut open = 0usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'$' if bytes.get(at + 1) == Some(&b'$') => at += 1,
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                open += 1;
                if open > most {
                    return Closing::TooDeep;
                }
                at += 1;
            }
            b'}' if open == 0 => return Closing::At(at),
            b'}' => open -= 1,
            _ => {}
        }
        at += 1;
    }
    // An unfinished `${` inside a default is text, as it is for the docker CLI.
    match inside.find('}') {
        Some(end) if open > 0 => Closing::At(end),
        _ => Closing::Nowhere,
    }
}

fn name_length(text: &str) -> usize {
    let starts = text.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
    if !starts {
        return 0;
    }
    text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric())
        .unwrap_or(text.len())
}

fn operator_length(text: &str, alternatives: bool) -> usize {
    let colon = usize::from(text.starts_with(':'));
    match text.as_bytes().get(colon) {
        Some(b'-' | b'?') => colon + 1,
        Some(b'+') if alternatives => colon + 1,
        _ => 0,
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator<'a> {
    None,
    DefaultIfEmpty(&'a str),
    DefaultIfUnset(&'a str),
    RequireFilled(&'a str),
    RequireSet(&'a str),
    IfFilled(&'a str),
    IfSet(&'a str),
}

/// Splits `NAME:-default` and its kin at the first operator.
fn split_operator(body: &str) -> Option<(&str, Operator<'_>)> {
    let (name, rest) = body.split_at(name_length(body));
    let length = operator_length(rest, true);
    let (operator, argument) = rest.split_at(length);
    let operator = match operator {
        ":-" => Operator::DefaultIfEmpty(argument),
        "-" => Operator::DefaultIfUnset(argument),
        ":?" => Operator::RequireFilled(argument),
        "?" => Operator::RequireSet(argument),
        ":+" => Operator::IfFilled(argument),
        "+" => Operator::IfSet(argument),
        _ => return None,
    };
    Some((name, operator))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env() -> BTreeMap<String, String> {
        [("A", "aval"), ("B", "bval"), ("E", ""), ("TAG", "1.2")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into()
    }

    fn run(text: &str) -> Result<String, StackError> {
        let ctx = Context::new("compose.yml");
        let env = env();
        let limits = Limits::default();
        Interpolation {
            env: &env,
            limits: &limits,
            ctx: &ctx,
        }
        .text(text, "services.a.image", Mark { line: 1, column: 1 })
    }

    #[test]
    fn variables_are_replaced_as_the_docker_cli_replaces_them() {
        for (text, value) in [
            ("$A ${A}", "aval aval"),
            ("$$A $${A}", "$A ${A}"),
            ("${U:-x}${E:-x}${A:-x}", "xxaval"),
            ("${U-x}${E-x}${A-x}", "xaval"),
            ("${A:?e}${A?e}${E?e}", "avalaval"),
            ("$a${b}$U", ""),
            ("$A-suffix z", "aval"),
            ("foo:$TAG-alpine", "foo:1.2"),
            ("${U:-{x}}", "{x}"),
            ("${U:-a$$b}", "a$$b"),
            ("${U:-$B}", "$B"),
            ("$! ${B}", "! bval"),
            ("${U:-}", ""),
        ] {
            assert_eq!(run(text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn defaults_nest_and_alternatives_work() {
        for (text, value) in [
            ("${U:-${B}}", "bval"),
            ("${U:-Host(`${B}`)}", "Host(`bval`)"),
            ("${U:-${V:-${A}}}x", "avalx"),
            ("${A:+yes}${E:+no}${U:+no}", "yes"),
            ("${A+yes}${E+yes}${U+no}", "yesyes"),
            ("${A:+${B}}", "bval"),
            ("${A:?must-be-set}", "aval"),
        ] {
            assert_eq!(run(text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn a_text_of_open_variables_is_refused_before_it_is_read_again_and_again() {
        let started = std::time::Instant::now();
        for text in ["${A:-".repeat(200_000), "${A:-${B} ".repeat(100_000)] {
            assert_eq!(run(&text).unwrap_err().code(), "AL-2002");
        }
        // Each text once takes milliseconds; once for each variable in it would take hours.
        assert!(started.elapsed().as_secs() < 10);
    }

    #[test]
    fn variables_may_be_open_within_each_other_as_deep_as_the_limit() {
        let nested = |depth: usize| format!("{}x{}", "${U:-".repeat(depth), "}".repeat(depth));
        assert_eq!(run(&nested(60)).unwrap(), "x");
        assert_eq!(run(&nested(70)).unwrap_err().code(), "AL-2002");
    }

    #[test]
    fn a_missing_required_variable_names_place_variable_and_message() {
        let error = run("${U:?set it}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "compose.yml:1:1: services.a.image: variable U has no value: set it"
        );
        assert_eq!(error.help().unwrap(), "Set U in the app's env.");
        assert_eq!(run("${E:?}").unwrap_err().code(), "AL-2003");
    }

    #[test]
    fn a_dollar_that_starts_no_variable_is_refused() {
        for text in ["$", "a$", "$1", "${}", "${A b}", "${A.b}", "${A:-b", "$!"] {
            assert_eq!(run(text).unwrap_err().code(), "AL-2004", "{text}");
        }
    }
}
