//! Why a recipe is not tested.

use allot_proto::ErrorKind;

/// Why there is no test, or no report of one. A test that fails is no error: it ends with its report.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// Another one runs.
    #[error("this agent tests one recipe at a time, and the test {run} still runs")]
    Busy {
        /// Its name.
        run: String,
    },
    /// There is nothing to stop.
    #[error("no test {run} runs on this agent")]
    NotRunning {
        /// The name that was given.
        run: String,
    },
    /// What the recipe brings for its test is not as it must be.
    #[error("`{path}` of the recipe cannot be used: {why}")]
    BadTests {
        /// The file or folder.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such report.
    #[error("this agent keeps no test report {sha256}")]
    NoReport {
        /// The digest that was given.
        sha256: String,
    },
    /// Something of a throw-away stack does not go.
    #[error("the throw-away stack {stack} is still there: {left}")]
    Left {
        /// Its name.
        stack: String,
        /// What is left of it.
        left: String,
    },
}

impl TestError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "AL-9501",
            Self::NotRunning { .. } => "AL-9502",
            Self::BadTests { .. } => "AL-9503",
            Self::NoReport { .. } => "AL-9504",
            Self::Left { .. } => "AL-9505",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Busy { .. } => "wait until it has ended, or end it with Ctrl-C where it was started",
            Self::NotRunning { .. } => {
                "it has ended already; `allot recipe test --clean` removes what a crash may have left"
            }
            Self::BadTests { .. } => {
                "correct it as docs/maintain/testing.md describes, commit, and test again"
            }
            Self::NoReport { .. } => "test the recipe again on this agent",
            Self::Left { .. } => {
                "see what holds it with `docker stack ps`, then run `allot recipe test --clean`"
            }
        }
        .to_owned()
    }

    /// How the caller should take it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Busy { .. } => ErrorKind::Busy,
            Self::NotRunning { .. } | Self::NoReport { .. } => ErrorKind::NotFound,
            Self::BadTests { .. } => ErrorKind::Invalid,
            Self::Left { .. } => ErrorKind::Timeout,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::TestError;
    use crate::app::recipe_test::setup::Setup;

    /// The examples of the pages in `docs/errors`, as the program would print them.
    fn examples() -> Vec<TestError> {
        let run = || "0a1b2c3d".to_owned();
        let stack = format!("allot-test-guestbook-{}", run());
        vec![
            TestError::Busy { run: run() },
            TestError::NotRunning { run: run() },
            Setup::parse("probes = []").unwrap_err(),
            TestError::NoReport {
                sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
                    .to_owned(),
            },
            TestError::Left {
                left: format!("volume {stack}_db_data"),
                stack,
            },
        ]
    }

    #[test]
    fn every_page_shows_the_message_as_it_is_printed() {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
        for error in examples() {
            let (code, help) = (error.code(), error.help());
            let page = std::fs::read_to_string(pages.join(format!("{code}.md"))).unwrap();
            let printed = format!("```text\nerror[{code}]: {error}\nhelp: {help}\n```");
            assert!(page.contains(&printed), "{code}: {printed}");
        }
    }
}
