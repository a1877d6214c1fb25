//! The running hub: its sockets, its services, its end.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use allot_daemon::{
    Clock, SystemClock,
    socket::{Socket, SocketError, listen},
    told_to_stop,
};
use allot_identity::{IdentityError, tls::hub_config};
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
    time::timeout,
};
use tokio_stream::wrappers::UnixListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::{
    service::{Routes, interceptor::InterceptedService},
    transport::Server as Transport,
};

use crate::{
    app::{Hub, HubError, Rhythm, Tasks},
    config::Config,
    home::Home,
    limits::{FAREWELL, MAX_REQUEST_BYTES},
    metrics,
    net::{self, Network},
    notify,
    rpc::{
        AdminRpc, Admins, Door, EnrolmentRpc, LedgerRoutes, LedgerRpc, NetworkGuard, SocketGuard,
        check_version,
    },
    web::{self, WebParts},
};

/// What a hub runs with.
pub struct Options {
    /// Its directory.
    pub home: Home,
    /// Its settings.
    pub config: Config,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// How often it does what it does by itself.
    pub rhythm: Rhythm,
}

impl Options {
    /// The usual ones.
    #[must_use]
    pub fn new(home: Home, config: Config) -> Self {
        Self {
            home,
            config,
            clock: Arc::new(SystemClock),
            rhythm: Rhythm::default(),
        }
    }
}

/// Why the hub does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The hub itself.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// There is no unix socket.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] IdentityError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
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
    pub fn code(&self) -> &'static str {
        match self {
            Self::Hub(e) => e.code(),
            Self::Socket(e) => e.code(),
            Self::Tls(e) => e.code(),
            Self::Listen { .. } => "AL-8724",
            Self::Runtime { .. } | Self::Grpc(_) | Self::Reflection(_) => "AL-6033",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Hub(e) => return e.help(),
            Self::Socket(e) => return e.help(),
            Self::Tls(e) => return e.help(),
            Self::Listen { .. } => "stop what listens there, or choose another in hub.toml",
            Self::Runtime { .. } | Self::Grpc(_) | Self::Reflection(_) => {
                "see how many files and processes the system allows (`ulimit -a`), then start it again"
            }
        };
        Some(text.to_owned())
    }
}

/// A hub that is ready and does not serve yet.
pub struct Server {
    /// The hub.
    pub hub: Arc<Hub>,
    tasks: Tasks,
    events: mpsc::Receiver<Vec<Event>>,
    listener: TcpListener,
    http: Option<TcpListener>,
    admin: UnixListener,
    socket: Socket,
    socket_path: PathBuf,
    /// Ends calls and what serves them.
    stop: CancellationToken,
    /// Ends the writing, once nobody brings anything any more.
    done: CancellationToken,
}

impl Server {
    /// Opens the hub and everything that it listens on.
    ///
    /// # Errors
    /// A file, an address or the socket is not as it must be.
    pub async fn bind(options: Options) -> Result<Self, ServeError> {
        let Options {
            home,
            config,
            clock,
            rhythm,
        } = options;
        let socket_path = config.socket_path(&home);
        let listener = tcp(config.listen).await?;
        let http = match config.http {
            Some(address) => Some(tcp(address).await?),
            None => None,
        };
        let (admin, socket) = listen(&socket_path, config.socket.group.as_deref())?;
        let (stop, done) = (CancellationToken::new(), CancellationToken::new());
        let opened = Hub::open(home, config, clock, rhythm, done.clone()).await?;
        Ok(Self {
            hub: opened.hub,
            tasks: opened.tasks,
            events: opened.events,
            listener,
            http,
            admin,
            socket,
            socket_path,
            stop,
            done,
        })
    }

    /// Where agents reach it.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where its plain HTTP is, if it has one.
    ///
    /// # Errors
    /// The system does not say.
    pub fn http_address(&self) -> io::Result<Option<SocketAddr>> {
        self.http.as_ref().map(TcpListener::local_addr).transpose()
    }

