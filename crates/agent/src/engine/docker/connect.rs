//! The connection: a pooled transport over a unix socket, and the API version agreed on.
//!
//! bollard's own unix transport opens a connection for every request, leaves the API version out of the
//! path and has no `details` for logs, so it gets this transport instead.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use bytes::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use hyperlocal::UnixConnector;
use tokio::sync::oneshot;

use super::Timeouts;
use super::call::{Call, with_deadline};
use super::raw::{self, RawClient};
use crate::engine::{EngineError, Result};

/// bollard writes request bodies, and with them the data of secrets, to `log` at debug and trace level. The
/// `max_level_info` feature takes those lines out of the program; this keeps it from being built without.
const _: () = assert!(
    matches!(
        log::STATIC_MAX_LEVEL,
        log::LevelFilter::Off
            | log::LevelFilter::Error
            | log::LevelFilter::Warn
            | log::LevelFilter::Info
    ),
    "build `log` with `max_level_info`: bollard would write secrets to the log"
);

/// Connections kept open between requests; a snapshot uses four at a time.
const IDLE_CONNECTIONS: usize = 8;
/// How long an unused connection is kept. The engine itself never closes idle ones.
const IDLE_SECONDS: u64 = 30;
/// The oldest API that has all that is used here (job modes came with 1.41, Docker 20.10).
const OLDEST_API: (u32, u32) = (1, 41);
/// The newest API that bollard's models describe.
const NEWEST_API: (u32, u32) = (1, 53);

/// Where the engine listens, and what was agreed with it.
pub(super) struct Connection {
    docker: Docker,
    raw: RawClient,
    socket: PathBuf,
    endpoint: String,
    version: Arc<RwLock<Option<(u32, u32)>>>,
    timeouts: Timeouts,
}

impl Connection {
    /// Prepares a connection; nothing is sent before the first call.
    pub(super) fn new(endpoint: &str, timeouts: Timeouts) -> Result<Self> {
        let socket = endpoint
            .strip_prefix("unix://")
            .filter(|path| path.starts_with('/'))
            .ok_or_else(|| EngineError::Unreachable {
                endpoint: endpoint.to_owned(),
                reason: "an endpoint is `unix://` and an absolute path".to_owned(),
            })?;
        let version = Arc::new(RwLock::new(None));
        let socket = PathBuf::from(socket);
        let docker = docker_over(socket.clone(), version.clone(), timeouts.call, None)
            .map_err(|error| unusable(endpoint, &error))?;
        Ok(Self {
            docker,
            raw: pooled(),
            socket,
            endpoint: endpoint.to_owned(),
            version,
            timeouts,
        })
    }

    /// A client that speaks a version both sides know. Asks the engine once, and again after it was away.
    pub(super) async fn client(&self) -> Result<Docker> {
        if self.api_version().is_none() {
            self.negotiate().await?;
        }
        Ok(self.docker.clone())
    }

    /// `GET` of a path, answered as the engine writes it.
    pub(super) async fn get(&self, call: &Call<'_>, path: &str) -> Result<Bytes> {
        self.client().await?;
        let path = versioned(path, self.api_version());
        let uri = hyperlocal::Uri::new(&self.socket, &path).into();
        with_deadline(call, self.timeouts.call, raw::read(&self.raw, uri)).await
    }

    /// A client for one streaming request, and a signal that fires when the engine has answered it.
    pub(super) async fn streaming_client(&self) -> Result<(Docker, oneshot::Receiver<()>)> {
        self.client().await?;
        let (answered, signal) = oneshot::channel();
        let docker = docker_over(
            self.socket.clone(),
            self.version.clone(),
            self.timeouts.call,
            Some(answered),
        )
        .map_err(|error| unusable(&self.endpoint, &error))?;
        Ok((docker, signal))
    }

