//! Whom the hub tells what: `[notify]` in `hub.toml`. Nobody, unless it says so.

use std::{collections::BTreeSet, path::PathBuf};

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

pub use super::address::{Address, BadAddress};
use super::{
    error::NotifyError,
    limits::{MAX_ADDRESS, MAX_NAME, MAX_REMIND_HOURS, MAX_REMINDERS, MAX_TARGETS},
};

/// What there is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A resolution was opened for votes.
    Opened,
    /// A resolution ended.
    Closed,
    /// A deadline comes, and who has not voted.
    Reminder,
    /// Once a day: what happened, and what waits.
    Digest,
}

/// Whom the hub tells what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NotifyConfig {
    /// When the digest goes out, UTC.
    pub digest_at: Time,
    /// Hours before a deadline at which those that have not voted are named.
    pub remind_hours_before: Vec<u32>,
    /// Web addresses that get JSON.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhook: Vec<WebhookConfig>,
    /// Matrix rooms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matrix: Vec<MatrixConfig>,
}

/// A web address that gets JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// What the logs call it, and what is remembered of what it got; lower-case letters, digits and hyphens.
    pub name: String,
    /// Where to.
    pub url: Address,
    /// File with the secret that the signature is made with; not signed when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// What it gets; everything when absent.
    #[serde(default = "everything")]
    pub events: BTreeSet<Topic>,
}

/// A Matrix room, written to through the client-server API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixConfig {
    /// As a webhook's.
    pub name: String,
    /// The homeserver of the account that writes, such as `https://matrix.example`.
    pub homeserver: Address,
    /// The room's id, which begins with `!`; the account must be in the room.
    pub room: String,
    /// File with the account's access token.
    pub token_file: PathBuf,
    /// What it gets; everything when absent.
    #[serde(default = "everything")]
    pub events: BTreeSet<Topic>,
}

impl Default for NotifyConfig {
    fn default() -> Self {
        Self {
            digest_at: Time::constant(7, 0, 0, 0),
            remind_hours_before: vec![72, 24],
            webhook: Vec::new(),
            matrix: Vec::new(),
        }
    }
}

fn everything() -> BTreeSet<Topic> {
    BTreeSet::from([Topic::Opened, Topic::Closed, Topic::Reminder, Topic::Digest])
}

impl NotifyConfig {
    /// Whether there is nobody to tell.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.webhook.is_empty() && self.matrix.is_empty()
    }

    /// Looks for what cannot work, before anything is sent. Files of secrets are read when they are needed.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), NotifyError> {
        let wrong = |why: String| Err(NotifyError::Config { why });
        if self.webhook.len() + self.matrix.len() > MAX_TARGETS {
            return wrong(format!(
                "there are more than {MAX_TARGETS} webhooks and rooms"
            ));
        }
        let hours = &self.remind_hours_before;
        if hours.len() > MAX_REMINDERS {
            return wrong(format!("there are more than {MAX_REMINDERS} reminders"));
        }
        if let Some(bad) = hours.iter().find(|h| !(1..=MAX_REMIND_HOURS).contains(*h)) {
            return wrong(format!(
                "{bad} hours before a deadline cannot be: 1 to {MAX_REMIND_HOURS}"
            ));
        }
        self.check_names()?;
        self.webhook.iter().try_for_each(WebhookConfig::check)?;
        self.matrix.iter().try_for_each(MatrixConfig::check)
    }

    fn check_names(&self) -> Result<(), NotifyError> {
        let webhooks = self.webhook.iter().map(|w| &w.name);
        let rooms = self.matrix.iter().map(|m| &m.name);
        let mut seen = BTreeSet::new();
        for name in webhooks.chain(rooms) {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(plain) {
                let shown: String = name.chars().take(MAX_NAME).collect();
                let why = format!(
                    "`{shown}` is no name: lower-case letters, digits and hyphens, at most {MAX_NAME}"
                );
                return Err(NotifyError::Config { why });
            }
            if !seen.insert(name) {
                let why = format!("two are named `{name}`");
                return Err(NotifyError::Config { why });
            }
        }
        Ok(())
    }
}

