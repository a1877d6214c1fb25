//! Why a stack is refused, where, and what to do about it.

use std::fmt;

use serde::Serialize;

use crate::source::FileRefusal;

/// A place in a compose file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// File name as it was given to [`crate::load()`], relative to the recipe.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// What is wrong with a stack. Codes are `AL-20xx`; each has a page in `docs/errors/`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StackError {
    /// `AL-2001`: the text is not YAML that compose can use.
    #[error("{place}: not valid YAML: {reason}")]
    Yaml {
        /// Where the parser stopped.
        place: Place,
        /// What it stumbled over.
        reason: String,
    },
    /// `AL-2002`: the file is larger, deeper or more self-referring than the limits allow.
    #[error("{file}: too much YAML: {what} is over the limit of {limit}")]
    TooMuch {
        /// The file.
        file: String,
        /// What there is too much of.
        what: &'static str,
        /// The bound from [`crate::Limits`].
        limit: usize,
    },
    /// `AL-2003`: `${NAME:?message}` and the variable has no value.
    #[error("{place}: {path}: variable {name} has no value{}", colon(message))]
    MissingVariable {
        /// Where the text stands.
        place: Place,
        /// Path in the document.
        path: String,
        /// The variable.
        name: String,
        /// What the recipe says about it.
        message: String,
    },
    /// `AL-2004`: a `$` that starts no variable.
    #[error("{place}: {path}: cannot read {text:?} as text with variables: {reason}")]
    BadTemplate {
        /// Where the text stands.
        place: Place,
        /// Path in the document.
        path: String,
        /// The text near the `$`.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// `AL-2005`: a value has another type than the field takes.
    #[error("{place}: {path} must be {expected}, found {found}")]
    WrongType {
        /// Where the value stands.
        place: Place,
        /// Path in the document.
        path: String,
        /// The form the field takes.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// `AL-2006`: the type is right and the value is not.
    #[error("{}{path}: {reason}", at(place))]
    BadValue {
        /// Where, when it is known.
        place: Option<Place>,
        /// Path in the document.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// `AL-2007`: an option that a swarm stack cannot have.
    #[error("{place}: {path}: swarm stacks have no `{option}`")]
    Forbidden {
        /// Where the option stands.
        place: Place,
        /// Path in the document.
        path: String,
        /// The option.
        option: String,
        /// What to write instead.
        instead: &'static str,
    },
    /// `AL-2008`: a compose file version that is not 3.0 to 3.13, or files that disagree on it.
    #[error("{file}: {reason}")]
    Version {
        /// The file.
        file: String,
        /// What is wrong with the version.
        reason: String,
    },
    /// `AL-2009`: options that exclude each other.
    #[error("{}{path}: {reason}", at(place))]
    Conflict {
        /// Where, when it is known.
        place: Option<Place>,
        /// Path in the document.
        path: String,
        /// What excludes what.
        reason: String,
    },
    /// `AL-2010`: a service refers to something the stack does not define.
    #[error(
        "{}{path}: {kind} {name:?} is used here and defined nowhere",
        at(place)
    )]
    Undefined {
        /// Where, when it is known.
        place: Option<Place>,
        /// Path in the document.
        path: String,
        /// `network`, `volume`, `secret` or `config`.
        kind: &'static str,
        /// The name it is called by.
        name: String,
    },
    /// `AL-2011`: a file that a compose file names cannot be had.
    #[error("{}{path}: cannot read {file:?}: {reason}", at(place))]
    File {
        /// Where, when it is known.
        place: Option<Place>,
        /// Path in the document.
        path: String,
        /// The file as the recipe names it.
        file: String,
        /// Why.
        reason: FileRefusal,
    },
    /// `AL-2012`: a name is longer than swarm or abra's rules allow.
    #[error("{kind} name {name:?} is {} characters too long (at most {limit})", name.chars().count().saturating_sub(*limit))]
    NameTooLong {
        /// `stack`, `secret` or `config`.
        kind: &'static str,
        /// The name.
        name: String,
        /// The most characters it may have.
        limit: usize,
    },
    /// `AL-2013`: a stack name that swarm cannot take.
    #[error("stack name {name:?} is not usable: {reason}")]
    BadStackName {
        /// The name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// `AL-2014`: a value that no engine knows, found when the spec is made for one.
    #[error("{object}: {reason}")]
    EngineValue {
        /// The object, such as `service app_example_org_web`.
        object: String,
        /// What the engine does not know.
        reason: String,
    },
    /// `AL-2016`: a bind mount from a path in the recipe, where the recipe is no directory.
    #[error(
        "{}{path}: the bind source {source_path:?} is relative, and a recipe is no directory on the server",
        at(place)
    )]
    RelativeBind {
        /// Where, when it is known.
        place: Option<Place>,
        /// Path in the document.
        path: String,
        /// The source as the file has it.
        source_path: String,
    },
    /// `AL-2015`: no compose file was given.
    #[error("no compose file was given")]
    NoFiles,
}

