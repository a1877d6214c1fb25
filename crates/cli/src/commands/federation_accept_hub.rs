//! `allot federation accept-hub`

use allot_proto::agent::AcceptHubRequest;

use super::{federation_status, recorded};
use crate::{
    args::federation::AcceptHubArgs, context::Context, error::CliError, exit::ExitCode, prompt,
    render::intent::Intent,
};

/// Accepts a new hub, after asking.
pub async fn run(args: AcceptHubArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let digest = args.digest.to_string();
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    let mut intent = Intent::new(format!("Accept a new hub of {}", status.federation))
        .row("you were told", &digest)
        .row("the log says", &status.pending_hub)
        .note("It counts once more than half of the members have accepted it.");
    if status.pending_hub.is_empty() {
        intent = intent.warning("this agent knows of no new hub");
    } else if status.pending_hub != digest {
        intent = intent.warning("the two differ: ask the hub's admins again, by another way");
    }
    let view = intent.show(ctx.out.talk);
    prompt::show_and_confirm(ctx, &view, args.yes, "accepting a new hub", "Sign?")?;
    let request = AcceptHubRequest { hub: digest };
    let answer = agent.federation().accept_hub(request).await?;
    recorded::show(ctx, &answer.into_inner())
}
