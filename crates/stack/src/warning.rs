//! What a person should know about a stack that was nevertheless accepted.

use std::fmt;

use serde::Serialize;

use crate::error::Place;

/// One remark about a compose file, with the place it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What kind of remark it is.
    pub kind: WarningKind,
    /// Where it is, when it is about one place.
    pub place: Option<Place>,
    /// The path in the document, such as `services.app.restart`.
    pub path: String,
    /// What is so, in one sentence.
    pub message: String,
}

/// Kinds of warning, stable for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningKind {
    /// Swarm ignores the option, as `docker stack deploy` says too.
    Ignored,
    /// No version of the compose file format knows the key; it has no effect.
    UnknownKey,
    /// The form is accepted but a newer one should be used.
    Deprecated,
    /// The text will hardly be read the way it looks.
    Ambiguous,
    /// A variable without a value or default became empty text.
    UnsetVariable,
    /// A name or a value that the engine will refuse.
    EngineRefuses,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}
