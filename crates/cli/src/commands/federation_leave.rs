//! `allot federation leave`

use allot_proto::agent::LeaveRequest;

use super::{federation_status, recorded};
use crate::{
    args::federation::LeaveArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    prompt,
    render::{intent::Intent, text::count},
};

/// Ends the membership, after asking.
pub async fn run(args: LeaveArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    let mut intent = Intent::new(format!("Leave {}", status.federation))
        .row("collective", &status.collective)
        .row("key", &status.key)
        .note("It counts at once, for all agents of the collective.")
        .note("Coming back takes a new application, and a large decision of the members.");
    if !status.awaiting_vote.is_empty() {
        let open = count(status.awaiting_vote.len(), "resolution");
        intent = intent.warning(format!("{open} still waits for your vote"));
    }
    let what = format!("leaving {}", status.federation);
    let view = intent.show(ctx.out.talk);
    prompt::show_and_confirm(ctx, &view, args.yes, &what, "Leave?")?;
    let answer = agent.federation().leave(LeaveRequest {}).await?;
    recorded::show(ctx, &answer.into_inner())
}
