//! Who answers an agent, and is not the hub.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose};
use rustls::{
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    version::TLS12,
};
use secrecy::ExposeSecret as _;

use super::*;

impl Fed {
    /// An agent calls, and somebody answers with this certificate.
    async fn answered_by(&self, chain: Vec<Vec<u8>>, key: &AgentKey) -> Met {
        let der = pem::parse(key.pem().expose_secret()).unwrap();
        let key = PrivatePkcs8KeyDer::from(der.into_contents());
        let certificate = Certificate {
            chain,
            serial: String::new(),
            not_before: Timestamp::MIN,
            not_after: Timestamp::MAX,
        };
        let hub = Arc::new(HubIdentity::new(&certificate, key).unwrap());
        meet(self.server_as(hub), self.client(&self.agent())).await
    }

    /// As the hub's, with something changed.
    async fn answered_by_forged(&self, change: impl FnOnce(&mut CertificateParams)) -> Met {
        let (mut chain, key) = self.forged(|params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            params.subject_alt_names = vec![uri(&format!("spiffe://{}/hub", self.name))];
            change(params);
        });
        chain.push(self.issuer.root().to_vec());
        self.answered_by(chain, &key).await
    }
}

#[tokio::test]
async fn refuses_hub_of_another_ca() {
    let fed = Fed::found("coop");
    for name in ["coop", "other"] {
        let other = Fed::found(name);
        let met = meet(other.server(), fed.client(&fed.agent())).await;
        assert_eq!(met.not_the_hub(), Refused::OtherCa, "{name}");
    }
}

#[tokio::test]
async fn refuses_hub_that_shows_the_root_and_is_not_of_it() {
    let fed = Fed::found("coop");
    let other = Fed::found("coop");
    let (certificate, key) = other.issuer.sign_hub(&fed.name, fed.at()).unwrap();
    let key = pem::encode(&pem::Pem::new("PRIVATE KEY", key.secret_pkcs8_der()));
    let mut chain = certificate.chain;
    chain.push(fed.issuer.root().to_vec());
    let key = AgentKey::from_pem(&key).unwrap();
    let met = fed.answered_by(chain, &key).await;
    assert_eq!(met.not_the_hub(), Refused::OtherCa);
}

#[tokio::test]
async fn refuses_hub_that_does_not_show_its_root() {
    let fed = Fed::found("coop");
    let (chain, key) = fed.forged(|params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.subject_alt_names = vec![uri("spiffe://coop/hub")];
    });
    let met = fed.answered_by(chain, &key).await;
    assert_eq!(met.not_the_hub(), Refused::OtherCa);
}

#[tokio::test]
async fn refuses_member_in_the_hubs_place() {
    let fed = Fed::found("coop");
    let (certificate, key) = fed.enrol(&fed.issuer, &fed.id());
    let mut chain = certificate.chain;
    chain.push(fed.issuer.root().to_vec());
    let met = fed.answered_by(chain, &key).await;
    assert_eq!(met.not_the_hub(), Refused::NoHub);
    let met = fed
        .answered_by_forged(|p| p.subject_alt_names = vec![uri(&fed.id().to_string())])
        .await;
    let is = fed.id().to_string();
    assert_eq!(met.not_the_hub(), Refused::NotThatHub { is });
}

#[tokio::test]
async fn refuses_hub_of_another_name() {
    let fed = Fed::found("coop");
    assert!(fed.answered_by_forged(|_| ()).await.peer().is_some());
    let met = fed
        .answered_by_forged(|p| p.subject_alt_names = vec![uri("spiffe://other/hub")])
        .await;
    let is = "spiffe://other/hub".to_owned();
    assert_eq!(met.not_the_hub(), Refused::NotThatHub { is });
    // The name that was called is none that counts.
    let host = SanType::DnsName("hub.example.org".to_owned().try_into().unwrap());
    for names in [
        vec![],
        vec![host.clone()],
        vec![uri("spiffe://coop/hub"), host],
    ] {
        let met = fed
            .answered_by_forged(|p| p.subject_alt_names = names)
            .await;
        assert_eq!(met.not_the_hub(), Refused::NoName);
    }
}

#[tokio::test]
async fn refuses_hub_with_a_certificate_for_another_use() {
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, ServerAuth};
    let fed = Fed::found("coop");
    for uses in [
        vec![],
        vec![ClientAuth],
        vec![ClientAuth, ServerAuth],
        vec![ServerAuth, Any],
    ] {
        let met = fed
            .answered_by_forged(|p| p.extended_key_usages = uses)
            .await;
        assert_eq!(met.not_the_hub(), Refused::NoHub);
    }
}

#[tokio::test]
async fn refuses_hub_whose_certificate_does_not_count_now() {
    let fed = Fed::found("coop");
    let nobody = Arc::default();
    let (certificate, key) = fed.issuer.sign_hub(&fed.name, fed.at()).unwrap();
    fed.hub.swap(&certificate, key).unwrap();
    fed.wait(certificate.not_after.duration_since(fed.at()));
    assert_eq!(fed.call(&nobody).await.peer(), None);
    fed.wait(SignedDuration::from_secs(1));
    let (at, now) = (certificate.not_after, fed.at());
    let refused = fed.call(&nobody).await.not_the_hub();
    assert_eq!(refused, Refused::HubEnded { at, now });
    assert_eq!(refused.code(), "AL-8209");

    fed.wait(certificate.not_before.duration_since(fed.at()) - SignedDuration::from_secs(1));
    let (at, now) = (certificate.not_before, fed.at());
    let refused = fed.call(&nobody).await.not_the_hub();
    assert_eq!(refused, Refused::HubNotYet { at, now });
}

#[tokio::test]
async fn refuses_hub_that_speaks_tls_1_2() {
    let fed = Fed::found("coop");
    let (certificate, key) = fed.issuer.sign_hub(&fed.name, fed.at()).unwrap();
    let chain = certificate
        .chain
        .into_iter()
        .map(CertificateDer::from)
        .collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let old = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key.into())
        .unwrap();
    let met = meet(Arc::new(old), fed.client(&fed.agent())).await;
    assert!(met.hub.is_err());
    let error = met.agent.unwrap_err();
    assert!(tls_error(&error).is_some(), "{error:?}");
    assert_eq!(Refused::in_chain(&error), None, "not about certificates");
}
