//! `CatalogueService`.

use std::sync::Arc;

use allot_ledger::entry::ReviewVerdict;
use allot_proto::{
    agent::{self as pb, catalogue_service_server::CatalogueService},
    status,
};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{Peer, convert_catalogue as shown, convert_federation as convert};
use crate::{
    catalogue::{Catalogue, CatalogueError, JsonExport, Progress, Query},
    federation::{Federation, ReleaseForm},
    git::RecipeSource,
};

/// `CatalogueService` over an agent's catalogue.
pub struct CatalogueRpc {
    /// It.
    pub catalogue: Arc<Catalogue>,
    /// What writes for the collective.
    pub federation: Arc<Federation>,
    /// The mirrors.
    pub recipes: Arc<dyn RecipeSource>,
    /// Where a recipe is whose place the catalogue does not say.
    pub base_url: String,
}

type Answer<T> = Result<Response<T>, Status>;

/// Messages of progress that wait for a slow reader.
const AHEAD: usize = 16;

#[tonic::async_trait]
impl CatalogueService for CatalogueRpc {
    type SyncCatalogueStream = BoxStream<'static, Result<pb::CatalogueProgress, Status>>;
    type VerifyCatalogueStream = BoxStream<'static, Result<pb::CatalogueProgress, Status>>;
    type ExportCatalogueStream = BoxStream<'static, Result<pb::ExportCatalogueResponse, Status>>;

    async fn list_recipes(
        &self,
        request: Request<pb::ListRecipesRequest>,
    ) -> Answer<pb::ListRecipesResponse> {
        let asked = request.into_inner();
        let query = Query {
            pattern: asked.pattern,
            text: asked.text,
            category: asked.category,
            level: asked.level,
        };
        let rows = self.catalogue.list(&query).await.map_err(refuse)?;
        let age = self.catalogue.age().await.map_err(refuse)?;
        Ok(Response::new(pb::ListRecipesResponse {
            recipes: rows.into_iter().map(shown::row).collect(),
            age: Some(shown::age(age)),
            warnings: age.warning().into_iter().collect(),
        }))
    }

    async fn get_recipe(
        &self,
        request: Request<pb::GetRecipeRequest>,
    ) -> Answer<pb::RecipeDetails> {
        let asked = request.into_inner();
        let versions = usize::try_from(asked.versions).unwrap_or(usize::MAX);
        let details = self.catalogue.show(&asked.recipe, versions).await;
        let details = details.map_err(refuse)?;
        let age = self.catalogue.age().await.map_err(refuse)?;
        Ok(Response::new(shown::details(details, age)))
    }

    async fn get_catalogue_status(
        &self,
        _: Request<pb::GetCatalogueStatusRequest>,
    ) -> Answer<pb::CatalogueStatus> {
        let status = self.catalogue.status().await.map_err(refuse)?;
        let policy = self.catalogue.accept().name();
        let reports = self.catalogue.reports_outcomes();
        Ok(Response::new(shown::status(status, policy, reports)))
    }

    async fn sync_catalogue(
        &self,
        _: Request<pb::SyncCatalogueRequest>,
    ) -> Answer<Self::SyncCatalogueStream> {
        let catalogue = Arc::clone(&self.catalogue);
        Ok(told(|tell| async move { catalogue.sync(tell).await }))
    }

    async fn verify_catalogue(
        &self,
        request: Request<pb::VerifyCatalogueRequest>,
    ) -> Answer<Self::VerifyCatalogueStream> {
        let catalogue = Arc::clone(&self.catalogue);
        let mirrors = (Arc::clone(&self.recipes), self.base_url.clone());
        let mirrors = Some(mirrors).filter(|_| request.get_ref().deep);
        Ok(told(
            |tell| async move { catalogue.verify(mirrors, tell).await },
        ))
    }

    async fn export_catalogue(
        &self,
        request: Request<pb::ExportCatalogueRequest>,
    ) -> Answer<Self::ExportCatalogueStream> {
        let accepted = request.get_ref().accepted;
        let export = self.catalogue.export(accepted).await.map_err(refuse)?;
        let pieces = stream::try_unfold(export, JsonExport::next);
        let pieces = pieces.map(|piece| {
            let content = piece.map_err(refuse)?;
            Ok(pb::ExportCatalogueResponse { content })
        });
        Ok(Response::new(pieces.boxed()))
    }

    async fn list_reviews(
        &self,
        request: Request<pb::ListReviewsRequest>,
    ) -> Answer<pb::ListReviewsResponse> {
        let all = request.get_ref().all;
        let reviews = self.catalogue.reviews(all).await.map_err(refuse)?;
        Ok(Response::new(pb::ListReviewsResponse {
            reviews: reviews.into_iter().map(shown::waiting).collect(),
        }))
    }

    async fn claim_recipe(&self, request: Request<pb::ClaimRecipeRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let recipe = request.into_inner().recipe;
        convert::answer(self.federation.claim_recipe(&recipe, &by.0).await)
    }

    async fn propose_release(
        &self,
        request: Request<pb::ProposeReleaseRequest>,
    ) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        let form = ReleaseForm {
            recipe: asked.recipe,
            version: asked.version,
            commit: asked.commit,
            tree: asked.tree,
            security: asked.security,
            note: asked.note,
            report: asked.report,
        };
        convert::answer(self.federation.release(form, &by.0).await)
    }

    async fn review_release(
        &self,
        request: Request<pb::ReviewReleaseRequest>,
    ) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        let verdict = if asked.approve {
            ReviewVerdict::Approve
        } else {
            ReviewVerdict::RequestChanges
        };
        let of = (asked.recipe.as_str(), asked.version.as_str());
        let federation = &self.federation;
        convert::answer(federation.review(of, verdict, &asked.reason, &by.0).await)
    }

    async fn yank_version(&self, request: Request<pb::YankVersionRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        let federation = &self.federation;
        convert::answer(
            federation
                .yank(&asked.recipe, &asked.version, &asked.reason, &by.0)
                .await,
        )
    }

    async fn flag_recipe(&self, request: Request<pb::FlagRecipeRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        convert::answer(
            self.federation
                .flag(&asked.recipe, &asked.text, &by.0)
                .await,
        )
    }

    async fn unflag_recipe(
        &self,
        request: Request<pb::UnflagRecipeRequest>,
    ) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        let federation = &self.federation;
        convert::answer(
            federation
                .unflag(&asked.recipe, asked.flag, &asked.reason, &by.0)
                .await,
        )
    }
}

/// A stream of what some work tells. It ends when the reader goes away.
fn told<F>(
    work: impl FnOnce(mpsc::Sender<Result<Progress, CatalogueError>>) -> F,
) -> Response<BoxStream<'static, Result<pb::CatalogueProgress, Status>>>
where
    F: Future<Output = Result<(), CatalogueError>> + Send + 'static,
{
    let (send, receive) = mpsc::channel(AHEAD);
    let work = work(send.clone());
    tokio::spawn(async move {
        if let Err(error) = work.await {
            // The reader may have gone.
            let _ = send.send(Err(error)).await;
        }
    });
    let stream = ReceiverStream::new(receive);
    let stream = stream.map(|told| told.map(shown::progress).map_err(refuse));
    Response::new(stream.boxed())
}

/// An error of the catalogue as the caller gets it.
fn refuse(error: CatalogueError) -> Status {
    status(error.kind(), error.code(), &error, error.help().as_deref())
}
