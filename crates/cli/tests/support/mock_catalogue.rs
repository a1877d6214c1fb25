//! The mock agent's side of the catalogue.

use allot_proto::agent::{self, catalogue_service_server::CatalogueService};
use tonic::{Request, Response, Status};

use super::mock::{End, Events, Service};

/// What it answers.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub recipes: agent::ListRecipesResponse,
    pub details: agent::RecipeDetails,
    pub status: agent::CatalogueStatus,
    pub steps: Vec<agent::CatalogueProgress>,
    pub pieces: Vec<Vec<u8>>,
    pub reviews: agent::ListReviewsResponse,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl CatalogueService for Service {
    type SyncCatalogueStream = Events<agent::CatalogueProgress>;
    type VerifyCatalogueStream = Events<agent::CatalogueProgress>;
    type ExportCatalogueStream = Events<agent::ExportCatalogueResponse>;

    async fn list_recipes(
        &self,
        request: Request<agent::ListRecipesRequest>,
    ) -> Answer<agent::ListRecipesResponse> {
        self.answer(&request, self.script.catalogue.recipes.clone())
    }

    async fn get_recipe(
        &self,
        request: Request<agent::GetRecipeRequest>,
    ) -> Answer<agent::RecipeDetails> {
        self.answer(&request, self.script.catalogue.details.clone())
    }

    async fn get_catalogue_status(
        &self,
        request: Request<agent::GetCatalogueStatusRequest>,
    ) -> Answer<agent::CatalogueStatus> {
        self.answer(&request, self.script.catalogue.status.clone())
    }

    async fn sync_catalogue(
        &self,
        request: Request<agent::SyncCatalogueRequest>,
    ) -> Answer<Self::SyncCatalogueStream> {
        let steps = self.script.catalogue.steps.clone();
        self.answer(&request, self.stream(steps, End::Closed))
    }

    async fn verify_catalogue(
        &self,
        request: Request<agent::VerifyCatalogueRequest>,
    ) -> Answer<Self::VerifyCatalogueStream> {
        let steps = self.script.catalogue.steps.clone();
        self.answer(&request, self.stream(steps, End::Closed))
    }

    async fn export_catalogue(
        &self,
        request: Request<agent::ExportCatalogueRequest>,
    ) -> Answer<Self::ExportCatalogueStream> {
        let pieces = self.script.catalogue.pieces.iter().cloned();
        let pieces = pieces.map(|content| agent::ExportCatalogueResponse { content });
        self.answer(&request, self.stream(pieces.collect(), End::Closed))
    }

    async fn list_reviews(
        &self,
        request: Request<agent::ListReviewsRequest>,
    ) -> Answer<agent::ListReviewsResponse> {
        self.answer(&request, self.script.catalogue.reviews.clone())
    }

    async fn claim_recipe(
        &self,
        request: Request<agent::ClaimRecipeRequest>,
    ) -> Answer<agent::Recorded> {
        self.signed(&request)
    }

    async fn propose_release(
        &self,
        request: Request<agent::ProposeReleaseRequest>,
    ) -> Answer<agent::Recorded> {
        self.signed(&request)
    }

    async fn review_release(
        &self,
        request: Request<agent::ReviewReleaseRequest>,
    ) -> Answer<agent::Recorded> {
        self.signed(&request)
    }

    async fn yank_version(
        &self,
        request: Request<agent::YankVersionRequest>,
    ) -> Answer<agent::Recorded> {
        self.signed(&request)
    }

    async fn flag_recipe(
        &self,
        request: Request<agent::FlagRecipeRequest>,
    ) -> Answer<agent::Recorded> {
        self.signed(&request)
    }

    async fn unflag_recipe(
        &self,
        request: Request<agent::UnflagRecipeRequest>,
    ) -> Answer<agent::Recorded> {
        self.signed(&request)
    }
}
