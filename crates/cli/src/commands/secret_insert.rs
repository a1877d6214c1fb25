//! `allot app secret insert`: the value comes from a file, standard input or the keyboard, never from the
//! command line.

use std::path::PathBuf;

use allot_proto::agent::InsertSecretRequest;

use crate::{
    args::secret::InsertArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    limits,
    prompt::{self, unreadable},
};

/// Puts a value into the swarm.
pub async fn run(args: InsertArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let path = path(args.file, args.data)?;
    let mut value = match &path {
        Some(path) => prompt::read(path, limits::MAX_SECRET)?,
        None if !prompt::stdin_is_terminal() => prompt::read_stdin(limits::MAX_SECRET)?,
        None if ctx.can_ask() => {
            let question = format!("Value of {} {}", args.secret, args.version);
            prompt::ask_secret(&question)?.into_bytes()
        }
        None => {
            return Err(CliError::MissingArgument {
                argument: "--file PATH",
                example: format!(
                    "allot app secret insert {} {} {} --file PATH",
                    args.domain, args.secret, args.version
                ),
            });
        }
    };
    if args.trim {
        value = value.trim_ascii().to_vec();
    }
    if value.is_empty() {
        return Err(unreadable("the secret's value", "it is empty"));
    }
    let request = InsertSecretRequest {
        app: args.domain,
        name: args.secret,
        version: args.version,
        value,
    };
    let answer = ctx.agent().await?.secrets().insert_secret(request).await?;
    ctx.out
        .show(&answer.into_inner(), |a| format!("{}\n", a.full_name))?;
    Ok(ExitCode::Done)
}

/// Where the value is: `--file PATH`, or abra's `PATH -f`. A value that stands where abra takes one is
/// refused, since every process of the machine can read the command line.
fn path(file: Option<Option<PathBuf>>, data: Option<String>) -> Result<Option<PathBuf>, CliError> {
    match (file, data) {
        (None, None) => Ok(None),
        (Some(Some(path)), None) => Ok(Some(path)),
        (Some(None), Some(data)) => Ok(Some(PathBuf::from(data))),
        (Some(None), None) => Err(CliError::MissingArgument {
            argument: "PATH",
            example: "allot app secret insert blog.example.org ssl_cert v1 --file cert.pem".into(),
        }),
        (None | Some(Some(_)), Some(_)) => Err(CliError::SecretInArguments),
    }
}
