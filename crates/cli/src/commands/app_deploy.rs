//! `allot app deploy`

use super::app_plan;
use crate::{args::app::DeployArgs, context::Context, error::CliError, exit::ExitCode, operation};

/// Plans, shows, asks, applies and watches; or watches an operation started before.
pub async fn run(args: DeployArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    app_plan::refuse_chaos(&args.target)?;
    let agent = ctx.agent().await?;
    if let Some(id) = args.attach {
        return operation::attach(ctx, &agent, id).await;
    }
    let Some(domain) = args.domain else {
        return Err(CliError::MissingArgument {
            argument: "DOMAIN",
            example: "allot app deploy blog.example.org".into(),
        });
    };
    let plan = app_plan::make(&agent, domain, args.target, args.detach).await?;
    operation::carry_out(ctx, &agent, plan, args.yes, "").await
}
