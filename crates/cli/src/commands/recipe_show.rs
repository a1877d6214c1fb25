//! `allot recipe show` and `allot recipe stewards`

use allot_proto::agent::{GetRecipeRequest, RecipeDetails};

use super::recorded::warn;
use crate::{
    args::catalogue::{RecipeArgs, ShowArgs},
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::catalogue,
};

/// Shows a recipe of the catalogue.
pub async fn run(args: ShowArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let details = get(&ctx.agent().await?, args.recipe, args.versions).await?;
    ctx.out
        .show(&details, |d| catalogue::details(ctx.out.data, d))?;
    warn(ctx, &details.warnings);
    Ok(ExitCode::Done)
}

/// Shows who looks after a recipe.
pub async fn stewards(args: RecipeArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let details = get(&ctx.agent().await?, args.recipe, 1).await?;
    let row = details.row.unwrap_or_default();
    let document = serde_json::json!({ "recipe": row.name, "stewards": row.stewards });
    ctx.out.show(&document, |_| {
        row.stewards
            .iter()
            .map(|steward| format!("{}\n", crate::render::text::visible(steward)))
            .collect()
    })?;
    if row.stewards.is_empty() {
        let name = crate::render::text::visible(&row.name);
        ctx.out.talk(&format!(
            "nobody looks after it; `allot recipe claim {name}` does\n"
        ));
    }
    Ok(ExitCode::Done)
}

/// Asks the agent.
pub async fn get(agent: &Agent, recipe: String, versions: u32) -> Result<RecipeDetails, CliError> {
    let request = GetRecipeRequest { recipe, versions };
    Ok(agent.catalogue().get_recipe(request).await?.into_inner())
}
