//! `allot app secret generate`

use allot_proto::agent::GenerateSecretsRequest;

use crate::{
    args::secret::GenerateArgs, context::Context, error::CliError, exit::ExitCode, render::status,
};

/// Generates one secret or all of them.
pub async fn run(args: GenerateArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = GenerateSecretsRequest {
        app: args.domain,
        name: args.secret.unwrap_or_default(),
        version: args.version.unwrap_or_default(),
        all: args.all,
        reveal: args.reveal,
    };
    let answer = ctx
        .agent()
        .await?
        .secrets()
        .generate_secrets(request)
        .await?;
    ctx.out.show(&answer.into_inner(), |a| {
        status::generated(ctx.out.data, &a.secrets)
    })?;
    if args.reveal {
        ctx.out
            .talk("take note now: the values cannot be shown again\n");
    }
    Ok(ExitCode::Done)
}
