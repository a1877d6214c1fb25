//! `allot federation reject-hub`

use allot_proto::agent::RejectHubRequest;

use super::federation_status;
use crate::{
    args::federation::RejectHubArgs, context::Context, error::CliError, exit::ExitCode, prompt,
    render::intent::Intent,
};

/// Goes back to the hub before, after asking.
pub async fn run(args: RejectHubArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    let mut intent = Intent::new(format!("Reject the new hub of {}", status.federation))
        .row("the new hub", &status.hub_address)
        .row("its keys", &status.pending_hub)
        .note("The agent goes back to the hub before, with the log that it had there.");
    if status.pending_hub.is_empty() {
        intent = intent.warning("this agent knows of no new hub");
    }
    let view = intent.show(ctx.out.talk);
    prompt::show_and_confirm(ctx, &view, args.yes, "rejecting a new hub", "Go back?")?;
    let answer = agent.federation().reject_hub(RejectHubRequest {}).await?;
    ctx.out.show(&answer.into_inner(), |answer| {
        format!("back at the hub {}\n", answer.hub_address)
    })?;
    Ok(ExitCode::Done)
}
