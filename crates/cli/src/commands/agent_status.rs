//! `allot agent status`

use allot_proto::agent::GetStatusRequest;

use crate::{context::Context, error::CliError, exit::ExitCode, render::status};

/// Shows how the agent is; exits with 6 when its engine is not ready.
pub async fn run(ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let answer = agent.agent().get_status(GetStatusRequest {}).await?;
    let answer = answer.into_inner();
    ctx.out.show(&answer, |s| status::agent(ctx.out.data, s))?;
    let ready = answer.engine.is_some_and(|engine| engine.ready);
    Ok(if ready {
        ExitCode::Done
    } else {
        ExitCode::Unreachable
    })
}
