//! `allot federation take-back`: an application is taken back in a file; nothing is sent.

use allot_proto::agent::MakeWithdrawalRequest;

use crate::{args::federation::TakeBackArgs, context::Context, error::CliError, exit::ExitCode};

/// Prints what takes the application back.
pub async fn run(args: TakeBackArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = MakeWithdrawalRequest {
        federation: args.federation.to_string(),
        seq: args.entry.unwrap_or(0),
    };
    let agent = ctx.agent().await?;
    let answer = agent.federation().make_withdrawal(request).await?;
    ctx.out.show(&answer.into_inner(), |made| {
        format!("{}\n", made.withdrawal.trim_end())
    })?;
    ctx.out
        .talk("send it to a member, who brings it with `allot federation bring FILE`\n");
    Ok(ExitCode::Done)
}
