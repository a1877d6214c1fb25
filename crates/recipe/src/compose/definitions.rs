//! What stands in one compose file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::interpolate::{self, Reference};
use super::read::{self, ComposeError};
use crate::limits::Limits;
use crate::tree::RecipeTree;

/// One compose file: what it defines, with its variables as written.
#[derive(Debug)]
pub(crate) struct ComposeFile {
    pub path: String,
    /// Each service with its image, where this file gives it one.
    pub services: BTreeMap<String, Option<String>>,
    pub configs: BTreeMap<String, Definition>,
    pub secrets: BTreeMap<String, Definition>,
    pub volumes: BTreeMap<String, Definition>,
    pub networks: BTreeMap<String, Definition>,
    /// Each service with the ports that it opens on the server, as `published:target`.
    pub ports: BTreeMap<String, Vec<String>>,
    /// Every variable that the file mentions, in the order of the file.
    pub references: Vec<Reference>,
}

/// A config, a secret or a volume of the top level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Definition {
    pub name: Option<String>,
    pub file: Option<String>,
    pub external: bool,
}

impl ComposeFile {
    pub fn read(
        tree: &dyn RecipeTree,
        path: &str,
        left: &mut u64,
        limits: &Limits,
    ) -> Result<Self, ComposeError> {
        let root = read::read(tree, path, left, limits)?;
        let section = |key: &'static str| {
            let entries = root.get(key).and_then(Value::as_object);
            match entries {
                Some(entries) if entries.len() > limits.max_objects => Err(ComposeError::TooMany {
                    file: path.to_owned(),
                    what: key,
                    limit: limits.max_objects,
                }),
                entries => Ok(entries.into_iter().flatten()),
            }
        };
        let define = |key| -> Result<BTreeMap<String, Definition>, ComposeError> {
            Ok(section(key)?
                .map(|(name, value)| (name.clone(), Definition::read(value)))
                .collect())
        };
        let services = section("services")?
            .map(|(name, value)| (name.clone(), text(value.get("image"))))
            .collect();
        let ports = section("services")?
            .map(|(name, value)| (name.clone(), ports(value)))
            .filter(|(_, ports)| !ports.is_empty())
            .collect();
        let mut references = Vec::new();
        walk(&root, &mut |text| {
            interpolate::references(text, &mut references)
        });
        add_passed_through(&root, &mut references);
        Ok(Self {
            path: path.to_owned(),
            services,
            configs: define("configs")?,
            secrets: define("secrets")?,
            volumes: define("volumes")?,
            networks: define("networks")?,
            ports,
            references,
        })
    }
}

impl Definition {
    fn read(value: &Value) -> Self {
        let external = value.get("external");
        Self {
            // The old form is `external: {name: x}`.
            name: text(value.get("name")).or_else(|| text(external?.get("name"))),
            file: text(value.get("file")),
            external: matches!(external, Some(Value::Bool(true) | Value::Object(_)))
                || external.and_then(Value::as_str) == Some("true"),
        }
    }
}

/// A text; a number is one, too, for `image: 1.5` is what somebody wrote.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The ports of a service, the long form written as the short one.
fn ports(service: &Value) -> Vec<String> {
    let all = service.get("ports").and_then(Value::as_array);
    let one = |port: &Value| {
        let Some(port) = port.as_object() else {
            return text(Some(port));
        };
        let target = text(port.get("target"))?;
        let mut short = match text(port.get("published")) {
            Some(published) => format!("{published}:{target}"),
            None => target,
        };
        if let Some(protocol) = text(port.get("protocol")).filter(|p| p != "tcp") {
            short.push_str(&format!("/{protocol}"));
        }
        if text(port.get("mode")).is_some_and(|mode| mode == "host") {
            short.push_str(" in host mode");
        }
        Some(short)
    };
    let ports = all.into_iter().flatten().filter_map(one);
    ports
        .map(|port| port.trim_end_matches("/tcp").to_owned())
        .collect()
}

