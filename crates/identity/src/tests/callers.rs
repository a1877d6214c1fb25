//! Who calls the hub, and is not who they should be.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType};
use rustls::{
    ClientConfig, SignatureScheme,
    client::ResolvesClientCert,
    crypto::ring::sign::any_eddsa_type,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
    version::TLS12,
};
use secrecy::ExposeSecret as _;

use super::*;

#[tokio::test]
async fn who_has_no_certificate_is_nobody() {
    let fed = Fed::found("coop");
    let met = fed.call(&Arc::default()).await;
    assert_eq!(met.peer(), None);
}

#[tokio::test]
async fn an_agent_is_who_its_certificate_says() {
    let fed = Fed::found("coop");
    let (certificate, key) = fed.enrol(&fed.issuer, &fed.id());
    let met = fed.call(&identity(&certificate.chain, &key)).await;
    let peer = met.peer().unwrap();
    assert_eq!(peer.federation(), &fed.name);
    assert_eq!(peer.collective(), &slug("autonomic"));
    assert_eq!(peer.agent(), &agent_id("swarm-1"));
    assert_eq!(peer.to_string(), "autonomic/swarm-1");
    assert_eq!(peer.serial(), certificate.serial);
    assert_eq!(peer.not_before(), certificate.not_before);
    assert_eq!(peer.not_after(), certificate.not_after);
}

#[tokio::test]
async fn refuses_certificate_that_ended() {
    let fed = Fed::found("coop");
    let (certificate, key) = fed.enrol(&fed.issuer, &fed.id());
    let agent = identity(&certificate.chain, &key);
    fed.wait(certificate.not_after.duration_since(fed.at()));
    assert!(fed.call(&agent).await.peer().is_some(), "its last second");
    fed.wait(SignedDuration::from_secs(1));
    let why = fed.call(&agent).await.turned_away();
    assert_eq!(why, "it has ended, or has not begun by the hub's clock");
}

#[tokio::test]
async fn refuses_certificate_that_has_not_begun() {
    let fed = Fed::found("coop");
    fed.wait(minutes(60));
    let agent = fed.agent();
    fed.wait(minutes(-4));
    assert!(fed.call(&agent).await.peer().is_some(), "clocks differ");
    fed.wait(minutes(-2));
    let why = fed.call(&agent).await.turned_away();
    assert_eq!(why, "it has ended, or has not begun by the hub's clock");
}

#[tokio::test]
async fn refuses_certificate_of_another_ca() {
    let fed = Fed::found("coop");
    for name in ["coop", "other"] {
        let other = Fed::found(name);
        let (certificate, key) = other.enrol(&other.issuer, &fed.id());
        let met = fed.call(&identity(&certificate.chain, &key)).await;
        assert_eq!(met.turned_away(), "it is of another CA", "{name}");
    }
}

#[tokio::test]
async fn refuses_self_signed_certificate() {
    let fed = Fed::found("coop");
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let der = fed.forged_params(|_| ()).self_signed(&key).unwrap();
    let key = AgentKey::from_pem(&key.serialize_pem()).unwrap();
    let issuer = pem::parse(fed.issuer.certificate_pem()).unwrap();
    for chain in [
        vec![der.der().to_vec()],
        vec![
            der.der().to_vec(),
            issuer.into_contents(),
            fed.issuer.root().to_vec(),
        ],
    ] {
        let met = fed.call(&identity(&chain, &key)).await;
        assert_eq!(met.turned_away(), "it is of another CA");
    }
}

#[tokio::test]
async fn refuses_certificate_that_an_agent_signed() {
    let fed = Fed::found("coop");
    let (certificate, key) = fed.enrol(&fed.issuer, &fed.id());
    let key = KeyPair::from_pem(key.pem().expose_secret()).unwrap();
    let own = CertificateDer::from(certificate.chain[0].clone());
    let agent_as_ca = rcgen::Issuer::from_ca_cert_der(&own, key).unwrap();
    let leaf = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let der = fed
        .forged_params(|_| ())
        .signed_by(&leaf, &agent_as_ca)
        .unwrap();
    let mut chain = vec![der.der().to_vec()];
    chain.extend(certificate.chain);
    let leaf = AgentKey::from_pem(&leaf.serialize_pem()).unwrap();
    let met = fed.call(&identity(&chain, &leaf)).await;
    assert!(met.turned_away().starts_with("it is "));
}

