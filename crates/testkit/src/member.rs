//! A collective without an agent: its keys, and the calls that an agent makes to a hub. For crowds, and for attacks that
//! no agent would ever make.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test's fixture that cannot be made has failed the test"
)]

use std::sync::Arc;

use allot_identity::{
    AgentKey, Refused,
    invite::Invite,
    tls::{AgentIdentity, agent_config},
};
use allot_ledger::{Author, Body, Digest, Entry, Envelope, SecretKey, Slug};
use allot_proto::{
    RemoteError,
    hub::{
        self, enrolment_service_client::EnrolmentServiceClient,
        ledger_service_client::LedgerServiceClient,
    },
};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, rustls::ClientConfig};
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// A collective, by its key.
#[derive(Clone)]
pub struct Member {
    /// Its short name.
    pub slug: Slug,
    /// Its signing key.
    pub key: SecretKey,
}

impl Member {
    /// A collective with a new key.
    ///
    /// # Panics
    /// The name is none.
    #[must_use]
    pub fn new(slug: &str) -> Self {
        Self {
            slug: slug.parse().expect("a slug"),
            key: SecretKey::from_seed(&rand::random()),
        }
    }

    /// `SLUG=KEY`, as `allot-hub init` takes founders.
    #[must_use]
    pub fn founder(&self) -> String {
        let slug = self.slug.as_str();
        format!("{slug}={}", self.key.public().verifier_key(slug))
    }

    /// Signs an entry.
    ///
    /// # Panics
    /// It is too large.
    #[must_use]
    pub fn sign(&self, federation: Digest, seq: u64, body: Body) -> Vec<u8> {
        let author = Author::Collective(self.slug.clone());
        self.sign_as(author, &federation.to_string(), seq, body)
    }

    /// Signs an entry as somebody, for some federation.
    ///
    /// # Panics
    /// It is too large.
    #[must_use]
    pub fn sign_as(&self, author: Author, federation: &str, seq: u64, body: Body) -> Vec<u8> {
        let entry = Entry {
            federation: federation.to_owned(),
            author,
            seq,
            at: Timestamp::now(),
            body,
        };
        let envelope = Envelope::sign(&entry, &self.key).expect("an entry that fits");
        serde_json::to_vec(&envelope).expect("an envelope as JSON")
    }

    /// Spends an invite for a certificate of the agent `agent`.
    ///
    /// # Errors
    /// The hub's.
    pub async fn enrol(&self, invite: &str, agent: &str) -> Result<Seat, RemoteError> {
        let text = invite;
        let invite = Invite::read(text).expect("an invite");
        let (identity, config) = identity(&invite);
        let key = AgentKey::create().expect("a key");
        let request = hub::EnrolRequest {
            collective: self.slug.to_string(),
            agent: agent.to_owned(),
            secret: invite.secret.expose().to_vec(),
            csr: key.request().expect("a request"),
        };
        let channel = connect(&invite.address, config.clone()).await?;
        let given = EnrolmentServiceClient::new(channel).enrol(request).await?;
        let given = given.into_inner();
        identity
            .swap(&given.chain, &key)
            .expect("a certificate for that key");
        Ok(Seat {
            member: self.clone(),
            federation: invite.genesis,
            address: invite.address,
            chain: given.chain,
            key: Arc::new(key),
            config,
            invite: text.to_owned(),
        })
    }
}

/// TLS of somebody without a certificate, who has seen this invite.
///
/// # Panics
/// TLS cannot be set up.
#[must_use]
pub fn nobody(invite: &Invite) -> Arc<ClientConfig> {
    identity(invite).1
}

/// TLS for whoever has this invite.
fn identity(invite: &Invite) -> (Arc<AgentIdentity>, Arc<ClientConfig>) {
    let identity = Arc::new(AgentIdentity::default());
    let now = Arc::new(Timestamp::now);
    let config = agent_config(&invite.federation, invite.ca, Arc::clone(&identity), now);
    (identity, Arc::new(config.expect("TLS")))
}

