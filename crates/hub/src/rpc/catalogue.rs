//! The catalogue, for whoever looks after the hub.

use allot_ledger::RecipeName;
use allot_proto::{hub as pb, status};
use tonic::Status as Refusal;

use crate::{
    app::HubError,
    catalogue::{Catalogue, CatalogueError, RecipeStatus, SourceStatus, Status, Told},
};

/// How the catalogue is doing.
#[allow(clippy::result_large_err, reason = "it is what gRPC answers")]
pub(super) async fn get(
    catalogue: &Catalogue,
    asked: &pb::GetCatalogueRequest,
) -> Result<pb::GetCatalogueResponse, Refusal> {
    let recipe = recipe(&asked.recipe)?;
    let found = catalogue.status(recipe.as_ref()).await;
    match recipe {
        Some(recipe) if found.told.is_empty() => {
            Err(refuse(&CatalogueError::NoSuchRecipe { recipe }))
        }
        _ => Ok(answer(found)),
    }
}

/// Looks now.
#[allow(clippy::result_large_err, reason = "it is what gRPC answers")]
pub(super) async fn sync(
    catalogue: &Catalogue,
    asked: &pb::SyncCatalogueRequest,
) -> Result<pb::SyncCatalogueResponse, Refusal> {
    let recipe = recipe(&asked.recipe)?;
    let over = catalogue.sync(recipe.as_ref()).await;
    let over = over.map_err(|error| refuse(&error))?;
    Ok(pb::SyncCatalogueResponse {
        over,
        catalogue: Some(answer(catalogue.status(recipe.as_ref()).await)),
    })
}

#[allow(clippy::result_large_err, reason = "it is what gRPC answers")]
fn recipe(text: &str) -> Result<Option<RecipeName>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|error: allot_ledger::BadName| {
            super::refuse(HubError::Malformed {
                what: "the recipe's name",
                why: error.to_string(),
            })
        })
}

fn refuse(error: &CatalogueError) -> Refusal {
    status(error.kind(), error.code(), error, error.help().as_deref())
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn time(time: Option<jiff::Timestamp>) -> String {
    let seconds = time.map(|t| jiff::Timestamp::from_second(t.as_second()).unwrap_or(t));
    seconds.map(|t| t.to_string()).unwrap_or_default()
}

fn answer(found: Status) -> pb::GetCatalogueResponse {
    pb::GetCatalogueResponse {
        sources: found.sources.into_iter().map(source).collect(),
        recipes: count(found.recipes),
        versions: count(found.versions),
        told: found.told.into_iter().map(told).collect(),
        left_out: count(found.left_out),
        webhook: found.webhook,
    }
}

fn source(row: SourceStatus) -> pb::CatalogueSource {
    pb::CatalogueSource {
        name: row.name,
        kind: row.kind.to_owned(),
        looked: time(row.looked),
        next: time(row.next),
        busy: row.busy,
        recipes: count(row.recipes),
        troubled: count(row.troubled),
        error: row.error.map(trouble),
        left_out: row.left_out,
    }
}

fn told(row: RecipeStatus) -> pb::CatalogueRecipe {
    let problems = row
        .problems
        .into_iter()
        .map(|problem| pb::CatalogueProblem {
            tag: problem.tag.unwrap_or_default(),
            what: problem.what,
        });
    pb::CatalogueRecipe {
        recipe: row.recipe.to_string(),
        repository: row.repository,
        looked: time(Some(row.looked)),
        versions: count(row.versions),
        error: row.error.map(trouble),
        problems: problems.collect(),
    }
}

fn trouble(told: Told) -> pb::CatalogueTrouble {
    pb::CatalogueTrouble {
        code: told.code.to_owned(),
        text: told.text,
        help: told.help,
    }
}