fn colon(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(": {text}")
    }
}

fn at(place: &Option<Place>) -> String {
    place.as_ref().map(|p| format!("{p}: ")).unwrap_or_default()
}

impl StackError {
    /// The stable code of this error, for machines and for `docs/errors/`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Yaml { .. } => "AL-2001",
            Self::TooMuch { .. } => "AL-2002",
            Self::MissingVariable { .. } => "AL-2003",
            Self::BadTemplate { .. } => "AL-2004",
            Self::WrongType { .. } => "AL-2005",
            Self::BadValue { .. } => "AL-2006",
            Self::Forbidden { .. } => "AL-2007",
            Self::Version { .. } => "AL-2008",
            Self::Conflict { .. } => "AL-2009",
            Self::Undefined { .. } => "AL-2010",
            Self::File { .. } => "AL-2011",
            Self::NameTooLong { .. } => "AL-2012",
            Self::BadStackName { .. } => "AL-2013",
            Self::EngineValue { .. } => "AL-2014",
            Self::NoFiles => "AL-2015",
            Self::RelativeBind { .. } => "AL-2016",
        }
    }

    /// Where it is, when it is about one place.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Yaml { place, .. }
            | Self::MissingVariable { place, .. }
            | Self::BadTemplate { place, .. }
            | Self::WrongType { place, .. }
            | Self::Forbidden { place, .. } => Some(place),
            Self::BadValue { place, .. }
            | Self::Conflict { place, .. }
            | Self::Undefined { place, .. }
            | Self::File { place, .. }
            | Self::RelativeBind { place, .. } => place.as_ref(),
            Self::TooMuch { .. }
            | Self::Version { .. }
            | Self::NameTooLong { .. }
            | Self::BadStackName { .. }
            | Self::EngineValue { .. }
            | Self::NoFiles => None,
        }
    }

    /// What to do about it, one sentence in the imperative.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Yaml { .. } => "Correct the YAML at that place.".to_owned(),
            Self::TooMuch { .. } => {
                "Make the file smaller, or use fewer aliases (`*name`).".to_owned()
            }
            Self::MissingVariable { name, .. } => format!("Set {name} in the app's env."),
            Self::BadTemplate { .. } => {
                "Write `$$` for a dollar sign, or `${NAME}` for a variable.".to_owned()
            }
            Self::WrongType { expected, .. } => format!("Write {expected} there."),
            Self::BadValue { path, .. } => format!("Correct the value of {path}."),
            Self::Forbidden { instead, .. } => (*instead).to_owned(),
            Self::Version { .. } => {
                "Give every file of the stack the same version, \"3.0\" to \"3.13\", in quotes."
                    .to_owned()
            }
            Self::Conflict { .. } => "Keep one of the two.".to_owned(),
            Self::Undefined { kind, name, .. } => {
                format!("Define {name} under the top-level `{kind}s:`, or correct the name.")
            }
            Self::File { reason, .. } => reason.help().to_owned(),
            Self::NameTooLong { kind: "stack", .. } => {
                "Use a shorter domain, or set STACK_NAME in the app's env.".to_owned()
            }
            Self::NameTooLong { kind, .. } => {
                format!("Give the {kind} a shorter name, or the stack a shorter STACK_NAME.")
            }
            Self::BadStackName { .. } => {
                "Use letters, digits, `-`, `_` and `.`, beginning with a letter or digit."
                    .to_owned()
            }
            Self::EngineValue { .. } => "Use one of the values the engine knows.".to_owned(),
            Self::RelativeBind { .. } => {
                "Use a volume, a config, or an absolute path on the server.".to_owned()
            }
            Self::NoFiles => "Name at least one compose file.".to_owned(),
        })
    }
}