/// An enrolled agent of a member, able to connect.
#[derive(Clone)]
pub struct Seat {
    /// Whose.
    pub member: Member,
    /// In which federation.
    pub federation: Digest,
    /// Where the hub is.
    pub address: String,
    /// Its certificate with its issuer's, DER.
    pub chain: Vec<Vec<u8>>,
    /// The certificate's key.
    pub key: Arc<AgentKey>,
    /// TLS with that certificate.
    pub config: Arc<ClientConfig>,
    /// The invite that was spent.
    pub invite: String,
}

/// A seat as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    invite: String,
    key: String,
    chain: Vec<Vec<u8>>,
}

impl Seat {
    /// All that it takes to come back, as text. It holds the certificate's key: for tests only.
    ///
    /// # Panics
    /// It has no JSON form.
    #[must_use]
    pub fn to_text(&self) -> String {
        let kept = Kept {
            invite: self.invite.clone(),
            key: self.key.pem().expose_secret().to_owned(),
            chain: self.chain.clone(),
        };
        serde_json::to_string(&kept).expect("JSON")
    }

    /// Reads it back.
    ///
    /// # Panics
    /// It is something else.
    #[must_use]
    pub fn from_text(member: &Member, text: &str) -> Self {
        let kept: Kept = serde_json::from_str(text).expect("a seat");
        let invite = Invite::read(&kept.invite).expect("an invite");
        let (identity, config) = identity(&invite);
        let key = AgentKey::from_pem(&kept.key).expect("a key");
        identity
            .swap(&kept.chain, &key)
            .expect("a certificate for that key");
        Self {
            member: member.clone(),
            federation: invite.genesis,
            address: invite.address,
            chain: kept.chain,
            key: Arc::new(key),
            config,
            invite: kept.invite,
        }
    }

    /// A new connection.
    ///
    /// # Errors
    /// The hub does not answer, or lets nobody in.
    pub async fn connect(&self) -> Result<LedgerServiceClient<Channel>, RemoteError> {
        let channel = connect(&self.address, Arc::clone(&self.config)).await?;
        Ok(LedgerServiceClient::new(channel).max_decoding_message_size(4 << 20))
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// The hub's.
    pub async fn append(
        &self,
        hub: &mut LedgerServiceClient<Channel>,
        seq: u64,
        body: Body,
    ) -> Result<hub::AppendResponse, RemoteError> {
        let envelope = self.member.sign(self.federation, seq, body);
        hand_in(hub, envelope).await
    }
}

/// Brings an envelope, whoever signed it.
///
/// # Errors
/// The hub's.
pub async fn hand_in(
    hub: &mut LedgerServiceClient<Channel>,
    envelope: Vec<u8>,
) -> Result<hub::AppendResponse, RemoteError> {
    let request = hub::AppendRequest { envelope };
    Ok(hub.append(request).await?.into_inner())
}

/// A connection with this TLS.
///
/// # Errors
/// The hub does not answer, or lets nobody in.
pub async fn connect(address: &str, config: Arc<ClientConfig>) -> Result<Channel, RemoteError> {
    let address = address.to_owned();
    let connector = TlsConnector::from(config);
    let made = Endpoint::from_static("http://hub.invalid")
        .connect_with_connector(service_fn(move |_| {
            let (address, connector) = (address.clone(), connector.clone());
            async move {
                let tcp = TcpStream::connect(address).await?;
                tcp.set_nodelay(true)?;
                let name = "hub.invalid".try_into().map_err(std::io::Error::other)?;
                let tls = connector.connect(name, tcp).await?;
                Ok::<_, std::io::Error>(TokioIo::new(tls))
            }
        }))
        .await;
    made.map_err(|error| RemoteError {
        code: Refused::in_chain(&error).map_or_else(String::new, |why| why.code().to_owned()),
        message: chain(&error),
        causes: Vec::new(),
        help: None,
        grpc: tonic::Code::Unavailable,
    })
}

/// An error with all its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |e| e.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
