//! The running agent: its socket, its services, its end.

use std::{io, path::Path, sync::Arc, time::Duration};

use allot_daemon::{
    SystemClock,
    socket::{SocketError, listen},
    told_to_stop,
};
use allot_proto::{
    DESCRIPTORS, Gate,
    agent::{
        agent_service_server::AgentServiceServer, app_service_server::AppServiceServer,
        catalogue_service_server::CatalogueServiceServer,
        federation_service_server::FederationServiceServer,
        ledger_service_server::LedgerServiceServer, recipe_service_server::RecipeServiceServer,
        recipe_test_service_server::RecipeTestServiceServer,
        resolution_service_server::ResolutionServiceServer,
        secret_service_server::SecretServiceServer,
    },
};
use allot_store::{IndexState, OpenReport};
use tokio::{net::UnixListener, time::timeout};
use tokio_stream::wrappers::UnixListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::{service::interceptor::InterceptedService, transport::Server};

use crate::{
    app::{Agent, AppError, Registry},
    catalogue::Catalogue,
    config::{Config, EngineChoice, Witnesses},
    engine::{
        Engine,
        docker::{DockerEngine, Timeouts},
        sim::SimEngine,
    },
    federation::{self, Federation},
    git::{self, GixMirrors, MirrorOptions},
    limits::MAX_MESSAGE_BYTES,
    rpc::{
        AgentRpc, AppRpc, CatalogueRpc, FederationRpc, LedgerRpc, RecipeRpc, RecipeTestRpc,
        ResolutionRpc, RoleGuard, SecretRpc, StoreFacts, check_version, roles::Operators,
    },
};

/// The store, in the agent's directory.
pub const STORE_DIR: &str = "store";

/// The recipe mirrors, in the agent's directory.
const MIRRORS_DIR: &str = "recipes";

/// How long calls and operations may go on after the agent was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// Why the agent does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The app layer said no.
    #[error(transparent)]
    App(#[from] AppError),
    /// There is no socket.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The async runtime cannot start.
    #[error("cannot start the runtime")]
    Runtime {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// gRPC failed.
    #[error("the gRPC server failed")]
    Grpc(#[from] tonic::transport::Error),
    /// Our own descriptors are not readable.
    #[error("the reflection service cannot be made")]
    Reflection(#[from] tonic_reflection::server::Error),
}

impl ServeError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::App(e) => e.code(),
            Self::Socket(e) => e.code(),
            Self::Runtime { .. } | Self::Grpc(_) | Self::Reflection(_) => "AL-6033",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::App(e) => return e.help(),
            Self::Socket(e) => return e.help(),
            Self::Runtime { .. } | Self::Grpc(_) | Self::Reflection(_) => {
                "see how many files and processes the system allows (`ulimit -a`), then start it again"
                    .to_owned()
            }
        })
    }
}

/// Runs the agent in `dir` until SIGTERM or SIGINT.
///
/// # Errors
/// The store, the engine's address or the socket is not as it must be.
pub async fn serve(dir: &Path, config: Config) -> Result<(), ServeError> {
    let told = told_to_stop().map_err(|source| ServeError::Runtime { source })?;
    serve_until(dir, config, told).await
}

/// Runs the agent in `dir` until `told` resolves.
///
/// # Errors
/// The store, the engine's address or the socket is not as it must be.
pub async fn serve_until(
    dir: &Path,
    config: Config,
    told: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    git::init_tls();
    let (registry, report) = Registry::open(&dir.join(STORE_DIR))?;
    let notes = notes(&report);
    notes.iter().for_each(|note| tracing::warn!("{note}"));
    let options = MirrorOptions {
        fetch_timeout: config.recipes.fetch_timeout(),
        ..MirrorOptions::new(dir.join(MIRRORS_DIR))
    };
    let recipes = Arc::new(GixMirrors::open(options).map_err(AppError::from)?);
    let engine = engine(&config)?;
    let (listener, socket) = listen(&config.socket.path, config.socket.group.as_deref())?;
    let (metrics_at, witness) = (config.metrics.listen, config.witness.clone());
    let (wants, accepts) = (config.federation, config.catalogue);
    let options = federation::Options {
        cosign: witness.cosign,
        require_witnesses: wants.require_witnesses,
        witnesses: match wants.witnesses {
            Witnesses::Majority => None,
            Witnesses::Count(count) => Some(count),
        },
        ..federation::Options::default()
    };
    let federation = Federation::open(dir, Arc::new(SystemClock), options);
    let catalogue = Catalogue::new(Arc::clone(&federation), Arc::new(SystemClock), accepts);
    let agent = Agent::new(config, engine, recipes, registry, Arc::new(SystemClock));
    let agent = Arc::new(agent.with_catalogue(Arc::new(catalogue)));
    agent.end_what_was_interrupted().await?;

    let stop = CancellationToken::new();
    if let Some(address) = metrics_at {
        tokio::spawn(crate::metrics::serve(
            address,
            Arc::clone(&agent),
            Arc::clone(&federation),
            stop.clone(),
        ));
    }
    if let Some(address) = witness.listen {
        let federation = Arc::clone(&federation);
        tokio::spawn(federation::witness::serve(
            address,
            federation,
            stop.clone(),
        ));
    }
    let store = StoreFacts {
        path: dir.join(STORE_DIR).display().to_string(),
        notes,
    };
    let path = agent.config.socket.path.display();
    tracing::info!(socket = %path, server = agent.config.server, "the agent is ready");
    let served = serve_calls(
        listener,
        Arc::clone(&agent),
        Arc::clone(&federation),
        store,
        stop.clone(),
    );
    let served = end_in_time(served, told, &stop).await;
    stop.cancel();
    drop(socket);
    federation.close().await;
    if timeout(FAREWELL, agent.idle()).await.is_err() {
        tracing::warn!("operations still ran; the next start marks them as interrupted");
    }
    served
}

