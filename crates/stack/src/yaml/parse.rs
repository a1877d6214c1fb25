//! From bytes to nodes, within limits.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::{Entry, Mark, Node, Value, merge, scalar};
use crate::error::{Place, StackError};
use crate::limits::Limits;

/// Reads the first document of a file. Its top level must be a mapping.
///
/// # Errors
/// [`StackError::Yaml`] with the place, or [`StackError::TooMuch`] as soon as a limit is passed.
pub(crate) fn parse(file: &str, bytes: &[u8], limits: &Limits) -> Result<Node, StackError> {
    if bytes.len() > limits.file_bytes {
        return Err(too_much(file, "its size in bytes", limits.file_bytes));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| StackError::Yaml {
        place: place(file, line_of(bytes, e.valid_up_to())),
        reason: "it is not UTF-8".to_owned(),
    })?;
    let mut options = granit_parser::options! { block_scalar_eof_without_line_feed: true, bom_inside_document_as_content: true };
    options.set_emit_comments(false);
    let mut reader = Reader {
        file,
        limits,
        events: Parser::new_from_str_with_options(text, options),
        anchors: HashMap::new(),
        nodes: 0,
        bytes: 0,
    };
    let node = reader.document()?;
    match &node.value {
        Value::Map(_) => Ok(node),
        _ => Err(reader.fail(node.mark, "the top level must be a mapping")),
    }
}

fn line_of(bytes: &[u8], offset: usize) -> Mark {
    let lines = bytes.iter().take(offset).filter(|b| **b == b'\n').count();
    Mark {
        line: u32::try_from(lines + 1).unwrap_or(u32::MAX),
        column: 1,
    }
}

fn place(file: &str, mark: Mark) -> Place {
    Place {
        file: file.to_owned(),
        line: mark.line as usize,
        column: mark.column as usize,
    }
}

fn too_much(file: &str, what: &'static str, limit: usize) -> StackError {
    StackError::TooMuch {
        file: file.to_owned(),
        what,
        limit,
    }
}

struct Reader<'a> {
    file: &'a str,
    limits: &'a Limits,
    events: Parser<'a, granit_parser::StrInput<'a>>,
    /// Finished nodes by anchor id; an anchor that is still open is absent.
    anchors: HashMap<usize, Node>,
    nodes: usize,
    bytes: usize,
}

impl<'a> Reader<'a> {
    fn fail(&self, mark: Mark, reason: impl Into<String>) -> StackError {
        StackError::Yaml {
            place: place(self.file, mark),
            reason: reason.into(),
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Mark), StackError> {
        match self.events.next() {
            Some(Ok((event, span))) => Ok((event, mark_of(&span))),
            Some(Err(error)) => {
                let marker = error.marker();
                let mark = Mark {
                    line: number(marker.line()),
                    column: number(marker.col() + 1),
                };
                Err(self.fail(mark, error.info()))
            }
            None => Ok((Event::StreamEnd, Mark::default())),
        }
    }

    fn document(&mut self) -> Result<Node, StackError> {
        loop {
            let (event, mark) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(..) => {}
                Event::StreamEnd | Event::DocumentEnd => return Ok(Node::new(mark, Value::Null)),
                event => return self.node(event, mark, 0),
            }
        }
    }

    /// Counts a node and its text against the limits.
    fn count(&mut self, nodes: usize, bytes: usize) -> Result<(), StackError> {
        self.nodes = self.nodes.saturating_add(nodes);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.nodes > self.limits.nodes {
            return Err(too_much(
                self.file,
                "the number of nodes with aliases expanded",
                self.limits.nodes,
            ));
        }
        if self.bytes > self.limits.expanded_bytes {
            return Err(too_much(
                self.file,
                "the text with aliases expanded, in bytes,",
                self.limits.expanded_bytes,
            ));
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'a>, mark: Mark, depth: usize) -> Result<Node, StackError> {
        if depth > self.limits.depth {
            return Err(too_much(
                self.file,
                "the depth of nesting",
                self.limits.depth,
            ));
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, text.len())?;
                (anchor, self.scalar(&text, style, tag.as_deref(), mark)?)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.count(1, 0)?;
                (anchor, self.list(depth)?)
            }
            Event::MappingStart(_, anchor, _) => {
                self.count(1, 0)?;
                (anchor, self.mapping(depth)?)
            }
            Event::Alias(id) => return self.alias(id, mark),
            _ => return Err(self.fail(mark, "a value is missing")),
        };
        let node = Node::new(mark, value);
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// A copy of the anchored node, paid for before it is made.
    fn alias(&mut self, id: usize, mark: Mark) -> Result<Node, StackError> {
        let Some((nodes, bytes)) = self.anchors.get(&id).map(weight) else {
            return Err(self.fail(mark, "this alias refers to a value that contains itself"));
        };
        self.count(nodes, bytes)?;
        self.anchors
            .get(&id)
            .cloned()
            .ok_or_else(|| self.fail(mark, "this alias refers to nothing"))
    }

