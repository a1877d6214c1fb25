//! `allot app history`

use allot_proto::agent::ListHistoryRequest;

use crate::{
    args::app::HistoryArgs, context::Context, error::CliError, exit::ExitCode, render::apps,
};

/// Shows what was done to an app.
pub async fn run(args: HistoryArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = ListHistoryRequest {
        app: args.domain,
        limit: args.limit,
    };
    let answer = ctx.agent().await?.apps().list_history(request).await?;
    ctx.out.show(&answer.into_inner(), |a| {
        apps::history(ctx.out.data, &a.entries)
    })?;
    Ok(ExitCode::Done)
}
