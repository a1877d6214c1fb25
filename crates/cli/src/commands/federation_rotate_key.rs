//! `allot federation rotate-key`

use allot_proto::agent::RotateKeyRequest;

use super::{federation_status, recorded};
use crate::{
    args::federation::RotateKeyArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    prompt,
    render::{federation, intent::Intent},
};

/// Replaces the collective's key, after asking.
pub async fn run(args: RotateKeyArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    let view = Intent::new(format!("Replace the signing key of {}", status.collective))
        .row("now", &status.key)
        .row(
            "then",
            "a new key, made by this agent and signed for by the one before",
        )
        .note("The key of now is never used again, by nobody.")
        .note("Other agents of the collective cannot sign until they have a copy of the new one.")
        .show(ctx.out.talk);
    let what = format!("replacing the key of {}", status.collective);
    prompt::show_and_confirm(ctx, &view, args.yes, &what, "Sign?")?;
    let answer = agent.federation().rotate_key(RotateKeyRequest {}).await?;
    let rotated = answer.into_inner();
    ctx.out
        .show(&rotated, |r| federation::rotated(ctx.out.data, r))?;
    recorded::warn(ctx, &rotated.recorded.unwrap_or_default().warnings);
    ctx.out
        .talk("back that file up, and copy it to the other agents of the collective\n");
    Ok(ExitCode::Done)
}
