//! The label that says a recipe's version: `coop-cloud.${STACK_NAME}.version=1.2.0+8.4.1`, in a list or a mapping.

use std::ops::Range;

use crate::compose::{ComposeFile, NodeId, Value};

/// A version label.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Label {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What it says now.
    pub text: String,
    /// The index of the file.
    #[serde(skip)]
    pub index: usize,
    /// The bytes of the version, when it stands there as it reads.
    #[serde(skip)]
    pub range: Option<Range<usize>>,
}

/// The version labels of the service `app` in one file. Only `deploy.labels` counts: abra reads no other.
pub(super) fn find(index: usize, file: &ComposeFile) -> Vec<Label> {
    let labels = file
        .document
        .find(&["services", super::APP, "deploy", "labels"]);
    let Some(node) = labels.and_then(|id| file.document.node(id)) else {
        return Vec::new();
    };
    match &node.value {
        Value::List(items) => items
            .iter()
            .filter_map(|item| in_list(index, file, *item))
            .collect(),
        Value::Map { entries, .. } => entries
            .iter()
            .filter(|(key, _)| is_version(key))
            .filter_map(|(_, value)| label(index, file, *value, 0))
            .collect(),
        Value::Scalar { .. } => Vec::new(),
    }
}

fn in_list(index: usize, file: &ComposeFile, item: NodeId) -> Option<Label> {
    let text = file.document.text(item)?;
    let (key, _) = text.split_once('=')?;
    is_version(key)
        .then(|| label(index, file, item, key.len() + 1))
        .flatten()
}

/// The label in a scalar whose version begins at `skip`.
fn label(index: usize, file: &ComposeFile, node: NodeId, skip: usize) -> Option<Label> {
    let text = file.document.text(node)?.get(skip..)?.to_owned();
    let plain = !text.contains('$');
    let range = file
        .verbatim(node)
        .filter(|_| plain)
        .map(|range| range.start + skip..range.end);
    Some(Label {
        file: file.name.clone(),
        line: file.line(node),
        text,
        index,
        range,
    })
}

/// Whether a label is `coop-cloud.<stack>.version`. The bash era's `<stack>.<service>.version` is another one.
fn is_version(key: &str) -> bool {
    let Some(stack) = key
        .trim()
        .strip_prefix("coop-cloud.")
        .and_then(|rest| rest.strip_suffix(".version"))
    else {
        return false;
    };
    !stack.is_empty() && !stack.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<(String, Option<String>)> {
        let file = ComposeFile::parse("compose.yml", text.to_owned()).expect("YAML");
        find(0, &file)
            .into_iter()
            .map(|label| {
                (
                    label.text,
                    label.range.and_then(|r| text.get(r).map(ToOwned::to_owned)),
                )
            })
            .collect()
    }

    fn plain(text: &str) -> Vec<(String, Option<String>)> {
        vec![(text.to_owned(), Some(text.to_owned()))]
    }

    #[test]
    fn labels_are_found_in_lists_and_mappings() {
        for text in [
            "services: {app: {deploy: {labels: ['coop-cloud.${STACK_NAME}.version=1.0.0+1']}}}\n",
            "services:\n  app:\n    deploy:\n      labels:\n        - a=b\n        - coop-cloud.${STACK_NAME}.version=1.0.0+1 # x\n",
            "services: {app: {deploy: {labels: {'coop-cloud.${STACK_NAME}.version': \"1.0.0+1\"}}}}\n",
            "x-l: &l\n  - coop-cloud.$STACK_NAME.version=1.0.0+1\nservices: {app: {deploy: {labels: *l}}}\n",
        ] {
            assert_eq!(labels(text), plain("1.0.0+1"), "{text}");
        }
    }

    #[test]
    fn an_empty_label_has_its_place_too() {
        let text = "services: {app: {deploy: {labels: [\"coop-cloud.${STACK_NAME}.version=\"]}}}\n";
        assert_eq!(labels(text), plain(""));
    }

    #[test]
    fn what_is_no_version_label_is_left_alone() {
        for text in [
            "services: {app: {deploy: {labels: ['coop-cloud.${STACK_NAME}.app.version=v2.4.8-d7d63b0d']}}}\n",
            "services: {db: {deploy: {labels: ['coop-cloud.${STACK_NAME}.version=1.0.0+1']}}}\n",
            "services: {app: {labels: ['coop-cloud.${STACK_NAME}.version=1.0.0+1']}}\n",
            "services: {app: {deploy: {labels: ['coop-cloud.${STACK_NAME}.timeout=300']}}}\n",
        ] {
            assert!(labels(text).is_empty(), "{text}");
        }
        let variable = "services: {app: {deploy: {labels: ['coop-cloud.${STACK_NAME}.version=${V:-1.0.0+1}']}}}\n";
        assert_eq!(labels(variable), vec![("${V:-1.0.0+1}".to_owned(), None)]);
    }
}