impl WebhookConfig {
    fn check(&self) -> Result<(), NotifyError> {
        match &self.secret_file {
            Some(path) if path.is_relative() => Err(relative(&self.name)),
            _ => Ok(()),
        }
    }
}

impl MatrixConfig {
    fn check(&self) -> Result<(), NotifyError> {
        let wrong = |why: &str| {
            let why = format!("the room `{}` {why}", self.name);
            Err(NotifyError::Config { why })
        };
        if !self.room.starts_with('!') || self.room.len() > MAX_ADDRESS {
            return wrong("needs the id of a room, which begins with `!`, and not an alias");
        }
        if !self.homeserver.is_private() {
            return wrong(
                "has a homeserver without https: everybody on the way would read the token",
            );
        }
        let url = self.homeserver.url();
        if url.query().is_some() || url.fragment().is_some() {
            return wrong("has a homeserver with a query: name the server alone");
        }
        if self.token_file.is_relative() {
            return Err(relative(&self.name));
        }
        Ok(())
    }
}

fn relative(name: &str) -> NotifyError {
    let why = format!("the file of the secret of `{name}` needs its whole path, from `/` on");
    NotifyError::Config { why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
digest_at = "06:30"
remind_hours_before = [48]

[[webhook]]
name = "chat"
url = "https://chat.example/hooks/canary"
secret_file = "/etc/allot/chat-secret"
events = ["opened", "closed"]

[[matrix]]
name = "room"
homeserver = "https://matrix.example"
room = "!abc:matrix.example"
token_file = "/etc/allot/matrix-token"
"#;

    fn read(text: &str) -> NotifyConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn nobody_is_told_by_default() {
        let config = read("");
        assert_eq!(config, NotifyConfig::default());
        assert!(config.is_off());
        assert_eq!(config.remind_hours_before, [72, 24]);
        config.check().unwrap();
    }

    #[test]
    fn what_was_written_reads_back() {
        let config = read(WHOLE);
        config.check().unwrap();
        assert_eq!(config.matrix[0].events.len(), 4);
        assert_eq!(config.digest_at, Time::constant(6, 30, 0, 0));
        assert_eq!(read(&toml::to_string(&config).unwrap()), config);
        assert!(!format!("{config:?}").contains("canary"));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for bad in [
            "remind = [1]",
            "digest_at = \"25:00\"",
            "[[webhook]]\nname = \"x\"\nurl = \"https://canary:canary@\"",
            "[[webhook]]\nname = \"x\"\nurl = \"https://a.example\"\nsecret = \"canary\"",
            "[[webhook]]\nname = \"x\"\nurl = \"https://a.example\"\nevents = [\"votes\"]",
        ] {
            assert!(toml::from_str::<NotifyConfig>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused() {
        let change = |from: &str, to: &str| {
            assert!(WHOLE.contains(from), "{from}");
            read(&WHOLE.replace(from, to)).check()
        };
        for (from, to) in [
            ("\"chat\"", "\"room\""),
            ("\"chat\"", "\"a/b\""),
            ("\"chat\"", "\"\""),
            ("[48]", "[0]"),
            ("[48]", "[9000]"),
            ("[48]", "[1, 2, 3, 4, 5, 6, 7, 8, 9]"),
            ("/etc/allot/chat", "chat"),
            ("/etc/allot/matrix", "matrix"),
            ("!abc", "#abc"),
            ("https://matrix.example", "http://matrix.example"),
            ("https://matrix.example", "https://matrix.example?x"),
        ] {
            let refused = change(from, to).expect_err(to);
            assert_eq!(refused.code(), "AL-8901", "{to}");
        }
    }
}
