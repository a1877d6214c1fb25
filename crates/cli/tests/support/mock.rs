//! An agent that answers what its script says and remembers what it was asked.

use std::{
    fmt::Debug,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

use allot_proto::{
    CLIENT_VERSION, MIN_SERVER_VERSION,
    agent::{
        self, agent_service_server as agents, app_service_server as apps,
        catalogue_service_server as catalogue, federation_service_server as federation,
        ledger_service_server as ledger, recipe_service_server as recipes,
        recipe_test_service_server as recipe_tests, resolution_service_server as resolutions,
        secret_service_server as secrets,
    },
};
use tokio::{net::UnixListener, sync::oneshot};
use tokio_stream::{Stream, StreamExt as _, wrappers::UnixListenerStream};
use tonic::{Request, Response, Status, transport::Server};

pub type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// How a stream ends once its events are sent.
#[derive(Clone, Debug, Default)]
pub enum End {
    /// As it should.
    #[default]
    Closed,
    /// It stays open, as an operation that goes on.
    Open,
    /// With an error.
    Error(Status),
}

/// What the agent answers.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Every call but `GetStatus` answers this, where set.
    pub error: Option<Status>,
    /// `UpdateEnv` answers this, where set.
    pub update_error: Option<Status>,
    pub status: agent::GetStatusResponse,
    pub created: agent::CreateAppResponse,
    pub apps: agent::ListAppsResponse,
    pub env: agent::GetEnvResponse,
    pub updated: agent::UpdateEnvResponse,
    pub check: agent::CheckEnvResponse,
    pub plan: agent::Plan,
    pub events: Vec<agent::OperationEvent>,
    pub end: End,
    pub history: agent::ListHistoryResponse,
    pub services: agent::ListServicesResponse,
    pub tasks: agent::ListTasksResponse,
    pub logs: Vec<agent::LogLine>,
    pub versions: agent::ListVersionsResponse,
    pub test: Vec<agent::TestEvent>,
    pub cleaned: agent::CleanTestsResponse,
    pub missing: agent::ListMissingImagesResponse,
    pub generated: agent::GenerateSecretsResponse,
    pub secrets: agent::ListSecretsResponse,
    pub operators: agent::ListOperatorsResponse,
    /// Calls that sign answer this, where set.
    pub sign_error: Option<Status>,
    pub federation: agent::FederationStatus,
    pub joined: agent::JoinResponse,
    pub members: agent::ListMembersResponse,
    pub application: String,
    pub recorded: agent::Recorded,
    pub rotated: agent::RotateKeyResponse,
    pub resolutions: agent::ListResolutionsResponse,
    /// As many of them at once; all when 0.
    pub page: usize,
    pub resolution: agent::GetResolutionResponse,
    pub imported: agent::ImportResponse,
    pub markdown: Vec<agent::ExportResponse>,
    pub ledger: agent::LedgerStatus,
    pub entries: agent::ListEntriesResponse,
    pub verified: Vec<agent::VerifyProgress>,
    pub exported: Vec<agent::ExportedFile>,
    pub compared: agent::CompareCheckpointResponse,
    pub catalogue: super::mock_catalogue::Catalogue,
}

/// One request, as the agent saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Debug form of the request; secrets are redacted in it.
    pub request: String,
    /// What the client said of its version.
    pub client_version: Option<String>,
    /// The oldest agent the client takes.
    pub min_server: Option<String>,
}

/// What answers.
#[derive(Clone)]
pub struct Service {
    pub script: Arc<Script>,
    seen: Arc<Mutex<Vec<Seen>>>,
    inserted: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A running mock; it ends with the value.
pub struct MockAgent {
    dir: tempfile::TempDir,
    service: Service,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl MockAgent {
    /// Listens, then returns.
    pub fn start(script: Script) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let service = Service {
            script: Arc::new(script),
            seen: Arc::default(),
            inserted: Arc::default(),
        };
        let listener = std::os::unix::net::UnixListener::bind(dir.path().join("s")).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let s = service.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = UnixListener::from_std(listener).unwrap();
                let server = Server::builder()
                    .add_service(agents::AgentServiceServer::new(s.clone()))
                    .add_service(apps::AppServiceServer::new(s.clone()))
                    .add_service(catalogue::CatalogueServiceServer::new(s.clone()))
                    .add_service(recipes::RecipeServiceServer::new(s.clone()))
                    .add_service(recipe_tests::RecipeTestServiceServer::new(s.clone()))
                    .add_service(federation::FederationServiceServer::new(s.clone()))
                    .add_service(resolutions::ResolutionServiceServer::new(s.clone()))
                    .add_service(ledger::LedgerServiceServer::new(s.clone()))
                    .add_service(secrets::SecretServiceServer::new(s))
                    .serve_with_incoming(UnixListenerStream::new(listener));
                tokio::select! {
                    done = server => done.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self {
            dir,
            service,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("s")
    }

    /// What it was asked, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.service.seen()
    }

    /// Whether a request whose Debug form begins so arrived.
    pub fn was_asked(&self, beginning: &str) -> bool {
        self.seen().iter().any(|s| s.request.starts_with(beginning))
    }

    /// The secrets' values, and invites, that arrived.
    pub fn inserted(&self) -> Vec<Vec<u8>> {
        self.service.inserted.lock().unwrap().clone()
    }
}

impl Drop for MockAgent {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Service {
    pub fn note<T: Debug>(&self, request: &Request<T>) {
        let read = |key: &str| {
            let value = request.metadata().get(key)?;
            Some(value.to_str().ok()?.to_owned())
        };
        self.seen.lock().unwrap().push(Seen {
            request: format!("{:?}", request.get_ref()),
            client_version: read(CLIENT_VERSION),
            min_server: read(MIN_SERVER_VERSION),
        });
    }

