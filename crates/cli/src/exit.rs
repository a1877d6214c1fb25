//! How the process says in one number what came of it.

/// What a command came to; the numbers are part of the interface and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// What was asked for is done.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// The command line cannot be carried out as it stands.
    Usage = 2,
    /// `app plan --exit-code`: the plan has changes.
    Changes = 3,
    /// The engine put the old state back.
    RolledBack = 4,
    /// Not allowed: permission, policy or signature.
    Refused = 5,
    /// The agent, or the engine behind it, does not answer.
    Unreachable = 6,
    /// Ctrl-C: the operation goes on in the agent and its outcome is not known here (128 + SIGINT).
    Interrupted = 130,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
