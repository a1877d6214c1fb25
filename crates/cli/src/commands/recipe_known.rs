//! Whether the federation's catalogue has a recipe, as far as the agent of this machine knows.

use std::time::Duration;

use allot_lint::Known;
use allot_proto::agent::GetRecipeRequest;

use crate::{context::Context, error::CliError};

/// How long the agent is waited for: a linter answers at once.
const PATIENCE: Duration = Duration::from_secs(3);

/// The agent's code for a recipe that its catalogue does not have.
const NO_SUCH_RECIPE: &str = "AL-9301";

/// Asks the agent. Without one, or when it does not say, that is not known; it never fails.
pub async fn in_catalogue(recipe: &str, ctx: &Context) -> Known<bool> {
    let asked = tokio::time::timeout(PATIENCE, ask(recipe, ctx)).await;
    match asked {
        Ok(Ok(known)) => Known::Yes(known),
        Ok(Err(CliError::Unreachable { .. })) => {
            Known::No("no agent that has the catalogue runs here".to_owned())
        }
        Ok(Err(error)) => Known::No(format!("the agent does not say: {error}")),
        Err(_) => Known::No("the agent does not answer".to_owned()),
    }
}

async fn ask(recipe: &str, ctx: &Context) -> Result<bool, CliError> {
    let request = GetRecipeRequest {
        recipe: recipe.to_owned(),
        versions: 1,
    };
    let agent = ctx.agent().await?;
    match agent.catalogue().get_recipe(request).await {
        Ok(details) => Ok(!details.into_inner().versions.is_empty()),
        Err(status) => match CliError::from(status) {
            CliError::Remote(error) if error.code == NO_SUCH_RECIPE => Ok(false),
            error => Err(error),
        },
    }
}
