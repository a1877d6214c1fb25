//! Runs a test of this very binary in a process of its own: the trick for everything that kills or limits one.

use std::path::Path;
use std::process::{Command, Stdio};

/// What tells the child which directory it works in; without it, a child's test does nothing.
pub const DIR: &str = "ALLOT_STORE_TEST_DIR";

/// A command that runs the ignored test `name` on `dir`, under a shell that does `before` first.
pub fn command(before: &str, name: &str, dir: &Path) -> Command {
    let mut command = Command::new("sh");
    let script = format!("{before} exec \"$0\" --exact {name} --ignored --nocapture");
    command
        .arg("-c")
        .arg(script)
        .arg(std::env::current_exe().unwrap());
    command
        .env(DIR, dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// The directory of the child; `None` when somebody runs the ignored tests by hand.
pub fn dir() -> Option<std::path::PathBuf> {
    std::env::var_os(DIR).map(Into::into)
}
