//! The running hub: its sockets, its services, its end.

mod error;
mod services;

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use allot_daemon::{
    Clock, SystemClock,
    socket::{Socket, listen},
    told_to_stop,
};
use allot_ledger::state::Event;
use tokio::{
    net::{TcpListener, UnixListener},
    sync::mpsc,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

pub use error::ServeError;
use services::{network, serve_admins, serve_web, tell_people};

use crate::{
    app::{Hub, HubError, Rhythm, Tasks},
    catalogue::Catalogue,
    config::Config,
    home::Home,
    limits::FAREWELL,
    net,
    rpc::Admins,
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

/// A hub that is ready and does not serve yet.
pub struct Server {
    /// The hub.
    pub hub: Arc<Hub>,
    /// Its catalogue.
    pub catalogue: Arc<Catalogue>,
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
        let catalogue = Catalogue::open(&opened.hub).map_err(Box::new)?;
        Ok(Self {
            catalogue,
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
        let admin = serve_admins(self.admin, &hub, &self.catalogue, admins, stop.clone());
        let mut side = vec![tokio::spawn(net::serve(
            self.listener,
            network,
            stop.clone(),
        ))];
        side.extend(
            self.http
                .map(|http| serve_web(http, &hub, &self.catalogue, &stop)),
        );
        side.push(tokio::spawn(Arc::clone(&self.catalogue).run(stop.clone())));
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
