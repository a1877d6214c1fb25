//! The way to the running hub: its unix socket.

use std::{path::Path, time::Duration};

use allot_proto::{
    CLIENT_VERSION, MIN_SERVER, MIN_SERVER_VERSION, VERSION,
    hub::admin_service_client::AdminServiceClient,
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

use super::CommandError;
use crate::{config::Config, home::Home};

/// How long the hub may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

type Stamp = fn(Request<()>) -> Result<Request<()>, Status>;

/// A client of the hub's.
pub(super) type Admin = AdminServiceClient<InterceptedService<Channel, Stamp>>;

/// Connects to the hub whose directory it is.
pub(super) async fn connect(home: &Home) -> Result<Admin, CommandError> {
    let socket = Config::read(home)?.socket_path(home);
    reach(&socket).await
}

/// Connects to the hub behind a socket.
pub(super) async fn reach(socket: &Path) -> Result<Admin, CommandError> {
    let path = socket.to_owned();
    // The authority of a unix socket has no meaning; HTTP/2 wants one nevertheless.
    let channel = Endpoint::from_static("http://hub.invalid")
        .connect_timeout(PATIENCE)
        .timeout(PATIENCE)
        .connect_with_connector(service_fn(move |_| {
            let path = path.clone();
            async move { UnixStream::connect(path).await.map(TokioIo::new) }
        }))
        .await
        .map_err(|source| CommandError::Unreachable {
            socket: socket.to_owned(),
            source,
        })?;
    Ok(AdminServiceClient::with_interceptor(
        channel,
        stamp as Stamp,
    ))
}

/// Says in each request which client speaks, and the oldest hub it can work with.
#[allow(clippy::result_large_err, reason = "the signature is tonic's")]
fn stamp(mut request: Request<()>) -> Result<Request<()>, Status> {
    let metadata = request.metadata_mut();
    metadata.insert(CLIENT_VERSION, MetadataValue::from_static(VERSION));
    metadata.insert(MIN_SERVER_VERSION, MetadataValue::from_static(MIN_SERVER));
    Ok(request)
}
