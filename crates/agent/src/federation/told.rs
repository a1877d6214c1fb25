//! Something that went wrong and stays to be told.

use std::error::Error;

use allot_proto::ErrorKind;

use super::error::FederationError;

/// What is told of a problem in a status: the same words as an error has, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The stable code.
    pub code: String,
    /// What happened, and why.
    pub message: String,
    /// What to do.
    pub help: String,
    /// How a caller should take it.
    pub kind: ErrorKind,
    /// The hub showed what cannot be believed.
    pub is_distrust: bool,
    /// Trying again soon is of use.
    pub is_passing: bool,
}

impl Told {
    /// What an error says.
    #[must_use]
    pub fn of(error: &FederationError) -> Self {
        Self {
            code: error.code().to_owned(),
            message: with_causes(error),
            help: error.help().unwrap_or_default(),
            kind: error.kind(),
            is_distrust: error.is_distrust(),
            is_passing: error.is_passing(),
        }
    }
}

/// An error with its causes, in one line; what a cause says anew only.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let said = source.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = source.source();
    }
    text
}
