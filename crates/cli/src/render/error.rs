//! Errors: `error[AL-xxxx]: what`, its causes, and what to do.

use serde::Serialize;

use super::{
    style::{Style, Tone},
    text::visible,
};
use crate::error::CliError;

/// An error as it is shown; its JSON form is the schema of `{"error": ...}`.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct ErrorView {
    /// Stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

impl ErrorView {
    /// What is to be shown for `error`: a blocked plan is one error for each blocker.
    #[must_use]
    pub fn of(error: &CliError) -> Vec<Self> {
        if let CliError::Blocked { blockers } = error {
            return blockers
                .iter()
                .map(|b| Self {
                    code: b.code.clone(),
                    message: b.text.clone(),
                    causes: vec![],
                    help: Some(b.help.clone()).filter(|h| !h.is_empty()),
                })
                .collect();
        }
        let message = error.to_string();
        let mut causes = error.causes();
        // Many libraries repeat a cause in the message above it; once is enough.
        causes.dedup();
        causes.retain(|cause| *cause != message);
        vec![Self {
            code: error.code().to_owned(),
            message,
            causes,
            help: error.help(),
        }]
    }

    /// The text for stderr.
    #[must_use]
    pub fn text(&self, style: Style) -> String {
        let label = if self.code.is_empty() {
            "error:".to_owned()
        } else {
            format!("error[{}]:", visible(&self.code))
        };
        let mut text = format!(
            "{} {}\n",
            style.paint(Tone::Bad, &label),
            visible(&self.message)
        );
        for cause in &self.causes {
            text.push_str(&format!("  cause: {}\n", visible(cause)));
        }
        if let Some(help) = &self.help {
            let label = style.paint(Tone::Good, "help:");
            text.push_str(&format!("{label} {}\n", visible(help)));
        }
        text
    }
}
