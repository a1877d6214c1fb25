//! What admins do, by the unix socket.

use std::os::unix::fs::PermissionsExt as _;

use allot_identity::{AgentKey, invite::Invite};
use allot_proto::{
    RemoteError,
    hub::{
        CreateInviteRequest, EvictRequest, GetStatusRequest, ListInvitesRequest, RecordDuesRequest,
        RenewRequest, RevokeInviteRequest, RotateIssuerRequest,
    },
};
use tonic::Code;

use crate::{
    found::{Found, NAME, next, rename, slug},
    roles::admin,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_is_made_shown_and_taken_back() {
    let found = Found::new(&["autonomic"]).await;
    let mut admin = admin(&found).await;
    let asked = CreateInviteRequest {
        collective: "autonomic".to_owned(),
        lifetime_seconds: 3_600,
    };
    let made = admin.create_invite(asked).await.unwrap().into_inner();
    let invite = Invite::read(&made.text).unwrap();
    assert_eq!(
        (invite.federation, invite.genesis),
        (slug(NAME), found.genesis)
    );
    assert_eq!(
        (invite.ca, invite.address.as_str()),
        (found.keys.ca, "hub.test:7480")
    );
    assert!(
        !format!("{made:?}").contains(&made.text),
        "its secret is told once"
    );
    let listed = admin
        .list_invites(ListInvitesRequest {})
        .await
        .unwrap()
        .into_inner();
    let row = &listed.invites[0];
    assert_eq!(
        (row.id.as_str(), row.state.as_str()),
        (made.id.as_str(), "open")
    );
    assert!(row.by.contains('('), "who made it: {}", row.by);
    let id = made.id;
    admin
        .revoke_invite(RevokeInviteRequest { id: id.clone() })
        .await
        .unwrap();
    let error = RemoteError::from(
        admin
            .revoke_invite(RevokeInviteRequest { id })
            .await
            .unwrap_err(),
    );
    assert_eq!(error.code, "AL-8315");
    let refused = found.join("autonomic", "a", invite.secret.expose()).await;
    assert_eq!(refused.err().unwrap().code, "AL-8310");
}

#[tokio::test(flavor = "multi_thread")]
async fn m4_nobody_but_founders_and_admitted_collectives_is_invited() {
    let found = Found::new(&["autonomic"]).await;
    let mut admin = admin(&found).await;
    let mut invite = async |collective: &str, lifetime_seconds| {
        let collective = collective.to_owned();
        let asked = CreateInviteRequest {
            collective,
            lifetime_seconds,
        };
        RemoteError::from(admin.create_invite(asked).await.unwrap_err()).code
    };
    assert_eq!(invite("sutty", 0).await, "AL-8408");
    assert_eq!(invite("Not A Slug", 0).await, "AL-8001");
    assert_eq!(invite("autonomic", 3_600 * 24 * 365).await, "AL-8314");
    assert_eq!(invite("autonomic", u64::MAX).await, "AL-8314");
}

#[tokio::test(flavor = "multi_thread")]
async fn evictions_and_dues_stand_in_the_log_in_the_hubs_name() {
    let found = Found::new(&["autonomic"]).await;
    let mut admin = admin(&found).await;
    let evict = EvictRequest {
        collective: "autonomic".to_owned(),
        agent: "swarm-1".to_owned(),
        reason: "its disk was stolen".to_owned(),
    };
    let index = admin.evict(evict.clone()).await.unwrap().into_inner().index;
    assert_eq!(index, 1);
    let dues = RecordDuesRequest {
        collective: "autonomic".to_owned(),
        paid_until: "2027-06-30".to_owned(),
    };
    assert_eq!(admin.record_dues(dues).await.unwrap().into_inner().index, 2);
    let nonsense = RecordDuesRequest {
        collective: "autonomic".to_owned(),
        paid_until: "soon".to_owned(),
    };
    let error = RemoteError::from(admin.record_dues(nonsense).await.unwrap_err());
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8716", Code::InvalidArgument)
    );
    let unknown = EvictRequest {
        collective: "nobody".to_owned(),
        ..evict
    };
    let error = RemoteError::from(admin.evict(unknown).await.unwrap_err());
    assert_eq!(error.code, "AL-8408");
    let book = found.verified().await;
    assert_eq!(book.size(), 3);
    let paid = book
        .state()
        .collective(&slug("autonomic"))
        .unwrap()
        .paid_until;
    assert_eq!(paid.unwrap().to_string(), "2027-06-30");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_who_is_there_and_what_an_admin_should_do() {
    let found = Found::new(&["autonomic", "local-it"]).await;
    let agent = found.agent("autonomic", "swarm-1").await;
    let mut stream = agent.follow(0).await.unwrap();
    next(&mut stream).await;
    let mut admin = admin(&found).await;
    let mut status = async || {
        admin
            .get_status(GetStatusRequest {})
            .await
            .unwrap()
            .into_inner()
    };
    let told = status().await;
    assert_eq!(
        (told.log_size, told.members, told.witnesses_needed),
        (1, 2, 2)
    );
    assert_eq!(told.genesis, found.genesis.to_string());
    assert_eq!(told.agents[0].agent, "swarm-1");
    assert_eq!((told.problem.as_str(), told.pending_hub), ("", None));
    assert!(
        told.warnings[0].contains("root-key.pem"),
        "{:?}",
        told.warnings
    );
    std::fs::remove_file(found.dir.path().join("root-key.pem")).unwrap();
    drop(stream);
    crate::found::until("the agent has gone", || async {
        (found.hub.seats.count() == 0).then_some(())
    })
    .await;
    let told = status().await;
    assert!(
        told.warnings.is_empty() && told.agents.is_empty(),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issuer_is_replaced_without_a_restart_or_a_dropped_stream() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "swarm-1").await;
    let mut stream = agent.follow(0).await.unwrap();
    next(&mut stream).await;
    let root_key = found.dir.path().join("root-key.pem");
    let root_key = std::fs::read_to_string(root_key).unwrap();
    let mut admin = admin(&found).await;
    let wrong = AgentKey::create().unwrap().pem();
    let wrong = secrecy::ExposeSecret::expose_secret(&wrong).to_owned();
    let error = admin
        .rotate_issuer(RotateIssuerRequest { root_key: wrong })
        .await
        .unwrap_err();
    assert_eq!(RemoteError::from(error).code, "AL-8210");
    let before = std::fs::read(found.dir.path().join("issuer.pem")).unwrap();
    admin
        .rotate_issuer(RotateIssuerRequest { root_key })
        .await
        .unwrap();
    assert_ne!(
        std::fs::read(found.dir.path().join("issuer.pem")).unwrap(),
        before
    );
    agent.write(1, rename(1)).await;
    while next(&mut stream).await.leaves.is_empty() {}
    // The old certificate counts on a new connection, and the new issuer's does too.
    let key = AgentKey::create().unwrap();
    let csr = key.request().unwrap();
    let old = found.connect(agent.identity.clone()).await.unwrap();
    let mut enrolment =
        allot_proto::hub::enrolment_service_client::EnrolmentServiceClient::new(old);
    let renewed = enrolment
        .renew(RenewRequest { csr })
        .await
        .unwrap()
        .into_inner();
    agent.identity.swap(&renewed.chain, &key).unwrap();
    let fresh = crate::found::Agent {
        channel: found.connect(agent.identity.clone()).await.unwrap(),
        ..agent
    };
    fresh.write(2, rename(2)).await;
    let found = found.restart().await;
    let again = crate::found::Agent {
        channel: found.connect(fresh.identity.clone()).await.unwrap(),
        ..fresh
    };
    again.write(3, rename(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_keeps_is_for_nobody_elses_eyes() {
    let found = Found::new(&["autonomic"]).await;
    found.agent("autonomic", "swarm-1").await;
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let dir = found.dir.path();
    for folder in ["keys", "private", "private/journal", "ledger"] {
        assert_eq!(mode(&dir.join(folder)), 0o700, "{folder}");
    }
    let secret = [
        "keys/log.key",
        "keys/clock.key",
        "keys/entries.key",
        "root-key.pem",
        "issuer.pem",
    ];
    for file in secret
        .iter()
        .chain(&["private/journal/journal", "hub.toml"])
    {
        assert_eq!(mode(&dir.join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(&dir.join("hub.sock")), 0o660);
}
