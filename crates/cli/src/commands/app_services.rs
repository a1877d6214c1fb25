//! `allot app services`

use allot_proto::agent::ListServicesRequest;

use crate::{
    args::app::DomainArgs, context::Context, error::CliError, exit::ExitCode, render::apps,
};

/// Lists an app's services.
pub async fn run(args: DomainArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = ListServicesRequest { app: args.domain };
    let answer = ctx.agent().await?.apps().list_services(request).await?;
    ctx.out.show(&answer.into_inner(), |a| {
        apps::services(ctx.out.data, &a.services)
    })?;
    Ok(ExitCode::Done)
}
