//! How a registry fails.

/// Why a registry did not say what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// It does not answer, or says that it has a fault.
    #[error("the registry of {image} does not answer")]
    Unreachable {
        /// The image.
        image: String,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It wants credentials, or does not take ours.
    #[error("the registry wants credentials for {image}, or has no such image")]
    Denied {
        /// The image.
        image: String,
        /// What was wrong with the credentials on this machine, where something was.
        credentials: Option<String>,
    },
    /// It has answered too often.
    #[error("the registry of {image} takes no more questions for now")]
    Busy {
        /// The image.
        image: String,
    },
    /// It does not have it.
    #[error("the registry does not have {image}")]
    NoSuchImage {
        /// The image, with the tag if that was asked for.
        image: String,
    },
    /// It says something that no registry says.
    #[error("what answers for {image} is not a registry")]
    NotARegistry {
        /// The image.
        image: String,
        /// What is wrong with the answer.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It gives a digest that its own content does not have.
    #[error("the registry gives {image} a digest that it does not have")]
    WrongDigest {
        /// The image and tag.
        image: String,
        /// What it said, and what it is.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It never comes to an end.
    #[error("{image} has more than {limit} {what}")]
    TooMuch {
        /// The image.
        image: String,
        /// Of what there is too much.
        what: &'static str,
        /// How much is taken.
        limit: usize,
    },
    /// No client can be made on this machine.
    #[error("this machine cannot speak to registries")]
    NoClient {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl RegistryError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } | Self::NoClient { .. } => "AL-9420",
            Self::Denied { .. } => "AL-9421",
            Self::Busy { .. } => "AL-9422",
            Self::NotARegistry { .. } => "AL-9423",
            Self::WrongDigest { .. } => "AL-9424",
            Self::NoSuchImage { .. } => "AL-9425",
            Self::TooMuch { .. } => "AL-9426",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unreachable { .. } => "check the image's name and the network, then try again".to_owned(),
            Self::Denied { credentials: Some(trouble), .. } => format!("{trouble}; log in with `docker login`"),
            Self::Denied { .. } => "check the image's name; for a private one log in with `docker login`".to_owned(),
            Self::Busy { .. } => "try again in some minutes, or log in with `docker login`: registries answer known users more often".to_owned(),
            Self::NotARegistry { .. } => "check the image's name: the first part, when it has a dot or a colon, is the registry's host".to_owned(),
            Self::WrongDigest { .. } => "do not use this image; tell whoever runs the registry, and try again from another network".to_owned(),
            Self::NoSuchImage { .. } => "check the image's name and tag".to_owned(),
            Self::TooMuch { .. } => "name the tag yourself with `--set SERVICE=TAG`".to_owned(),
            Self::NoClient { .. } => "check that the machine has CA certificates (Debian: ca-certificates)".to_owned(),
        })
    }

    /// Whether it can be otherwise in a moment.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Busy { .. })
    }
}
