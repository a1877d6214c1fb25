//! `allot app secret list`

use allot_proto::agent::ListSecretsRequest;

use crate::{
    args::app::DomainArgs, context::Context, error::CliError, exit::ExitCode, render::apps,
};

/// Lists the secrets that an app uses.
pub async fn run(args: DomainArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = ListSecretsRequest { app: args.domain };
    let answer = ctx.agent().await?.secrets().list_secrets(request).await?;
    ctx.out.show(&answer.into_inner(), |a| {
        apps::secrets(ctx.out.data, &a.secrets)
    })?;
    Ok(ExitCode::Done)
}
