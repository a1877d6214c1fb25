//! `allot app list`

use allot_proto::agent::ListAppsRequest;

use crate::{
    args::app::ListArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::{apps, text::visible},
};

/// Lists apps; with `-S -m` in abra's own JSON.
pub async fn run(args: ListArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let all = args.recipe.is_none() && args.server.is_none();
    let request = ListAppsRequest {
        status: args.status,
        recipe: args.recipe.unwrap_or_default(),
    };
    let agent = ctx.agent().await?;
    let mut answer = agent.apps().list_apps(request).await?.into_inner();
    if let Some(server) = &args.server {
        answer
            .apps
            .retain(|row| row.app.as_ref().is_some_and(|app| app.server == *server));
    }
    if ctx.out.json && args.status {
        ctx.out.document(&apps::abra_list(&answer.apps))?;
    } else {
        ctx.out
            .show(&answer, |a| apps::apps(ctx.out.data, &a.apps, args.status))?;
    }
    for row in answer.apps.iter().filter(|row| !row.note.is_empty()) {
        let name = row.app.as_ref().map_or("", |app| app.name.as_str());
        let (name, note) = (visible(name), visible(&row.note));
        ctx.out
            .talk(&format!("warning: {name} runs a version that was {note}\n"));
    }
    if answer.apps.is_empty() && all {
        ctx.out.talk("no apps yet; `allot app new` makes one\n");
    }
    Ok(ExitCode::Done)
}
