//! `allot recipe versions`

use allot_proto::agent::ListVersionsRequest;

use crate::{
    args::recipe::VersionsArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::{catalogue, status, text::visible},
};

/// Lists a recipe's versions.
pub async fn run(args: VersionsArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = ListVersionsRequest {
        recipe: args.recipe,
        offline: args.offline,
    };
    let answer = ctx.agent().await?.recipes().list_versions(request).await?;
    let answer = answer.into_inner();
    ctx.out.show(&answer, |a| match a.catalogued {
        true => catalogue::listed(ctx.out.data, a),
        false => status::versions(ctx.out.data, a),
    })?;
    for warning in &answer.warnings {
        ctx.out.talk(&format!("warning: {}\n", visible(warning)));
    }
    if answer.versions.is_empty() {
        ctx.out.talk("no published versions\n");
    }
    Ok(ExitCode::Done)
}
