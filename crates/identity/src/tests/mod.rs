//! Real handshakes through a pipe in memory, with a clock that the test owns.

mod callers;
mod certificates;
mod garbage;
mod hubs;
mod reasons;
mod requests;
mod rights;
mod swaps;

use std::{
    io,
    sync::{Arc, Mutex},
};

use allot_ledger::Slug;
use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, KeyPair, PKCS_ED25519, SanType, SerialNumber,
};
use rustls::{ClientConfig, ServerConfig};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::{
    AgentId, AgentKey, Certificate, Issuer, Peer, Refused, Register, Root, SpiffeId,
    tls::{AgentIdentity, HubIdentity, Now, agent_config, hub_config, peer_of},
};

/// The hub greets, as HTTP/2 does.
const GREETING: &[u8] = b"!";

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

fn agent_id(text: &str) -> AgentId {
    text.parse().unwrap()
}

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

/// A federation with a hub, and `autonomic` and `local-it` in it.
struct Fed {
    name: Slug,
    root: Root,
    issuer: Issuer,
    clock: Arc<Mutex<Timestamp>>,
    register: Arc<ArcSwap<Register>>,
    hub: Arc<HubIdentity>,
}

impl Fed {
    fn found(name: &str) -> Self {
        let name = slug(name);
        let at: Timestamp = "2026-03-01T12:00:00.25Z".parse().unwrap();
        let root = Root::create(&name, at).unwrap();
        let issuer = root.make_issuer(&name, at).unwrap();
        let (certificate, key) = issuer.sign_hub(&name, at).unwrap();
        let register = Register {
            collectives: ["autonomic", "local-it"].map(slug).into(),
            ..Register::default()
        };
        Self {
            name,
            root,
            issuer,
            clock: Arc::new(Mutex::new(at)),
            register: Arc::new(ArcSwap::from_pointee(register)),
            hub: Arc::new(HubIdentity::new(&certificate, key).unwrap()),
        }
    }

    fn at(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    /// The clock goes on, or back.
    fn wait(&self, time: SignedDuration) {
        *self.clock.lock().unwrap() += time;
    }

    fn now(&self) -> Now {
        let clock = Arc::clone(&self.clock);
        Arc::new(move || *clock.lock().unwrap())
    }

    fn id(&self) -> SpiffeId {
        SpiffeId::agent(&self.name, &slug("autonomic"), &agent_id("swarm-1"))
    }

    /// What enrolment comes to: a key, a request, a certificate.
    fn enrol(&self, issuer: &Issuer, id: &SpiffeId) -> (Certificate, AgentKey) {
        let key = AgentKey::create().unwrap();
        let request = key.request().unwrap();
        (issuer.sign_agent(&request, id, self.at()).unwrap(), key)
    }

    fn agent(&self) -> Arc<AgentIdentity> {
        let (certificate, key) = self.enrol(&self.issuer, &self.id());
        identity(&certificate.chain, &key)
    }

    /// As an agent's, with something changed, and signed by the issuer: what a thief of its key could make.
    fn forge(&self, change: impl FnOnce(&mut CertificateParams)) -> Arc<AgentIdentity> {
        let (chain, key) = self.forged(change);
        identity(&chain, &key)
    }

    fn forged(&self, change: impl FnOnce(&mut CertificateParams)) -> (Vec<Vec<u8>>, AgentKey) {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let der = self
            .forged_params(change)
            .signed_by(&key, &signer(&self.issuer))
            .unwrap();
        let issuer = pem::parse(self.issuer.certificate_pem()).unwrap();
        let chain = vec![der.der().to_vec(), issuer.into_contents()];
        (chain, AgentKey::from_pem(&key.serialize_pem()).unwrap())
    }

    fn forged_params(&self, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
        let mut params = CertificateParams::default();
        let second =
            |at: Timestamp| time::OffsetDateTime::from_unix_timestamp(at.as_second()).unwrap();
        params.not_before = second(self.at() - minutes(1));
        params.not_after = second(self.at() + minutes(60));
        params.serial_number = Some(SerialNumber::from(7));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.subject_alt_names = vec![uri(&self.id().to_string())];
        change(&mut params);
        params
    }

    fn server(&self) -> Arc<ServerConfig> {
        self.server_as(Arc::clone(&self.hub))
    }

    fn server_as(&self, hub: Arc<HubIdentity>) -> Arc<ServerConfig> {
        let register = Arc::clone(&self.register);
        let config = hub_config(&self.name, self.issuer.root(), hub, register, self.now());
        Arc::new(config.unwrap())
    }

    fn client(&self, identity: &Arc<AgentIdentity>) -> Arc<ClientConfig> {
        let (ca, identity) = (self.root.fingerprint(), Arc::clone(identity));
        Arc::new(agent_config(&self.name, ca, identity, self.now()).unwrap())
    }

    async fn call(&self, identity: &Arc<AgentIdentity>) -> Met {
        meet(self.server(), self.client(identity)).await
    }
}

fn uri(text: &str) -> SanType {
    SanType::URI(text.to_owned().try_into().unwrap())
}

fn identity(chain: &[Vec<u8>], key: &AgentKey) -> Arc<AgentIdentity> {
    let identity = AgentIdentity::default();
    identity.swap(chain, key).unwrap();
    Arc::new(identity)
}

/// The issuer's key, in the hands of whoever stole it.
fn signer(issuer: &Issuer) -> rcgen::Issuer<'static, KeyPair> {
    use secrecy::ExposeSecret as _;
    let key = KeyPair::from_pem(issuer.key_pem().expose_secret()).unwrap();
    let der = pem::parse(issuer.certificate_pem())
        .unwrap()
        .into_contents();
    rcgen::Issuer::from_ca_cert_der(&der.into(), key).unwrap()
}

