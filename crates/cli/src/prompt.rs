//! Questions. They are asked on stderr, and only where [`Context::can_ask`] holds.

use std::{
    fs::File,
    io::{self, IsTerminal as _, Read},
    path::Path,
};

use dialoguer::{Input, Password};

use crate::{context::Context, error::CliError};

/// Shows what would be done and makes sure that it may be. With JSON output the view is for the person who
/// is asked, and for nobody else.
///
/// # Errors
/// As [`confirm`].
pub fn show_and_confirm(
    ctx: &Context,
    view: &str,
    yes: bool,
    what: &str,
    question: &str,
) -> Result<(), CliError> {
    let asks = !yes && !ctx.no_input;
    if !ctx.out.json || (asks && ctx.can_ask()) {
        ctx.out.say(view);
    }
    confirm(ctx, yes, what, question)
}

/// Makes sure that `what` may be done: `yes` or `--no-input` say so beforehand, else the person is asked.
///
/// # Errors
/// `AL-7001` when nobody can be asked, `AL-7003` when the answer was no.
pub fn confirm(ctx: &Context, yes: bool, what: &str, question: &str) -> Result<(), CliError> {
    if yes || ctx.no_input {
        return Ok(());
    }
    if !ctx.can_ask() {
        return Err(CliError::NeedsConfirmation { what: what.into() });
    }
    if ask_yes(question)? {
        Ok(())
    } else {
        Err(CliError::Declined)
    }
}

/// Asks yes or no; anything but `y` or `yes` is no. A line is read instead of a key, since dialoguer's
/// `Confirm` hides the cursor and Ctrl-C would leave it hidden.
///
/// # Errors
/// `AL-7006` when the terminal fails.
pub fn ask_yes(question: &str) -> Result<bool, CliError> {
    let answer = Input::<String>::new()
        .with_prompt(format!("{question} [y/N]"))
        .allow_empty(true)
        .interact_text()
        .map_err(|error| unreadable("the answer", error))?;
    let answer = answer.trim();
    Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
}

/// Asks for one line, with a default unless that is empty.
///
/// # Errors
/// `AL-7006` when the terminal fails.
pub fn ask(question: &str, default: &str) -> Result<String, CliError> {
    let mut input = Input::<String>::new().with_prompt(question);
    if !default.is_empty() {
        input = input.default(default.to_owned());
    }
    input
        .interact_text()
        .map_err(|error| unreadable("the answer", error))
}

/// Asks for a secret, unseen and twice.
///
/// # Errors
/// `AL-7006` when the terminal fails.
pub fn ask_secret(question: &str) -> Result<String, CliError> {
    Password::new()
        .with_prompt(question)
        .with_confirmation("Again, to be sure", "The two differ")
        .interact()
        .map_err(|error| unreadable("the secret", error))
}

/// Asks for a secret that was copied from elsewhere, unseen, once.
///
/// # Errors
/// `AL-7006` when the terminal fails.
pub fn ask_pasted(question: &str) -> Result<String, CliError> {
    Password::new()
        .with_prompt(question)
        .allow_empty_password(true)
        .interact()
        .map_err(|error| unreadable("the answer", error))
}

/// Reads a text of at most `limit` bytes from a file, or from standard input for `-`.
///
/// # Errors
/// As [`read`], and when it is not UTF-8.
pub fn read_text(path: &Path, limit: usize) -> Result<String, CliError> {
    let what = if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    String::from_utf8(read(path, limit)?).map_err(|error| unreadable(&what, error))
}

/// Reads a file, or standard input for `-`, of at most `limit` bytes.
///
/// # Errors
/// `AL-7006` when it cannot be read or is larger.
pub fn read(path: &Path, limit: usize) -> Result<Vec<u8>, CliError> {
    if path == Path::new("-") {
        return read_stdin(limit);
    }
    let what = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(&what, error))?;
    read_bounded(file, limit, &what)
}

/// Reads standard input to its end, at most `limit` bytes.
///
/// # Errors
/// As [`read`].
pub fn read_stdin(limit: usize) -> Result<Vec<u8>, CliError> {
    read_bounded(io::stdin().lock(), limit, "standard input")
}

/// Whether somebody sits before standard input.
#[must_use]
pub fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}

fn read_bounded(from: impl Read, limit: usize, what: &str) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    from.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(what, error))?;
    if bytes.len() > limit {
        let why = format!("it is larger than {limit} bytes");
        return Err(unreadable(what, why));
    }
    Ok(bytes)
}

/// The error of something that could not be read.
pub fn unreadable(
    what: &str,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> CliError {
    CliError::Input {
        what: what.into(),
        source: why.into(),
    }
}