    /// The API version in use, once known.
    pub(super) fn api_version(&self) -> Option<(u32, u32)> {
        *self.version.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The endpoint as it was given.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The deadlines in force.
    pub(super) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Looks at an error on its way out: after an engine was away it may be another one.
    pub(super) fn note(&self, error: &EngineError) {
        if matches!(error, EngineError::Unreachable { .. }) {
            self.set_version(None);
        }
    }

    async fn negotiate(&self) -> Result<()> {
        let call = Call::new(&self.endpoint, "asking for its version");
        let answer = with_deadline(&call, self.timeouts.call, self.docker.version()).await?;
        let newest = parse_version(answer.api_version.as_deref());
        let oldest = parse_version(answer.min_api_version.as_deref());
        let agreed = agree(newest, oldest).ok_or_else(|| EngineError::Refused {
            what: format!(
                "API {}.{} to {}.{}",
                OLDEST_API.0, OLDEST_API.1, NEWEST_API.0, NEWEST_API.1
            ),
            reason: format!(
                "it speaks {} to {}",
                answer.min_api_version.unwrap_or_default(),
                answer.api_version.unwrap_or_default()
            ),
        })?;
        self.set_version(Some(agreed));
        Ok(())
    }

    fn set_version(&self, version: Option<(u32, u32)>) {
        *self.version.write().unwrap_or_else(PoisonError::into_inner) = version;
    }
}

/// The newest version that both sides know.
fn agree(newest: Option<(u32, u32)>, oldest: Option<(u32, u32)>) -> Option<(u32, u32)> {
    let agreed = newest?.min(NEWEST_API);
    (agreed >= OLDEST_API && agreed >= oldest.unwrap_or(OLDEST_API)).then_some(agreed)
}

fn parse_version(text: Option<&str>) -> Option<(u32, u32)> {
    let (major, minor) = text?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn unusable(endpoint: &str, error: &bollard::errors::Error) -> EngineError {
    EngineError::Unreachable {
        endpoint: endpoint.to_owned(),
        reason: error.to_string(),
    }
}

fn pooled<B>() -> Client<UnixConnector, B>
where
    B: http_body::Body + Send,
    B::Data: Send,
{
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(IDLE_SECONDS))
        .pool_timer(hyper_util::rt::TokioTimer::new())
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .build(UnixConnector)
}

fn docker_over(
    socket: PathBuf,
    version: Arc<RwLock<Option<(u32, u32)>>>,
    timeout: Duration,
    answered: Option<oneshot::Sender<()>>,
) -> std::result::Result<Docker, bollard::errors::Error> {
    let client = pooled();
    let answered = Arc::new(std::sync::Mutex::new(answered));
    let transport = move |mut request: BollardRequest| {
        let version = *version.read().unwrap_or_else(PoisonError::into_inner);
        *request.uri_mut() = hyperlocal::Uri::new(&socket, &path(request.uri(), version)).into();
        let sending = client.request(request);
        let answered = answered.clone();
        async move {
            let response = sending.await?;
            let signal = answered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            if let Some(signal) = signal {
                // Nobody listening any more is fine: the stream was dropped.
                let _ = signal.send(());
            }
            Ok(response)
        }
    };
    let seconds = timeout.as_secs().max(1);
    Docker::connect_with_custom_transport(
        transport,
        Some("http://docker"),
        seconds,
        API_DEFAULT_VERSION,
    )
}

/// Path and query to send: with the version once it is known, and with the attributes of each log line,
/// which name its task.
fn path(uri: &http::Uri, version: Option<(u32, u32)>) -> String {
    let wanted = uri.path_and_query().map_or("/", |path| path.as_str());
    let details = if uri.path().ends_with("/logs") {
        "&details=1"
    } else {
        ""
    };
    versioned(&format!("{wanted}{details}"), version)
}

fn versioned(path: &str, version: Option<(u32, u32)>) -> String {
    match version {
        Some((major, minor)) => format!("/v{major}.{minor}{path}"),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{agree, path};

    #[test]
    fn speaks_the_newest_version_that_both_know() {
        assert_eq!(agree(Some((1, 41)), Some((1, 12))), Some((1, 41)));
        assert_eq!(agree(Some((1, 99)), Some((1, 44))), Some((1, 53)));
    }

    #[test]
    fn refuses_an_engine_that_is_too_old_or_too_new() {
        assert_eq!(agree(Some((1, 40)), Some((1, 12))), None);
        assert_eq!(agree(Some((2, 1)), Some((2, 0))), None);
        assert_eq!(agree(None, None), None);
    }

    #[test]
    fn log_requests_ask_for_details() {
        let uri = "http://docker/services/a/logs?stdout=true".parse().unwrap();
        let sent = path(&uri, Some((1, 41)));
        assert_eq!(sent, "/v1.41/services/a/logs?stdout=true&details=1");
        assert_eq!(path(&"http://docker/info".parse().unwrap(), None), "/info");
    }
}
