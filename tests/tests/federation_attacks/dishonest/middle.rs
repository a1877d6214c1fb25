//! Somebody between an agent and its hub, who does not have the hub's keys.

use std::sync::Arc;

use allot_identity::{AgentKey, Root, SpiffeId, tls::HubIdentity};
use allot_tests::await_that;
use jiff::Timestamp;
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use secrecy::ExposeSecret as _;
use tonic::Status;

use super::{Clock, PATIENCE, Taken, decide, impostor::Impostor, known};

/// An agent does not talk to whoever shows this certificate, and says why.
fn refuses(taken: &mut Taken, identity: HubIdentity, words: &str, code: &str) {
    let log = taken.log(&taken.stolen.leaves, Clock::Runs);
    let no = Arc::new(|_: &[u8]| Err(Status::internal("an entry was brought")));
    let begun = Impostor::begin_as(identity, &taken.stolen, &taken.address, log, no);
    let impostor = taken.runtime.block_on(begun);
    taken.federation.founders[0].agent_mut().serve();
    let founder = &taken.federation.founders[0];
    let status = await_that("the agent says who is there", PATIENCE, || {
        let status = founder.status();
        let problem = status["hub_problem"].as_str().unwrap_or_default();
        problem.contains(words).then_some(status)
    });
    println!(
        "federation: refused: {} {}",
        status["hub_problem"], status["hub_help"]
    );
    assert_eq!(status["hub_reachable"], false);
    let told = decide(founder, "B");
    assert_eq!(
        (told.error_code().as_str(), told.code),
        (code, Some(5)),
        "{told:?}"
    );
    assert_eq!(known(&founder.ledger()), taken.before[0]);
    assert_eq!(impostor.cosigned(), []);
    drop(impostor);
    taken.federation.founders[0].agent_mut().stop();
    taken.honest_again(0);
}

#[test]
fn refuses_a_hub_of_another_ca() {
    let mut taken = Taken::over(&["autonomic"]);
    let now = Timestamp::now();
    let root = Root::create(&taken.stolen.name, now).unwrap();
    let issuer = root.make_issuer(&taken.stolen.name, now).unwrap();
    let (mut certificate, key) = issuer.sign_hub(&taken.stolen.name, now).unwrap();
    // It brings the true root along as well: that one is no secret.
    certificate.chain.push(taken.stolen.issuer.root().to_vec());
    let identity = HubIdentity::new(&certificate, key).unwrap();
    refuses(&mut taken, identity, "not of the CA", "AL-8204");
}

#[test]
fn refuses_a_member_in_the_hubs_place() {
    let mut taken = Taken::over(&["autonomic"]);
    let (collective, agent) = ("autonomic".parse().unwrap(), "swarm-1".parse().unwrap());
    let name = SpiffeId::agent(&taken.stolen.name, &collective, &agent);
    let key = AgentKey::create().unwrap();
    let signed = taken
        .stolen
        .issuer
        .sign_agent(&key.request().unwrap(), &name, Timestamp::now());
    let mut chain = signed.unwrap();
    chain.chain.push(taken.stolen.issuer.root().to_vec());
    let key = PrivatePkcs8KeyDer::from_pem_slice(key.pem().expose_secret().as_bytes()).unwrap();
    let identity = HubIdentity::new(&chain, key).unwrap();
    refuses(&mut taken, identity, "not a hub's", "AL-8203");
}
