//! `allot app remove`

use allot_proto::agent::PlanRemoveRequest;

use crate::{args::app::RemoveArgs, context::Context, error::CliError, exit::ExitCode, operation};

/// Deletes an app for good.
pub async fn run(args: RemoveArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let request = PlanRemoveRequest {
        app: args.domain,
        keep_volumes: args.keep_volumes,
    };
    let plan = agent.apps().plan_remove(request).await?.into_inner();
    let warning = "What this deletes cannot be brought back. ";
    operation::carry_out(ctx, &agent, plan, args.yes, warning).await
}
