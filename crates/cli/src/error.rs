//! What can go wrong on this side of the socket, and how an error of the agent is taken.

use std::{error::Error, io, path::PathBuf};

use crate::{exit::ExitCode, remote, render::text::count};
use allot_proto::{RemoteError, agent::Blocker};

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The agent answered with an error.
    #[error("{}", remote::message(.0))]
    Remote(RemoteError),
    /// Nothing listens where the agent should.
    #[error("cannot reach the agent at {socket}")]
    Unreachable {
        /// The socket, or the sockets that were looked for.
        socket: String,
        /// What the system said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The socket is there, but not for this user.
    #[error("this user may not use the agent's socket {socket}")]
    SocketDenied {
        /// The socket.
        socket: String,
        /// What the system said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The stream of an operation ended before its verdict.
    #[error("lost the agent while it worked on {app}; the operation's outcome is not known")]
    Lost {
        /// The app.
        app: String,
        /// The operation, once the agent named it.
        operation: Option<String>,
        /// How the stream ended, where there was an error.
        #[source]
        source: Option<Box<RemoteError>>,
    },
    /// The agent answered, but left out what the answer must hold.
    #[error("the agent's answer holds no {what}")]
    Incomplete {
        /// What is not there.
        what: &'static str,
    },
    /// The plan holds reasons that forbid to apply it.
    #[error("the plan cannot be applied: {}", blockers.iter().map(|b| b.text.as_str()).collect::<Vec<_>>().join("; "))]
    Blocked {
        /// The reasons, at least one.
        blockers: Vec<Blocker>,
    },
    /// An operation ended in a verdict that is no success.
    #[error("{what}: {outcome}")]
    Verdict {
        /// For example `deploy of cloud.example.org`.
        what: String,
        /// The verdict's word.
        outcome: String,
        /// The agent's code for it.
        code: String,
        /// The agent's remedy.
        help: Option<String>,
        /// What the process ends with.
        exit: ExitCode,
    },
    /// There is nobody to ask.
    #[error("{what} needs a confirmation, and there is no terminal to ask on")]
    NeedsConfirmation {
        /// What was to be done.
        what: String,
    },
    /// An argument is missing and may not be asked for.
    #[error("{argument} is missing, and nobody can be asked for it")]
    MissingArgument {
        /// The argument as the help names it.
        argument: &'static str,
        /// An example of how to give it.
        example: String,
    },
    /// Arguments that clap takes and that make no sense together.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to type instead.
        help: String,
    },
    /// The operator answered no.
    #[error("not confirmed; nothing was changed")]
    Declined,
    /// A secret stood on the command line.
    #[error("a secret was given as an argument, where every process of this machine can read it")]
    SecretInArguments,
    /// A flag of abra's that has no meaning here.
    #[error("{flag} is not supported")]
    Unsupported {
        /// The flag.
        flag: &'static str,
        /// What to do in its place.
        help: &'static str,
    },
    /// A file, standard input or the terminal could not be read, or held what it must not.
    #[error("cannot read {what}")]
    Input {
        /// What was being read.
        what: String,
        /// Why not.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The editor could not be run, or ended with an error.
    #[error("the editor `{editor}` did not end well")]
    Editor {
        /// The command.
        editor: String,
        /// How to do without one.
        instead: &'static str,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// An edited text was not taken; it is kept.
    #[error("the edited env of {app} was not saved; your text is kept in {}", kept.display())]
    EditKept {
        /// The app.
        app: String,
        /// Where the text is.
        kept: PathBuf,
        /// What the agent said.
        #[source]
        source: Box<RemoteError>,
    },
    /// A file could not be written.
    #[error("cannot write {what}")]
    Output {
        /// What was being written.
        what: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Of the files that were to be imported, none can be.
    #[error("nothing can be imported: {} refused", count(*refused, "file"))]
    NothingImported {
        /// How many files.
        refused: usize,
    },
    /// A file that would come to lie outside of the folder that was named.
    #[error("`{path}` is not written: {why}")]
    OutsideFolder {
        /// The path, as the agent sent it.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file that people wrote, where an export has its own.
    #[error("`{path}` is there, and nothing in it says where the export's part is")]
    NotMarked {
        /// Which file.
        path: &'static str,
        /// The line before the export's part.
        begin: &'static str,
        /// The line behind it.
        end: &'static str,
    },
    /// The log has no entry of that index.
    #[error("the log has no entry {index}")]
    NoEntry {
        /// The index.
        index: u64,
        /// How many entries there are.
        size: u64,
    },
    /// An error of one of the domain's crates, which brings its own code and remedy.
    #[error("{message}")]
    Domain {
        /// Stable code.
        code: &'static str,
        /// What happened.
        message: String,
        /// Why, outermost first.
        causes: Vec<String>,
        /// What to do.
        help: Option<String>,
        /// What the process ends with.
        exit: ExitCode,
    },
}

impl From<RemoteError> for CliError {
    fn from(error: RemoteError) -> Self {
        Self::Remote(error)
    }
}

impl From<tonic::Status> for CliError {
    fn from(status: tonic::Status) -> Self {
        Self::Remote(RemoteError::from(status))
    }
}

impl CliError {
    /// Wraps a domain error (recipe, stack) that names its own code and remedy; exits with 1.
    #[must_use]
    pub fn domain(code: &'static str, error: &dyn Error, help: Option<String>) -> Self {
        Self::Domain {
            code,
            message: error.to_string(),
            causes: chain(error),
            help,
            exit: ExitCode::Failed,
        }
    }

    /// Stable code, described in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Remote(error) => remote::code(error),
            Self::Unreachable { .. } => "AL-6001",
            Self::Lost { .. } => "AL-6002",
            Self::Incomplete { .. } => "AL-6004",
            Self::SocketDenied { .. } => "AL-6005",
            Self::Blocked { blockers } => blockers.first().map_or("AL-6004", |b| &b.code),
            Self::Verdict { code, .. } => code,
            Self::NeedsConfirmation { .. } => "AL-7001",
            Self::MissingArgument { .. } => "AL-7002",
            Self::Declined => "AL-7003",
            Self::SecretInArguments => "AL-7004",
            Self::Unsupported { .. } => "AL-7005",
            Self::Input { .. } => "AL-7006",
            Self::Editor { .. } => "AL-7007",
            Self::EditKept { .. } => "AL-7008",
            Self::Output { .. } => "AL-7009",
            Self::NothingImported { .. } => "AL-7010",
            Self::OutsideFolder { .. } => "AL-7011",
            Self::NoEntry { .. } => "AL-7012",
            Self::NotMarked { .. } => "AL-7013",
            Self::Usage { .. } => "AL-7000",
            Self::Domain { code, .. } => code,
        }
    }

    /// What to do next, one imperative sentence.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Remote(error) => remote::help(error),
            Self::Unreachable { .. } => Some(
                "start it with `allot-agent serve`, or say where it listens with --socket or ALLOT_SOCKET"
                    .into(),
            ),
            Self::Lost { app, operation, .. } => Some(match operation {
                Some(id) => format!(
                    "look again with `allot app deploy --attach {id}` once `allot agent status` answers"
                ),
                None => format!("look what became of it with `allot app history {app}`"),
            }),
            Self::Incomplete { .. } => {
                Some("compare `allot --version` with the version in `allot agent status`".into())
            }
            Self::SocketDenied { .. } => Some(
                "ask an administrator to add you to the socket's group (`ls -l` names it), then log in again"
                    .into(),
            ),
            Self::Blocked { blockers } => blockers
                .first()
                .map(|b| b.help.clone())
                .filter(|help| !help.is_empty()),
            Self::Verdict { help, .. } | Self::Domain { help, .. } => help.clone(),
            Self::NeedsConfirmation { .. } => {
                Some("look at the plan first, then pass --yes to go on without being asked".into())
            }
            Self::MissingArgument { example, .. } => Some(format!("say it as in `{example}`")),
            Self::SecretInArguments => Some(
                "pass the value on standard input, or name a file that holds it with `--file PATH`".into(),
            ),
            Self::Unsupported { help, .. } => Some((*help).into()),
            Self::Input { .. } => None,
            Self::Editor { instead, .. } => Some(format!(
                "set EDITOR to an editor that is installed, or give the text with `{instead}`"
            )),
            Self::Usage { help, .. } => Some(help.clone()),
            Self::NothingImported { .. } => {
                Some("correct what the reasons above name, then look again with --check".into())
            }
            Self::OutsideFolder { .. } => Some(
                "take links out of the folder, or choose an empty one; when that is not it, do not trust this agent"
                    .into(),
            ),
            Self::NotMarked { begin, end, .. } => Some(format!(
                "write the lines `{begin}` and `{end}` where it is to be, or export into another folder"
            )),
            Self::NoEntry { size, .. } => Some(match size.checked_sub(1) {
                Some(last) => format!("give an index from 0 to {last}"),
                None => "the log is empty: look at `allot federation status`".into(),
            }),
            Self::EditKept { app, kept, .. } => Some(format!(
                "read what changed with `allot app env list {app}`, then try again with `allot app config {app} --from {}`",
                kept.display()
            )),
            Self::Declined | Self::Output { .. } => None,
        }
    }

    /// Why, outermost first.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        match self {
            Self::Remote(error) => remote::causes(error),
            Self::Domain { causes, .. } => causes.clone(),
            Self::EditKept { source, .. }
            | Self::Lost {
                source: Some(source),
                ..
            } => {
                let mut causes = vec![remote::message(source).to_owned()];
                causes.extend(remote::causes(source));
                causes
            }
            other => chain(other),
        }
    }

    /// What the process ends with.
    #[must_use]
    pub fn exit(&self) -> ExitCode {
        match self {
            Self::Remote(error) => remote::exit(error),
            Self::EditKept { source, .. } => remote::exit(source),
            Self::Unreachable { .. } | Self::Lost { .. } => ExitCode::Unreachable,
            Self::SocketDenied { .. } | Self::OutsideFolder { .. } => ExitCode::Refused,
            Self::NeedsConfirmation { .. }
            | Self::MissingArgument { .. }
            | Self::SecretInArguments
            | Self::Usage { .. }
            | Self::Unsupported { .. } => ExitCode::Usage,
            Self::Verdict { exit, .. } | Self::Domain { exit, .. } => *exit,
            Self::Incomplete { .. }
            | Self::Blocked { .. }
            | Self::Declined
            | Self::NothingImported { .. }
            | Self::NoEntry { .. }
            | Self::NotMarked { .. }
            | Self::Input { .. }
            | Self::Editor { .. }
            | Self::Output { .. } => ExitCode::Failed,
        }
    }
}