    /// Serves until `told` resolves, and ends in time.
    ///
    /// # Errors
    /// A service cannot be made, or the unix socket fails.
    pub async fn run(mut self, told: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
        let hub = Arc::clone(&self.hub);
        let stop = self.stop.clone();
        let network = network(&hub, &stop).await?;
        let admins = Admins::of(hub.config().socket.group.as_deref());
        let admin = serve_admins(self.admin, Arc::clone(&hub), admins, stop.clone());
        let mut side = vec![tokio::spawn(net::serve(
            self.listener,
            network,
            stop.clone(),
        ))];
        side.extend(self.http.map(|http| serve_web(http, &hub, &stop)));
        side.push(tell_people(&hub, self.events, &stop));
        let (address, socket) = (hub.config().address.clone(), self.socket_path.display());
        tracing::info!(address, %socket, federation = %hub.name(), "the hub is ready");
        let ended = {
            let mut admin = std::pin::pin!(admin);
            tokio::select! {
                ended = &mut admin => ended,
                () = self.tasks.broken() => {
                    let what = "the one that writes".to_owned();
                    return Err(HubError::Worker { what }.into());
                }
                () = told => {
                    stop.cancel();
                    timeout(FAREWELL, admin).await.unwrap_or(Ok(()))
                }
            }
        };
        stop.cancel();
        drop(self.socket);
        for task in side {
            if timeout(FAREWELL * 2, task).await.is_err() {
                tracing::warn!("a part of the hub did not end in time");
            }
        }
        self.done.cancel();
        self.tasks.ended().await;
        ended
    }
}

/// Runs the hub until SIGTERM or SIGINT.
///
/// # Errors
/// It cannot be opened, or does not serve.
pub async fn serve(options: Options) -> Result<(), ServeError> {
    let told = told_to_stop().map_err(|source| ServeError::Runtime { source })?;
    Server::bind(options).await?.run(told).await
}

async fn tcp(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| ServeError::Listen { address, source })
}

/// The services for agents.
async fn network(hub: &Arc<Hub>, stop: &CancellationToken) -> Result<Network, ServeError> {
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
        .build_v1()?;
    let rpc = LedgerRpc {
        hub: Arc::clone(hub),
        stop: stop.clone(),
    };
    let ledger = LedgerRoutes::new(rpc);
    let enrolment = EnrolmentServiceServer::new(EnrolmentRpc(Arc::clone(hub)))
        .max_decoding_message_size(MAX_REQUEST_BYTES);
    let routes = Routes::default()
        .add_service(InterceptedService::new(ledger, check_version))
        .add_service(InterceptedService::new(enrolment, check_version))
        .add_service(health_service)
        .add_service(reflection);
    Ok(Network {
        services: Door::new(routes.prepare(), NetworkGuard::new(Arc::clone(hub))),
        hub: Arc::clone(hub),
        tls,
    })
}

/// The service for those who look after the hub.
async fn serve_admins(
    listener: UnixListener,
    hub: Arc<Hub>,
    admins: Admins,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<AdminServiceServer<AdminRpc>>().await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .build_v1()?;
    let admin = AdminServiceServer::new(AdminRpc(hub)).max_decoding_message_size(MAX_REQUEST_BYTES);
    Transport::builder()
        .layer(Gate(SocketGuard(Arc::new(admins))))
        .add_service(health_service)
        .add_service(reflection)
        .add_service(InterceptedService::new(admin, check_version))
        .serve_with_incoming_shutdown(UnixListenerStream::new(listener), stop.cancelled_owned())
        .await?;
    Ok(())
}

fn serve_web(listener: TcpListener, hub: &Arc<Hub>, stop: &CancellationToken) -> JoinHandle<()> {
    let (newest, figures) = (Arc::clone(hub), Arc::clone(hub));
    let parts = WebParts {
        replica: Arc::clone(&hub.replica),
        checkpoint: Arc::new(move || {
            let note = newest.published.head().note.clone();
            String::from_utf8(note.to_vec()).ok()
        }),
        metrics: Arc::new(move || metrics::text(&figures)),
    };
    tokio::spawn(web::serve(listener, parts, stop.clone()))
}

fn tell_people(
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
