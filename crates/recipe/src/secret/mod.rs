//! The secrets of an app: which ones it needs, how they are named and how they are made (reference 2.5).
//!
//! A recipe declares a secret in its compose files as `external: true` with
//! `name: ${STACK_NAME}_<secret>_${SECRET_<SECRET>_VERSION}`. The caller hands in the interpolated definitions of those that
//! a service uses; the rules on length and characters come from the comments of the env.

mod generate;
mod spec;

use crate::env::EnvFile;
use crate::sample::EnvSample;

pub use generate::generate;
pub use spec::{Charset, SecretSpec};

/// The most characters that docker takes for the name of a secret or a config.
pub const LONGEST_NAME: usize = 64;

/// Names longer than this leave too little room for the stack's name (lint rule R015).
pub const LONGEST_ADVISED_NAME: usize = 12;

/// A secret as a compose file defines it, after interpolation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeSecret {
    /// The key under `secrets:`.
    pub local: String,
    /// Its full name in the swarm, for example `blog_example_com_db_password_v1`.
    pub external_name: String,
}

/// A secret that an app needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretDecl {
    /// The key under `secrets:` of the compose file.
    pub local: String,
    /// Its name without stack and version: what an operator calls it.
    pub name: String,
    /// Its version, for example `v1`.
    pub version: String,
    /// Its full name in the swarm.
    pub external_name: String,
    /// How it is made.
    pub spec: SecretSpec,
}

/// Why a secret cannot be declared or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The full name has no version, or no name, in it.
    #[error(
        "the secret `{local}` is named `{external_name}` in the swarm, which is not <stack>_<name>_<version>"
    )]
    Name {
        /// The key under `secrets:`.
        local: String,
        /// The full name.
        external_name: String,
    },
    /// The full name is too long for docker.
    #[error(
        "the secret name `{external_name}` has {length} characters, {over} more than docker takes"
    )]
    TooLong {
        /// The full name.
        external_name: String,
        /// How many characters it has.
        length: usize,
        /// How many of them are too many.
        over: usize,
    },
    /// A modifier has a value that means nothing.
    #[error("`{modifier}={value}` after {variable} {why}")]
    Modifier {
        /// The modifier.
        modifier: &'static str,
        /// Its value, shortened.
        value: String,
        /// The variable whose comment holds it.
        variable: String,
        /// What is wrong with it.
        why: String,
    },
    /// The secret is one that people bring.
    #[error("the secret `{name}` is not generated: its sample says `generate=false`")]
    NotGenerated {
        /// The name.
        name: String,
    },
}

impl SecretError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "AL-1301",
            Self::TooLong { .. } => "AL-1302",
            Self::Modifier { .. } => "AL-1303",
            Self::NotGenerated { .. } => "AL-1304",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Name { local, .. } => {
                let variable = version_variable(local);
                format!(
                    "give it `name: ${{STACK_NAME}}_{local}_${{{variable}}}` in the compose file and set {variable}=v1 in the env"
                )
            }
            Self::TooLong { over, .. } => {
                format!(
                    "shorten the app's domain or the secret's name by {over} characters, or set a shorter STACK_NAME before the first deploy"
                )
            }
            Self::Modifier {
                modifier: "length", ..
            } => format!("write a length from 1 to {}", spec::LONGEST_SECRET),
            Self::Modifier {
                modifier: "generate",
                ..
            } => "write generate=true or generate=false".to_owned(),
            Self::Modifier { .. } => format!(
                "use one or more of {}, with commas between them",
                Charset::NAMES.join(", ")
            ),
            Self::NotGenerated { name } => {
                format!("insert it with `allot app secret insert APP {name} VERSION`")
            }
        })
    }
}

impl SecretDecl {
    /// Reads one definition. `stack` is the stack's name; `sample` and `app` supply the modifiers.
    pub fn new(
        secret: &ComposeSecret,
        stack: &str,
        sample: &EnvSample,
        app: &EnvFile,
    ) -> Result<Self, SecretError> {
        let external_name = &secret.external_name;
        let length = external_name.chars().count();
        if length > LONGEST_NAME {
            return Err(SecretError::TooLong {
                external_name: external_name.clone(),
                length,
                over: length - LONGEST_NAME,
            });
        }
        let misnamed = || SecretError::Name {
            local: secret.local.clone(),
            external_name: external_name.clone(),
        };
        let (full, version) = external_name.rsplit_once('_').ok_or_else(misnamed)?;
        // A secret that several stacks share has no stack in its name.
        let name = full
            .strip_prefix(stack)
            .and_then(|rest| rest.strip_prefix('_'))
            .unwrap_or(full);
        if name.is_empty() || version.is_empty() || full == stack {
            return Err(misnamed());
        }
        let spec = SecretSpec::find(&[&secret.local, name], sample, app)?;
        Ok(Self {
            local: secret.local.clone(),
            name: name.to_owned(),
            version: version.to_owned(),
            external_name: external_name.clone(),
            spec,
        })
    }

    /// Reads the definitions of all secrets that a service uses, in order.
    pub fn all(
        secrets: &[ComposeSecret],
        stack: &str,
        sample: &EnvSample,
        app: &EnvFile,
    ) -> Result<Vec<Self>, SecretError> {
        secrets
            .iter()
            .map(|secret| Self::new(secret, stack, sample, app))
            .collect()
    }

    /// A word about a name that is longer than lint rule R015 advises.
    pub fn name_warning(&self) -> Option<String> {
        let length = self.name.chars().count();
        (length > LONGEST_ADVISED_NAME)
            .then(|| format!("the secret name `{}` has {length} characters; more than {LONGEST_ADVISED_NAME} leave little room for the stack's name", self.name))
    }
}

/// The variable that holds a secret's version: `SECRET_DB_PASSWORD_VERSION` for `db_password` or `db-password`.
pub fn version_variable(name: &str) -> String {
    format!(
        "SECRET_{}_VERSION",
        name.to_ascii_uppercase().replace(['-', '.'], "_")
    )
}

#[cfg(test)]
mod tests;
