//! Why a recipe's version cannot be found or written.

use allot_recipe::tree::TreeError;

use crate::compose::ComposeError;

/// What stands between a recipe and its next version.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// The recipe's compose files cannot be read.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A text is no version.
    #[error(transparent)]
    Text(#[from] allot_recipe::version::VersionError),
    /// No service says the version.
    #[error("the service `app` has no version label")]
    NoLabel {
        /// What it would say.
        version: String,
    },
    /// The label's text does not stand there as it reads.
    #[error("{file}:{line}: the version label is put together from variables or escapes")]
    LabelInVariables {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// Nobody said how large the step is.
    #[error("nobody said {}", unsaid(.newest.as_deref()))]
    NoBump {
        /// The newest version.
        newest: Option<String>,
    },
    /// The app's image has no tag that could be the right part of the version.
    #[error("the image of the service `app` has no tag that can be known")]
    NoUpstream,
    /// The version does not come after what there is.
    #[error("{version} does not come after {newest}, the newest version")]
    NotNewer {
        /// What was asked for.
        version: String,
        /// The newest version.
        newest: String,
    },
    /// The right part is not the app's tag.
    #[error("{version} does not end in `+{upstream}`, the tag of the app's image")]
    OtherUpstream {
        /// What was asked for.
        version: String,
        /// The tag.
        upstream: String,
    },
    /// It could be neither a tag of an image nor the name of a file.
    #[error("{version} holds a character that no tag of an image has")]
    Characters {
        /// What was asked for.
        version: String,
    },
    /// A file was changed since the plan was made.
    #[error("{file} was changed since the plan was made; nothing was written to it")]
    Changed {
        /// The file.
        file: String,
    },
}

impl VersionError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Compose(error) => error.code(),
            Self::Tree(error) => error.code(),
            Self::Text(error) => error.code(),
            Self::NoLabel { .. } | Self::LabelInVariables { .. } => "AL-9440",
            Self::NoBump { .. } => "AL-9441",
            Self::NoUpstream => "AL-9442",
            Self::NotNewer { .. } => "AL-9443",
            Self::OtherUpstream { .. } => "AL-9444",
            Self::Characters { .. } => "AL-9445",
            Self::Changed { .. } => "AL-9433",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Compose(error) => return error.help(),
            Self::Tree(error) => return error.help(),
            Self::Text(error) => return error.help(),
            Self::NoLabel { version } => format!(
                "add `- \"coop-cloud.${{STACK_NAME}}.version={version}\"` to deploy.labels of the service `app`"
            ),
            Self::LabelInVariables { .. } => "write the version into the label as plain text".to_owned(),
            Self::NoBump { newest: None } => "name the first version, for example 0.1.0, or say --minor".to_owned(),
            Self::NoBump { .. } => "say --major (operators have to do something), --minor (something is new) or --patch, or name the version".to_owned(),
            Self::NoUpstream => "give the image a tag, or name the whole version, for example 1.2.0+8.4.1".to_owned(),
            Self::NotNewer { .. } => "versions only go up; mend a bad one with a newer one".to_owned(),
            Self::OtherUpstream { version, upstream } => {
                let left = version.split('+').next().unwrap_or_default();
                format!("say {left}+{upstream}, or only {left}")
            }
            Self::Characters { .. } => {
                "use letters, digits, dots, dashes and underscores, and one plus".to_owned()
            }
            Self::Changed { .. } => "plan again".to_owned(),
        })
    }
}

fn unsaid(newest: Option<&str>) -> String {
    match newest {
        None => "what the first version is".to_owned(),
        Some(newest) => format!("how far the next version is from {newest}"),
    }
}