#[tokio::test]
async fn refuses_ca_certificate_as_an_agents() {
    let fed = Fed::found("coop");
    let issuer = pem::parse(fed.issuer.certificate_pem()).unwrap();
    let key = AgentKey::from_pem(fed.issuer.key_pem().expose_secret()).unwrap();
    let met = fed.call(&identity(&[issuer.into_contents()], &key)).await;
    assert!(met.turned_away().starts_with("it is "));
    let (chain, key) = fed.forged(|p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    let met = fed.call(&identity(&chain, &key)).await;
    assert!(met.turned_away().starts_with("it is "));
    assert_eq!(Peer::of(&chain[0]), Err(Refused::NoName));
}

type Change = fn(&mut CertificateParams);

#[tokio::test]
async fn refuses_wrong_names() {
    let fed = Fed::found("coop");
    assert!(fed.call(&fed.forge(|_| ())).await.peer().is_some());
    let wrong: [(&str, Change); 10] = [
        ("none", |p| p.subject_alt_names.clear()),
        ("two", |p| {
            let again = p.subject_alt_names[0].clone();
            p.subject_alt_names.push(again);
        }),
        ("a host only", |p| p.subject_alt_names = vec![dns()]),
        ("a host too", |p| p.subject_alt_names.push(dns())),
        ("a host first", |p| p.subject_alt_names.insert(0, dns())),
        ("another federation's", |p| {
            named(p, "spiffe://other/collective/autonomic/agent/swarm-1")
        }),
        ("the hub's", |p| named(p, "spiffe://coop/hub")),
        ("other spelling", |p| {
            named(p, "spiffe://coop/collective/Autonomic/agent/swarm-1")
        }),
        ("no agent", |p| {
            named(p, "spiffe://coop/collective/autonomic")
        }),
        ("no SPIFFE id", |p| {
            named(p, "https://autonomic.example.org")
        }),
    ];
    for (what, change) in wrong {
        let met = fed.call(&fed.forge(change)).await;
        assert_eq!(met.turned_away(), "it is not an agent's", "{what}");
    }
}

fn named(params: &mut CertificateParams, name: &str) {
    params.subject_alt_names = vec![uri(name)];
}

fn dns() -> SanType {
    SanType::DnsName("coop.example.org".to_owned().try_into().unwrap())
}

#[tokio::test]
async fn refuses_certificate_for_another_use() {
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, CodeSigning, ServerAuth};
    let fed = Fed::found("coop");
    for other in [ServerAuth, CodeSigning] {
        let met = fed
            .call(&fed.forge(|p| p.extended_key_usages = vec![other]))
            .await;
        assert_eq!(met.turned_away(), "it is for another use");
    }
    // These are not refused by TLS itself.
    for other in [vec![], vec![ClientAuth, ServerAuth], vec![ClientAuth, Any]] {
        let met = fed
            .call(&fed.forge(|p| p.extended_key_usages = other))
            .await;
        assert_eq!(met.turned_away(), "it is not an agent's");
    }
}

#[tokio::test]
async fn refuses_the_hubs_own_certificate_as_an_agents() {
    let fed = Fed::found("coop");
    let (certificate, key) = fed.issuer.sign_hub(&fed.name, fed.at()).unwrap();
    let key = pem::encode(&pem::Pem::new("PRIVATE KEY", key.secret_pkcs8_der()));
    let key = AgentKey::from_pem(&key).unwrap();
    let met = fed.call(&identity(&certificate.chain, &key)).await;
    assert_eq!(met.turned_away(), "it is for another use");
}

/// Shows a certificate without having its key.
#[derive(Debug)]
struct Impostor(Arc<CertifiedKey>);

impl ResolvesClientCert for Impostor {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn refuses_certificate_of_somebody_else() {
    let fed = Fed::found("coop");
    let (stolen, _) = fed.enrol(&fed.issuer, &fed.id());
    let own = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let key = any_eddsa_type(&PrivatePkcs8KeyDer::from(own.serialize_der())).unwrap();
    let chain = stolen.chain.into_iter().map(CertificateDer::from).collect();
    let impostor = Impostor(Arc::new(CertifiedKey::new(chain, key)));
    let mut config = ClientConfig::clone(&fed.client(&Arc::default()));
    config.client_auth_cert_resolver = Arc::new(impostor);
    let met = meet(fed.server(), Arc::new(config)).await;
    assert!(met.turned_away().starts_with("it is "));
}

#[tokio::test]
async fn refuses_tls_1_2() {
    let fed = Fed::found("coop");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(fed.issuer.root().to_vec().into()).unwrap();
    let old =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&TLS12])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let met = meet(fed.server(), Arc::new(old)).await;
    let error = met.hub.map(|(peer, _)| peer).unwrap_err();
    let refused = matches!(tls_error(&error), Some(rustls::Error::PeerIncompatible(_)));
    assert!(refused, "{error:?}");
    assert!(met.agent.is_err());
}

#[tokio::test]
async fn agents_of_an_old_and_of_a_new_issuer_are_let_in() {
    let fed = Fed::found("coop");
    let old = fed.agent();
    let issuer = fed.root.make_issuer(&fed.name, fed.at()).unwrap();
    let (certificate, key) = fed.enrol(&issuer, &fed.id());
    let new = identity(&certificate.chain, &key);
    let (hub, key) = issuer.sign_hub(&fed.name, fed.at()).unwrap();
    fed.hub.swap(&hub, key).unwrap();
    for agent in [old, new] {
        assert!(fed.call(&agent).await.peer().is_some());
    }
}
