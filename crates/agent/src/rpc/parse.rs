//! Texts of messages to domain values.

use allot_ledger::entry::{Choice, Kind, Size};
use allot_proto::agent as pb;
use jiff::Timestamp;

use crate::federation::{FederationError, Proposal, Result};

/// A deadline; none when empty.
pub fn deadline(text: &str) -> Result<Option<Timestamp>> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.parse().map_err(|_| FederationError::BadRequest {
        what: "the deadline",
        why: "is no time such as 2026-12-20T18:00:00Z".to_owned(),
    });
    read.map(Some)
}

/// A vote.
pub fn choice(text: &str) -> Result<Choice> {
    match text {
        "for" => Ok(Choice::For),
        "against" => Ok(Choice::Against),
        "abstain" => Ok(Choice::Abstain),
        _ => Err(FederationError::BadRequest {
            what: "the vote",
            why: "is `for`, `against` or `abstain`".to_owned(),
        }),
    }
}

/// What is proposed.
pub fn proposal(asked: pb::Proposal) -> Result<Proposal> {
    Ok(Proposal {
        title: asked.title,
        size: size(&asked.size)?,
        kind: kind(&asked.kind_json)?,
        text: asked.text,
    })
}

/// The proposal that a message must have.
pub fn needed(asked: Option<pb::Proposal>) -> Result<Proposal> {
    let asked = asked.ok_or_else(|| FederationError::BadRequest {
        what: "the proposal",
        why: "is missing".to_owned(),
    });
    proposal(asked?)
}

fn size(text: &str) -> Result<Size> {
    match text {
        "small" => Ok(Size::Small),
        "medium" => Ok(Size::Medium),
        "large" => Ok(Size::Large),
        _ => Err(FederationError::BadRequest {
            what: "the size",
            why: "is `small`, `medium` or `large`".to_owned(),
        }),
    }
}

fn kind(json: &str) -> Result<Kind> {
    if json.is_empty() {
        return Ok(Kind::Text);
    }
    serde_json::from_str(json).map_err(|error| FederationError::BadRequest {
        what: "what the resolution does",
        why: format!("is none of the known kinds: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_with_a_code() {
        assert_eq!(deadline("").unwrap(), None);
        for bad in ["x", "tomorrow", "2026-13-01T00:00:00Z"] {
            assert_eq!(deadline(bad).unwrap_err().code(), "AL-8817", "{bad}");
        }
        assert_eq!(choice("FOR").unwrap_err().code(), "AL-8817");
        assert_eq!(needed(None).unwrap_err().code(), "AL-8817");
        let asked = |size: &str, kind: &str| pb::Proposal {
            size: size.to_owned(),
            kind_json: kind.to_owned(),
            ..Default::default()
        };
        assert_eq!(proposal(asked("huge", "")).unwrap_err().code(), "AL-8817");
        assert_eq!(
            proposal(asked("small", "{}")).unwrap_err().code(),
            "AL-8817"
        );
        let exclude = r#"{"name":"exclude","collective":"sutty"}"#;
        let read = proposal(asked("large", exclude)).unwrap();
        assert_eq!(read.kind.name(), "exclude");
    }
}