/// The sources of `error`, outermost first; at most 16, so that a cycle cannot hold us.
fn chain(error: &dyn Error) -> Vec<String> {
    std::iter::successors(error.source(), |&e| e.source())
        .take(16)
        .map(ToString::to_string)
        .collect()
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    fn remote(code: &str, grpc: Code) -> CliError {
        CliError::Remote(RemoteError {
            code: code.into(),
            message: "it happened".into(),
            causes: vec![],
            help: None,
            grpc,
        })
    }

    #[test]
    fn a_refusal_exits_with_5_and_silence_with_6() {
        assert_eq!(
            remote("AL-6005", Code::PermissionDenied).exit(),
            ExitCode::Refused
        );
        assert_eq!(
            remote("AL-4001", Code::Unavailable).exit(),
            ExitCode::Unreachable
        );
        assert_eq!(remote("AL-1001", Code::NotFound).exit(), ExitCode::Failed);
    }

    #[test]
    fn an_answer_without_a_code_still_gets_one() {
        assert_eq!(remote("", Code::Unimplemented).code(), "AL-6003");
        assert_eq!(remote("", Code::OutOfRange).code(), "AL-6004");
        assert_eq!(remote("", Code::Cancelled).code(), "AL-6006");
        let broken = remote("", Code::Unknown);
        assert_eq!(broken.code(), "AL-6001");
        assert_eq!(broken.exit(), ExitCode::Unreachable);
        assert_eq!(broken.causes(), ["it happened"]);
        assert_eq!(remote("AL-1001", Code::NotFound).code(), "AL-1001");
    }
}
