//! `allot app config`: the env in an editor, saved against the revision that was opened.

use std::{io::Write as _, path::Path, process::Command};

use allot_proto::{
    RemoteError,
    agent::{GetEnvRequest, GetEnvResponse, UpdateEnvRequest},
};
use tempfile::NamedTempFile;

use super::app_env::saved;
use crate::{
    args::env::EditArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    limits,
    prompt::{self, unreadable},
};

/// Edits the env, or takes it whole from a file.
pub async fn run(args: EditArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let app = args.app.domain;
    if let Some(file) = args.from {
        let bytes = prompt::read(&file, limits::MAX_ENV)?;
        let what = file.display().to_string();
        let text = String::from_utf8(bytes).map_err(|error| unreadable(&what, error))?;
        let request = whole(&app, 0, text);
        let answer = ctx.agent().await?.apps().update_env(request).await?;
        return saved(&answer.into_inner(), ctx);
    }
    if ctx.no_input {
        return Err(CliError::MissingArgument {
            argument: "--from FILE",
            example: format!("allot app config {app} --from FILE"),
        });
    }
    let agent = ctx.agent().await?;
    let request = GetEnvRequest {
        app: app.clone(),
        revision: 0,
    };
    let now = agent.apps().get_env(request).await?.into_inner();
    let file = temporary(&now)?;
    edit(file.path())?;
    let text = reread(&file)?;
    let request = whole(&app, now.revision, text);
    // Nothing is held open while the person writes: a connection of an hour ago may be gone.
    let agent = ctx.agent().await;
    let answer = match agent {
        Ok(agent) => agent.apps().update_env(request).await,
        Err(error) => {
            ctx.out.report(&error);
            Err(tonic::Status::unavailable("the agent no longer answers"))
        }
    };
    match answer {
        Ok(answer) => saved(&answer.into_inner(), ctx),
        Err(status) => Err(keep(app, file, RemoteError::from(status))),
    }
}

fn whole(app: &str, base_revision: u64, text: String) -> UpdateEnvRequest {
    UpdateEnvRequest {
        app: app.to_owned(),
        base_revision,
        text: Some(text),
        ..Default::default()
    }
}

/// A file that only this user can read (`tempfile` makes it with mode 0600), with the text in it.
fn temporary(env: &GetEnvResponse) -> Result<NamedTempFile, CliError> {
    let made = tempfile::Builder::new()
        .prefix("allot-")
        .suffix(".env")
        .tempfile();
    made.and_then(|mut file| {
        file.write_all(env.text.as_bytes())?;
        file.flush()?;
        Ok(file)
    })
    .map_err(|source| CliError::Output {
        what: "a temporary file for the editor".into(),
        source,
    })
}

/// Runs the person's editor the way git does: through the shell, since EDITOR may hold arguments.
fn edit(path: &Path) -> Result<(), CliError> {
    let named = |name| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
    let editor = named("VISUAL")
        .or_else(|| named("EDITOR"))
        .unwrap_or_else(|| "$(command -v nano || command -v vi)".to_owned());
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| CliError::Editor {
        editor: editor.clone(),
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
fn reread(file: &NamedTempFile) -> Result<String, CliError> {
    let bytes = prompt::read(file.path(), limits::MAX_ENV)?;
    String::from_utf8(bytes).map_err(|error| unreadable("the edited text", error))
}

/// Keeps the person's text when it could not be saved.
fn keep(app: String, file: NamedTempFile, source: RemoteError) -> CliError {
    match file.keep() {
        Ok((_, kept)) => CliError::EditKept {
            app,
            kept,
            source: Box::new(source),
        },
        Err(error) => CliError::Output {
            what: "the edited text to where it could be kept".into(),
            source: error.error,
        },
    }
}
