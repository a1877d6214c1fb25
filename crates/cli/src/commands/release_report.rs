//! The report that goes with a release: what `allot recipe test --output json` printed.

use std::path::Path;

use allot_proto::agent::SignTestReportRequest;
use serde::Deserialize;

use super::recorded::warn;
use crate::{
    client::Agent, context::Context, error::CliError, limits::MAX_REPORT, prompt,
    render::text::visible,
};

/// A report, and what it is about.
pub(super) struct TestReport {
    /// Its bytes, as they go beside the log.
    pub bytes: Vec<u8>,
    file: String,
    sha256: String,
    of: Body,
}

#[derive(Deserialize)]
struct Printed {
    sha256: String,
    report: Body,
}

#[derive(Deserialize)]
struct Body {
    recipe: String,
    candidate: Candidate,
    verdict: String,
}

#[derive(Deserialize)]
struct Candidate {
    version: String,
    commit: String,
}

impl TestReport {
    /// Reads it.
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let mut bytes = prompt::read(path, MAX_REPORT)?;
        let file = path.display().to_string();
        // With `--sign` the signed entry is printed behind it.
        let mut documents = serde_json::Deserializer::from_slice(&bytes).into_iter::<Printed>();
        let first = documents.next();
        let end = documents.byte_offset();
        let printed = match first {
            Some(Ok(printed)) => printed,
            _ => {
                let why = "it is not what `allot recipe test --output json` prints";
                return Err(prompt::unreadable(&file, why));
            }
        };
        bytes.truncate(end);
        Ok(Self {
            bytes,
            file,
            sha256: printed.sha256,
            of: printed.report,
        })
    }

    /// Refuses a report of something else: a test says something of one commit, and of no other.
    pub fn is_of(&self, recipe: &str, version: &str, commit: &str) -> Result<(), CliError> {
        let of = &self.of;
        let other = if of.recipe != recipe {
            Some((of.recipe.as_str(), recipe))
        } else if !of.candidate.version.is_empty() && of.candidate.version != version {
            Some((of.candidate.version.as_str(), version))
        } else if !commit.is_empty() && of.candidate.commit != commit {
            Some((of.candidate.commit.as_str(), commit))
        } else {
            None
        };
        match other {
            None => Ok(()),
            Some((tested, released)) => {
                let why = format!("it is of {}, and not of {released}", visible(tested));
                Err(prompt::unreadable(&self.file, why))
            }
        }
    }

    /// How the test ended.
    pub fn verdict(&self) -> &str {
        &self.of.verdict
    }

    /// Whether it passed.
    pub fn passed(&self) -> bool {
        self.of.verdict == "passed"
    }

    /// Has the agent that ran the test sign it: only a signed test counts for those who want tested versions. The release
    /// is in the log already, so what goes wrong here is told and no more.
    pub async fn sign(&self, agent: &Agent, ctx: &Context) {
        if self.of.candidate.version.is_empty() {
            return ctx.out.talk(
                "the report is for reviewers only: it was made before the version was tagged; \
                 `allot recipe test --sign` with the version makes one that counts\n",
            );
        }
        let sha256 = self.sha256.clone();
        let request = SignTestReportRequest { sha256 };
        match agent.tests().sign_test_report(request).await {
            Ok(answer) => {
                ctx.out
                    .talk("the test is signed: it counts for those who want tested versions\n");
                warn(ctx, &answer.into_inner().warnings);
            }
            Err(status) => {
                let error = CliError::from(status).to_string();
                ctx.out.talk(&format!(
                    "warning: the report is for reviewers only, the test itself is not signed: {}\n",
                    visible(&error)
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"{"sha256":"00ff","report":{"format":1,"recipe":"guestbook","candidate":{"version":"1.1.0+1","commit":"abc","tree":"d"},"verdict":"passed","phases":[]}}"#;

    fn read(text: &str) -> Result<TestReport, CliError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("report.json");
        std::fs::write(&file, text).unwrap();
        TestReport::read(&file)
    }

    #[test]
    fn what_a_test_printed_is_read_and_what_was_signed_behind_it_is_left_out() {
        for text in [
            PRINTED.to_owned(),
            format!("{PRINTED}\n"),
            format!("{PRINTED}\n{{\"entry\":\"x\"}}\n"),
        ] {
            let report = read(&text).unwrap();
            assert!(report.passed());
            assert_eq!(String::from_utf8(report.bytes).unwrap(), PRINTED);
        }
        for text in ["", "{}", "<testsuite/>", "passed"] {
            let error = read(text).err().map(|error| error.code().to_owned());
            assert_eq!(error.as_deref(), Some("AL-7006"), "{text}");
        }
    }

    #[test]
    fn a_report_of_something_else_does_not_go_with_a_release() {
        let report = read(PRINTED).unwrap();
        assert!(report.is_of("guestbook", "1.1.0+1", "abc").is_ok());
        assert!(report.is_of("guestbook", "1.1.0+1", "").is_ok());
        for (recipe, version, commit) in [
            ("other", "1.1.0+1", "abc"),
            ("guestbook", "1.2.0+1", "abc"),
            ("guestbook", "1.1.0+1", "abd"),
        ] {
            assert!(report.is_of(recipe, version, commit).is_err());
        }
    }
}
