//! `allot app secret remove`

use allot_proto::agent::RemoveSecretsRequest;

use crate::{
    args::secret::SecretRemoveArgs, context::Context, error::CliError, exit::ExitCode, prompt,
    render::text::visible,
};

/// Removes one secret or all of them, after asking.
pub async fn run(args: SecretRemoveArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let which = match &args.secret {
        Some(name) => format!("the secret {name}"),
        None => "all secrets".to_owned(),
    };
    let what = format!("removing {which} of {}", args.domain);
    let question = format!("Remove {which} of {} for good?", args.domain);
    prompt::confirm(ctx, args.yes, &what, &question)?;
    let request = RemoveSecretsRequest {
        app: args.domain,
        name: args.secret.unwrap_or_default(),
        all: args.all,
    };
    let answer = ctx.agent().await?.secrets().remove_secrets(request).await?;
    ctx.out.show(&answer.into_inner(), |a| {
        a.removed
            .iter()
            .map(|name| format!("{}\n", visible(name)))
            .collect()
    })?;
    Ok(ExitCode::Done)
}
