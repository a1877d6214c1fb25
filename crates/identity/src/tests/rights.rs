//! Whom the log has put out.

use std::collections::BTreeMap;

use super::*;
use crate::Barred;

impl Fed {
    fn bar(&self, for_good: bool) {
        let barred = Barred {
            since: self.at(),
            for_good,
        };
        let agents = BTreeMap::from([("swarm-1".to_owned(), barred)]);
        let mut register = Register::clone(&self.register.load());
        register.barred.insert(slug("autonomic"), agents);
        self.register.store(Arc::new(register));
    }

    /// A new certificate after a new invite, as the hub makes it.
    fn come_back(&self) -> Arc<AgentIdentity> {
        let register = self.register.load();
        let at = register.issue_at(&slug("autonomic"), &agent_id("swarm-1"), self.at());
        let key = AgentKey::create().unwrap();
        let request = key.request().unwrap();
        let certificate = self.issuer.sign_agent(&request, &self.id(), at).unwrap();
        identity(&certificate.chain, &key)
    }
}

#[tokio::test]
async fn refuses_evicted_agent_until_it_comes_back() {
    let fed = Fed::found("coop");
    let agent = fed.agent();
    assert!(fed.call(&agent).await.peer().is_some());
    fed.bar(false);
    let why = fed.call(&agent).await.turned_away();
    assert_eq!(why, "this agent was evicted or banned");
    // At the same moment: certificates count whole seconds, and it gets in all the same.
    assert!(fed.call(&fed.come_back()).await.peer().is_some());
    fed.wait(minutes(30));
    assert!(fed.call(&fed.come_back()).await.peer().is_some());
    let why = fed.call(&agent).await.turned_away();
    assert_eq!(why, "this agent was evicted or banned");
}

#[tokio::test]
async fn refuses_banned_agent_for_ever() {
    let fed = Fed::found("coop");
    fed.bar(true);
    fed.wait(minutes(30));
    for agent in [fed.agent(), fed.come_back()] {
        let why = fed.call(&agent).await.turned_away();
        assert_eq!(why, "this agent was evicted or banned");
    }
}

#[tokio::test]
async fn only_the_agent_that_was_evicted_is_out() {
    let fed = Fed::found("coop");
    fed.bar(true);
    for (collective, agent) in [("autonomic", "swarm-2"), ("local-it", "swarm-1")] {
        let id = SpiffeId::agent(&fed.name, &slug(collective), &agent_id(agent));
        let (certificate, key) = fed.enrol(&fed.issuer, &id);
        let met = fed.call(&identity(&certificate.chain, &key)).await;
        assert_eq!(met.peer().unwrap().agent(), &agent_id(agent));
    }
}

#[tokio::test]
async fn refuses_collective_that_is_not_in() {
    let fed = Fed::found("coop");
    let id = SpiffeId::agent(&fed.name, &slug("sutty"), &agent_id("swarm-1"));
    let (certificate, key) = fed.enrol(&fed.issuer, &id);
    let met = fed.call(&identity(&certificate.chain, &key)).await;
    assert_eq!(met.turned_away(), "its collective is not in the federation");
}

#[tokio::test]
async fn each_call_is_checked_as_the_handshake_was() {
    let fed = Fed::found("coop");
    let met = fed.call(&fed.agent()).await;
    let peer = met.peer().unwrap();
    let code = |at| fed.register.load().check(peer, at).map_err(|no| no.code());
    assert_eq!(code(fed.at()), Ok(()));
    assert_eq!(code(peer.not_after()), Ok(()));
    let late = peer.not_after() + SignedDuration::from_nanos(1);
    assert_eq!(code(late), Err("AL-8205"));
    assert_eq!(code(Timestamp::MAX), Err("AL-8205"));
    let early = peer.not_before() - SignedDuration::from_nanos(1);
    assert_eq!(code(early), Err("AL-8205"));
    assert_eq!(code(Timestamp::MIN), Err("AL-8205"));
    fed.bar(false);
    assert_eq!(code(fed.at()), Err("AL-8207"));
    fed.register.store(Arc::default());
    assert_eq!(code(fed.at()), Err("AL-8206"));
}

#[test]
fn whoever_was_not_evicted_gets_a_certificate_of_now() {
    let fed = Fed::found("coop");
    let register = fed.register.load();
    let at = |now| register.issue_at(&slug("autonomic"), &agent_id("swarm-1"), now);
    assert_eq!(at(fed.at()), fed.at());
    fed.bar(false);
    let register = fed.register.load();
    let at = |now| register.issue_at(&slug("autonomic"), &agent_id("swarm-1"), now);
    assert_eq!(at(fed.at()), fed.at() + SignedDuration::from_secs(1));
    assert_eq!(at(fed.at() + minutes(1)), fed.at() + minutes(1));
    assert_eq!(at(Timestamp::MIN), fed.at() + SignedDuration::from_secs(1));
}
