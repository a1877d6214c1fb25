//! Resolutions of before the log, as entries carry them.

use serde::{Deserialize, Serialize};

use super::{Number, Size, Text, batches::batches};
use crate::limits::MAX_IMPORT;

/// How a resolution of before the log ended, by the folder it was in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportedState {
    /// `drafts/`
    Draft,
    /// `proposed/` and `in-progress/`
    InProgress,
    /// `passed/`
    Passed,
    /// `stalled/`
    Stalled,
    /// `rejected/`, where Allotment writes what was blocked.
    Rejected,
    /// `withdrawn/`, where Allotment writes what its proposer took back.
    Withdrawn,
}

/// A resolution of before the log: history, without effect. Dates are kept as they were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imported {
    /// Its number.
    pub number: Number,
    /// Topic.
    pub title: String,
    /// Size, when it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Where it stood.
    pub state: ImportedState,
    /// `Date:` as written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub date: String,
    /// `Deadline:` as written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub deadline: String,
    /// `Passed on` as written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub passed_on: String,
    /// The text below the list of keys.
    pub text: Text,
}

impl Imported {
    /// Parts a list into what one entry each can carry, in the same order. One that is too large by itself stays alone,
    /// and is refused when the entry is signed.
    #[must_use]
    pub fn batches<T: AsRef<Self>>(list: Vec<T>) -> Vec<Vec<T>> {
        batches(list, MAX_IMPORT, T::as_ref)
    }
}

impl AsRef<Self> for Imported {
    fn as_ref(&self) -> &Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        SecretKey,
        entry::{Author, Body, Entry, Envelope},
    };

    fn imported(number: Number, text: &str) -> Imported {
        Imported {
            number,
            title: "Operator sync".to_owned(),
            size: Some(Size::Large),
            state: ImportedState::Stalled,
            date: "2024-01-??".to_owned(),
            deadline: "...".to_owned(),
            passed_on: String::new(),
            text: Text::of(text).unwrap(),
        }
    }

    #[test]
    fn a_whole_history_goes_into_entries_that_can_be_signed() {
        // Quotes and line ends take two bytes each in JSON: the worst that an inline text can be.
        let texts = [
            "",
            "Short.",
            &"\"\n".repeat(8 * 1024),
            &"x".repeat(32 * 1024),
        ];
        let all: Vec<_> = (1..=300)
            .zip(texts.into_iter().cycle())
            .map(|(number, text)| imported(number, text))
            .collect();
        let batches = Imported::batches(all.clone());
        for batch in &batches {
            assert!(batch.len() <= MAX_IMPORT);
            let entry = Entry {
                federation: "f".repeat(64),
                author: Author::Collective("a".repeat(40).parse().unwrap()),
                seq: u64::MAX,
                at: "2026-01-19T00:00:00.123456789Z".parse().unwrap(),
                body: Body::Import {
                    resolutions: batch.clone(),
                },
            };
            Envelope::sign(&entry, &SecretKey::from_seed(&[1; 32])).unwrap();
        }
        assert_eq!(batches.concat(), all);
        assert!(Imported::batches(Vec::<Imported>::new()).is_empty());
        // What is longer is beside the log, and needs no room in it.
        let long = (1..=3).map(|number| imported(number, &"x".repeat(100_000)));
        assert_eq!(Imported::batches(long.collect::<Vec<_>>()).len(), 1);
    }
}
