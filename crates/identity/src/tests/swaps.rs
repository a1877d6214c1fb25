//! What changes while connections last.

use tokio::io::AsyncReadExt as _;

use super::*;

/// The connection still carries bytes, both ways.
async fn lasts(met: &mut Met) -> bool {
    let (_, hub) = met.hub.as_mut().unwrap();
    let agent = met.agent.as_mut().unwrap();
    let mut got = [0; 4];
    agent.write_all(b"ping").await.unwrap();
    agent.flush().await.unwrap();
    hub.read_exact(&mut got).await.unwrap();
    hub.write_all(b"pong").await.unwrap();
    hub.flush().await.unwrap();
    agent.read_exact(&mut got).await.unwrap();
    got == *b"pong"
}

fn hub_certificate(met: &Met) -> Vec<u8> {
    let (_, connection) = met.agent.as_ref().unwrap().get_ref();
    connection.peer_certificates().unwrap()[0].to_vec()
}

#[tokio::test]
async fn the_hubs_certificate_is_swapped_under_an_open_connection() {
    let fed = Fed::found("coop");
    let agent = fed.agent();
    // One configuration for both: what a listener that was never restarted has.
    let (server, client) = (fed.server(), fed.client(&agent));
    let mut before = meet(Arc::clone(&server), Arc::clone(&client)).await;
    let (certificate, key) = fed.issuer.sign_hub(&fed.name, fed.at()).unwrap();
    fed.hub.swap(&certificate, key).unwrap();
    assert!(lasts(&mut before).await);
    let mut after = meet(server, client).await;
    assert_eq!(hub_certificate(&after), certificate.chain[0]);
    assert_ne!(hub_certificate(&before), certificate.chain[0]);
    assert!(lasts(&mut before).await && lasts(&mut after).await);
}

#[tokio::test]
async fn an_agents_certificate_is_swapped_under_an_open_connection() {
    let fed = Fed::found("coop");
    let agent = fed.agent();
    let (server, client) = (fed.server(), fed.client(&agent));
    let mut before = meet(Arc::clone(&server), Arc::clone(&client)).await;
    let (certificate, key) = fed.enrol(&fed.issuer, &fed.id());
    agent.swap(&certificate.chain, &key).unwrap();
    let mut after = meet(server, client).await;
    assert_eq!(after.peer().unwrap().serial(), certificate.serial);
    assert_ne!(before.peer().unwrap().serial(), certificate.serial);
    assert!(lasts(&mut before).await && lasts(&mut after).await);
}

#[tokio::test]
async fn a_register_counts_from_the_next_handshake_on() {
    let fed = Fed::found("coop");
    let agent = fed.agent();
    let (server, client) = (fed.server(), fed.client(&agent));
    let mut before = meet(Arc::clone(&server), Arc::clone(&client)).await;
    let full = fed.register.swap(Arc::default());
    let met = meet(Arc::clone(&server), Arc::clone(&client)).await;
    assert_eq!(met.turned_away(), "its collective is not in the federation");
    assert!(
        lasts(&mut before).await,
        "TLS does not end it: the hub does"
    );
    let peer = before.peer().unwrap();
    assert!(fed.register.load().check(peer, fed.at()).is_err());
    fed.register.store(full);
    assert!(meet(server, client).await.peer().is_some());
}

#[tokio::test]
async fn nothing_is_resumed() {
    let fed = Fed::found("coop");
    let agent = fed.agent();
    let server = fed.server();
    // An agent of ours never asks for it; another may.
    let mut client = ClientConfig::clone(&fed.client(&agent));
    client.resumption = rustls::client::Resumption::in_memory_sessions(8);
    let client = Arc::new(client);
    for _ in 0..3 {
        let mut met = meet(Arc::clone(&server), Arc::clone(&client)).await;
        assert!(lasts(&mut met).await);
        let (_, connection) = met.agent.as_ref().unwrap().get_ref();
        assert_eq!(
            connection.handshake_kind(),
            Some(rustls::HandshakeKind::Full)
        );
        assert_eq!(connection.tls13_tickets_received(), 0);
    }
}

#[test]
fn what_does_not_fit_together_is_not_swapped_in() {
    let fed = Fed::found("coop");
    let (certificate, key) = fed.enrol(&fed.issuer, &fed.id());
    let (other, _) = fed.enrol(&fed.issuer, &fed.id());
    let agent = identity(&certificate.chain, &key);
    let error = agent.swap(&other.chain, &key).unwrap_err();
    assert_eq!(error.code(), "AL-8213");
    assert!(agent.swap(&[], &key).is_err());
    assert!(agent.swap(&[b"garbage".to_vec()], &key).is_err());
    let (_, key) = fed.issuer.sign_hub(&fed.name, fed.at()).unwrap();
    assert!(fed.hub.swap(&certificate, key).is_err());
}
