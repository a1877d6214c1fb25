//! `allot recipe list` and `allot recipe search`

use allot_proto::agent::ListRecipesRequest;

use super::recorded::warn;
use crate::{
    args::catalogue::{ListArgs, SearchArgs},
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::catalogue,
};

/// Lists the federation's recipes.
pub async fn list(args: ListArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = ListRecipesRequest {
        pattern: args.pattern.unwrap_or_default(),
        text: String::new(),
        category: args.category.unwrap_or_default(),
        level: args.level.unwrap_or_default(),
    };
    show(request, ctx).await
}

/// Finds recipes by what is told of them.
pub async fn search(args: SearchArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = ListRecipesRequest {
        text: args.words.join(" "),
        ..ListRecipesRequest::default()
    };
    show(request, ctx).await
}

async fn show(request: ListRecipesRequest, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let answer = agent.catalogue().list_recipes(request).await?.into_inner();
    ctx.out
        .show(&answer, |a| catalogue::recipes(ctx.out.data, &a.recipes))?;
    warn(ctx, &answer.warnings);
    if answer.recipes.is_empty() {
        ctx.out.talk("no such recipes\n");
    }
    Ok(ExitCode::Done)
}
