//! `allot app undeploy`

use allot_proto::agent::PlanUndeployRequest;

use crate::{
    args::app::UndeployArgs, context::Context, error::CliError, exit::ExitCode, operation,
};

/// Takes an app off the swarm; returns when tasks and networks are gone.
pub async fn run(args: UndeployArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let request = PlanUndeployRequest { app: args.domain };
    let plan = agent.apps().plan_undeploy(request).await?.into_inner();
    operation::carry_out(ctx, &agent, plan, args.yes, "").await
}
