//! `allot resolution show`

use allot_proto::agent::{GetResolutionRequest, GetResolutionResponse};
use jiff::Timestamp;

use crate::{
    args::resolution::NumberArgs, client::Agent, context::Context, error::CliError, exit::ExitCode,
    render::resolution,
};

/// Shows a resolution whole.
pub async fn run(args: NumberArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let answer = get(&ctx.agent().await?, args.number).await?;
    ctx.out.show(&answer, |a| {
        resolution::show(ctx.out.data, a, Timestamp::now())
    })?;
    Ok(ExitCode::Done)
}

/// Asks the agent.
pub async fn get(agent: &Agent, number: u32) -> Result<GetResolutionResponse, CliError> {
    let request = GetResolutionRequest { number };
    let answer = agent.resolutions().get_resolution(request).await?;
    Ok(answer.into_inner())
}
