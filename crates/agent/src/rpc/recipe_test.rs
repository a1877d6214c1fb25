//! `RecipeTestService`.

use std::sync::Arc;

use allot_proto::agent::{
    self as pb, recipe_test_service_server::RecipeTestService, test_event::Event,
};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tonic::{Request, Response, Status, Streaming};

use super::{Peer, convert_federation, refuse};
use crate::{
    app::{Agent, ImageName, Phase, Release, TestRequest, TestVerdict, Told, to_the_end},
    federation::Federation,
};

/// `RecipeTestService` over an agent and its part in its federation.
pub struct RecipeTestRpc {
    /// The agent.
    pub agent: Arc<Agent>,
    /// Its part in its federation.
    pub federation: Arc<Federation>,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl RecipeTestService for RecipeTestRpc {
    type TestRecipeStream = BoxStream<'static, Result<pb::TestEvent, Status>>;
    type LoadImagesStream = BoxStream<'static, Result<pb::LoadImagesResponse, Status>>;

    async fn test_recipe(
        &self,
        request: Request<pb::TestRecipeRequest>,
    ) -> Answer<Self::TestRecipeStream> {
        let actor = Peer::of(&request).actor();
        let asked = request.into_inner();
        let wanted = TestRequest {
            recipe: asked.recipe,
            version: asked.version,
            from: asked.from,
            offline: asked.offline,
            set: asked.set.into_iter().collect(),
        };
        let testing = self
            .agent
            .test_recipe(wanted, actor)
            .await
            .map_err(refuse)?;
        let told = stream::unfold(testing.told, |mut told| async move {
            let next = told.recv().await?;
            Some((Ok(event(next)), told))
        });
        Ok(Response::new(told.boxed()))
    }

    async fn stop_test(
        &self,
        request: Request<pb::StopTestRequest>,
    ) -> Answer<pb::StopTestResponse> {
        let run = request.into_inner().run;
        self.agent.stop_test(&run).map_err(refuse)?;
        Ok(Response::new(pb::StopTestResponse {}))
    }

    async fn clean_tests(
        &self,
        request: Request<pb::CleanTestsRequest>,
    ) -> Answer<pb::CleanTestsResponse> {
        let everything = request.into_inner().everything;
        let agent = Arc::clone(&self.agent);
        let removed = to_the_end(async move { agent.clean_tests(everything).await })
            .await
            .map_err(refuse)?;
        Ok(Response::new(pb::CleanTestsResponse { removed }))
    }

    async fn get_test_report(
        &self,
        request: Request<pb::GetTestReportRequest>,
    ) -> Answer<pb::GetTestReportResponse> {
        let sha256 = request.into_inner().sha256;
        let (_, bytes) = self.agent.test_report(&sha256).await.map_err(refuse)?;
        Ok(Response::new(pb::GetTestReportResponse {
            report: bytes.into(),
        }))
    }

    async fn sign_test_report(
        &self,
        request: Request<pb::SignTestReportRequest>,
    ) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let sha256 = request.into_inner().sha256;
        let (report, bytes) = self.agent.test_report(&sha256).await.map_err(refuse)?;
        let tested = (
            report.recipe.as_str(),
            report.candidate.version.as_str(),
            report.candidate.commit.as_str(),
        );
        let passed = report.verdict == TestVerdict::Passed;
        let signing = self
            .federation
            .report_test(tested, passed, bytes.to_vec(), &by.0);
        convert_federation::answer(signing.await)
    }

    async fn list_missing_images(
        &self,
        request: Request<pb::ListMissingImagesRequest>,
    ) -> Answer<pb::ListMissingImagesResponse> {
        let asked = request.into_inner().images.into_iter();
        let images = asked.map(|image| ImageName {
            reference: image.reference,
            id: image.id,
        });
        let missing = self
            .agent
            .missing_images(images.collect())
            .await
            .map_err(refuse)?;
        let missing = missing.into_iter().map(|image| pb::ImageName {
            reference: image.reference,
            id: image.id,
        });
        Ok(Response::new(pb::ListMissingImagesResponse {
            missing: missing.collect(),
        }))
    }

    async fn load_images(
        &self,
        request: Request<Streaming<pb::ImagePiece>>,
    ) -> Answer<Self::LoadImagesStream> {
        let pieces = request.into_inner().map(|piece| match piece {
            Ok(piece) => Ok(piece.data.into()),
            Err(status) => Err(std::io::Error::other(status.message().to_owned())),
        });
        let agent = Arc::clone(&self.agent);
        let done = stream::once(async move {
            let bytes = agent.load_images(pieces.boxed()).await.map_err(refuse)?;
            Ok(pb::LoadImagesResponse { bytes })
        });
        Ok(Response::new(done.boxed()))
    }
}

fn event(told: Told) -> pb::TestEvent {
    let event = match told {
        Told::Started {
            run,
            stack,
            recipe,
            candidate,
            previous,
        } => Event::Started(pb::TestStarted {
            run,
            stack,
            recipe,
            candidate: Some(release(candidate)),
            previous: previous.map(release),
        }),
        Told::Phase(name) => Event::Phase(name),
        Told::Line(text) => Event::Line(text),
        Told::Ended(phase) => Event::Ended(ended(phase)),
        Told::Report {
            sha256,
            json,
            report,
        } => Event::Report(pb::TestEnded {
            verdict: report.verdict.name().to_owned(),
            sha256,
            report: json,
        }),
    };
    pb::TestEvent { event: Some(event) }
}

fn release(release: Release) -> pb::TestedRelease {
    pb::TestedRelease {
        version: release.version,
        commit: release.commit,
        tree: release.tree,
    }
}

fn ended(phase: Phase) -> pb::TestPhase {
    pb::TestPhase {
        name: phase.name,
        verdict: phase.verdict.name().to_owned(),
        elapsed_ms: phase.elapsed_ms,
        text: phase.text,
        log: phase.log,
    }
}
