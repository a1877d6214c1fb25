//! Texts and their bounds, and the refusals that many rules share.

use crate::{
    ids::Slug,
    limits::{MAX_LINE, MAX_REASON},
    state::Refused,
};

pub(super) fn reason_given(what: &'static str, reason: &str) -> Result<(), Refused> {
    if reason.trim().is_empty() {
        return Err(Refused::NoReason { what });
    }
    text("the reason", reason, MAX_REASON)
}

/// One line that says something.
pub(super) fn line(what: &'static str, text: &str) -> Result<(), Refused> {
    if text.trim().is_empty() {
        return Err(malformed(what, "it is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(malformed(
            what,
            "it is one line, without control characters",
        ));
    }
    if text.chars().count() > MAX_LINE {
        return Err(too_much(what, MAX_LINE));
    }
    Ok(())
}

pub(super) fn text(what: &'static str, text: &str, limit: usize) -> Result<(), Refused> {
    if text.len() > limit {
        return Err(too_much(what, limit));
    }
    Ok(())
}

pub(super) fn too_much(what: &'static str, limit: usize) -> Refused {
    Refused::TooMuch { what, limit }
}

pub(super) fn malformed(what: &'static str, why: impl Into<String>) -> Refused {
    let why = why.into();
    Refused::Malformed { what, why }
}

pub(super) fn not_that(slug: &Slug, is_not: &'static str) -> Refused {
    Refused::NotThat {
        collective: slug.clone(),
        is_not,
    }
}