    fn list(&mut self, depth: usize) -> Result<Value, StackError> {
        let mut items = Vec::new();
        loop {
            let (event, mark) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Value::List(items));
            }
            items.push(self.node(event, mark, depth + 1)?);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, StackError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = HashSet::new();
        let mut merged = None;
        loop {
            let (event, mark) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let plain_merge =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.key(event, mark, depth)?;
            if !seen.insert(key.clone()) {
                return Err(self.fail(
                    mark,
                    format!("the key {key:?} stands twice in this mapping"),
                ));
            }
            let (event, value_mark) = self.next()?;
            let value = self.node(event, value_mark, depth + 1)?;
            if plain_merge {
                merged = Some(value);
            } else {
                entries.push(Entry { key, mark, value });
            }
        }
        if let Some(node) = merged {
            let mark = node.mark;
            merge::merge_into(&mut entries, node).map_err(|reason| self.fail(mark, reason))?;
        }
        Ok(Value::Map(entries))
    }

    fn key(&mut self, event: Event<'a>, mark: Mark, depth: usize) -> Result<String, StackError> {
        match self.node(event, mark, depth + 1)?.value {
            Value::Text(key) => Ok(key),
            _ => Err(self.fail(mark, "keys must be text; put this one in quotes")),
        }
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        mark: Mark,
    ) -> Result<Value, StackError> {
        let value = match tag.map(|t| (t.suffix_in_namespace("tag:yaml.org,2002:"), t)) {
            None if style == ScalarStyle::Plain => scalar::resolve(text),
            None => Value::Text(text.to_owned()),
            Some((Some(kind), _)) => tagged(&kind, text).ok_or_else(|| {
                self.fail(mark, format!("{text:?} is not a value of type !!{kind}"))
            })?,
            Some((None, _)) => Value::Text(text.to_owned()),
        };
        match value {
            Value::Float(f) if !f.is_finite() => {
                Err(self.fail(mark, "infinity and NaN are no values for compose"))
            }
            value => Ok(value),
        }
    }
}

/// The value of a text with one of YAML's own tags.
fn tagged(kind: &str, text: &str) -> Option<Value> {
    match kind {
        "int" => scalar::integer(text),
        "float" => match scalar::integer(text) {
            #[allow(clippy::cast_precision_loss, reason = "what !!float asks for")]
            Some(Value::Int(i)) => Some(Value::Float(i as f64)),
            _ => scalar::float(text),
        },
        "bool" | "null" | "timestamp" => {
            let value = scalar::resolve(text);
            let fits = matches!(
                (kind, &value),
                ("bool", Value::Bool(_)) | ("null", Value::Null) | ("timestamp", Value::Time(_))
            );
            fits.then_some(value)
        }
        "binary" => {
            let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(compact)
                .ok()?;
            String::from_utf8(bytes).ok().map(Value::Text)
        }
        _ => Some(Value::Text(text.to_owned())),
    }
}

/// How many nodes and bytes of text a copy of this node costs.
fn weight(node: &Node) -> (usize, usize) {
    match &node.value {
        Value::Text(text) | Value::Time(text) => (1, text.len()),
        Value::List(items) => sum(items.iter().map(weight)),
        Value::Map(entries) => sum(entries.iter().map(|e| {
            let (nodes, bytes) = weight(&e.value);
            (nodes + 1, bytes + e.key.len())
        })),
        _ => (1, 0),
    }
}

fn sum(weights: impl Iterator<Item = (usize, usize)>) -> (usize, usize) {
    weights.fold((1, 0), |(nodes, bytes), (n, b)| {
        (nodes.saturating_add(n), bytes.saturating_add(b))
    })
}

fn mark_of(span: &Span) -> Mark {
    Mark {
        line: number(span.start.line()),
        column: number(span.start.col() + 1),
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, StackError> {
        parse("compose.yml", text.as_bytes(), &Limits::default())
    }

    #[test]
    fn explicit_keys_win_over_merged_ones_and_earlier_merges_over_later() {
        let node =
            read("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\n").unwrap();
        assert_eq!(
            node.get("c").unwrap().value.to_json(),
            serde_json::json!({"x": 3, "y": 1, "z": 2})
        );
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_with_its_place() {
        let error = read("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "compose.yml:3:1: not valid YAML: the key \"a\" stands twice in this mapping"
        );
    }

    #[test]
    fn a_yaml_bomb_is_refused_before_it_unfolds() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..20 {
            let prev = format!("*a{}", i - 1);
            bomb += &format!("a{i}: &a{i} [{}]\n", vec![prev; 10].join(", "));
        }
        let started = std::time::Instant::now();
        assert_eq!(read(&bomb).unwrap_err().code(), "AL-2002");
        assert!(started.elapsed().as_secs() < 2);
    }

    #[test]
    fn fifty_megabytes_are_refused_without_reading_them() {
        let big = vec![b'a'; 50 << 20];
        assert_eq!(
            parse("compose.yml", &big, &Limits::default())
                .unwrap_err()
                .code(),
            "AL-2002"
        );
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("a: {}{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(read(&deep).unwrap_err().code(), "AL-2002");
    }

    #[test]
    fn a_value_that_contains_itself_is_refused() {
        assert_eq!(read("a: &a\n  b: *a\n").unwrap_err().code(), "AL-2001");
    }

    #[test]
    fn only_the_first_document_counts() {
        assert_eq!(
            read("a: 1\n---\nb: 2\n").unwrap().to_json(),
            serde_json::json!({"a": 1})
        );
    }

    #[test]
    fn a_top_level_that_is_no_mapping_is_refused() {
        for text in ["", "- a\n", "text\n", "# only a comment\n"] {
            assert_eq!(read(text).unwrap_err().code(), "AL-2001", "{text:?}");
        }
    }
}
