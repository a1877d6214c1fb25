//! What the hub serves, and to whom.

use std::sync::Arc;

use allot_identity::tls::hub_config;
use allot_ledger::state::Event;
use allot_proto::{
    DESCRIPTORS, Gate,
    hub::{
        admin_service_server::AdminServiceServer, enrolment_service_server::EnrolmentServiceServer,
        ledger_service_server::LedgerServiceServer,
    },
};
use tokio::{
    net::{TcpListener, UnixListener},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_stream::wrappers::UnixListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::{
    service::{Routes, interceptor::InterceptedService},
    transport::Server as Transport,
};

use super::ServeError;
use crate::{
    app::Hub,
    catalogue::{self, Catalogue},
    metrics,
    net::Network,
    notify,
    rpc::{
        AdminRpc, Admins, Door, EnrolmentRpc, LedgerRoutes, LedgerRpc, NetworkGuard, SocketGuard,
        check_version, methods::Weight,
    },
    web::{self, WebParts},
};

/// What every message may have but those of the log.
const LIGHT: usize = Weight::Light.bytes();

/// The services for agents.
pub(super) async fn network(
    hub: &Arc<Hub>,
    stop: &CancellationToken,
) -> Result<Network, ServeError> {
    let tls = hub_config(
        hub.name(),
        &hub.root(),
        hub.identity(),
        hub.rights.register(),
        {
            let hub = Arc::clone(hub);
            Arc::new(move || hub.now())
        },
    )?;
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<LedgerServiceServer<LedgerRpc>>().await;
    health
        .set_serving::<EnrolmentServiceServer<EnrolmentRpc>>()
        .await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .build_v1()?
        .max_decoding_message_size(LIGHT);
    let rpc = LedgerRpc {
        hub: Arc::clone(hub),
        stop: stop.clone(),
    };
    let ledger = LedgerRoutes::new(rpc);
    let enrolment =
        EnrolmentServiceServer::new(EnrolmentRpc(Arc::clone(hub))).max_decoding_message_size(LIGHT);
    let routes = Routes::default()
        .add_service(InterceptedService::new(ledger, check_version))
        .add_service(InterceptedService::new(enrolment, check_version))
        .add_service(health_service.max_decoding_message_size(LIGHT))
        .add_service(reflection);
    Ok(Network {
        services: Door::new(routes.prepare(), NetworkGuard::new(Arc::clone(hub))),
        hub: Arc::clone(hub),
        tls,
    })
}

/// The service for those who look after the hub.
pub(super) async fn serve_admins(
    listener: UnixListener,
    hub: &Arc<Hub>,
    catalogue: &Arc<Catalogue>,
    admins: Admins,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<AdminServiceServer<AdminRpc>>().await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .build_v1()?;
    let rpc = AdminRpc(Arc::clone(hub), Arc::clone(catalogue));
    let admin = AdminServiceServer::new(rpc).max_decoding_message_size(LIGHT);
    Transport::builder()
        .layer(Gate(SocketGuard(Arc::new(admins))))
        .add_service(health_service)
        .add_service(reflection)
        .add_service(InterceptedService::new(admin, check_version))
        .serve_with_incoming_shutdown(UnixListenerStream::new(listener), stop.cancelled_owned())
        .await?;
    Ok(())
}

pub(super) fn serve_web(
    listener: TcpListener,
    hub: &Arc<Hub>,
    catalogue: &Arc<Catalogue>,
    stop: &CancellationToken,
) -> JoinHandle<()> {
    let (newest, figures) = (Arc::clone(hub), Arc::clone(hub));
    let parts = WebParts {
        replica: Arc::clone(&hub.replica),
        checkpoint: Arc::new(move || {
            let note = newest.published.head().note.clone();
            String::from_utf8(note.to_vec()).ok()
        }),
        metrics: Arc::new(move || metrics::text(&figures)),
    };
    let more = catalogue::routes(catalogue);
    tokio::spawn(web::serve_with(listener, parts, more, stop.clone()))
}

pub(super) fn tell_people(
    hub: &Arc<Hub>,
    events: mpsc::Receiver<Vec<Event>>,
    stop: &CancellationToken,
) -> JoinHandle<()> {
    let (config, replica) = (hub.config().notify.clone(), Arc::clone(&hub.replica));
    let (clock, dir, stop) = (hub.clock(), hub.home().notify(), stop.clone());
    tokio::spawn(async move {
        // The hub does its work whether people are told or not.
        if let Err(error) = notify::run(config, replica, events, clock, dir, stop).await {
            tracing::error!(code = error.code(), "nobody is told anything: {error}");
        }
    })
}
