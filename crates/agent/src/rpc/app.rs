//! `AppService`.

use std::sync::Arc;

use allot_proto::agent::{self as pb, app_service_server::AppService};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tonic::{Request, Response, Status};

use super::{Peer, agent::engine_name, convert, refuse};
use crate::app::{
    Agent, DeployOptions, DeployRequest, EnvEdit, LogRequest, NewApp, Plan, ResolveImage,
    to_the_end,
};

/// `AppService` over an agent.
pub struct AppRpc(pub Arc<Agent>);

type Answer<T> = Result<Response<T>, Status>;
type Events = BoxStream<'static, Result<pb::OperationEvent, Status>>;

/// Entries of a history when nobody says how many.
const DEFAULT_HISTORY: usize = 50;

impl AppRpc {
    fn plan(&self, plan: Plan) -> Response<pb::Plan> {
        let config = &self.0.config;
        Response::new(convert::plan(
            plan,
            &config.server,
            engine_name(config.engine.kind),
        ))
    }
}

#[tonic::async_trait]
impl AppService for AppRpc {
    type ApplyPlanStream = Events;
    type AttachOperationStream = Events;
    type StreamLogsStream = BoxStream<'static, Result<pb::LogLine, Status>>;

    async fn create_app(
        &self,
        request: Request<pb::CreateAppRequest>,
    ) -> Answer<pb::CreateAppResponse> {
        let actor = Peer::of(&request).actor();
        let asked = request.into_inner();
        let new = NewApp {
            recipe: asked.recipe,
            version: asked.version,
            domain: asked.domain,
            set: asked.set.into_iter().collect(),
            offline: asked.offline,
            trial: false,
        };
        let agent = Arc::clone(&self.0);
        let created = to_the_end(async move { agent.create_app(new, actor).await })
            .await
            .map_err(refuse)?;
        Ok(Response::new(pb::CreateAppResponse {
            app: Some(convert::app(created.app, &self.0.config.server)),
            version: created.version,
            secrets: created.secrets,
            warnings: created.warnings,
        }))
    }

    async fn list_apps(
        &self,
        request: Request<pb::ListAppsRequest>,
    ) -> Answer<pb::ListAppsResponse> {
        let asked = request.into_inner();
        let rows = self
            .0
            .list_apps(&asked.recipe, asked.status)
            .await
            .map_err(refuse)?;
        let apps = rows
            .into_iter()
            .map(|row| convert::app_row(row, &self.0.config.server))
            .collect();
        Ok(Response::new(pb::ListAppsResponse { apps }))
    }

    async fn get_env(&self, request: Request<pb::GetEnvRequest>) -> Answer<pb::GetEnvResponse> {
        let asked = request.into_inner();
        let (app, env, variables) = self
            .0
            .read_env(&asked.app, asked.revision)
            .map_err(refuse)?;
        Ok(Response::new(pb::GetEnvResponse {
            app: app.name,
            revision: env.revision,
            text: env.text,
            variables: variables
                .into_iter()
                .map(|(name, value)| pb::Variable { name, value })
                .collect(),
            changed_at: env.at.to_string(),
            changed_by: env.by.to_string(),
        }))
    }

    async fn update_env(
        &self,
        request: Request<pb::UpdateEnvRequest>,
    ) -> Answer<pb::UpdateEnvResponse> {
        let actor = Peer::of(&request).actor();
        let asked = request.into_inner();
        let edit = EnvEdit {
            set: asked.set.into_iter().map(|v| (v.name, v.value)).collect(),
            unset: asked.unset,
            text: asked.text,
        };
        let (agent, name) = (Arc::clone(&self.0), asked.app.clone());
        let base = asked.base_revision;
        let (revision, changed) =
            to_the_end(async move { agent.edit_env(&name, base, edit, actor).await })
                .await
                .map_err(refuse)?;
        Ok(Response::new(pb::UpdateEnvResponse {
            app: asked.app,
            revision,
            changed,
        }))
    }

    async fn check_env(
        &self,
        request: Request<pb::CheckEnvRequest>,
    ) -> Answer<pb::CheckEnvResponse> {
        let asked = request.into_inner();
        let checks = self
            .0
            .check_env(&asked.app, asked.offline)
            .await
            .map_err(refuse)?;
        let variables = checks.into_iter().map(|c| pb::EnvCheck {
            name: c.name,
            present: c.present,
            in_sample: c.in_sample,
            sample: c.sample,
        });
        Ok(Response::new(pb::CheckEnvResponse {
            app: asked.app,
            variables: variables.collect(),
        }))
    }