    /// What arrived, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Notes a secret that arrived.
    pub fn keep(&self, secret: &[u8]) {
        self.inserted.lock().unwrap().push(secret.to_vec());
    }

    pub fn answer<T: Debug, A>(
        &self,
        request: &Request<T>,
        answer: A,
    ) -> Result<Response<A>, Status> {
        self.note(request);
        match &self.script.error {
            Some(error) => Err(error.clone()),
            None => Ok(Response::new(answer)),
        }
    }

    pub fn stream<T: Send + 'static>(&self, items: Vec<T>, end: End) -> Events<T> {
        let items = tokio_stream::iter(items.into_iter().map(Ok));
        match end {
            End::Closed => Box::pin(items),
            End::Open => Box::pin(items.chain(tokio_stream::pending())),
            End::Error(status) => Box::pin(items.chain(tokio_stream::once(Err(status)))),
        }
    }
}

#[tonic::async_trait]
impl agents::AgentService for Service {
    async fn get_status(
        &self,
        request: Request<agent::GetStatusRequest>,
    ) -> Result<Response<agent::GetStatusResponse>, Status> {
        self.note(&request);
        Ok(Response::new(self.script.status.clone()))
    }

    async fn list_operators(
        &self,
        request: Request<agent::ListOperatorsRequest>,
    ) -> Result<Response<agent::ListOperatorsResponse>, Status> {
        self.answer(&request, self.script.operators.clone())
    }
}

#[tonic::async_trait]
impl apps::AppService for Service {
    type ApplyPlanStream = Events<agent::OperationEvent>;
    type AttachOperationStream = Events<agent::OperationEvent>;
    type StreamLogsStream = Events<agent::LogLine>;

    async fn create_app(
        &self,
        request: Request<agent::CreateAppRequest>,
    ) -> Result<Response<agent::CreateAppResponse>, Status> {
        self.answer(&request, self.script.created.clone())
    }

    async fn update_env(
        &self,
        request: Request<agent::UpdateEnvRequest>,
    ) -> Result<Response<agent::UpdateEnvResponse>, Status> {
        let answer = self.answer(&request, self.script.updated.clone());
        match &self.script.update_error {
            Some(error) => Err(error.clone()),
            None => answer,
        }
    }

    async fn apply_plan(
        &self,
        request: Request<agent::ApplyPlanRequest>,
    ) -> Result<Response<Self::ApplyPlanStream>, Status> {
        let script = &self.script;
        self.answer(
            &request,
            self.stream(script.events.clone(), script.end.clone()),
        )
    }

    async fn attach_operation(
        &self,
        request: Request<agent::AttachOperationRequest>,
    ) -> Result<Response<Self::AttachOperationStream>, Status> {
        let script = &self.script;
        self.answer(
            &request,
            self.stream(script.events.clone(), script.end.clone()),
        )
    }

    async fn stream_logs(
        &self,
        request: Request<agent::StreamLogsRequest>,
    ) -> Result<Response<Self::StreamLogsStream>, Status> {
        let script = &self.script;
        self.answer(
            &request,
            self.stream(script.logs.clone(), script.end.clone()),
        )
    }

    async fn list_apps(
        &self,
        request: Request<agent::ListAppsRequest>,
    ) -> Result<Response<agent::ListAppsResponse>, Status> {
        self.answer(&request, self.script.apps.clone())
    }

    async fn get_env(
        &self,
        request: Request<agent::GetEnvRequest>,
    ) -> Result<Response<agent::GetEnvResponse>, Status> {
        self.answer(&request, self.script.env.clone())
    }

    async fn check_env(
        &self,
        request: Request<agent::CheckEnvRequest>,
    ) -> Result<Response<agent::CheckEnvResponse>, Status> {
        self.answer(&request, self.script.check.clone())
    }

    async fn plan_deploy(
        &self,
        request: Request<agent::PlanDeployRequest>,
    ) -> Result<Response<agent::Plan>, Status> {
        self.answer(&request, self.script.plan.clone())
    }