/// Once told to stop, no new calls come in and those under way have [`FAREWELL`] to end: one that follows a log never
/// would by itself.
async fn end_in_time(
    served: impl Future<Output = Result<(), ServeError>>,
    told: impl Future<Output = ()>,
    stop: &CancellationToken,
) -> Result<(), ServeError> {
    let mut served = std::pin::pin!(served);
    tokio::select! {
        ended = &mut served => return ended,
        () = told => stop.cancel(),
    }
    timeout(FAREWELL, served).await.unwrap_or_else(|_| {
        tracing::info!("calls that had not ended were cut off");
        Ok(())
    })
}

async fn serve_calls(
    listener: UnixListener,
    agent: Arc<Agent>,
    federation: Arc<Federation>,
    store: StoreFacts,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<AppServiceServer<AppRpc>>().await;
    health.set_serving::<AgentServiceServer<AgentRpc>>().await;
    health.set_serving::<RecipeServiceServer<RecipeRpc>>().await;
    health
        .set_serving::<RecipeTestServiceServer<RecipeTestRpc>>()
        .await;
    health.set_serving::<SecretServiceServer<SecretRpc>>().await;
    health
        .set_serving::<FederationServiceServer<FederationRpc>>()
        .await;
    health.set_serving::<LedgerServiceServer<LedgerRpc>>().await;
    health
        .set_serving::<ResolutionServiceServer<ResolutionRpc>>()
        .await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .build_v1()?;
    let apps = AppServiceServer::new(AppRpc(Arc::clone(&agent)))
        .max_decoding_message_size(MAX_MESSAGE_BYTES);
    let secrets = SecretServiceServer::new(SecretRpc(Arc::clone(&agent)))
        .max_decoding_message_size(MAX_MESSAGE_BYTES);
    let recipes = RecipeServiceServer::new(RecipeRpc(Arc::clone(&agent)));
    let tests = RecipeTestServiceServer::new(RecipeTestRpc {
        agent: Arc::clone(&agent),
        federation: Arc::clone(&federation),
    })
    .max_decoding_message_size(MAX_MESSAGE_BYTES);
    let members = FederationServiceServer::new(FederationRpc {
        federation: Arc::clone(&federation),
        catalogue: agent.catalogue.clone(),
        server: agent.config.server.clone(),
    })
    .max_decoding_message_size(MAX_MESSAGE_BYTES);
    let catalogue = agent.catalogue.clone().map(|catalogue| {
        let catalogue = CatalogueRpc {
            catalogue,
            federation: Arc::clone(&federation),
            recipes: Arc::clone(&agent.recipes),
            base_url: agent.config.recipes.base_url.clone(),
        };
        let served = CatalogueServiceServer::new(catalogue);
        let served = served.max_decoding_message_size(MAX_MESSAGE_BYTES);
        InterceptedService::new(served, check_version)
    });
    let ledger = LedgerServiceServer::new(LedgerRpc(Arc::clone(&federation)));
    let resolutions = ResolutionServiceServer::new(ResolutionRpc(federation))
        .max_decoding_message_size(MAX_MESSAGE_BYTES);
    let operators = Arc::new(Operators::of(&agent.config));
    operators.warn();
    let guard = RoleGuard(Arc::clone(&operators));
    let status = AgentServiceServer::new(AgentRpc {
        agent,
        store,
        operators,
    });
    Server::builder()
        .layer(Gate(guard))
        .add_service(health_service)
        .add_service(reflection)
        .add_service(InterceptedService::new(apps, check_version))
        .add_service(InterceptedService::new(secrets, check_version))
        .add_service(InterceptedService::new(recipes, check_version))
        .add_optional_service(catalogue)
        .add_service(InterceptedService::new(tests, check_version))
        .add_service(InterceptedService::new(status, check_version))
        .add_service(InterceptedService::new(members, check_version))
        .add_service(InterceptedService::new(ledger, check_version))
        .add_service(InterceptedService::new(resolutions, check_version))
        .serve_with_incoming_shutdown(UnixListenerStream::new(listener), stop.cancelled_owned())
        .await?;
    Ok(())
}

fn engine(config: &Config) -> Result<Arc<dyn Engine>, ServeError> {
    Ok(match config.engine.kind {
        EngineChoice::Docker => Arc::new(
            DockerEngine::connect(&config.engine.endpoint, Timeouts::default())
                .map_err(AppError::from)?,
        ),
        EngineChoice::Sim => {
            tracing::warn!("the engine is simulated: nothing runs for real");
            Arc::new(SimEngine::new())
        }
    })
}

/// What opening the store mended, for people.
fn notes(report: &OpenReport) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(cut) = &report.recovery.cut {
        notes.push(format!(
            "the journal's end was torn ({}): {} bytes from {} on were cut off and are kept in {}",
            cut.reason,
            cut.bytes,
            cut.offset,
            cut.saved_to.display()
        ));
    }
    if let IndexState::Discarded(reason) = &report.index {
        notes.push(format!("the index was made anew: {reason}"));
    }
    notes
}