/// What both sides of a connection found.
struct Met {
    hub: io::Result<(Option<Peer>, server::TlsStream<DuplexStream>)>,
    agent: io::Result<client::TlsStream<DuplexStream>>,
}

impl Met {
    /// Who the hub says has called; both sides are content.
    fn peer(&self) -> Option<&Peer> {
        assert!(self.agent.is_ok(), "{:?}", self.agent);
        self.hub.as_ref().unwrap().0.as_ref()
    }

    /// The hub has turned the agent away, and the agent knows why.
    fn turned_away(&self) -> &'static str {
        let error = self.hub.as_ref().map(|(peer, _)| peer).unwrap_err();
        let refused = matches!(tls_error(error), Some(rustls::Error::InvalidCertificate(_)));
        assert!(refused, "{error:?}");
        match Refused::in_chain(self.agent.as_ref().unwrap_err()) {
            Some(Refused::ByHub { why }) => why,
            other => panic!("{other:?}"),
        }
    }

    /// The agent has turned away who answered, and has not shown its certificate.
    fn not_the_hub(&self) -> Refused {
        let error = self.hub.as_ref().map(|(peer, _)| peer).unwrap_err();
        let alerted = matches!(tls_error(error), Some(rustls::Error::AlertReceived(_)));
        assert!(alerted, "{error:?}");
        Refused::in_chain(self.agent.as_ref().unwrap_err()).unwrap()
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

async fn meet(server: Arc<ServerConfig>, client: Arc<ClientConfig>) -> Met {
    let (here, there) = duplex(64 * 1024);
    let hub = async {
        let mut tls = TlsAcceptor::from(server).accept(there).await?;
        let peer = peer_of(tls.get_ref().1);
        tls.write_all(GREETING).await?;
        tls.flush().await?;
        Ok((peer, tls))
    };
    let agent = async {
        let name = "hub.example.org".try_into().unwrap();
        let mut tls = TlsConnector::from(client).connect(name, here).await?;
        assert_eq!(tls.fill_buf().await?, GREETING);
        tls.consume(GREETING.len());
        Ok(tls)
    };
    let (hub, agent) = tokio::join!(hub, agent);
    Met { hub, agent }
}
