//! An application to join, read so that a member sees what it vouches for. The agent and the hub check it
//! again.

use allot_ledger::{
    Author, Body, Envelope, Slug,
    entry::{Application, BadEnvelope},
};

use crate::{error::CliError, exit::ExitCode, prompt::unreadable};

/// Who applies, and what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// Which federation it is for: its genesis hash.
    pub federation: String,
    /// Who applies.
    pub collective: Slug,
    /// What they say, signed with the key in it.
    pub application: Application,
    /// Whom to ask, when it stands beside.
    pub contact: String,
}

/// Reads an application: an envelope, or an object that holds one as `envelope`.
///
/// # Errors
/// `AL-7006` when it is none, `AL-8010` and following when its envelope is not sound.
pub fn read(text: &str) -> Result<Applicant, CliError> {
    let no = |why: &str| unreadable("the application", why);
    let json: serde_json::Value =
        serde_json::from_str(text.trim()).map_err(|error| unreadable("the application", error))?;
    let inner = match json.get("envelope") {
        Some(serde_json::Value::String(text)) => serde_json::from_str(text).ok(),
        Some(object) => Some(object.clone()),
        None => Some(json.clone()),
    };
    let envelope: Envelope = inner
        .and_then(|inner| serde_json::from_value(inner).ok())
        .ok_or_else(|| no("it holds no signed envelope"))?;
    let entry = envelope.entry().map_err(|error| refused(&error))?;
    let (Author::Collective(collective), Body::Apply(application)) = (entry.author, entry.body)
    else {
        return Err(no("what was signed is no application"));
    };
    envelope
        .verify(&application.key)
        .map_err(|error| refused(&error))?;
    let contact = json.get("contact").and_then(|contact| contact.as_str());
    Ok(Applicant {
        federation: entry.federation,
        collective,
        application: *application,
        contact: contact.unwrap_or_default().to_owned(),
    })
}

/// Reads that an applicant takes its application back: of which federation, and who. Whether it signed it, the agent
/// knows.
///
/// # Errors
/// As [`read`].
pub fn read_withdrawal(text: &str) -> Result<(String, Slug), CliError> {
    let what = "what the applicant signed";
    let envelope: Envelope =
        serde_json::from_str(text.trim()).map_err(|error| unreadable(what, error))?;
    let entry = envelope.entry().map_err(|error| refused(&error))?;
    match (entry.author, entry.body) {
        (Author::Collective(collective), Body::Leave) => Ok((entry.federation, collective)),
        _ => Err(unreadable(what, "it takes no application back")),
    }
}

fn refused(error: &BadEnvelope) -> CliError {
    let mut shown = CliError::domain(error.code(), error, error.help());
    if let CliError::Domain { exit, .. } = &mut shown {
        *exit = ExitCode::Refused;
    }
    shown
}
