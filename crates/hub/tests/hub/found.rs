//! A founded federation: a hub in a directory of its own, and agents.

use std::{
    future::Future,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use allot_daemon::{Clock, SystemClock};
use allot_hub::{
    app::{Hub, Rhythm},
    config::Config,
    found::{Founding, found},
    home::Home,
    server::{Options, ServeError, Server},
};
use allot_identity::{
    AgentKey,
    tls::{AgentIdentity, agent_config},
};
use allot_ledger::{
    Author, Body, Digest, Entry, Envelope, Leaf, SecretKey, Slug,
    entry::{Choice, Content, Founder, HubKeys, Kind, Profile, Rules, Size, Text},
};
use allot_proto::{
    RemoteError,
    hub::{
        AppendRequest, AppendResponse, EnrolRequest, FollowRequest, Stretch,
        enrolment_service_client::EnrolmentServiceClient,
        ledger_service_client::LedgerServiceClient,
    },
};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::ServerName;
use tempfile::TempDir;
use tokio::{net::TcpStream, sync::oneshot, task::JoinHandle, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::{
    Status, Streaming,
    transport::{Channel, Endpoint},
};
use tower::service_fn;

/// How long a thing that must happen may take.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub const NAME: &str = "test-federation";

/// A clock that a test sets: the machine's, and some more or less.
#[derive(Default)]
pub struct Hands(Mutex<(SignedDuration, SignedDuration)>);

impl Hands {
    /// Somebody sets the clock.
    pub fn turn(&self, by: SignedDuration) {
        self.0.lock().unwrap().0 += by;
    }

    /// Time passes.
    pub fn pass(&self, by: SignedDuration) {
        self.turn(by);
        self.0.lock().unwrap().1 += by;
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::now() + self.0.lock().unwrap().0
    }

    fn passed(&self) -> Duration {
        let more = self.0.lock().unwrap().1.unsigned_abs();
        SystemClock.passed() + more
    }
}

/// A rhythm in which a test does not wait for long.
pub fn quick() -> Rhythm {
    Rhythm {
        beat: Duration::from_millis(100),
        gather: Duration::from_millis(10),
        handshake: Duration::from_millis(700),
        nobody: Duration::from_millis(700),
        call: Duration::from_secs(6),
    }
}

/// A running hub.
pub struct Found {
    pub dir: TempDir,
    pub clock: Arc<Hands>,
    pub hub: Arc<Hub>,
    pub address: SocketAddr,
    pub genesis: Digest,
    pub keys: HubKeys,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<Result<(), ServeError>>>,
}

pub fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

/// The signing key of a founder: the same for the same name.
pub fn key_of(slug: &str) -> SecretKey {
    SecretKey::from_seed(&Digest::of(slug.as_bytes()).0)
}

pub fn config() -> Config {
    let any = "127.0.0.1:0".parse().unwrap();
    let mut config = Config::new("hub.test:7480".to_owned(), any, None);
    // Tests call more often than people.
    config.limits.appends_per_minute = 1_000_000;
    config.limits.calls_per_minute = 1_000_000;
    config.limits.enrolments_per_hour = 10_000;
    config
}

/// Makes the files of a new hub.
pub async fn make(
    dir: &Path,
    founders: &[&str],
    config: Config,
    now: Timestamp,
) -> (Digest, HubKeys) {
    let founder = |name: &&str| Founder {
        slug: slug(name),
        key: key_of(name).public(),
    };
    let founding = Founding {
        federation: slug(NAME),
        founders: founders.iter().map(founder).collect(),
        rules: Rules::default(),
        config,
        root_key: None,
    };
    let founded = found(&Home::new(dir), founding, now).await.unwrap();
    (founded.genesis, founded.keys)
}

impl Found {
    pub async fn new(founders: &[&str]) -> Self {
        Self::with(founders, config()).await
    }

    pub async fn with(founders: &[&str], config: Config) -> Self {
        let dir = TempDir::new().unwrap();
        let clock = Arc::new(Hands::default());
        let (genesis, keys) = make(dir.path(), founders, config, clock.now()).await;
        Self::start(dir, clock, genesis, keys).await
    }

    /// Serves the hub in `dir`.
    pub async fn start(dir: TempDir, clock: Arc<Hands>, genesis: Digest, keys: HubKeys) -> Self {
        let home = Home::new(dir.path());
        let options = Options {
            config: Config::read(&home).unwrap(),
            clock: clock.clone(),
            rhythm: quick(),
            home,
        };
        let server = Server::bind(options).await.unwrap();
        let (hub, address) = (Arc::clone(&server.hub), server.address().unwrap());
        let (stop, told) = oneshot::channel();
        let served = tokio::spawn(server.run(async {
            let _ = told.await;
        }));
        Self {
            dir,
            clock,
            hub,
            address,
            genesis,
            keys,
            stop: Some(stop),
            served: Some(served),
        }
    }

    /// Tells the hub to stop, and waits until it has.
    pub async fn stop(mut self) -> (TempDir, Arc<Hands>, Digest, HubKeys) {
        self.stop.take().unwrap().send(()).unwrap();
        let served = self.served.take().unwrap();
        timeout(PATIENCE, served).await.unwrap().unwrap().unwrap();
        (self.dir, self.clock, self.genesis, self.keys)
    }

    pub async fn restart(self) -> Self {
        let (dir, clock, genesis, keys) = self.stop().await;
        Self::start(dir, clock, genesis, keys).await
    }

    /// A new invite's secret.
    pub async fn invite(&self, collective: &str) -> [u8; 32] {
        let made = self
            .hub
            .create_invite(collective, None, "a test".to_owned())
            .await;
        *made.unwrap().invite.secret.expose()
    }

    /// An agent that has joined.
    pub async fn agent(&self, collective: &str, name: &str) -> Agent {
        let secret = self.invite(collective).await;
        self.join(collective, name, &secret).await.unwrap()
    }

    /// Spends an invite, as an agent does.
    pub async fn join(
        &self,
        collective: &str,
        name: &str,
        secret: &[u8],
    ) -> Result<Agent, RemoteError> {
        let key = AgentKey::create().unwrap();
        let asked = EnrolRequest {
            collective: collective.to_owned(),
            agent: name.to_owned(),
            secret: secret.to_vec(),
            csr: key.request().unwrap(),
        };
        let nobody = self.nobody().await;
        let certificate = EnrolmentServiceClient::new(nobody).enrol(asked).await;
        let certificate = certificate.map_err(RemoteError::from)?.into_inner();
        assert_eq!(Digest::of(&certificate.root), self.keys.ca);
        let identity = Arc::new(AgentIdentity::default());
        identity.swap(&certificate.chain, &key).unwrap();
        let channel = self.connect(identity.clone()).await;
        Ok(Agent {
            collective: collective.to_owned(),
            key: key_of(collective),
            federation: self.genesis.to_string(),
            identity,
            channel: channel.map_err(|e| panic!("{e:?}")).unwrap(),
        })
    }

    /// A connection without a certificate.
    pub async fn nobody(&self) -> Channel {
        self.connect(Arc::default()).await.unwrap()
    }

    pub async fn connect(
        &self,
        identity: Arc<AgentIdentity>,
    ) -> Result<Channel, tonic::transport::Error> {
        let connector = self.connector(identity);
        let address = self.address;
        Endpoint::from_static("http://hub.invalid")
            .connect_with_connector(service_fn(move |_| {
                let connector = connector.clone();
                async move { Ok::<_, std::io::Error>(TokioIo::new(tls(&connector, address).await?)) }
            }))
            .await
    }

    pub fn connector(&self, identity: Arc<AgentIdentity>) -> TlsConnector {
        // An agent's clock is right by the hub's, and keeps no hub alive.
        let hub = Arc::downgrade(&self.hub);
        let now = Arc::new(move || hub.upgrade().map_or_else(Timestamp::now, |hub| hub.now()));
        let config = agent_config(&slug(NAME), self.keys.ca, identity, now).unwrap();
        TlsConnector::from(Arc::new(config))
    }

    /// What the hub has, folded by who trusts nobody.
    pub async fn verified(&self) -> allot_replica::Book {
        let replica = Arc::clone(&self.hub.replica);
        let book = tokio::task::spawn_blocking(move || replica.verify(|_| {}));
        book.await.unwrap().unwrap()
    }
}

pub async fn tls(
    connector: &TlsConnector,
    address: SocketAddr,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    // Without it each call waits for a delayed acknowledgement: 40 ms.
    stream.set_nodelay(true)?;
    let name = ServerName::try_from("hub.test").unwrap();
    connector.connect(name, stream).await
}

/// An agent with its certificate, and its collective's key.
pub struct Agent {
    pub collective: String,
    pub key: SecretKey,
    pub federation: String,
    pub identity: Arc<AgentIdentity>,
    pub channel: Channel,
}

impl Agent {
    pub fn ledger(&self) -> LedgerServiceClient<Channel> {
        LedgerServiceClient::new(self.channel.clone())
    }

    pub fn enrolment(&self) -> EnrolmentServiceClient<Channel> {
        EnrolmentServiceClient::new(self.channel.clone())
    }

    /// An entry of this agent's collective, signed.
    pub fn sign(&self, seq: u64, body: Body) -> Vec<u8> {
        self.sign_as(Author::Collective(slug(&self.collective)), seq, body)
    }

    pub fn sign_as(&self, author: Author, seq: u64, body: Body) -> Vec<u8> {
        let entry = Entry {
            federation: self.federation.clone(),
            author,
            seq,
            at: Timestamp::now(),
            body,
        };
        serde_json::to_vec(&Envelope::sign(&entry, &self.key).unwrap()).unwrap()
    }

    pub async fn append(&self, envelope: Vec<u8>) -> Result<AppendResponse, RemoteError> {
        let answer = self.ledger().append(AppendRequest { envelope }).await;
        Ok(answer?.into_inner())
    }

    /// Writes an entry, which must be taken.
    pub async fn write(&self, seq: u64, body: Body) -> AppendResponse {
        self.append(self.sign(seq, body)).await.unwrap()
    }

    pub async fn follow(&self, from: u64) -> Result<Streaming<Stretch>, RemoteError> {
        let answer = self.ledger().follow(FollowRequest { from }).await;
        Ok(answer?.into_inner())
    }
}

/// An entry that changes little.
pub fn rename(what: impl std::fmt::Display) -> Body {
    Body::Profile(Profile {
        name: format!("Named {what}"),
        website: None,
    })
}

pub fn text_of(size: Size, kind: Kind) -> Content {
    Content {
        title: "A matter".to_owned(),
        size,
        kind,
        text: Text::Inline("What it is about".to_owned()),
    }
}

pub fn propose(content: Content, deadline: Timestamp) -> Body {
    Body::Propose {
        draft: None,
        content: Box::new(content),
        deadline,
    }
}

pub fn vote(resolution: u32, choice: Choice) -> Body {
    Body::Vote {
        resolution,
        choice,
        reason: None,
    }
}

pub fn leaf(bytes: &[u8]) -> Leaf {
    Leaf::from_bytes(bytes).unwrap()
}

pub fn other_key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// The next message, which must come.
pub async fn next(stream: &mut Streaming<Stretch>) -> Stretch {
    let next = timeout(PATIENCE, stream.message()).await;
    next.expect("a message in time")
        .unwrap()
        .expect("a message")
}

/// How a stream ends, which must be soon; messages on the way are passed over.
pub async fn end(stream: &mut Streaming<Stretch>) -> Status {
    let ended = async {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the stream ended well"),
                Err(status) => return status,
            }
        }
    };
    timeout(PATIENCE, ended).await.expect("an end in time")
}

/// Waits until something holds.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    match timeout(PATIENCE, waiting).await {
        Ok(found) => found,
        Err(_) => panic!("in vain: {what}"),
    }
}
