//! Certificates that are not what they must be: the hub refuses at the handshake, says by alert why, and goes on serving
//! whose certificate is good.

use std::sync::Arc;

use allot_tests::{Crowd, HubOptions};
use jiff::{SignedDuration, Timestamp};
use rcgen::{ExtendedKeyUsagePurpose as Usage, IsCa, SanType};
use rustls::{AlertDescription as Alert, ClientConfig, client::danger, version};
use tempfile::TempDir;

use crate::{
    forge::{Forge, Forged, unknown_and_critical, uri},
    knock::{Heard, knock},
};

/// A hub with one member, and whoever would like to be taken for it.
struct Door {
    crowd: Crowd,
    forge: Forge,
}

impl Door {
    fn new() -> Self {
        let options = HubOptions {
            env: vec![(
                "ALLOT_LOG".to_owned(),
                "info,allot_identity=debug".to_owned(),
            )],
            ..HubOptions::default()
        };
        let crowd = Crowd::in_dir(TempDir::with_prefix("allot-").unwrap(), 1, &options);
        let forge = Forge::of(&crowd);
        Self { crowd, forge }
    }

    fn knock(&self, config: Arc<ClientConfig>) -> Heard {
        let address = self.crowd.hub.address();
        self.crowd.runtime.block_on(knock(&address, config))
    }

    /// It is refused with this alert.
    fn refuses(&self, what: &str, forged: &Forged, alert: Alert) {
        let heard = self.knock(self.forge.showing(forged));
        assert_eq!(heard, Heard::Alert(alert), "{what}");
    }

