//! A text in the person's editor.

use std::{io::Write as _, path::Path, process::Command};

use tempfile::NamedTempFile;

use crate::{
    error::CliError,
    prompt::{self, unreadable},
};

/// An edited text, and the file that it is still in: whoever cannot use the text keeps the file.
#[derive(Debug)]
pub struct Edited {
    /// What the person left.
    pub text: String,
    /// Where it is.
    pub file: NamedTempFile,
}

/// Opens `text` in the person's editor, and reads at most `limit` bytes back. `instead` is the option
/// that gives a text without an editor.
///
/// # Errors
/// `AL-7007` when the editor fails, `AL-7009` when no file can be made for it, `AL-7006` when what it left
/// cannot be read.
pub fn edit(
    text: &str,
    suffix: &str,
    instead: &'static str,
    limit: usize,
) -> Result<Edited, CliError> {
    let file = temporary(text, suffix)?;
    run(file.path(), instead)?;
    let text = reread(&file, limit)?;
    Ok(Edited { text, file })
}

/// A file that only this user can read (`tempfile` makes it with mode 0600), with the text in it.
fn temporary(text: &str, suffix: &str) -> Result<NamedTempFile, CliError> {
    let made = tempfile::Builder::new()
        .prefix("allot-")
        .suffix(suffix)
        .tempfile();
    made.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.flush()?;
        Ok(file)
    })
    .map_err(|source| CliError::Output {
        what: "a temporary file for the editor".into(),
        source,
    })
}

/// Runs the editor the way git does: through the shell, since EDITOR may hold arguments.
fn run(path: &Path, instead: &'static str) -> Result<(), CliError> {
    let named = |name| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
    let editor = named("VISUAL")
        .or_else(|| named("EDITOR"))
        .unwrap_or_else(|| "$(command -v nano || command -v vi)".to_owned());
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| CliError::Editor {
        editor: editor.clone(),
        instead,
        source,
    };
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("sh")
        .arg(path)
        .status()
        .map_err(|error| failed(error.into()))?;
    if status.success() {
        Ok(())
    } else {
        Err(failed(status.to_string().into()))
    }
}

/// Reads the file again by its path: many editors write a new file and rename it over the old one.
fn reread(file: &NamedTempFile, limit: usize) -> Result<String, CliError> {
    let bytes = prompt::read(file.path(), limit)?;
    String::from_utf8(bytes).map_err(|error| unreadable("the edited text", error))
}
