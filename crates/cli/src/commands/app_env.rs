//! `allot app env list|check|set|unset`

use allot_proto::agent::{CheckEnvRequest, GetEnvRequest, UpdateEnvRequest, Variable};

use crate::{
    args::env::{CheckArgs, EnvListArgs, SetArgs, UnsetArgs},
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::{apps, text},
};

/// Prints the variables, or the text that they come from.
pub async fn list(args: EnvListArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = GetEnvRequest {
        app: args.app.domain,
        revision: args.revision,
    };
    let answer = ctx
        .agent()
        .await?
        .apps()
        .get_env(request)
        .await?
        .into_inner();
    if args.text && !ctx.out.json {
        ctx.out.data(&answer.text)?;
    } else {
        ctx.out
            .show(&answer, |a| apps::variables(ctx.out.data, &a.variables))?;
    }
    ctx.out.talk(&format!(
        "revision {}, {} by {}\n",
        answer.revision,
        text::time(&answer.changed_at),
        text::visible(&answer.changed_by)
    ));
    Ok(ExitCode::Done)
}

/// Holds the env against the sample.
pub async fn check(args: CheckArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = CheckEnvRequest {
        app: args.app.domain,
        offline: args.offline,
    };
    let answer = ctx.agent().await?.apps().check_env(request).await?;
    let answer = answer.into_inner();
    ctx.out
        .show(&answer, |a| apps::env_check(ctx.out.data, a))?;
    let missing = answer.variables.iter().filter(|v| !v.present).count();
    if missing > 0 {
        let missing = text::count(missing, "variable");
        ctx.out
            .talk(&format!("{missing} of the sample missing in the env\n"));
    }
    Ok(ExitCode::Done)
}

/// Sets variables.
pub async fn set(args: SetArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let set = args
        .variables
        .into_iter()
        .map(|(name, value)| Variable { name, value })
        .collect();
    let request = UpdateEnvRequest {
        app: args.app.domain,
        set,
        ..Default::default()
    };
    update(request, ctx).await
}

/// Takes variables out.
pub async fn unset(args: UnsetArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = UpdateEnvRequest {
        app: args.app.domain,
        unset: args.variables,
        ..Default::default()
    };
    update(request, ctx).await
}

async fn update(request: UpdateEnvRequest, ctx: &Context) -> Result<ExitCode, CliError> {
    let answer = ctx.agent().await?.apps().update_env(request).await?;
    saved(&answer.into_inner(), ctx)
}

/// Says what a change of the env came to.
pub fn saved(
    answer: &allot_proto::agent::UpdateEnvResponse,
    ctx: &Context,
) -> Result<ExitCode, CliError> {
    ctx.out.show(answer, |a| {
        let what = if a.changed {
            "saved as"
        } else {
            "unchanged, still"
        };
        format!("{what} revision {}\n", a.revision)
    })?;
    if answer.changed {
        let app = text::visible(&answer.app);
        ctx.out
            .talk(&format!("it takes effect with `allot app deploy {app}`\n"));
    }
    Ok(ExitCode::Done)
}
