//! How somebody can be reached.

use std::fmt;

/// How a maintainer can be reached. Resolution 025 asks for an e-mail address or a Matrix id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contact {
    /// An e-mail address.
    Email(String),
    /// A person (`@name:server`) or a room (`#name:server`) on Matrix.
    Matrix(String),
    /// A page. Whether anybody is reached there cannot be known.
    Web(String),
}

impl Contact {
    /// Reads an address as it stands in a link or in text: `mailto:a@b.org`, `a@b.org`, `@a:b.org`,
    /// `https://matrix.to/#/@a:b.org`, `matrix:u/a:b.org`, `https://…`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text
            .trim()
            .trim_matches(['<', '>', '(', ')', ',', '.', '`', '"']);
        if text.len() > 320 || text.contains(char::is_whitespace) {
            return None;
        }
        let plain = text
            .replace("%40", "@")
            .replace("%3A", ":")
            .replace("%3a", ":")
            .replace("%23", "#");
        if let Some(id) = plain.split_once("matrix.to/#/").map(|(_, id)| id) {
            return matrix_id(id.split(['?', '/']).next().unwrap_or_default());
        }
        if let Some(rest) = plain.strip_prefix("matrix:") {
            let id = match rest.split_once('/') {
                Some(("u" | "user", id)) => format!("@{id}"),
                Some(("r" | "room", id)) => format!("#{id}"),
                _ => rest.to_owned(),
            };
            return matrix_id(id.split('?').next().unwrap_or_default());
        }
        if let Some(address) = plain.strip_prefix("mailto:") {
            return email(address.split('?').next().unwrap_or_default());
        }
        web_address(text)
            .map(Self::Web)
            .or_else(|| matrix_id(&plain))
            .or_else(|| email(&plain))
    }

    /// Whether Resolution 025 takes it as a contact.
    pub fn reaches_somebody(&self) -> bool {
        !matches!(self, Self::Web(_))
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(text) | Self::Matrix(text) | Self::Web(text) => f.write_str(text),
        }
    }
}

fn matrix_id(text: &str) -> Option<Contact> {
    let (name, server) = text.strip_prefix(['@', '#'])?.split_once(':')?;
    (!name.is_empty() && !name.contains('@') && is_host(server))
        .then(|| Contact::Matrix(text.to_owned()))
}

fn email(text: &str) -> Option<Contact> {
    let (name, server) = text.split_once('@')?;
    let local = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    (!name.is_empty() && name.chars().all(local) && is_host(server))
        .then(|| Contact::Email(text.to_owned()))
}

fn is_host(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, "0"));
    let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-');
    host.contains('.')
        && host.split('.').all(label)
        && !port.is_empty()
        && port.bytes().all(|b| b.is_ascii_digit())
}

/// The text, when it is one web address and nothing else.
pub(super) fn web_address(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let good = !rest.is_empty()
        && text.len() <= 500
        && !text
            .contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"'`()[]".contains(c));
    good.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses_in_every_spelling() {
        for (text, wanted) in [
            (
                "mailto:team@autonomic.example?subject=x",
                "team@autonomic.example",
            ),
            ("<team@autonomic.example>", "team@autonomic.example"),
            ("@team:autonomic.example", "@team:autonomic.example"),
            (
                "https://matrix.to/#/@team:autonomic.example",
                "@team:autonomic.example",
            ),
            (
                "https://matrix.to/#/%40team%3Aautonomic.example?via=x",
                "@team:autonomic.example",
            ),
            (
                "https://matrix.to/#/#recipes:autonomic.example",
                "#recipes:autonomic.example",
            ),
            ("matrix:u/team:autonomic.example", "@team:autonomic.example"),
        ] {
            let contact = Contact::parse(text).expect(text);
            assert!(contact.reaches_somebody(), "{text}");
            assert_eq!(contact.to_string(), wanted);
            assert_eq!(
                Contact::parse(wanted),
                Some(contact),
                "its own text is read back"
            );
        }
    }

    #[test]
    fn a_page_is_no_contact_and_words_are_nothing() {
        let page = Contact::parse("https://git.example/team").expect("a page");
        assert!(!page.reaches_somebody());
        for text in [
            "",
            "team",
            "@team",
            "a@b",
            "@a@b.org",
            "a b@c.org",
            "mailto:",
            "https://",
            "javascript:alert(1)",
        ] {
            assert_eq!(Contact::parse(text), None, "{text}");
        }
    }
}
