//! `allot app ps`

use allot_proto::agent::ListTasksRequest;

use crate::{
    args::app::PsArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::{apps, text::visible},
};

/// Shows an app's tasks.
pub async fn run(args: PsArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = ListTasksRequest {
        app: args.domain,
        all: args.all,
    };
    let answer = ctx.agent().await?.apps().list_tasks(request).await?;
    let answer = answer.into_inner();
    ctx.out.show(&apps::task_views(&answer), |_| {
        apps::tasks(ctx.out.data, &answer)
    })?;
    if !answer.note.is_empty() {
        let note = visible(&answer.note);
        ctx.out
            .talk(&format!("warning: the version that runs was {note}\n"));
    }
    Ok(ExitCode::Done)
}
