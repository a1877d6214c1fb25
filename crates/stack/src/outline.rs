//! A compose file as it is written: before variables are put in and types are looked at.
//!
//! The model says what a stack comes to; some questions are about the text itself: which variables
//! stand where, what stands twice in a list, what a key looks like. Anchors and merges are
//! resolved, each value keeps the place where it is written.

use crate::error::{Place, StackError};
use crate::interpolate;
use crate::limits::Limits;
use crate::yaml::{self, Mark, Node, Value, format_float};

/// One step of the way from the top of a document to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key of a mapping.
    Key(String),
    /// An item of a list, from 0.
    Item(usize),
}

/// A value of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The way to it.
    pub path: Vec<Step>,
    /// Where its key stands, or the item of a list.
    pub place: Place,
    /// What is written there, when it is one word or text; `None` for nothing, lists and mappings.
    pub text: Option<String>,
}

impl Step {
    /// The key, when it is one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Item(_) => None,
        }
    }
}

impl Written {
    /// The names of the keys on the way, `None` for an item of a list.
    pub fn keys(&self) -> Vec<Option<&str>> {
        self.path.iter().map(Step::key).collect()
    }
}

/// Every value of a file in the order of the document, each before those inside it.
///
/// # Errors
/// [`StackError::Yaml`] or [`StackError::TooMuch`], as loading the file would say.
pub fn outline(file: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<Written>, StackError> {
    let node = yaml::parse(file, bytes, limits)?;
    let mut all = Vec::new();
    let mut path = Vec::new();
    walk(file, &node, &mut path, &mut all);
    Ok(all)
}

fn walk(file: &str, node: &Node, path: &mut Vec<Step>, all: &mut Vec<Written>) {
    let mut visit = |step: Step, mark: Mark, value: &Node| {
        path.push(step);
        all.push(Written {
            path: path.clone(),
            place: place(file, mark),
            text: text(value),
        });
        walk(file, value, path, all);
        path.pop();
    };
    match &node.value {
        Value::Map(entries) => entries
            .iter()
            .for_each(|e| visit(Step::Key(e.key.clone()), e.mark, &e.value)),
        Value::List(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, item)| visit(Step::Item(at), item.mark, item)),
        _ => {}
    }
}

fn place(file: &str, mark: Mark) -> Place {
    Place {
        file: file.to_owned(),
        line: mark.line as usize,
        column: mark.column as usize,
    }
}

fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) | Value::Time(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::UInt(value) => Some(value.to_string()),
        Value::Float(value) => Some(format_float(*value)),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// A variable in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableUse {
    /// Its name.
    pub name: String,
    /// What stands in its place when the env has nothing.
    pub fallback: Fallback,
}

/// What happens when a variable has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// `$A`, `${A}`: the text is empty there.
    Empty,
    /// `${A:-x}`, `${A-x}`, and `${A:+x}`, whose absence means something.
    Given,
    /// `${A:?why}`, `${A?why}`: the stack is refused.
    Refused,
}

/// The variables of a text, those in defaults included, in the order of the text.
pub fn variables(text: &str) -> Vec<VariableUse> {
    let mut all = Vec::new();
    interpolate::each_variable(text, &mut |name, fallback| {
        all.push(VariableUse {
            name: name.to_owned(),
            fallback,
        });
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_told_as_it_is_written_with_its_line() {
        let text = "x: &l [\"${A}\", 2]\nservices:\n  app:\n    list: *l\n    on: yes\n    none:\n";
        let all = outline("compose.yml", text.as_bytes(), &Limits::default()).unwrap();
        let shown: Vec<String> = all
            .iter()
            .map(|w| {
                let path: Vec<_> = w.keys().iter().map(|k| k.unwrap_or("*")).collect();
                let text = w.text.as_deref().unwrap_or("-");
                format!("{}:{} {}", w.place.line, path.join("/"), text)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "1:x -",
                "1:x/* ${A}",
                "1:x/* 2",
                "2:services -",
                "3:services/app -",
                "4:services/app/list -",
                "1:services/app/list/* ${A}",
                "1:services/app/list/* 2",
                "5:services/app/on yes",
                "6:services/app/none -",
            ]
        );
    }

    #[test]
    fn variables_are_found_in_every_form() {
        let found: Vec<_> = variables("${B} $$C ${D:-a${E}$X} ${F:?why} ${G-} ${H:+${I}} $J ${")
            .into_iter()
            .map(|v| (v.name, v.fallback))
            .collect();
        let wanted = [
            ("B", Fallback::Empty),
            ("D", Fallback::Given),
            ("E", Fallback::Empty),
            ("F", Fallback::Refused),
            ("G", Fallback::Given),
            ("H", Fallback::Given),
            ("I", Fallback::Empty),
            ("J", Fallback::Empty),
        ];
        assert_eq!(found, wanted.map(|(n, f)| (n.to_owned(), f)));
    }
}