    async fn plan_deploy(&self, request: Request<pb::PlanDeployRequest>) -> Answer<pb::Plan> {
        let asked = request.into_inner();
        let resolve_image = match asked.resolve_image() {
            pb::ResolveImage::Unspecified | pb::ResolveImage::Always => ResolveImage::Always,
            pb::ResolveImage::Changed => ResolveImage::Changed,
            pb::ResolveImage::Never => ResolveImage::Never,
        };
        let wanted = DeployRequest {
            app: asked.app,
            version: asked.version,
            latest: asked.latest,
            yanked: asked.yanked,
            offline: asked.offline,
            trial: false,
            options: DeployOptions {
                resolve_image,
                detach: asked.detach,
                force: asked.force,
                prune: asked.prune,
            },
        };
        Ok(self.plan(self.0.plan_deploy(wanted).await.map_err(refuse)?))
    }

    async fn plan_undeploy(&self, request: Request<pb::PlanUndeployRequest>) -> Answer<pb::Plan> {
        let plan = self
            .0
            .plan_undeploy(&request.into_inner().app)
            .await
            .map_err(refuse)?;
        Ok(self.plan(plan))
    }

    async fn plan_remove(&self, request: Request<pb::PlanRemoveRequest>) -> Answer<pb::Plan> {
        let asked = request.into_inner();
        let plan = self
            .0
            .plan_remove(&asked.app, asked.keep_volumes)
            .await
            .map_err(refuse)?;
        Ok(self.plan(plan))
    }

    async fn apply_plan(&self, request: Request<pb::ApplyPlanRequest>) -> Answer<Events> {
        let actor = Peer::of(&request).actor();
        let asked = request.into_inner();
        let live = self
            .0
            .apply(&asked.app, &asked.hash, actor)
            .await
            .map_err(refuse)?;
        Ok(Response::new(
            live.follow().map(|event| Ok(convert::event(event))).boxed(),
        ))
    }

    async fn attach_operation(
        &self,
        request: Request<pb::AttachOperationRequest>,
    ) -> Answer<Events> {
        let id = request.into_inner().operation;
        if let Some(live) = self.0.live_operation(&id) {
            return Ok(Response::new(
                live.follow().map(|event| Ok(convert::event(event))).boxed(),
            ));
        }
        let story = self.0.story(&id).map_err(refuse)?;
        Ok(Response::new(
            stream::iter(story)
                .map(|event| Ok(convert::event(event)))
                .boxed(),
        ))
    }

    async fn list_history(
        &self,
        request: Request<pb::ListHistoryRequest>,
    ) -> Answer<pb::ListHistoryResponse> {
        let asked = request.into_inner();
        let limit = if asked.limit == 0 {
            DEFAULT_HISTORY
        } else {
            asked.limit as usize
        };
        let history = self.0.history(&asked.app, limit).map_err(refuse)?;
        let entries = history.into_iter().map(convert::happened).collect();
        Ok(Response::new(pb::ListHistoryResponse { entries }))
    }

    async fn list_services(
        &self,
        request: Request<pb::ListServicesRequest>,
    ) -> Answer<pb::ListServicesResponse> {
        let rows = self
            .0
            .list_services(&request.into_inner().app)
            .await
            .map_err(refuse)?;
        let services = rows.into_iter().map(convert::service).collect();
        Ok(Response::new(pb::ListServicesResponse { services }))
    }

    async fn list_tasks(
        &self,
        request: Request<pb::ListTasksRequest>,
    ) -> Answer<pb::ListTasksResponse> {
        let asked = request.into_inner();
        let table = self
            .0
            .list_tasks(&asked.app, asked.all)
            .await
            .map_err(refuse)?;
        Ok(Response::new(convert::task_table(table)))
    }

    async fn stream_logs(
        &self,
        request: Request<pb::StreamLogsRequest>,
    ) -> Answer<Self::StreamLogsStream> {
        let asked = request.into_inner();
        let wanted = LogRequest {
            app: asked.app,
            services: asked.services,
            follow: asked.follow,
            tail: asked.tail,
            since: asked.since,
            stderr_only: asked.stderr_only,
        };
        let lines = self.0.logs(&wanted).await.map_err(refuse)?;
        let lines = lines.map(|line| {
            line.map(|(service, line)| convert::log_line(service, line))
                .map_err(refuse)
        });
        Ok(Response::new(lines.boxed()))
    }
}
