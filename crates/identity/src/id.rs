//! Names in certificates.

use std::{fmt, str::FromStr};

use allot_ledger::Slug;
use serde::{Deserialize, Serialize};

use crate::limits::{MAX_AGENT_ID, MAX_SPIFFE_ID};

/// The name of one agent within its collective: lower-case letters, digits and inner hyphens, 1 to 40 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AgentId(String);

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Not an agent's.
    #[error("`{text}` is no agent's name: {why}")]
    Agent {
        /// Its beginning.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Not one that a certificate of a federation has.
    #[error("`{text}` is no name in a federation, such as `spiffe://<federation>/hub`")]
    Spiffe {
        /// Its beginning.
        text: String,
    },
}

impl BadName {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Agent { .. } => "AL-8220",
            Self::Spiffe { .. } => "AL-8221",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Agent { .. } => {
                Some("use lower-case letters, digits and hyphens, such as `swarm-1`".to_owned())
            }
            Self::Spiffe { .. } => None,
        }
    }
}

/// The beginning of a text that came from elsewhere: enough to recognise it, not enough to flood a log.
fn beginning(text: &str) -> String {
    text.chars().take(MAX_AGENT_ID + 1).collect()
}

impl AgentId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AgentId {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let why = if text.is_empty() {
            "it is empty"
        } else if text.len() > MAX_AGENT_ID {
            "it is longer than 40 characters"
        } else if !text.chars().all(known) {
            "it has other characters than a-z, 0-9 and -"
        } else if text.starts_with('-') || text.ends_with('-') {
            "it begins or ends with a hyphen"
        } else {
            return Ok(Self(text.to_owned()));
        };
        let text = beginning(text);
        Err(BadName::Agent { text, why })
    }
}

impl TryFrom<String> for AgentId {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<AgentId> for String {
    fn from(id: AgentId) -> Self {
        id.0
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who a certificate is for: the one URI in its subject alternative name (SPIFFE-ID, X.509-SVID section 2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpiffeId {
    /// `spiffe://<federation>/collective/<slug>/agent/<agent>`
    Agent {
        /// The federation.
        federation: Slug,
        /// The collective within it.
        collective: Slug,
        /// The agent of the collective.
        agent: AgentId,
    },
    /// `spiffe://<federation>/hub`
    Hub {
        /// The federation.
        federation: Slug,
    },
}

impl SpiffeId {
    /// The name of a collective's agent.
    #[must_use]
    pub fn agent(federation: &Slug, collective: &Slug, agent: &AgentId) -> Self {
        Self::Agent {
            federation: federation.clone(),
            collective: collective.clone(),
            agent: agent.clone(),
        }
    }

    /// The name of a federation's hub.
    #[must_use]
    pub fn hub(federation: &Slug) -> Self {
        Self::Hub {
            federation: federation.clone(),
        }
    }

    /// The federation that the name is in.
    #[must_use]
    pub fn federation(&self) -> &Slug {
        match self {
            Self::Agent { federation, .. } | Self::Hub { federation } => federation,
        }
    }

    fn read(text: &str) -> Option<Self> {
        let path = text.strip_prefix("spiffe://")?;
        let mut parts = path.split('/');
        let federation: Slug = parts.next()?.parse().ok()?;
        let rest: Vec<&str> = parts.collect();
        match rest.as_slice() {
            ["hub"] => Some(Self::Hub { federation }),
            ["collective", collective, "agent", agent] => Some(Self::Agent {
                federation,
                collective: collective.parse().ok()?,
                agent: agent.parse().ok()?,
            }),
            _ => None,
        }
    }
}

impl FromStr for SpiffeId {
    type Err = BadName;

    /// Exactly what [`SpiffeId`] displays, and no other spelling of it.
    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || BadName::Spiffe {
            text: beginning(text),
        };
        if text.len() > MAX_SPIFFE_ID {
            return Err(bad());
        }
        Self::read(text).ok_or_else(bad)
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent {
                federation,
                collective,
                agent,
            } => write!(
                f,
                "spiffe://{federation}/collective/{collective}/agent/{agent}"
            ),
            Self::Hub { federation } => write!(f, "spiffe://{federation}/hub"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_has_one_spelling(
            federation in "[a-z0-9]{1,10}", collective in "[a-z0-9]{1,40}", agent in "[a-z0-9]{1,40}",
        ) {
            prop_assume!(federation != "hub" && collective != "hub");
            let id = SpiffeId::agent(
                &federation.parse().unwrap(),
                &collective.parse().unwrap(),
                &agent.parse().unwrap(),
            );
            prop_assert!(id.to_string().len() <= MAX_SPIFFE_ID);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn what_reads_as_a_name_is_written_back_the_same(text in "spiffe://[a-z/.:-]{0,40}|.{0,60}") {
            if let Ok(id) = text.parse::<SpiffeId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for bad in [
            "",
            "spiffe://coop",
            "spiffe://coop/",
            "spiffe://coop/hub/",
            "spiffe:///hub",
            "SPIFFE://coop/hub",
            "https://coop/hub",
            "spiffe://Coop/hub",
            "spiffe://coop:1/hub",
            "spiffe://coop/hub?x",
            "spiffe://coop/hub#x",
            "spiffe://coop/./hub",
            "spiffe://coop/collective/a/agent/",
            "spiffe://coop/collective/a%62/agent/b",
            "spiffe://coop/collective/a/agent/b/c",
            "spiffe://coop/collective/../agent/b",
            "spiffe://coop/collective/hub/agent/b",
        ] {
            assert!(bad.parse::<SpiffeId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn agents_have_plain_names() {
        assert_eq!("swarm-1".parse::<AgentId>().unwrap().as_str(), "swarm-1");
        for bad in ["", "-a", "a-", "A", "a_b", "a/b", &"a".repeat(41)] {
            assert_eq!(
                bad.parse::<AgentId>().unwrap_err().code(),
                "AL-8220",
                "{bad}"
            );
        }
    }
}
