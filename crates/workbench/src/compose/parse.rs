//! From text to nodes.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use super::document::{Document, Node, NodeId, Value};
use super::error::ComposeError;
use crate::limits::{MAX_DEPTH, MAX_NODES};

/// Reads the first document of a file. Its top level must be a mapping.
///
/// # Errors
/// `AL-9410` with the line.
pub(super) fn parse(file: &str, text: &str) -> Result<Document, ComposeError> {
    // As `allot-stack` reads them, or the same file would mean two things.
    let mut options = granit_parser::options! { block_scalar_eof_without_line_feed: true, bom_inside_document_as_content: true };
    options.set_emit_comments(false);
    let mut reader = Reader {
        file,
        text,
        events: Parser::new_from_str_with_options(text, options),
        anchors: HashMap::new(),
        document: Document::default(),
    };
    reader.document()?;
    Ok(reader.document)
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    events: Parser<'a, StrInput<'a>>,
    /// Finished nodes by anchor id; one that is still open is absent, so that no node contains itself.
    anchors: HashMap<usize, NodeId>,
    document: Document,
}

impl<'a> Reader<'a> {
    fn fail(&self, line: usize, why: impl Into<String>) -> ComposeError {
        ComposeError::Yaml {
            file: self.file.to_owned(),
            line,
            why: why.into(),
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), ComposeError> {
        match self.events.next() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.fail(error.marker().line(), error.info())),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn document(&mut self) -> Result<(), ComposeError> {
        let root = loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (Event::StreamEnd | Event::DocumentEnd, _) => {
                    return Err(self.fail(1, "the file says nothing"));
                }
                (event, span) => break self.node(event, span, 0)?,
            }
        };
        self.document.root = root;
        match self.document.node(root).map(|node| &node.value) {
            Some(Value::Map { .. }) => Ok(()),
            _ => Err(self.fail(1, "the top level must be a mapping")),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<NodeId, ComposeError> {
        let line = span.start.line();
        if depth > MAX_DEPTH {
            return Err(self.fail(line, format!("it is nested deeper than {MAX_DEPTH} levels")));
        }
        let (anchor, value) = match event {
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).copied();
                return known.ok_or_else(|| self.fail(line, "this alias refers to nothing"));
            }
            Event::Scalar(text, style, anchor, _) => (anchor, self.scalar(&text, style, &span)),
            Event::SequenceStart(_, anchor, _) => (anchor, self.list(depth)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.mapping(depth)?),
            _ => return Err(self.fail(line, "a value is missing")),
        };
        if self.document.nodes.len() >= MAX_NODES {
            return Err(self.fail(line, format!("it has more than {MAX_NODES} nodes")));
        }
        let id = self.document.nodes.len();
        let range = span.byte_range().unwrap_or_default();
        self.document.nodes.push(Node { range, line, value });
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        Ok(id)
    }

    fn scalar(&self, text: &str, style: ScalarStyle, span: &Span) -> Value {
        let verbatim = span.byte_range().and_then(|range| {
            let raw = self.text.get(range.clone())?;
            match style {
                ScalarStyle::Plain => inner(raw, range, 0, text),
                ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => inner(raw, range, 1, text),
                _ => None,
            }
        });
        Value::Scalar {
            text: text.to_owned(),
            verbatim,
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, ComposeError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, ComposeError> {
        let (mut entries, mut merged) = (Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Value::Map { entries, merged });
            }
            let merge =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let line = span.start.line();
            let key = self.key(event, span, depth)?;
            if !seen.insert(key.clone()) {
                return Err(self.fail(
                    line,
                    format!("the key {key:?} stands twice in this mapping"),
                ));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            if merge {
                merged = self.merged(value, line)?;
            } else {
                entries.push((key, value));
            }
        }
    }

    fn key(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<String, ComposeError> {
        let line = span.start.line();
        let id = self.node(event, span, depth + 1)?;
        match self.document.text(id) {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.fail(line, "keys must be text")),
        }
    }

    fn merged(&self, value: NodeId, line: usize) -> Result<Vec<NodeId>, ComposeError> {
        match self.document.node(value).map(|node| &node.value) {
            Some(Value::Map { .. }) => Ok(vec![value]),
            Some(Value::List(items)) => Ok(items.clone()),
            _ => Err(self.fail(line, "`<<` takes a mapping or a list of mappings")),
        }
    }
}

