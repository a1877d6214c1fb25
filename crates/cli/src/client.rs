//! The way to the agent: its socket, and clients whose every request says who speaks.

use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
};

use allot_proto::agent::{
    agent_service_client::AgentServiceClient, app_service_client::AppServiceClient,
    catalogue_service_client::CatalogueServiceClient,
    federation_service_client::FederationServiceClient, ledger_service_client::LedgerServiceClient,
    recipe_service_client::RecipeServiceClient,
    recipe_test_service_client::RecipeTestServiceClient,
    resolution_service_client::ResolutionServiceClient, secret_service_client::SecretServiceClient,
};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tonic::{
    Request, Status,
    metadata::MetadataValue,
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};
use tower::service_fn;

use crate::{error::CliError, limits};

/// Where an agent that the system started listens.
pub const SYSTEM_SOCKET: &str = "/run/allot/agent.sock";

type Stamp = fn(Request<()>) -> Result<Request<()>, Status>;
type Stamped = InterceptedService<Channel, Stamp>;

/// A connection to the agent.
#[derive(Clone)]
pub struct Agent {
    channel: Channel,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").finish_non_exhaustive()
    }
}

/// A client of one service, bounded in what it takes and sends.
macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $client:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> $client<Stamped> {
            $client::with_interceptor(self.channel.clone(), stamp as Stamp)
                .max_decoding_message_size(limits::MAX_ANSWER)
                .max_encoding_message_size(limits::MAX_REQUEST)
        }
    )+};
}

impl Agent {
    /// Connects to the agent at `socket`, or at the usual places.
    ///
    /// # Errors
    /// `AL-6001` when nothing listens there, `AL-6005` when this user may not connect.
    pub async fn connect(socket: Option<&Path>) -> Result<Self, CliError> {
        let path = match socket {
            Some(path) => path.to_owned(),
            None => usual_socket()?,
        };
        let shown = path.display().to_string();
        // The authority of a unix socket has no meaning; HTTP/2 wants one nevertheless.
        let channel = Endpoint::from_static("http://agent.invalid")
            .connect_timeout(limits::CONNECT)
            .timeout(limits::ANSWER)
            .http2_keep_alive_interval(limits::KEEP_ALIVE)
            .keep_alive_timeout(limits::KEEP_ALIVE_ANSWER)
            .connect_with_connector(service_fn(move |_| {
                let path = path.clone();
                async move { UnixStream::connect(path).await.map(TokioIo::new) }
            }))
            .await
            .map_err(|error| not_reached(shown, error))?;
        Ok(Self { channel })
    }

    clients! {
        /// The agent itself.
        agent: AgentServiceClient,
        /// Apps and operations.
        apps: AppServiceClient,
        /// Secrets of apps.
        secrets: SecretServiceClient,
        /// Recipes.
        recipes: RecipeServiceClient,
        /// The federation's recipes.
        catalogue: CatalogueServiceClient,
        /// Tests of recipes.
        tests: RecipeTestServiceClient,
        /// The federation.
        federation: FederationServiceClient,
        /// Resolutions.
        resolutions: ResolutionServiceClient,
        /// The federation's log.
        ledger: LedgerServiceClient,
    }
}

/// Says in each request which client speaks, and the oldest agent it can work with.
#[allow(clippy::result_large_err)] // the signature is tonic's
fn stamp(mut request: Request<()>) -> Result<Request<()>, Status> {
    let metadata = request.metadata_mut();
    metadata.insert(
        allot_proto::CLIENT_VERSION,
        MetadataValue::from_static(allot_proto::VERSION),
    );
    metadata.insert(
        allot_proto::MIN_SERVER_VERSION,
        MetadataValue::from_static(allot_proto::MIN_SERVER),
    );
    Ok(request)
}

/// The system's agent when there is one, else the user's own.
fn usual_socket() -> Result<PathBuf, CliError> {
    let own = std::env::var_os("XDG_RUNTIME_DIR")
        .map(|dir| PathBuf::from(dir).join("allot").join("agent.sock"));
    let places: Vec<PathBuf> = std::iter::once(PathBuf::from(SYSTEM_SOCKET))
        .chain(own)
        .collect();
    // A directory that this user may not enter hides its socket: that is a refusal, not an absence.
    let mut denied = None;
    for place in &places {
        match place.try_exists() {
            Ok(true) => return Ok(place.clone()),
            Ok(false) => {}
            Err(error) => denied = denied.or(Some((place, error))),
        }
    }
    if let Some((place, error)) = denied {
        return Err(not_reached(place.display().to_string(), error));
    }
    let named: Vec<String> = places.iter().map(|p| p.display().to_string()).collect();
    Err(not_reached(
        named.join(" or "),
        io::Error::from(io::ErrorKind::NotFound),
    ))
}

fn not_reached(socket: String, error: impl Error + Send + Sync + 'static) -> CliError {
    let denied = std::iter::successors(Some(&error as &(dyn Error + 'static)), |&e| e.source())
        .filter_map(|e| e.downcast_ref::<io::Error>())
        .any(|e| e.kind() == io::ErrorKind::PermissionDenied);
    let source: Box<dyn Error + Send + Sync> = Box::new(error);
    if denied {
        CliError::SocketDenied { socket, source }
    } else {
        CliError::Unreachable { socket, source }
    }
}
