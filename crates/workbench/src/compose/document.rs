//! A parsed compose file: nodes that know where they stand.

use std::collections::HashSet;
use std::ops::Range;

/// The number of a node in its document.
pub type NodeId = usize;

/// One node, and where it was typed. An alias is no node: whoever holds one holds the number of what it points at.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its bytes in the file.
    pub range: Range<usize>,
    /// Its line, from 1.
    pub line: usize,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Value {
    /// A text, a number, or anything else that is no collection.
    Scalar {
        /// What it says, quotes and escapes taken away.
        text: String,
        /// The bytes of the file that say exactly this; `None` when they do not: escapes, folded lines, blocks.
        verbatim: Option<Range<usize>>,
    },
    /// A list.
    List(Vec<NodeId>),
    /// A mapping: its own keys in their order, and what `<<` merges into it, in order of precedence.
    Map {
        /// Keys and values.
        entries: Vec<(String, NodeId)>,
        /// The mappings behind `<<`.
        merged: Vec<NodeId>,
    },
}

/// A compose file's first document, which is the one that counts.
#[derive(Debug, Clone, Default)]
pub struct Document {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
}

impl Document {
    /// A node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// The top level.
    #[must_use]
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Every node in the order in which it was typed, each once, however many aliases point at it.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate()
    }

    /// The text of a scalar.
    #[must_use]
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(id)?.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The value of a mapping's key: the mapping's own, else the first that is merged into it.
    #[must_use]
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        // A mapping that was searched once does not have the key, however often it is merged.
        let mut searched = HashSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let Value::Map { entries, merged } = &self.node(id)?.value else {
                continue;
            };
            if !searched.insert(id) {
                continue;
            }
            if let Some((_, value)) = entries.iter().find(|(name, _)| name == key) {
                return Some(*value);
            }
            open.extend(merged.iter().rev());
        }
        None
    }

    /// [`Document::get`] from the top level along several keys.
    #[must_use]
    pub fn find(&self, keys: &[&str]) -> Option<NodeId> {
        keys.iter()
            .try_fold(self.root, |node, key| self.get(node, key))
    }

    /// The keys of a mapping that stand in itself, with their values.
    #[must_use]
    pub fn entries(&self, id: NodeId) -> &[(String, NodeId)] {
        match self.node(id).map(|node| &node.value) {
            Some(Value::Map { entries, .. }) => entries,
            _ => &[],
        }
    }
}
