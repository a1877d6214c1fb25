//! `allot agent operators`

use allot_proto::agent::ListOperatorsRequest;

use crate::{context::Context, error::CliError, exit::ExitCode, render::status};

/// Lists who may do what behind the agent's socket.
pub async fn run(ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let answer = agent
        .agent()
        .list_operators(ListOperatorsRequest {})
        .await?;
    let answer = answer.into_inner();
    ctx.out
        .show(&answer, |a| status::operators(ctx.out.data, a))?;
    if answer.operators.is_empty() {
        ctx.out
            .talk("nobody is named in the agent's configuration\n");
    }
    Ok(ExitCode::Done)
}
