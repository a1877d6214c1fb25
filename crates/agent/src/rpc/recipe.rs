//! `RecipeService`.

use std::sync::Arc;

use allot_proto::agent::{self as pb, recipe_service_server::RecipeService};
use tonic::{Request, Response, Status};

use super::refuse;
use crate::app::Agent;

/// `RecipeService` over an agent.
pub struct RecipeRpc(pub Arc<Agent>);

#[tonic::async_trait]
impl RecipeService for RecipeRpc {
    async fn list_versions(
        &self,
        request: Request<pb::ListVersionsRequest>,
    ) -> Result<Response<pb::ListVersionsResponse>, Status> {
        let asked = request.into_inner();
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
        });
        Ok(Response::new(pb::ListVersionsResponse {
            recipe: listed.recipe,
            source: listed.source,
            versions: versions.collect(),
            warnings: listed.warnings,
        }))
    }
}
