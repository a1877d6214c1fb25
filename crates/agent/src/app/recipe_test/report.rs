//! The report of a test: what was tested, where, and what came of each phase. Its JSON is what is kept under its digest
//! and what a collective signs; of format 1 nothing is taken away, unknown fields are ignored.

use serde::{Deserialize, Serialize};

use crate::{app::model::Moment, limits::TEST_REPORT_BYTES};

/// Format of reports.
pub const FORMAT: u32 = 1;

/// What a test came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestVerdict {
    /// No phase failed.
    Passed,
    /// A phase failed.
    Failed,
    /// It was stopped before its end.
    Interrupted,
}

impl TestVerdict {
    /// The word for people and for JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What a phase came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseVerdict {
    /// As it should be.
    Passed,
    /// Not as it should be: the test fails.
    Failed,
    /// There was nothing to do, or what it needs had failed before.
    Skipped,
    /// Something that one should know and that fails no test.
    Noted,
}

impl PhaseVerdict {
    /// The word for people and for JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Noted => "noted",
        }
    }
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// Its name, such as `upgrade`, or `check` and the path of a script.
    pub name: String,
    /// What it came to.
    pub verdict: PhaseVerdict,
    /// How long it took, milliseconds.
    pub elapsed_ms: u64,
    /// One sentence.
    pub text: String,
    /// The end of its log; generated secrets are taken out.
    pub log: Vec<String>,
}

/// A state of the recipe, pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its version; empty for a commit without one.
    pub version: String,
    /// Commit, hex.
    pub commit: String,
    /// Its tree, hex.
    pub tree: String,
}

impl Release {
    /// The version, or the beginning of the commit where there is none.
    #[must_use]
    pub fn shown(&self) -> &str {
        if self.version.is_empty() {
            self.commit.get(..8).unwrap_or(&self.commit)
        } else {
            &self.version
        }
    }
}

/// Where it was tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// What operators call the server.
    pub server: String,
    /// Version of the agent.
    pub agent: String,
    /// `docker`, or `sim` where nothing ran for real.
    pub engine: String,
    /// Version of the engine.
    pub engine_version: String,
}

/// The report of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which form of report this is; 1 so far.
    pub format: u32,
    /// Name of the test.
    pub run: String,
    /// Name of the recipe.
    pub recipe: String,
    /// Where it comes from.
    pub source: String,
    /// What was tested.
    pub candidate: Release,
    /// What it was upgraded from; nothing where there was no release before.
    pub previous: Option<Release>,
    /// Where.
    pub facts: Facts,
    /// When it began.
    pub started_at: Moment,
    /// How long it took, milliseconds.
    pub elapsed_ms: u64,
    /// Phase by phase.
    pub phases: Vec<Phase>,
    /// What it came to.
    pub verdict: TestVerdict,
}

impl Report {
    /// Its JSON as it is kept, in the bound of documents beside the federation's log: a log that is too long is cut
    /// further, the phases and their verdicts never are.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn bounded_json(&mut self) -> serde_json::Result<Vec<u8>> {
        loop {
            let json = serde_json::to_vec(self)?;
            let longest = self.phases.iter().map(|phase| phase.log.len()).max();
            let longest = longest.unwrap_or_default();
            if json.len() <= TEST_REPORT_BYTES || longest == 0 {
                return Ok(json);
            }
            for phase in &mut self.phases {
                let over = phase.log.len().saturating_sub(longest / 2);
                phase.log.drain(..over);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(phases: usize, lines: usize) -> Report {
        let release = Release {
            version: "1.0.0+1".to_owned(),
            commit: "c".repeat(40),
            tree: "d".repeat(40),
        };
        let phase = Phase {
            name: "deploy".to_owned(),
            verdict: PhaseVerdict::Failed,
            elapsed_ms: 1,
            text: "no".to_owned(),
            log: vec!["\u{1f331}".repeat(500); lines],
        };
        Report {
            format: FORMAT,
            run: "0a1b2c3d".to_owned(),
            recipe: "demo".to_owned(),
            source: "file:///demo".to_owned(),
            candidate: release.clone(),
            previous: Some(release),
            facts: Facts {
                server: "example.org".to_owned(),
                agent: "0.1.0".to_owned(),
                engine: "docker".to_owned(),
                engine_version: "28".to_owned(),
            },
            started_at: Moment::UNIX_EPOCH,
            elapsed_ms: 5,
            phases: vec![phase; phases],
            verdict: TestVerdict::Failed,
        }
    }

    #[test]
    fn a_report_of_any_length_fits_beside_the_log_with_all_its_phases() {
        let mut long = report(45, 40);
        let json = long.bounded_json().unwrap();
        assert!(json.len() <= TEST_REPORT_BYTES, "{}", json.len());
        let read: Report = serde_json::from_slice(&json).unwrap();
        assert_eq!(read, long);
        assert_eq!(read.phases.len(), 45);
        assert!(!read.phases[0].log.is_empty());
        let mut short = report(1, 2);
        short.bounded_json().unwrap();
        assert_eq!(short.phases[0].log.len(), 2);
    }

    #[test]
    fn fields_that_are_not_known_yet_are_no_obstacle() {
        let mut json = serde_json::to_value(report(1, 1)).unwrap();
        json["later"] = "field".into();
        json["phases"][0]["later"] = 1.into();
        let read: Report = serde_json::from_value(json).unwrap();
        assert_eq!(read, report(1, 1));
    }
}
