//! Names of stacks and of the objects in them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::StackError;

/// The most characters a stack name may have (abra's rule, reference section 2.3: it leaves
/// room for the object's own name within swarm's 64).
pub const MAX_STACK_NAME: usize = 45;

/// The most characters swarm takes for the name of a secret or a config.
pub const MAX_OBJECT_NAME: usize = 64;

/// The name of a stack: what its services, networks, secrets and configs are prefixed with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StackName(String);

impl StackName {
    /// The stack name of an app: every `.` of its domain becomes `_`, hyphens stay.
    ///
    /// # Errors
    /// [`StackError::NameTooLong`] over [`MAX_STACK_NAME`] characters,
    /// [`StackError::BadStackName`] for characters that swarm does not take.
    pub fn from_domain(domain: &str) -> Result<Self, StackError> {
        domain.replace('.', "_").parse()
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name an object of this stack has in the engine: `<stack>_<name>`.
    pub fn scope(&self, name: &str) -> String {
        format!("{}_{name}", self.0)
    }
}

impl FromStr for StackName {
    type Err = StackError;

    fn from_str(name: &str) -> Result<Self, StackError> {
        let bad = |reason| StackError::BadStackName {
            name: name.to_owned(),
            reason,
        };
        if name.trim().is_empty() {
            return Err(bad("it is empty"));
        }
        if !name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        {
            return Err(bad(
                "it has characters other than letters, digits, `-`, `_` and `.`",
            ));
        }
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err(bad("it does not begin with a letter or digit"));
        }
        if name.chars().count() > MAX_STACK_NAME {
            return Err(StackError::NameTooLong {
                kind: "stack",
                name: name.to_owned(),
                limit: MAX_STACK_NAME,
            });
        }
        Ok(Self(name.to_owned()))
    }
}

impl TryFrom<String> for StackName {
    type Error = StackError;

    fn try_from(name: String) -> Result<Self, StackError> {
        name.parse()
    }
}

impl From<StackName> for String {
    fn from(name: StackName) -> Self {
        name.0
    }
}

impl fmt::Display for StackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says by how many characters a secret's or config's name is too long for swarm.
///
/// # Errors
/// [`StackError::NameTooLong`] over [`MAX_OBJECT_NAME`] characters.
pub fn check_object_name(kind: &'static str, name: &str) -> Result<(), StackError> {
    if name.chars().count() > MAX_OBJECT_NAME {
        return Err(StackError::NameTooLong {
            kind,
            name: name.to_owned(),
            limit: MAX_OBJECT_NAME,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_of_a_domain_become_underscores_and_hyphens_stay() {
        assert_eq!(
            StackName::from_domain("my-blog.example.com")
                .unwrap()
                .as_str(),
            "my-blog_example_com"
        );
    }

    #[test]
    fn a_long_stack_name_says_how_many_characters_are_too_many() {
        let error = StackName::from_domain(&"a".repeat(50)).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("5 characters too long (at most 45)"),
            "{error}"
        );
        assert_eq!(error.code(), "AL-2012");
    }

    #[test]
    fn a_long_secret_name_says_how_many_characters_are_too_many() {
        let error = check_object_name("secret", &"a".repeat(66)).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("2 characters too long (at most 64)"),
            "{error}"
        );
    }

    #[test]
    fn unusable_stack_names_are_refused() {
        for name in ["", " ", "_a", "a b", "ä", "-x"] {
            assert_eq!(
                name.parse::<StackName>().unwrap_err().code(),
                "AL-2013",
                "{name:?}"
            );
        }
    }
}
