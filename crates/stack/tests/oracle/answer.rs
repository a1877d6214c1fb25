//! What docker, or we, make of a stack.

use std::{fs, path::Path};

use allot_stack::{
    FileRefusal, FileSource, LoadOptions, SourceFile, StackName, convert, load, render,
};
use serde_json::{Value, json};

use crate::{case::Case, compare};

/// The stack's name in every comparison.
pub const STACK: &str = "app_example_org";

/// Where a case lies, in answers that are kept.
pub const HERE: &str = "/stacks/recipe";

/// What lies around it.
const ABOVE: &str = "/stacks";

/// The kinds of request body.
pub const KINDS: [&str; 4] = ["networks", "secrets", "configs", "services"];

/// Why it was refused, or the merged document and the bodies by kind.
pub struct Answer {
    pub refused: Option<String>,
    pub config: Value,
    pub specs: Value,
}

impl Answer {
    /// What this crate makes of it.
    pub fn ours(case: &Case) -> Self {
        match Self::try_ours(case) {
            Ok(answer) => answer,
            Err(error) => Self {
                refused: Some(error.to_string()),
                config: Value::Null,
                specs: Value::Null,
            },
        }
    }

    fn try_ours(case: &Case) -> Result<Self, allot_stack::StackError> {
        let read = |name: &String| SourceFile {
            name: name.clone(),
            bytes: fs::read(case.dir.join(name)).unwrap_or_default(),
        };
        let inputs: Vec<SourceFile> = case.files.iter().map(read).collect();
        let options = LoadOptions {
            working_dir: Some(case.dir.display().to_string()),
            ..LoadOptions::default()
        };
        let loaded = load(&inputs, &case.env, &Dir(&case.dir), &options)?;
        let stack: StackName = STACK.parse()?;
        let specs = convert(&loaded.model, &stack)?;
        let specs = serde_json::to_value(&specs).unwrap_or_default();
        Ok(Self {
            refused: None,
            config: render(&loaded.model),
            specs,
        }
        .placed(&case.dir))
    }

    /// The same answer with the case's directory replaced by a fixed one.
    pub fn placed(self, dir: &Path) -> Self {
        let above = dir
            .parent()
            .map_or_else(String::new, |p| p.display().to_string());
        let dir = dir.display().to_string();
        let place = |text: &str| text.replace(&dir, HERE).replace(&above, ABOVE);
        let value =
            |value: Value| serde_json::from_str(&place(&value.to_string())).unwrap_or_default();
        Self {
            refused: self.refused.map(|r| place(&r)),
            config: value(self.config),
            specs: value(self.specs),
        }
    }

    /// In the form in which two answers of docker are equal.
    pub fn canonical(&self) -> Value {
        json!({ "refused": self.refused.is_some(), "config": compare::config(&self.config), "specs": compare::specs(&self.specs) })
    }

    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path)
            .unwrap_or_else(|_| panic!("{} is missing: record it", path.display()));
        let mut value: Value = serde_json::from_str(&text).unwrap();
        let refused = value["refused"].as_str().map(str::to_owned);
        Self {
            refused,
            config: value["config"].take(),
            specs: value["specs"].take(),
        }
    }

    pub fn write(&self, path: &Path) {
        let value = json!({ "refused": self.refused, "config": compare::config(&self.config), "specs": compare::specs(&self.specs) });
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, serde_json::to_string_pretty(&value).unwrap() + "\n").unwrap();
    }
}

/// Files of a case.
struct Dir<'a>(&'a Path);

impl FileSource for Dir<'_> {
    fn read(&self, path: &str, _limit: usize) -> Result<Vec<u8>, FileRefusal> {
        fs::read(self.0.join(path)).map_err(|_| FileRefusal::Missing)
    }
}
