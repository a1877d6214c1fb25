//! `allot ledger status`

use allot_proto::agent::GetLedgerStatusRequest;

use crate::{
    args::ledger::StatusArgs, context::Context, error::CliError, exit::ExitCode, render::ledger,
};

/// Shows how far the log is verified, or the signed checkpoint alone.
pub async fn run(args: StatusArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let request = GetLedgerStatusRequest {};
    let answer = agent
        .ledger()
        .get_ledger_status(request)
        .await?
        .into_inner();
    if args.checkpoint && answer.checkpoint.is_empty() {
        return Err(CliError::Incomplete {
            what: "signed checkpoint",
        });
    }
    ctx.out.show(&answer, |s| {
        if args.checkpoint {
            // As it was signed, to the byte: somebody will hold it against theirs.
            s.checkpoint.clone()
        } else {
            ledger::status(ctx.out.data, s)
        }
    })?;
    Ok(ExitCode::Done)
}
