//! How an error is told on the terminal.

use std::error::Error;

/// Prints an error as all of Allotment's programs do: what, why, what to do.
pub fn tell(error: &dyn Error, code: &str, help: Option<&str>) {
    eprintln!("error[{code}]: {error}");
    let mut cause = error.source();
    while let Some(source) = cause {
        eprintln!("  cause: {source}");
        cause = source.source();
    }
    if let Some(help) = help {
        eprintln!("  help: {help}");
    }
}
