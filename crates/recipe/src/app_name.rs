//! The name of an app: its domain (reference, names used below section 0).

use std::fmt;
use std::str::FromStr;

/// The name of an app, which is its domain: a host name in lower case, such as `blog.example.com`.
///
/// It becomes a file name, a stack name and a label, so it is checked once, here. International names are kept in their
/// ASCII form (`xn--…`), since swarm's names are ASCII.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct AppName(String);

/// Why a text is not the name of an app.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` cannot be the name of an app: {why}")]
pub struct AppNameError {
    /// The text, shortened.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
    /// What to write instead.
    pub remedy: String,
}

impl AppNameError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        "AL-1003"
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(self.remedy.clone())
    }
}

impl AppName {
    /// Checks a name: labels of 1 to 63 lower-case letters, digits and inner hyphens, joined by dots, at most 253
    /// characters together (RFC 1123).
    pub fn parse(text: &str) -> Result<Self, AppNameError> {
        let fail = |why, remedy: &str| AppNameError {
            text: crate::help::excerpt(text),
            why,
            remedy: remedy.to_owned(),
        };
        let plain = "write the app's domain, for example blog.example.com";
        if text.is_empty() || text.len() > 253 {
            return Err(fail("a name has 1 to 253 characters", plain));
        }
        if !text.is_ascii() {
            return Err(fail(
                "it holds letters outside ASCII",
                "write the domain in its ASCII form, which begins with `xn--`",
            ));
        }
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(fail(
                "it holds capital letters",
                &format!("write `{}`", text.to_ascii_lowercase()),
            ));
        }
        if !text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
        {
            return Err(fail(
                "only letters, digits, `-` and `.` may stand in a domain",
                plain,
            ));
        }
        if !text
            .split('.')
            .all(|l| (1..=63).contains(&l.len()) && !l.starts_with('-') && !l.ends_with('-'))
        {
            return Err(fail(
                "between two dots stand 1 to 63 characters that neither begin nor end with `-`",
                plain,
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for AppName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for AppName {
    type Err = AppNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for AppName {
    type Error = AppNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<AppName> for String {
    fn from(name: AppName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_host_names_as_they_are() {
        for text in [
            "blog.example.com",
            "localhost",
            "a-b.example.co.uk",
            "xn--mnchen-3ya.example",
            "1.example.org",
        ] {
            assert_eq!(AppName::parse(text).expect(text).as_str(), text);
        }
    }

    #[test]
    fn refuses_what_is_no_host_name() {
        let long = "a".repeat(64);
        for text in [
            "",
            "Blog.example.com",
            "../x",
            "a..b",
            ".a",
            "a.",
            "-a.b",
            "a-.b",
            "a b",
            "a_b",
            "münchen.example",
            &long,
        ] {
            let error = AppName::parse(text).expect_err(text);
            assert_eq!(error.code(), "AL-1003");
            assert!(error.help().is_some());
        }
    }

    #[test]
    fn offers_the_lower_case_form() {
        let error = AppName::parse("Blog.Example.com").expect_err("capital letters");
        assert_eq!(error.help().as_deref(), Some("write `blog.example.com`"));
    }
}
