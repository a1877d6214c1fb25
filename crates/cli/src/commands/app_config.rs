//! `allot app config`: the env in an editor, saved against the revision that was opened.

use allot_proto::{
    RemoteError,
    agent::{GetEnvRequest, UpdateEnvRequest},
};
use tempfile::NamedTempFile;

use super::app_env::saved;
use crate::{
    args::env::EditArgs, context::Context, editor, error::CliError, exit::ExitCode, limits, prompt,
};

/// Edits the env, or takes it whole from a file.
pub async fn run(args: EditArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let app = args.app.domain;
    if let Some(file) = args.from {
        let text = prompt::read_text(&file, limits::MAX_ENV)?;
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
    let edited = editor::edit(&now.text, ".env", "--from FILE", limits::MAX_ENV)?;
    let request = whole(&app, now.revision, edited.text);
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
        Err(status) => Err(keep(app, edited.file, RemoteError::from(status))),
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
