//! Requests for certificates, and what is asked for in vain.

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, SignatureAlgorithm,
};

use super::*;
use crate::limits::MAX_CSR;

fn request(
    kind: &'static SignatureAlgorithm,
    change: impl FnOnce(&mut CertificateParams),
) -> (Vec<u8>, KeyPair) {
    let key = KeyPair::generate_for(kind).unwrap();
    let mut params = CertificateParams::default();
    change(&mut params);
    (params.serialize_request(&key).unwrap().der().to_vec(), key)
}

impl Fed {
    fn refuses(&self, request: &[u8]) -> String {
        let error = self
            .issuer
            .sign_agent(request, &self.id(), self.at())
            .unwrap_err();
        assert_eq!(error.code(), "AL-8211", "{error}");
        error.to_string()
    }
}

#[test]
fn refuses_request_with_bad_signature() {
    let fed = Fed::found("coop");
    let mut request = AgentKey::create().unwrap().request().unwrap();
    let last = request.len() - 1;
    request[last] ^= 1;
    assert!(
        fed.refuses(&request)
            .ends_with("it is not signed with its own key")
    );
}

#[test]
fn refuses_request_for_somebody_elses_key() {
    let fed = Fed::found("coop");
    let (mut request, _) = request(&PKCS_ED25519, |_| ());
    let (other, key) = self::request(&PKCS_ED25519, |_| ());
    let find = |der: &[u8], key: &[u8]| der.windows(32).position(|w| w == key).unwrap();
    let at = find(&other, key.public_key_raw());
    request[at..at + 32].copy_from_slice(key.public_key_raw());
    assert!(
        fed.refuses(&request)
            .ends_with("it is not signed with its own key")
    );
}

#[test]
fn refuses_huge_request() {
    let fed = Fed::found("coop");
    let (request, _) = request(&PKCS_ED25519, |params| {
        let name = "a".repeat(MAX_CSR);
        params.subject_alt_names = vec![uri(&name)];
    });
    assert!(fed.refuses(&request).ends_with("it is too long"));
}

#[test]
fn refuses_keys_of_other_kinds() {
    let fed = Fed::found("coop");
    let (p384, _) = request(&PKCS_ECDSA_P384_SHA384, |_| ());
    for request in [&p384[..], include_bytes!("rsa.csr.der")] {
        assert!(
            fed.refuses(request)
                .ends_with("its key is neither Ed25519 nor P-256")
        );
    }
    let (p256, _) = request(&PKCS_ECDSA_P256_SHA256, |_| ());
    assert!(fed.issuer.sign_agent(&p256, &fed.id(), fed.at()).is_ok());
}

#[test]
fn refuses_request_for_other_extensions() {
    let fed = Fed::found("coop");
    let (request, _) = request(&PKCS_ED25519, |params| {
        let extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        params.custom_extensions = vec![extension];
    });
    assert!(
        fed.refuses(&request)
            .ends_with("it asks for what no agent's certificate has")
    );
}

#[test]
fn refuses_what_is_no_request() {
    let fed = Fed::found("coop");
    let (certificate, _) = fed.enrol(&fed.issuer, &fed.id());
    for garbage in [&b""[..], b"garbage", &certificate.chain[0]] {
        assert!(fed.refuses(garbage).ends_with("it is no PKCS #10 request"));
    }
}

#[tokio::test]
async fn never_obeys_a_request_that_asks_for_more() {
    let fed = Fed::found("coop");
    let (request, key) = request(&PKCS_ED25519, |params| {
        params.subject_alt_names = vec![
            uri("spiffe://coop/hub"),
            uri("spiffe://coop/collective/local-it/agent/x"),
        ];
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "coop hub");
    });
    let certificate = fed
        .issuer
        .sign_agent(&request, &fed.id(), fed.at())
        .unwrap();
    let (rest, parsed) = x509_parser::parse_x509_certificate(&certificate.chain[0]).unwrap();
    assert!(rest.is_empty() && !parsed.is_ca());
    let usage = parsed.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.client_auth && !usage.server_auth);
    assert_eq!(parsed.subject().to_string(), "CN=autonomic/swarm-1");
    let key = AgentKey::from_pem(&key.serialize_pem()).unwrap();
    let met = fed.call(&identity(&certificate.chain, &key)).await;
    assert_eq!(met.peer().unwrap().to_string(), "autonomic/swarm-1");
}