    /// The hub's log says why, and the member is served as before.
    fn was_told(self, reason: &str) {
        assert_eq!(self.crowd.write(0, 1).unwrap(), 1, "the member is served");
        let log = self.crowd.hub.log();
        assert!(log.contains(reason), "the hub's log says {reason}:\n{log}");
    }
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

#[test]
fn refuses_an_expired_certificate() {
    let door = Door::new();
    let yesterday = door.forge.at(Timestamp::now() - hours(25));
    door.refuses("of yesterday", &yesterday, Alert::CertificateExpired);
    door.was_told("expired");
}

#[test]
fn refuses_a_certificate_that_is_not_valid_yet() {
    let door = Door::new();
    let tomorrow = door.forge.at(Timestamp::now() + hours(24));
    door.refuses("of tomorrow", &tomorrow, Alert::CertificateExpired);
    door.was_told("not valid yet");
}

#[test]
fn refuses_a_certificate_of_another_ca() {
    let door = Door::new();
    let other = door.forge.another();
    let heard = door.knock(door.forge.showing(&other.at(Timestamp::now())));
    // The other CA has the same name: only its signature is wrong.
    let known = [Alert::UnknownCA, Alert::DecryptError].map(Heard::Alert);
    assert!(known.contains(&heard), "{heard:?}");

    // An issuer that the true root has not signed, brought along with the true root's certificate.
    let mut mixed = other.at(Timestamp::now());
    mixed.chain.push(door.forge.issuer().root().to_vec());
    let heard = door.knock(door.forge.showing(&mixed));
    assert!(known.contains(&heard), "{heard:?}");
    door.was_told("a certificate is refused");
}

#[test]
fn refuses_a_certificate_that_signed_itself() {
    let door = Door::new();
    let forged = door.forge.self_signed();
    door.refuses("self-signed", &forged, Alert::UnknownCA);
    door.was_told("a certificate is refused");
}

#[test]
fn refuses_a_certificate_with_a_wrong_name() {
    let door = Door::new();
    let name = door.forge.name().to_string();
    let federation = door.forge.federation();
    let hub = format!("spiffe://{federation}/hub");
    let other = name.replacen(federation.as_str(), "elsewhere", 1);
    let stranger = name.replacen("member-0", "stranger", 1);
    let dns = SanType::DnsName("hub.invalid".try_into().unwrap());
    let mail = SanType::Rfc822Name("a@hub.invalid".try_into().unwrap());
    let names = [
        ("no name", vec![], Alert::BadCertificate),
        (
            "two names",
            vec![uri(&name), uri(&hub)],
            Alert::BadCertificate,
        ),
        (
            "the same name twice",
            vec![uri(&name), uri(&name)],
            Alert::BadCertificate,
        ),
        ("a DNS name", vec![dns.clone()], Alert::BadCertificate),
        (
            "a DNS name beside",
            vec![uri(&name), dns],
            Alert::BadCertificate,
        ),
        (
            "an address beside",
            vec![uri(&name), mail],
            Alert::BadCertificate,
        ),
        ("the hub's name", vec![uri(&hub)], Alert::BadCertificate),
        (
            "another federation's",
            vec![uri(&other)],
            Alert::BadCertificate,
        ),
        (
            "another scheme",
            vec![uri(&name.replace("spiffe", "https"))],
            Alert::BadCertificate,
        ),
        (
            "capital letters",
            vec![uri(&name.replace("member", "MEMBER"))],
            Alert::BadCertificate,
        ),
        (
            "a way round",
            vec![uri(&name.replace("member-0", "x/../member-0"))],
            Alert::BadCertificate,
        ),
        ("no member", vec![uri(&stranger)], Alert::AccessDenied),
    ];
    for (what, names, alert) in names {
        let forged = door
            .forge
            .changed(|params| params.subject_alt_names = names);
        door.refuses(what, &forged, alert);
    }
    // With nothing changed it would have been let in: it is the names that are refused.
    let good = door.forge.changed(|_| ());
    assert_eq!(door.knock(door.forge.showing(&good)), Heard::Greeting);
    let log = door.crowd.hub.log();
    for code in ["AL-8202", "AL-8203", "AL-8206"] {
        assert!(log.contains(code), "{code} in:\n{log}");
    }
    door.was_told("AL-8202");
}

#[test]
fn refuses_a_certificate_for_another_use() {
    let door = Door::new();
    let uses = [
        (
            "a server's",
            vec![Usage::ServerAuth],
            Alert::UnsupportedCertificate,
        ),
        (
            "for signing code",
            vec![Usage::CodeSigning],
            Alert::UnsupportedCertificate,
        ),
        (
            "both sides'",
            vec![Usage::ClientAuth, Usage::ServerAuth],
            Alert::BadCertificate,
        ),
        (
            "for anything",
            vec![Usage::ClientAuth, Usage::Any],
            Alert::BadCertificate,
        ),
        ("for nothing that it says", vec![], Alert::BadCertificate),
    ];
    for (what, uses, alert) in uses {
        let forged = door
            .forge
            .changed(|params| params.extended_key_usages = uses);
        door.refuses(what, &forged, alert);
    }
    let strange = door.forge.changed(|params| {
        params.custom_extensions = vec![unknown_and_critical()];
    });
    let heard = door.knock(door.forge.showing(&strange));
    assert!(matches!(heard, Heard::Alert(_)), "{heard:?}");
    door.was_told("AL-8202");
}

#[test]
fn refuses_a_ca_as_an_agent() {
    let door = Door::new();
    let issuer = Forged {
        chain: vec![door.forge.issuer_der()],
        key: door.forge.issuer_key(),
    };
    let heard = door.knock(door.forge.showing(&issuer));
    assert!(matches!(heard, Heard::Alert(_)), "{heard:?}");
    let named = door.forge.changed(|params| {
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    });
    let heard = door.knock(door.forge.showing(&named));
    assert!(matches!(heard, Heard::Alert(_)), "{heard:?}");
    door.was_told("a certificate is refused");
}

#[test]
fn refuses_a_certificate_without_its_key() {
    let door = Door::new();
    let config = door
        .forge
        .showing_without_its_key(&door.crowd.seats[0].chain);
    assert_eq!(door.knock(config), Heard::Alert(Alert::DecryptError));
    assert_eq!(door.crowd.write(0, 1).unwrap(), 1);
}

#[test]
fn refuses_tls_1_2() {
    let door = Door::new();
    let config = with_versions(&[&version::TLS12], vec![b"h2".to_vec()]);
    assert_eq!(door.knock(config), Heard::Alert(Alert::ProtocolVersion));
    // The same client is let in, as nobody, with the version that there is.
    let config = with_versions(&[&version::TLS13], vec![b"h2".to_vec()]);
    assert_eq!(door.knock(config), Heard::Greeting);
    assert_eq!(door.crowd.write(0, 1).unwrap(), 1);
}

#[test]
fn refuses_another_protocol_than_http2() {
    let door = Door::new();
    let config = with_versions(&[&version::TLS13], vec![b"http/1.1".to_vec()]);
    assert_eq!(
        door.knock(config),
        Heard::Alert(Alert::NoApplicationProtocol)
    );
    assert_eq!(door.crowd.write(0, 1).unwrap(), 1);
}

/// TLS of a client that takes any hub.
fn with_versions(
    versions: &[&'static rustls::SupportedProtocolVersion],
    alpn: Vec<Vec<u8>>,
) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Credulous(Arc::clone(&provider));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = alpn;
    Arc::new(config)
}

/// Believes everybody.
#[derive(Debug)]
struct Credulous(Arc<rustls::crypto::CryptoProvider>);

impl danger::ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &rustls::pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<danger::ServerCertVerified, rustls::Error> {
        Ok(danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<danger::HandshakeSignatureValid, rustls::Error> {
        Ok(danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<danger::HandshakeSignatureValid, rustls::Error> {
        Ok(danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
