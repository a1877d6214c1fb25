//! What the CA makes, and what it takes to be one.

use std::collections::BTreeSet;

use proptest::prelude::*;
use secrecy::ExposeSecret as _;

use super::*;
use crate::{
    IdentityError,
    limits::{AGENT_LIFE, BACKDATED, HUB_LIFE, ISSUER_LIFE},
    renew_at,
};

#[test]
fn certificates_live_a_day_and_a_week() {
    let fed = Fed::found("coop");
    let (agent, _) = fed.enrol(&fed.issuer, &fed.id());
    let (hub, _) = fed.issuer.sign_hub(&fed.name, fed.at()).unwrap();
    assert_eq!(
        agent.not_after.duration_since(agent.not_before),
        AGENT_LIFE + BACKDATED
    );
    assert_eq!(
        hub.not_after.duration_since(hub.not_before),
        HUB_LIFE + BACKDATED
    );
    assert_eq!((agent.chain.len(), hub.chain.len()), (2, 3));
    assert_eq!(hub.chain[2], fed.issuer.root());
}

#[test]
fn no_certificate_outlives_its_issuer() {
    let fed = Fed::found("coop");
    fed.wait(ISSUER_LIFE - minutes(90));
    let (agent, key) = fed.enrol(&fed.issuer, &fed.id());
    assert!(agent.not_after <= fed.issuer.not_after());
    assert!(agent.not_after > fed.at() + minutes(88));
    fed.wait(minutes(90));
    let request = key.request().unwrap();
    let error = fed
        .issuer
        .sign_agent(&request, &fed.id(), fed.at())
        .unwrap_err();
    assert_eq!(error.code(), "AL-8212");
    let error = fed.issuer.sign_hub(&fed.name, fed.at()).unwrap_err();
    assert!(matches!(error, IdentityError::IssuerEnded { at } if at == fed.issuer.not_after()));
}

#[test]
fn a_clock_out_of_bounds_is_told() {
    let fed = Fed::found("coop");
    for at in [Timestamp::MIN, Timestamp::MAX] {
        assert_eq!(Root::create(&fed.name, at).unwrap_err().code(), "AL-8213");
    }
}

#[test]
fn serials_are_positive_and_never_the_same() {
    let fed = Fed::found("coop");
    let serials = (0..200).map(|_| fed.enrol(&fed.issuer, &fed.id()).0.serial);
    let serials: BTreeSet<String> = serials.collect();
    assert_eq!(serials.len(), 200);
    for serial in serials {
        assert_eq!(serial.len(), 32, "{serial}");
        assert!(matches!(serial.as_bytes()[0], b'4'..=b'7'), "{serial}");
    }
}

#[tokio::test]
async fn the_hub_needs_no_root_key() {
    let fed = Fed::found("coop");
    let root = pem::encode(&pem::Pem::new("CERTIFICATE", fed.issuer.root()));
    assert_eq!(root, fed.root.certificate_pem());
    let certificate = fed.issuer.certificate_pem();
    let key = fed.issuer.key_pem();
    let again = Issuer::from_pem(&root, &certificate, key.expose_secret()).unwrap();
    assert_eq!(again.not_after(), fed.issuer.not_after());
    let (certificate, key) = fed.enrol(&again, &fed.id());
    assert!(
        fed.call(&identity(&certificate.chain, &key))
            .await
            .peer()
            .is_some()
    );
}

#[tokio::test]
async fn a_root_that_was_put_away_makes_issuers_again() {
    let fed = Fed::found("coop");
    let (certificate, key) = (fed.root.certificate_pem(), fed.root.key_pem());
    let root = Root::from_pem(&certificate, key.expose_secret()).unwrap();
    assert_eq!(root.fingerprint(), fed.root.fingerprint());
    let issuer = root.make_issuer(&fed.name, fed.at()).unwrap();
    let (certificate, key) = fed.enrol(&issuer, &fed.id());
    assert!(
        fed.call(&identity(&certificate.chain, &key))
            .await
            .peer()
            .is_some()
    );
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let (fed, other) = (Fed::found("coop"), Fed::found("coop"));
    let root = fed.root.certificate_pem();
    let issuer = fed.issuer.certificate_pem();
    let key = fed.issuer.key_pem();
    let other_key = other.issuer.key_pem();
    let refused =
        |root: &str, issuer: &str, key: &str| Issuer::from_pem(root, issuer, key).unwrap_err();
    let error = refused(&root, &issuer, other_key.expose_secret());
    assert!(matches!(error, IdentityError::OtherKey));
    let error = refused(&other.root.certificate_pem(), &issuer, key.expose_secret());
    assert!(matches!(error, IdentityError::OtherRoot));
    let error = refused(&root, "garbage", key.expose_secret());
    assert!(matches!(
        error,
        IdentityError::Pem {
            what: "the certificate"
        }
    ));
    let error = refused(&root, &issuer, &issuer);
    assert!(matches!(error, IdentityError::Pem { what: "the key" }));
    assert_eq!(error.code(), "AL-8210");
    let error = Root::from_pem(&root, key.expose_secret()).unwrap_err();
    assert!(matches!(error, IdentityError::OtherKey));
    let no_certificate = pem::encode(&pem::Pem::new("CERTIFICATE", b"garbage"));
    let error = refused(&root, &no_certificate, key.expose_secret());
    assert!(matches!(error, IdentityError::NoCertificate));
}

#[test]
fn keys_are_not_shown() {
    let fed = Fed::found("coop");
    let key = AgentKey::create().unwrap();
    let (_, hub_key) = fed.issuer.sign_hub(&fed.name, fed.at()).unwrap();
    let secret = pem::parse(key.pem().expose_secret()).unwrap();
    let again = AgentKey::from_pem(key.pem().expose_secret()).unwrap();
    assert_eq!(again.pem().expose_secret(), key.pem().expose_secret());
    assert!(secret.contents().len() > 32);
    assert_eq!(format!("{key:?}"), "AgentKey(…)");
    assert_eq!(format!("{:?}", key.pem()), "SecretBox<str>([REDACTED])");
    assert_eq!(
        format!("{:?}", fed.issuer),
        format!("Issuer(until {})", fed.issuer.not_after())
    );
    assert_eq!(
        format!("{:?}", fed.root),
        format!("Root({})", fed.root.fingerprint())
    );
    assert_eq!(
        format!("{:?} {:?}", fed.hub, fed.agent()),
        "HubIdentity AgentIdentity"
    );
    assert!(format!("{hub_key:?}").contains("elided"));
}

proptest! {
    #[test]
    fn renewal_comes_between_70_and_80_percent(begin in 0..4_000_000_000_i64, life in 0..10_000_000_i64, jitter in 0.0..=1.0) {
        let begin = Timestamp::from_second(begin).unwrap();
        let end = begin + SignedDuration::from_secs(life);
        let at = renew_at(begin, end, jitter);
        let share = |part: i64| begin + SignedDuration::from_millis(life * part * 10);
        prop_assert!(at >= share(70) - SignedDuration::from_millis(1), "{at}");
        prop_assert!(at <= share(80) + SignedDuration::from_millis(1), "{at}");
    }
}

#[test]
fn renewal_survives_nonsense() {
    let at = Timestamp::UNIX_EPOCH;
    assert_eq!(renew_at(at, at + minutes(100), f64::NAN), at);
    assert_eq!(renew_at(at, at + minutes(100), 7.0), at + minutes(80));
    assert!(renew_at(Timestamp::MIN, Timestamp::MAX, 1.0) < Timestamp::MAX);
    assert!(renew_at(at + minutes(100), at, 1.0) < at + minutes(100));
}
