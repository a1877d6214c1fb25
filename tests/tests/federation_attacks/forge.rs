//! Certificates as a thief of the issuer's key makes them, and as anybody can make them.

use std::{fs, sync::Arc};

use allot_identity::{
    AgentKey, Issuer, Root, SpiffeId,
    invite::Invite,
    tls::{AgentIdentity, agent_config},
};
use allot_ledger::Slug;
use allot_tests::Crowd;
use jiff::Timestamp;
use rcgen::{
    CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ED25519, SanType, SerialNumber,
};
use rustls::{
    ClientConfig, SignatureScheme,
    client::ResolvesClientCert,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use secrecy::ExposeSecret as _;

/// A certificate with what is behind it, DER, and its key.
pub struct Forged {
    pub chain: Vec<Vec<u8>>,
    pub key: AgentKey,
}

/// Makes certificates with the keys of a hub's own directory.
pub struct Forge {
    invite: Invite,
    root: String,
    certificate: String,
    key: String,
}

impl Forge {
    /// With the true issuer of a crowd's hub.
    pub fn of(crowd: &Crowd) -> Self {
        let dir = crowd.hub.dir();
        let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
        let [certificate, key] = pem::parse_many(read("issuer.pem"))
            .unwrap()
            .try_into()
            .unwrap();
        Self {
            invite: Invite::read(&crowd.seats[0].invite).unwrap(),
            root: read("root.pem"),
            certificate: pem::encode(&certificate),
            key: pem::encode(&key),
        }
    }

    /// With another CA of the same name.
    pub fn another(&self) -> Self {
        let now = Timestamp::now();
        let root = Root::create(&self.invite.federation, now).unwrap();
        let issuer = root.make_issuer(&self.invite.federation, now).unwrap();
        Self {
            invite: self.invite.clone(),
            root: root.certificate_pem(),
            certificate: issuer.certificate_pem(),
            key: issuer.key_pem().expose_secret().to_owned(),
        }
    }

    pub fn federation(&self) -> &Slug {
        &self.invite.federation
    }

    pub fn issuer(&self) -> Issuer {
        Issuer::from_pem(&self.root, &self.certificate, &self.key).unwrap()
    }

    /// The issuer's own certificate, DER.
    pub fn issuer_der(&self) -> Vec<u8> {
        pem::parse(&self.certificate).unwrap().into_contents()
    }

    /// The issuer's own key.
    pub fn issuer_key(&self) -> AgentKey {
        AgentKey::from_pem(&self.key).unwrap()
    }

    /// The name of the crowd's first agent.
    pub fn name(&self) -> SpiffeId {
        let (collective, agent) = ("member-0".parse().unwrap(), "swarm-1".parse().unwrap());
        SpiffeId::agent(&self.invite.federation, &collective, &agent)
    }

    /// What the hub itself would have made at another time.
    pub fn at(&self, now: Timestamp) -> Forged {
        let key = AgentKey::create().unwrap();
        let request = key.request().unwrap();
        let made = self.issuer().sign_agent(&request, &self.name(), now);
        let chain = made.unwrap().chain;
        Forged { chain, key }
    }

    /// As the first agent's, with something changed.
    pub fn changed(&self, change: impl FnOnce(&mut CertificateParams)) -> Forged {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let issuer_key = KeyPair::from_pem(&self.key).unwrap();
        let issuer = CertificateDer::from(self.issuer_der());
        let issuer = rcgen::Issuer::from_ca_cert_der(&issuer, issuer_key).unwrap();
        let made = self.params(change).signed_by(&key, &issuer).unwrap();
        Forged {
            chain: vec![made.der().to_vec(), self.issuer_der()],
            key: AgentKey::from_pem(&key.serialize_pem()).unwrap(),
        }
    }

    /// As the first agent's, signed by nobody but itself.
    pub fn self_signed(&self) -> Forged {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let made = self.params(|_| ()).self_signed(&key).unwrap();
        Forged {
            chain: vec![made.der().to_vec()],
            key: AgentKey::from_pem(&key.serialize_pem()).unwrap(),
        }
    }

    fn params(&self, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
        let mut params = CertificateParams::default();
        let now = rcgen::date_time_ymd(2026, 1, 1);
        params.not_before = now;
        params.not_after = rcgen::date_time_ymd(2040, 1, 1);
        params.serial_number = Some(SerialNumber::from_slice(&[1; 16]));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        params.subject_alt_names = vec![uri(&self.name().to_string())];
        change(&mut params);
        params
    }

    /// TLS that shows this certificate to the crowd's hub.
    pub fn showing(&self, forged: &Forged) -> Arc<ClientConfig> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(forged.key.pem().expose_secret().as_bytes());
        self.signing(&forged.chain, der.unwrap())
    }

    /// TLS that shows a certificate and signs with another key: what somebody has who only saw the certificate.
    pub fn showing_without_its_key(&self, chain: &[Vec<u8>]) -> Arc<ClientConfig> {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        self.signing(chain, PrivatePkcs8KeyDer::from(key.serialize_der()))
    }

    /// No library of ours looks at what is shown.
    fn signing(&self, chain: &[Vec<u8>], key: PrivatePkcs8KeyDer<'static>) -> Arc<ClientConfig> {
        let identity = Arc::new(AgentIdentity::default());
        let now = Arc::new(Timestamp::now);
        let (federation, ca) = (&self.invite.federation, self.invite.ca);
        let mut config = agent_config(federation, ca, identity, now).unwrap();
        let key = rustls::crypto::ring::sign::any_supported_type(&PrivateKeyDer::from(key));
        let chain = chain.iter().cloned().map(CertificateDer::from).collect();
        let shown = Arc::new(CertifiedKey::new(chain, key.unwrap()));
        config.client_auth_cert_resolver = Arc::new(Shown(shown));
        Arc::new(config)
    }
}

#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A URI as an alternative name.
pub fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

/// An extension that no verifier knows and that says that it must be known.
pub fn unknown_and_critical() -> CustomExtension {
    let mut extension =
        CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0]);
    extension.set_criticality(true);
    extension
}
