//! `allot app plan`

use allot_proto::agent::{Plan, PlanDeployRequest, ResolveImage};

use crate::{
    args::app::{PlanArgs, Resolve, TargetArgs},
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    render,
};

/// Shows what a deploy would change.
pub async fn run(args: PlanArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    refuse_chaos(&args.target)?;
    let agent = ctx.agent().await?;
    let plan = make(&agent, args.domain, args.target, false).await?;
    ctx.out
        .show(&plan, |p| render::plan::plan(ctx.out.data, p))?;
    Ok(match (args.exit_code, plan.has_changes) {
        (true, _) if !plan.blockers.is_empty() => ExitCode::Failed,
        (true, true) => ExitCode::Changes,
        _ => ExitCode::Done,
    })
}

/// Says what to do instead of a chaos deploy.
pub fn refuse_chaos(target: &TargetArgs) -> Result<(), CliError> {
    if !target.chaos {
        return Ok(());
    }
    Err(CliError::Unsupported {
        flag: "--chaos",
        help: "commit what you changed to the recipe's repository and give the commit as the version",
    })
}

/// Asks the agent for the plan.
pub async fn make(
    agent: &Agent,
    app: String,
    target: TargetArgs,
    detach: bool,
) -> Result<Plan, CliError> {
    let resolve_image = match target.resolve_image {
        Resolve::Always => ResolveImage::Always,
        Resolve::Changed => ResolveImage::Changed,
        Resolve::Never => ResolveImage::Never,
    };
    let request = PlanDeployRequest {
        app,
        version: target.version.unwrap_or_default(),
        latest: target.latest,
        offline: target.offline,
        resolve_image: resolve_image.into(),
        detach,
        force: target.force,
        prune: target.prune,
        yanked: target.yanked,
    };
    Ok(agent.apps().plan_deploy(request).await?.into_inner())
}
