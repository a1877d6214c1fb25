//! Why nothing can be written, as long as it is so: told once, and shown in the status.

use std::sync::{Mutex, PoisonError};

use super::error::HubError;

/// What is wrong now.
#[derive(Debug, Default)]
pub struct Trouble(Mutex<Option<String>>);

impl Trouble {
    /// Something is wrong. It is logged when it is new.
    pub fn tell(&self, error: &HubError) {
        let code = error.code();
        let text = format!("{code}: {error}");
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = now.as_ref().is_some_and(|known| known.starts_with(code));
        if !known {
            tracing::error!(code, "the hub cannot write: {}", causes(error));
        }
        *now = Some(text);
    }

    /// Nothing is wrong any more.
    pub fn clear(&self) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.take().is_some() {
            tracing::info!("the hub writes again");
        }
    }

    /// What is wrong; empty when nothing is.
    #[must_use]
    pub fn text(&self) -> String {
        let now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.clone().unwrap_or_default()
    }
}

/// An error with what it comes from, on one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
