//! The scripts in `tests/` of a recipe: which there are, where they run, and what for.

use allot_recipe::{
    RecipeTree,
    tree::{EntryKind, TreeError, read_optional},
};

use super::{
    error::TestError,
    setup::{self, Setup},
};
use crate::{
    app::error::Result,
    limits::{TEST_SCRIPT_BYTES, TEST_SCRIPTS},
};

/// The folder.
const FOLDER: &str = "tests";

/// The service in whose container a script runs that is in no folder of its own.
const DEFAULT_SERVICE: &str = "app";

/// Where a script runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the container of its service.
    Inside,
    /// In a container of its own on the service's networks, from this image or the service's: `*.local.sh`. Never on
    /// the server itself, where the agent may be root.
    Beside(Option<String>),
}

/// A script of a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Script {
    /// Its path in the recipe.
    pub(super) path: String,
    /// The service that it is about, as in the compose file.
    pub(super) service: String,
    /// Where it runs.
    pub(super) place: Place,
    /// Its text.
    pub(super) text: String,
}

/// What a recipe brings for its test.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Scripts {
    /// How it wants to be tested.
    pub(super) setup: Setup,
    /// Put data in: `data-put.sh`.
    pub(super) put: Vec<Script>,
    /// Find it again: `data-check.sh`.
    pub(super) find: Vec<Script>,
    /// The rest, in the order of their paths.
    pub(super) checks: Vec<Script>,
}

impl Scripts {
    /// Reads them.
    ///
    /// # Errors
    /// There are too many, one is too long or no text, or `tests/test.toml` is not as it must be.
    pub(super) fn read(tree: &dyn RecipeTree) -> Result<Self> {
        let mut scripts = Self::default();
        if let Some(bytes) = read_optional(tree, setup::FILE, TEST_SCRIPT_BYTES)? {
            scripts.setup = Setup::parse(&text(setup::FILE, bytes)?)?;
        }
        let mut paths = Vec::new();
        for (name, kind) in entries(tree, FOLDER)? {
            let path = format!("{FOLDER}/{name}");
            if kind == EntryKind::Folder {
                let inside = entries(tree, &path)?.into_iter();
                paths.extend(
                    inside
                        .filter(|(script, _)| script.ends_with(".sh"))
                        .map(|(script, _)| (format!("{path}/{script}"), name.clone())),
                );
            } else if name.ends_with(".sh") {
                paths.push((path, DEFAULT_SERVICE.to_owned()));
            }
        }
        if paths.len() > TEST_SCRIPTS {
            let why = format!(
                "it has {} scripts, at most {TEST_SCRIPTS} are run",
                paths.len()
            );
            return Err(bad(FOLDER, why).into());
        }
        for (path, service) in paths {
            let text = text(&path, tree.read(&path, TEST_SCRIPT_BYTES)?)?;
            scripts.add(Script::new(path, service, text));
        }
        Ok(scripts)
    }

    fn add(&mut self, script: Script) {
        match script.stem() {
            "data-put" => self.put.push(script),
            "data-check" => self.find.push(script),
            _ => self.checks.push(script),
        }
    }
}

impl Script {
    fn new(path: String, service: String, text: String) -> Self {
        let beside = path.ends_with(".local.sh");
        Self {
            place: if beside {
                Place::Beside(image(&text))
            } else {
                Place::Inside
            },
            path,
            service,
            text,
        }
    }

    /// Its name without folder and endings.
    fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        let name = name.strip_suffix(".sh").unwrap_or(name);
        name.strip_suffix(".local").unwrap_or(name)
    }
}

/// The image that a script names in its head: `# image: name:tag`.
fn image(text: &str) -> Option<String> {
    let head = text.lines().take_while(|line| line.starts_with('#'));
    let mut named =
        head.filter_map(|line| line.trim_start_matches('#').trim().strip_prefix("image:"));
    named.next().map(|image| image.trim().to_owned())
}

fn entries(tree: &dyn RecipeTree, folder: &str) -> Result<Vec<(String, EntryKind)>> {
    match tree.list(folder) {
        Ok(entries) => Ok(entries.into_iter().map(|e| (e.name, e.kind)).collect()),
        Err(TreeError::NotFound { .. } | TreeError::WrongKind { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn text(path: &str, bytes: Vec<u8>) -> std::result::Result<String, TestError> {
    let text = String::from_utf8(bytes).map_err(|_| bad(path, "it is not UTF-8".to_owned()))?;
    if text.contains('\0') {
        // It could not be handed to a shell.
        return Err(bad(path, "it holds a zero byte".to_owned()));
    }
    Ok(text)
}

fn bad(path: &str, why: String) -> TestError {
    TestError::BadTests {
        path: path.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use allot_recipe::tree::MemoryTree;

    use super::*;

    #[test]
    fn scripts_know_their_service_their_place_and_what_they_are_for() {
        let tree = MemoryTree::new()
            .with("tests/data-put.sh", "echo put")
            .with("tests/db/data-check.sh", "echo check")
            .with("tests/answers.sh", "true")
            .with(
                "tests/outside.local.sh",
                "#!/bin/sh\n# image: curl:8\ntrue\n# image: no\n",
            )
            .with("tests/db/size.local.sh", "true")
            .with("tests/README.md", "no script")
            .with("tests/db/deep/er.sh", "not looked at");
        let scripts = Scripts::read(&tree).unwrap();
        let shown = |scripts: &[Script]| -> Vec<String> {
            let one = |s: &Script| format!("{} {} {:?}", s.path, s.service, s.place);
            scripts.iter().map(one).collect()
        };
        assert_eq!(shown(&scripts.put), ["tests/data-put.sh app Inside"]);
        assert_eq!(shown(&scripts.find), ["tests/db/data-check.sh db Inside"]);
        assert_eq!(
            shown(&scripts.checks),
            [
                "tests/answers.sh app Inside",
                "tests/db/size.local.sh db Beside(None)",
                "tests/outside.local.sh app Beside(Some(\"curl:8\"))",
            ]
        );
    }

    #[test]
    fn a_recipe_without_tests_has_none() {
        let none = Scripts::read(&MemoryTree::new().with("compose.yml", "x")).unwrap();
        assert_eq!(none, Scripts::default());
        let file = MemoryTree::new().with("tests", "a file of that name");
        assert_eq!(Scripts::read(&file).unwrap(), Scripts::default());
    }

    #[test]
    fn what_no_shell_could_take_is_refused_with_its_path() {
        let many = (0..=TEST_SCRIPTS).fold(MemoryTree::new(), |tree, n| {
            tree.with(&format!("tests/{n}.sh"), "true")
        });
        assert_eq!(Scripts::read(&many).unwrap_err().code(), "AL-9503");
        for bytes in [b"\xff\xfe".to_vec(), b"a\0b".to_vec()] {
            let tree = MemoryTree::new().with("tests/a.sh", bytes);
            let error = Scripts::read(&tree).unwrap_err();
            assert_eq!(error.code(), "AL-9503");
            assert!(error.to_string().contains("tests/a.sh"), "{error}");
        }
        let long = vec![b'#'; 65 * 1024];
        let tree = MemoryTree::new().with("tests/a.sh", long);
        assert_eq!(Scripts::read(&tree).unwrap_err().code(), "AL-1204");
    }
}
