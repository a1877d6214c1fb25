//! `allot resolution escalate`

use allot_proto::agent::EscalateRequest;
use jiff::Timestamp;

use super::{recorded, resolution_show, resolution_vote::about, witnesses};
use crate::{
    args::resolution::ReasonArgs, context::Context, error::CliError, exit::ExitCode, prompt,
    render::text::number,
};

/// Makes a medium decision a large one, after asking.
pub async fn run(args: ReasonArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let resolution = resolution_show::get(&agent, args.number).await?;
    let view = about("Make a large decision of", &resolution, Timestamp::now())
        .row("reason", &args.reason)
        .note("From then on it needs votes for from more than half of all members. There is no way back.")
        .show(ctx.out.talk);
    let what = format!("escalating resolution {}", number(args.number));
    prompt::show_and_confirm(ctx, &view, args.yes, &what, "Sign?")?;
    let request = EscalateRequest {
        number: args.number,
        reason: args.reason,
    };
    let is_witnessed = resolution.resolution.as_ref().is_some_and(|r| r.witnessed);
    witnesses::tell(ctx, &agent, is_witnessed).await?;
    let answer = agent.resolutions().escalate(request).await?;
    recorded::show(ctx, &answer.into_inner())
}
