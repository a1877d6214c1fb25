//! `allot ledger verify`

use allot_proto::agent::VerifyLedgerRequest;
use tokio_stream::StreamExt as _;

use crate::{
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::{ledger, progress::Progress},
};

/// Follows the agent as it proves its copy, to the end.
pub async fn run(ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let answer = agent.ledger().verify_ledger(VerifyLedgerRequest {}).await?;
    let mut steps = answer.into_inner();
    let mut progress = Progress::begin(ctx, "verified");
    while let Some(step) = steps.next().await {
        let step = match step {
            Ok(step) => step,
            Err(status) => {
                progress.end();
                return Err(status.into());
            }
        };
        if ctx.out.json {
            ctx.out.document(&step)?;
        }
        if step.done {
            progress.end();
            if !ctx.out.json {
                ctx.out.data(&ledger::verified(ctx.out.data, &step))?;
            }
            return Ok(ExitCode::Done);
        }
        progress.at(ctx, step.verified, step.size);
    }
    progress.end();
    // A verification without an end has proved nothing.
    Err(CliError::Incomplete {
        what: "end of the verification",
    })
}
