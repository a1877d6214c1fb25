//! `allot resolution withdraw`

use allot_proto::agent::WithdrawRequest;
use jiff::Timestamp;

use super::{recorded, resolution_show, resolution_vote::about};
use crate::{
    args::resolution::ReasonArgs, context::Context, error::CliError, exit::ExitCode, prompt,
    render::text::number,
};

/// Takes an own resolution back, after asking.
pub async fn run(args: ReasonArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let resolution = resolution_show::get(&agent, args.number).await?;
    let view = about("Withdraw", &resolution, Timestamp::now())
        .row("reason", &args.reason)
        .note("It ends without a result. Its number is not given again.")
        .show(ctx.out.talk);
    let what = format!("withdrawing resolution {}", number(args.number));
    prompt::show_and_confirm(ctx, &view, args.yes, &what, "Sign?")?;
    let request = WithdrawRequest {
        number: args.number,
        reason: args.reason,
    };
    let answer = agent.resolutions().withdraw(request).await?;
    recorded::show(ctx, &answer.into_inner())
}
