//! What a failed connection meant, however deep the reason lies.

use std::{error::Error, fmt};

use rustls::{AlertDescription, CertificateError};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::limits::MAX_CHAIN;

/// As libraries wrap errors.
#[derive(Debug)]
struct Wrapped(Box<dyn Error + Send + Sync>);

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("transport error")
    }
}

impl Error for Wrapped {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

fn revoked() -> rustls::Error {
    rustls::Error::AlertReceived(AlertDescription::CertificateRevoked)
}

#[test]
fn the_reason_is_found_through_all_wrappings() {
    let by_hub = Refused::explain(&revoked());
    assert!(matches!(by_hub, Some(Refused::ByHub { .. })));
    let chains: [Box<dyn Error>; 6] = [
        Box::new(revoked()),
        Box::new(io::Error::other(revoked())),
        Box::new(io::Error::other(io::Error::other(revoked()))),
        Box::new(Wrapped(Box::new(io::Error::other(Wrapped(Box::new(
            revoked(),
        )))))),
        Box::new(Wrapped(io::Error::other(revoked()).into())),
        Box::new(Wrapped(revoked().to_string().into())),
    ];
    for chain in chains {
        assert_eq!(Refused::in_chain(&*chain), by_hub, "{chain:?}");
    }
    let refused = Refused::NoHub;
    let chain = Wrapped(Box::new(io::Error::other(refused.clone())));
    assert_eq!(Refused::in_chain(&chain), Some(refused));
}

#[test]
fn the_typed_reason_goes_before_words() {
    let text = format!(
        "{}: {}",
        "failed",
        rustls::Error::AlertReceived(AlertDescription::UnknownCA)
    );
    let inner = Wrapped(Box::new(revoked()));
    let both = io::Error::other(Both(text, inner));
    assert_eq!(Refused::in_chain(&both), Refused::explain(&revoked()));
}

#[derive(Debug)]
struct Both(String, Wrapped);

impl fmt::Display for Both {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Both {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.1)
    }
}

#[test]
fn what_is_not_about_certificates_is_not_explained_with_them() {
    let other = rustls::Error::AlertReceived(AlertDescription::InternalError);
    let chains: [Box<dyn Error>; 4] = [
        Box::new(io::Error::from(io::ErrorKind::ConnectionRefused)),
        Box::new(io::Error::other(other)),
        Box::new(rustls::Error::PeerMisbehaved(
            rustls::PeerMisbehaved::TooManyRenegotiationRequests,
        )),
        Box::new(Wrapped("deadline".into())),
    ];
    for chain in chains {
        assert_eq!(Refused::in_chain(&*chain), None, "{chain:?}");
    }
}

#[test]
fn an_endless_chain_ends() {
    let mut chain = Wrapped(Box::new(revoked()));
    for _ in 2..MAX_CHAIN {
        chain = Wrapped(Box::new(chain));
    }
    assert!(Refused::in_chain(&chain).is_some());
    chain = Wrapped(Box::new(chain));
    assert_eq!(Refused::in_chain(&chain), None);
}

#[test]
fn what_the_hub_does_not_say_is_the_ca() {
    for why in [
        CertificateError::BadSignature,
        CertificateError::BadEncoding,
    ] {
        let error = rustls::Error::InvalidCertificate(why);
        assert_eq!(Refused::explain(&error), Some(Refused::OtherCa));
    }
    let foreign = rustls::OtherError(Arc::new(Wrapped("else".into())));
    let error = rustls::Error::InvalidCertificate(CertificateError::Other(foreign));
    assert_eq!(Refused::explain(&error), Some(Refused::OtherCa));
}

/// Its handshake is over when the hub looks at its certificate: connecting succeeds, and reading says why not.
#[tokio::test]
async fn an_agent_that_is_refused_reads_why() {
    let fed = Fed::found("coop");
    let agent = fed.agent();
    fed.register.store(Arc::default());
    let (here, there) = duplex(64 * 1024);
    let hub = async {
        TlsAcceptor::from(fed.server())
            .accept(there)
            .await
            .map(drop)
    };
    let name = "hub.example.org".try_into().unwrap();
    let agent = TlsConnector::from(fed.client(&agent)).connect(name, here);
    let (hub, agent) = tokio::join!(hub, agent);
    assert!(hub.is_err(), "the hub lets it in");
    let mut agent = agent.expect("for the agent the handshake is over");
    let error = agent.fill_buf().await.unwrap_err();
    let why = "its collective is not in the federation";
    assert_eq!(Refused::in_chain(&error), Some(Refused::ByHub { why }));
}

/// The hub closes while bytes of the agent are still under way; what it said arrives all the same.
#[tokio::test]
async fn the_reason_arrives_over_a_real_socket() {
    let fed = Fed::found("coop");
    let agent = fed.agent();
    fed.register.store(Arc::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (hub, agent) = (
        TlsAcceptor::from(fed.server()),
        TlsConnector::from(fed.client(&agent)),
    );
    for _ in 0..50 {
        let refusal = async {
            hub.accept(listener.accept().await.unwrap().0)
                .await
                .map(|_| ())
        };
        let reason = async {
            let socket = TcpStream::connect(address).await.unwrap();
            let name = "hub.example.org".try_into().unwrap();
            let mut tls = agent.connect(name, socket).await?;
            tls.fill_buf().await.map(<[u8]>::len)
        };
        let (refusal, reason) = tokio::join!(refusal, reason);
        assert!(refusal.is_err());
        let why = "its collective is not in the federation";
        assert_eq!(
            Refused::in_chain(&reason.unwrap_err()),
            Some(Refused::ByHub { why })
        );
    }
}

#[tokio::test]
async fn the_reason_is_found_in_what_http_2_leaves_of_it() {
    let fed = Fed::found("coop");
    let agent = fed.agent();
    fed.register.store(Arc::default());
    let (here, there) = duplex(64 * 1024);
    let hub = async {
        TlsAcceptor::from(fed.server())
            .accept(there)
            .await
            .map(drop)
    };
    let client = async {
        let name = "hub.example.org".try_into().unwrap();
        let tls = TlsConnector::from(fed.client(&agent))
            .connect(name, here)
            .await
            .unwrap();
        let (mut requests, connection) = h2::client::handshake(tls).await.unwrap();
        let call = async move {
            let request = http::Request::new(());
            requests
                .send_request(request, true)
                .map(|(answer, _)| answer)?
                .await
        };
        let (connection, call) = tokio::join!(connection, call);
        (connection.unwrap_err(), call.map(|_| ()).unwrap_err())
    };
    let (hub, (connection, call)) = tokio::join!(hub, client);
    assert!(hub.is_err(), "the hub lets it in");
    let why = "its collective is not in the federation";
    for error in [connection, call] {
        assert_eq!(
            Refused::in_chain(&error),
            Some(Refused::ByHub { why }),
            "{error:?}"
        );
        let deep = Wrapped(Box::new(error));
        assert_eq!(Refused::in_chain(&deep), Some(Refused::ByHub { why }));
    }
}
