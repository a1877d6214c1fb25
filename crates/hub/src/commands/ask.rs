//! Questions, on standard error, and only where somebody can answer.

use std::io::{self, IsTerminal as _, Write as _};

use super::CommandError;

/// Shows what would be done and makes sure that it may be.
pub(super) fn confirm(yes: bool, what: &str, plan: &str) -> Result<(), CommandError> {
    eprintln!("{}", plan.trim_end());
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let what = what.to_owned();
        return Err(CommandError::NeedsConfirmation { what });
    }
    eprint!("Go on? [y/N] ");
    let mut answer = String::new();
    let read = io::stderr()
        .flush()
        .and_then(|()| io::stdin().read_line(&mut answer));
    let answer = answer.trim().to_lowercase();
    match read {
        Ok(_) if answer == "y" || answer == "yes" => Ok(()),
        _ => Err(CommandError::Declined),
    }
}