    async fn plan_undeploy(
        &self,
        request: Request<agent::PlanUndeployRequest>,
    ) -> Result<Response<agent::Plan>, Status> {
        self.answer(&request, self.script.plan.clone())
    }

    async fn plan_remove(
        &self,
        request: Request<agent::PlanRemoveRequest>,
    ) -> Result<Response<agent::Plan>, Status> {
        self.answer(&request, self.script.plan.clone())
    }

    async fn list_history(
        &self,
        request: Request<agent::ListHistoryRequest>,
    ) -> Result<Response<agent::ListHistoryResponse>, Status> {
        self.answer(&request, self.script.history.clone())
    }

    async fn list_services(
        &self,
        request: Request<agent::ListServicesRequest>,
    ) -> Result<Response<agent::ListServicesResponse>, Status> {
        self.answer(&request, self.script.services.clone())
    }

    async fn list_tasks(
        &self,
        request: Request<agent::ListTasksRequest>,
    ) -> Result<Response<agent::ListTasksResponse>, Status> {
        self.answer(&request, self.script.tasks.clone())
    }
}

#[tonic::async_trait]
impl recipes::RecipeService for Service {
    async fn list_versions(
        &self,
        request: Request<agent::ListVersionsRequest>,
    ) -> Result<Response<agent::ListVersionsResponse>, Status> {
        self.answer(&request, self.script.versions.clone())
    }
}

#[tonic::async_trait]
impl recipe_tests::RecipeTestService for Service {
    type TestRecipeStream = Events<agent::TestEvent>;
    type LoadImagesStream = Events<agent::LoadImagesResponse>;

    async fn test_recipe(
        &self,
        request: Request<agent::TestRecipeRequest>,
    ) -> Result<Response<Self::TestRecipeStream>, Status> {
        let script = &self.script;
        self.answer(
            &request,
            self.stream(script.test.clone(), script.end.clone()),
        )
    }

    async fn stop_test(
        &self,
        request: Request<agent::StopTestRequest>,
    ) -> Result<Response<agent::StopTestResponse>, Status> {
        self.answer(&request, agent::StopTestResponse {})
    }

    async fn clean_tests(
        &self,
        request: Request<agent::CleanTestsRequest>,
    ) -> Result<Response<agent::CleanTestsResponse>, Status> {
        self.answer(&request, self.script.cleaned.clone())
    }

    async fn get_test_report(
        &self,
        request: Request<agent::GetTestReportRequest>,
    ) -> Result<Response<agent::GetTestReportResponse>, Status> {
        self.answer(&request, agent::GetTestReportResponse::default())
    }

    async fn sign_test_report(
        &self,
        request: Request<agent::SignTestReportRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        match &self.script.sign_error {
            Some(error) => Err(error.clone()),
            None => self.answer(&request, self.script.recorded.clone()),
        }
    }

    async fn list_missing_images(
        &self,
        request: Request<agent::ListMissingImagesRequest>,
    ) -> Result<Response<agent::ListMissingImagesResponse>, Status> {
        self.answer(&request, self.script.missing.clone())
    }

    async fn load_images(
        &self,
        request: Request<tonic::Streaming<agent::ImagePiece>>,
    ) -> Result<Response<Self::LoadImagesStream>, Status> {
        let mut pieces = request.into_inner();
        let mut bytes = 0;
        while let Some(piece) = pieces.next().await {
            bytes += piece?.data.len() as u64;
        }
        let loaded = agent::LoadImagesResponse { bytes };
        let request = Request::new(loaded);
        self.answer(&request, self.stream(vec![loaded], End::Closed))
    }
}

#[tonic::async_trait]
impl secrets::SecretService for Service {
    async fn generate_secrets(
        &self,
        request: Request<agent::GenerateSecretsRequest>,
    ) -> Result<Response<agent::GenerateSecretsResponse>, Status> {
        self.answer(&request, self.script.generated.clone())
    }

    async fn insert_secret(
        &self,
        request: Request<agent::InsertSecretRequest>,
    ) -> Result<Response<agent::InsertSecretResponse>, Status> {
        let sent = request.get_ref();
        self.keep(&sent.value);
        let full_name = format!("stack_{}_{}", sent.name, sent.version);
        self.answer(&request, agent::InsertSecretResponse { full_name })
    }

    async fn list_secrets(
        &self,
        request: Request<agent::ListSecretsRequest>,
    ) -> Result<Response<agent::ListSecretsResponse>, Status> {
        self.answer(&request, self.script.secrets.clone())
    }

    async fn remove_secrets(
        &self,
        request: Request<agent::RemoveSecretsRequest>,
    ) -> Result<Response<agent::RemoveSecretsResponse>, Status> {
        let removed = vec!["stack_db_password_v1".to_owned()];
        self.answer(&request, agent::RemoveSecretsResponse { removed })
    }
}
