//! What can go wrong with messages to people. Nothing of it holds the hub.

use std::{io, path::PathBuf};

/// Why no messages are sent, or not all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotifyError {
    /// The configuration cannot work.
    #[error("`[notify]` in the hub's configuration is wrong: {why}")]
    Config {
        /// What of it.
        why: String,
    },
    /// A secret cannot be read.
    #[error("cannot read the secret in {}", path.display())]
    Secret {
        /// Its file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What was told already cannot be read or written.
    #[error("cannot {doing} what was told already, in {}", path.display())]
    Memory {
        /// A verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No HTTP client.
    #[error("cannot make an HTTP client")]
    Client(#[source] reqwest::Error),
    /// A message was given up.
    #[error("the message {id} was not delivered to {to}")]
    GivenUp {
        /// Which.
        id: String,
        /// The webhook's or room's name.
        to: String,
        /// Why, the last time.
        #[source]
        source: super::send::SendError,
    },
    /// A message was dropped because too many waited.
    #[error("the message {id} was dropped before it was delivered to {to}: too many wait")]
    Dropped {
        /// Which.
        id: String,
        /// The names of the webhooks and rooms.
        to: String,
    },
    /// What was told already was not readable, and is begun anew.
    #[error("what was told already is not readable in {}, and begins anew", path.display())]
    Forgotten {
        /// The file, set aside.
        path: PathBuf,
    },
}

impl NotifyError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config { .. } => "AL-8901",
            Self::Secret { .. } => "AL-8902",
            Self::Memory { .. } => "AL-8903",
            Self::Client(_) => "AL-8904",
            Self::GivenUp { .. } => "AL-8905",
            Self::Dropped { .. } => "AL-8906",
            Self::Forgotten { .. } => "AL-8907",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Config { .. } => "docs/govern/notifications.md lists every key",
            Self::Secret { .. } => {
                "the file holds the secret and nothing else, and the hub's user may read it"
            }
            Self::Memory { .. } => "check the directory's owner and the space on its disk",
            Self::Client(_) => "see that the machine has its CA certificates (`ca-certificates`)",
            Self::GivenUp { source, .. } => source.help(),
            Self::Dropped { .. } => "mend the webhook or room that does not answer, or take it out",
            Self::Forgotten { .. } => {
                "nothing to do: what happened before is not told again, and may be missing"
            }
        };
        Some(text.to_owned())
    }

    /// Says it in the log, with its causes.
    pub(super) fn log(&self) {
        tracing::warn!(code = self.code(), "{}", told(self));
    }
}

/// An error with its causes in one line.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}
