//! `allot federation join`: the invite is a secret until it is used.

use std::path::{Path, PathBuf};

use allot_proto::agent::JoinRequest;

use super::recorded;
use crate::{
    args::federation::JoinArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    limits,
    prompt::{self, unreadable},
    render::federation,
};

/// Enrols this agent.
pub async fn run(args: JoinArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let invite = clean(&invite(args.invite, args.file, ctx)?);
    if invite.is_empty() {
        return Err(unreadable("the invite", "it is empty"));
    }
    if invite.len() > limits::MAX_INVITE {
        let why = format!("it is larger than {} bytes", limits::MAX_INVITE);
        return Err(unreadable("the invite", why));
    }
    let request = JoinRequest {
        invite,
        agent: args.agent.unwrap_or_default(),
        knowing_loss: args.knowing_loss,
    };
    let answer = ctx.agent().await?.federation().join(request).await?;
    let joined = answer.into_inner();
    ctx.out
        .show(&joined, |joined| federation::joined(ctx.out.data, joined))?;
    recorded::warn(ctx, &joined.warnings);
    ctx.out.talk("look with `allot federation status`\n");
    Ok(ExitCode::Done)
}

fn invite(
    argument: Option<String>,
    file: Option<PathBuf>,
    ctx: &Context,
) -> Result<String, CliError> {
    match (argument, file) {
        (Some(dash), _) if dash == "-" => from(Path::new("-")),
        (Some(invite), _) => {
            // It is taken nevertheless: it can be used once only, and soon is.
            ctx.out.say(
                "warning: while this runs, every process of this machine can read the invite; \
                 `allot federation join -` takes it from standard input\n",
            );
            Ok(invite)
        }
        (None, Some(file)) => from(&file),
        (None, None) if !prompt::stdin_is_terminal() => from(Path::new("-")),
        (None, None) if ctx.can_ask() => prompt::ask_pasted("Invite (it is not shown)"),
        (None, None) => Err(CliError::MissingArgument {
            argument: "--file PATH",
            example: "allot federation join --file invite.txt".into(),
        }),
    }
}

fn from(path: &Path) -> Result<String, CliError> {
    prompt::read_text(path, limits::MAX_INVITE)
}

/// Mail programs break long lines; an invite has no blanks of its own.
fn clean(pasted: &str) -> String {
    pasted.chars().filter(|c| !c.is_whitespace()).collect()
}