/// The bytes between the quotes, when they are exactly the text.
fn inner(raw: &str, range: Range<usize>, quote: usize, text: &str) -> Option<Range<usize>> {
    let within = raw.get(quote..raw.len().checked_sub(quote)?)?;
    (within == text).then_some(range.start + quote..range.end.checked_sub(quote)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verbatim<'a>(text: &'a str, keys: &[&str]) -> Option<&'a str> {
        let document = parse("compose.yml", text).expect("YAML");
        let id = document.find(keys).expect("the node");
        match &document.node(id).expect("a node").value {
            Value::Scalar { verbatim, .. } => text.get(verbatim.clone()?),
            _ => None,
        }
    }

    #[test]
    fn every_way_to_quote_has_its_place() {
        for text in [
            "a: {b: nginx:1.2}\n",
            "a:\n  b: nginx:1.2   # ü\n",
            "ü: ä\na:\n  b: 'nginx:1.2'\n",
            "a:\r\n  b: \"nginx:1.2\"\r\n",
            "a:\n  b: !!str nginx:1.2\n",
            "a:\n  b: &x nginx:1.2\n",
            "a: {b: &x \"nginx:1.2\"} # end",
        ] {
            assert_eq!(verbatim(text, &["a", "b"]), Some("nginx:1.2"), "{text:?}");
        }
    }

    #[test]
    fn what_is_written_otherwise_than_it_reads_has_no_place() {
        for text in [
            "a: \"nginx\\x3a1.2\"\n",
            "a: 'it''s'\n",
            "a: |\n  nginx:1.2\n",
            "a: nginx:1\n  .2\n",
        ] {
            assert_eq!(verbatim(text, &["a"]), None, "{text:?}");
        }
    }

    #[test]
    fn aliases_and_merges_lead_to_where_the_text_stands() {
        let text = "x-image: &img nginx:1.2\nx-base: &base\n  image: *img\nservices:\n  app:\n    <<: *base\n";
        assert_eq!(
            verbatim(text, &["services", "app", "image"]),
            Some("nginx:1.2")
        );
        let own = "x: &x {image: a:1}\ny: &y {image: b:1, z: c}\nservices: {app: {<<: [*x, *y]}}\n";
        assert_eq!(verbatim(own, &["services", "app", "image"]), Some("a:1"));
        assert_eq!(verbatim(own, &["services", "app", "z"]), Some("c"));
    }

    #[test]
    fn a_yaml_bomb_stays_as_small_as_it_was_typed() {
        let mut bomb = String::from("a0: &a0 {x: y}\n");
        for i in 1..60 {
            let prev = vec![format!("*a{}", i - 1); 10].join(", ");
            bomb += &format!("a{i}: &a{i} {{<<: [{prev}]}}\n");
        }
        let document = parse("compose.yml", &bomb).expect("YAML");
        let last = document.find(&["a59"]).expect("the last");
        assert_eq!(document.get(last, "not there"), None);
        assert!(document.get(last, "x").is_some());
    }

    #[test]
    fn what_compose_would_refuse_is_refused_with_its_line() {
        for (text, line) in [
            ("a: 1\nb: 2\na: 3\n", 3),
            ("a: &a\n  b: *a\n", 2),
            ("", 1),
            ("- a\n", 1),
            ("a: [\n", 1),
            ("a:\n  <<: 1\n", 2),
        ] {
            match parse("compose.yml", text).expect_err(text) {
                ComposeError::Yaml { line: at, .. } => assert_eq!(at, line, "{text:?}"),
                other => panic!("{other}"),
            }
        }
        let deep = format!("a: {}{}", "[".repeat(500), "]".repeat(500));
        assert_eq!(parse("f", &deep).expect_err("deep").code(), "AL-9410");
    }
}