fn walk(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(entries) => entries.values().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

/// `environment: [NAME]` hands a variable through as it is: unset, it stays away from the container.
fn add_passed_through(root: &Value, references: &mut Vec<Reference>) {
    let services = root.get("services").and_then(Value::as_object);
    for service in services.into_iter().flat_map(|services| services.values()) {
        let names: Vec<&str> = match service.get("environment") {
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(Value::as_str)
                .filter(|item| !item.contains('='))
                .collect(),
            Some(Value::Object(entries)) => entries
                .iter()
                .filter(|(_, value)| value.is_null())
                .map(|(name, _)| name.as_str())
                .collect(),
            _ => continue,
        };
        references.extend(names.into_iter().map(|name| Reference {
            name: name.trim().to_owned(),
            fallback: Some(String::new()),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::MemoryTree;

    fn file(text: &str) -> Result<ComposeFile, ComposeError> {
        let tree = MemoryTree::new().with("compose.yml", text);
        ComposeFile::read(&tree, "compose.yml", &mut 1_000_000, &Limits::default())
    }

    #[test]
    fn sees_through_anchors_merges_and_what_is_empty() {
        let file = file(
            "x-base: &base\n  image: web:${TAG:-1}\nservices:\n  app:\n    <<: *base\n    environment: [A, 'B=${B}', 'C=$$x']\n  job:\n    <<: *base\n    image: job:2\n    environment: {D: , E: $E}\n  empty:\nvolumes:\n  data:\n  other: {external: true, name: o}\nsecrets:\n  old: {external: {name: older}}\nconfigs:\n",
        )
        .expect("compose");
        assert_eq!(
            file.services,
            BTreeMap::from([
                ("app".to_owned(), Some("web:${TAG:-1}".to_owned())),
                ("empty".to_owned(), None),
                ("job".to_owned(), Some("job:2".to_owned())),
            ])
        );
        assert_eq!(file.volumes["data"], Definition::default());
        assert!(file.volumes["other"].external);
        assert_eq!(file.secrets["old"].name.as_deref(), Some("older"));
        let mut seen: Vec<_> = file
            .references
            .iter()
            .map(|r| (r.name.as_str(), r.fallback.as_deref()))
            .collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(
            seen,
            [
                ("A", Some("")),
                ("B", None),
                ("D", Some("")),
                ("E", None),
                ("TAG", Some("1"))
            ]
        );
    }

    #[test]
    fn refuses_what_is_no_compose_file_with_a_word_on_why() {
        for text in [
            "services: [",
            "- a\n",
            "just text",
            "a: *nothing\n",
            "a: 1\na: 2\n",
            "",
            "services: {a: {image: !!binary \u{7f}}}",
        ] {
            let error = file(text).expect_err(text);
            assert_eq!(error.code(), "AL-9103", "{text}");
            assert!(error.help().is_some());
            assert_eq!(error.to_string().lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn refuses_bombs_deep_nesting_and_crowds_quickly() {
        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..20 {
            let before = if n == 1 {
                "a".to_owned()
            } else {
                format!("b{}", n - 1)
            };
            bomb.push_str(&format!(
                "b{n}: &b{n} [{}]\n",
                vec![format!("*{before}"); 9].join(",")
            ));
        }
        let deep = format!("a: {}{}", "[".repeat(5_000), "]".repeat(5_000));
        for text in [bomb, deep] {
            assert_eq!(file(&text).expect_err("a bomb").code(), "AL-9103");
        }
        let crowd: String = (0..600)
            .map(|n| format!("  s{n}: {{image: a}}\n"))
            .collect();
        assert_eq!(
            file(&format!("services:\n{crowd}"))
                .expect_err("a crowd")
                .code(),
            "AL-9104"
        );
        let tree = MemoryTree::new().with("compose.yml", vec![b'#'; 3_000_000]);
        let error = ComposeFile::read(&tree, "compose.yml", &mut 9_000_000, &Limits::default());
        assert_eq!(error.expect_err("too large").code(), "AL-1204");
    }
}
