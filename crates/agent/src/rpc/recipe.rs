//! `RecipeService`.

use std::sync::Arc;

use allot_proto::agent::{self as pb, recipe_service_server::RecipeService};
use tonic::{Request, Response, Status};

use super::{convert_catalogue as shown, refuse};
use crate::{app::Agent, catalogue::CatalogueError};

/// `RecipeService` over an agent.
pub struct RecipeRpc(pub Arc<Agent>);

#[tonic::async_trait]
impl RecipeService for RecipeRpc {
    async fn list_versions(
        &self,
        request: Request<pb::ListVersionsRequest>,
    ) -> Result<Response<pb::ListVersionsResponse>, Status> {
        let asked = request.into_inner();
        if let Some(answer) = self.catalogued(&asked.recipe).await? {
            return Ok(Response::new(answer));
        }
        let listed = self
            .0
            .list_versions(&asked.recipe, asked.offline)
            .await
            .map_err(refuse)?;
        let versions = listed.versions.into_iter().map(|v| pb::RecipeVersion {
            version: v.version.to_string(),
            commit: v.commit,
            annotated: v.annotated,
            tagged_at: v.date.map(|d| d.to_string()).unwrap_or_default(),
            catalogue: None,
        });
        Ok(Response::new(pb::ListVersionsResponse {
            recipe: listed.recipe,
            source: listed.source,
            versions: versions.collect(),
            warnings: listed.warnings,
            catalogued: false,
        }))
    }
}

impl RecipeRpc {
    /// The versions of a recipe that the federation's catalogue has; nothing for others, and in no federation.
    #[allow(clippy::result_large_err, reason = "it is what gRPC answers")]
    async fn catalogued(&self, recipe: &str) -> Result<Option<pb::ListVersionsResponse>, Status> {
        let Some(catalogue) = &self.0.catalogue else {
            return Ok(None);
        };
        let details = match catalogue.show(recipe, usize::MAX).await {
            Ok(details) => details,
            // It may be a name all the same, of a recipe that is not in it, or a URL or a path.
            Err(CatalogueError::Federation(_) | CatalogueError::NoSuchRecipe { .. }) => {
                return Ok(None);
            }
            Err(other) => return Err(refuse(other.into())),
        };
        let age = catalogue.age().await.map_err(|e| refuse(e.into()))?;
        let source = details.about.map(|about| about.repository);
        Ok(Some(pb::ListVersionsResponse {
            recipe: details.row.name,
            source: source.unwrap_or_default(),
            versions: details.versions.into_iter().map(shown::listed).collect(),
            warnings: age.warning().into_iter().collect(),
            catalogued: true,
        }))
    }
}
