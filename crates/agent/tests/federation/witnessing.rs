//! Witnessing: what a collective's key says it has seen.

use std::{net::SocketAddr, sync::Arc};

use allot_agent::federation::{EntryQuery, Verdict, witness};
use allot_ledger::log::{SignedCheckpoint, witness_name};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use crate::{
    hub::TestHub,
    ledgers::{Ledger, ORIGIN, key, slug},
    place::{Place, hasty},
};

#[tokio::test]
async fn enough_members_that_saw_the_same_make_it_witnessed() {
    let hub = TestHub::found(&["autonomic", "sutty", "local-it"]);
    let one = Place::joined(&hub, "autonomic").await;
    hub.grow("sutty", 2);
    one.until("it is witnessed by one", |view| {
        view.size == 3 && view.witnesses.len() == 1
    })
    .await;
    assert_eq!(
        one.view().await.witnessed_size,
        0,
        "one of three is not enough"
    );
    let two = Place::joined(&hub, "sutty").await;
    let view = one.until("by two", |view| view.witnessed_size == 3).await;
    assert_eq!((view.witnesses_needed, view.members), (2, 3));
    assert_eq!(view.enough, [slug("autonomic"), slug("sutty")]);
    hub.grow("sutty", 1);
    two.until("and so is what comes later", |view| {
        view.witnessed_size == 4
    })
    .await;
}

#[tokio::test]
async fn each_size_is_cosigned_for_one_history_only() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let mut place = Place::joined(&hub, "autonomic").await;
    for round in 0..5 {
        hub.grow("sutty", 1);
        let size = hub.size();
        place
            .until("it is witnessed", |view| {
                view.size == size && !view.witnesses.is_empty()
            })
            .await;
        if round == 2 {
            place.restart().await;
        }
    }
    let ledger = hub.inner.ledger();
    let names = hub.inner.cosigners(&ledger);
    for (size, line) in hub.inner.cosignatures.lock().unwrap().iter() {
        let mut signed = ledger.checkpoint(*size);
        signed
            .add(line, &names)
            .expect("it is of the one log that there is");
    }
}

#[tokio::test]
async fn the_agents_of_one_collective_need_not_all_cosign() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let one = Place::joined_with(&hub, "autonomic", "swarm-1", hasty()).await;
    one.until("it is witnessed", |view| !view.witnesses.is_empty())
        .await;
    let before = hub.inner.cosignatures.lock().unwrap().len();
    let two = Place::joined_with(&hub, "autonomic", "swarm-2", hasty()).await;
    two.until("it sees that", |view| !view.witnesses.is_empty())
        .await;
    one.until("time passes", |view| {
        view.clock > Some(Timestamp::now() - jiff::SignedDuration::from_secs(2))
    })
    .await;
    assert_eq!(hub.inner.cosignatures.lock().unwrap().len(), before);
}

/// A witness's HTTP port.
struct Witness {
    address: SocketAddr,
    stop: CancellationToken,
}

impl Witness {
    async fn of(place: &Place) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let federation = Arc::clone(&place.federation);
        tokio::spawn(witness::serve_on(listener, federation, stop.clone()));
        Self { address, stop }
    }

    async fn bring(&self, body: &str) -> (u16, String, String) {
        let mut tcp = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "POST /add-checkpoint HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        tcp.write_all(head.as_bytes()).await.unwrap();
        tcp.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What C2SP `tlog-witness` wants: the old size, its consistency with the new one, and the checkpoint.
fn body(ledger: &Ledger, old: u64, size: u64) -> String {
    let proof = if old == size {
        Vec::new()
    } else {
        ledger.book.tree().consistency(old, size)
    };
    let lines = proof
        .iter()
        .map(|hash| BASE64_STANDARD.encode(hash.0) + "\n");
    let lines: String = lines.collect();
    format!("old {old}\n{lines}\n{}", ledger.checkpoint(size))
}

#[tokio::test]
async fn third_parties_get_a_cosignature_for_what_goes_on_from_what_was_seen() {
    let mut hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 4);
    let place = Place::joined(&hub, "autonomic").await;
    place
        .until("it is witnessed", |view| !view.witnesses.is_empty())
        .await;
    hub.stop();
    place.until_away().await;
    let witness = Witness::of(&place).await;
    let mut ahead = hub.copy(5);
    (0..3).for_each(|n| ahead.rename("sutty", &key("sutty"), &n.to_string(), Timestamp::now()));

    let (status, head, said) = witness.bring(&body(&ahead, 0, 8)).await;
    assert_eq!(
        (status, said.as_str()),
        (409, "5\n"),
        "the size that it knows"
    );
    assert!(head.contains("content-type: text/x.tlog.size"), "{head}");
    let (status, _, line) = witness.bring(&body(&ahead, 5, 8)).await;
    assert_eq!(status, 200, "{line}");
    let mut signed = ahead.checkpoint(8);
    let name = witness_name(ORIGIN, &slug("autonomic"));
    signed
        .add(&line, &[(name, key("autonomic").public())])
        .unwrap();
    // The same again is no harm, and an older one is none any more.
    assert_eq!(witness.bring(&body(&ahead, 8, 8)).await.0, 200);
    assert_eq!(witness.bring(&body(&ahead, 5, 6)).await.0, 409);

    for (bad, status) in [
        ("nonsense".to_owned(), 400),
        (body(&ahead, 8, 8).replace("old 8", "old 9"), 400),
        (
            body(&ahead, 8, 8).replace("hub.example/log", "other.example/log"),
            404,
        ),
        (body(&ahead, 8, 8).replace("log\n8\n", "log\n9\n"), 403),
    ] {
        assert_eq!(witness.bring(&bad).await.0, status, "{bad}");
    }
}

#[tokio::test]
async fn what_was_cosigned_for_a_third_party_binds_the_hub_after_a_restart_too() {
    let mut hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 4);
    let mut place = Place::joined(&hub, "autonomic").await;
    hub.stop();
    place.until_away().await;
    let mut shown = hub.copy(5);
    (0..2).for_each(|n| shown.rename("sutty", &key("sutty"), &n.to_string(), Timestamp::now()));
    {
        let witness = Witness::of(&place).await;
        assert_eq!(witness.bring(&body(&shown, 5, 7)).await.0, 200);
    }
    place.restart().await;
    // To this agent the hub shows something else.
    hub.grow("sutty", 2);
    hub.start();
    let view = place.until_problem("AL-8821").await;
    assert_eq!(view.size, 5, "nothing of it is taken");
}

#[tokio::test]
async fn a_history_that_contradicts_what_was_seen_is_not_cosigned_and_leaves_proof() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 4);
    let place = Place::joined(&hub, "autonomic").await;
    let witness = Witness::of(&place).await;
    let mut other = hub.copy(3);
    (0..4).for_each(|n| other.rename("sutty", &key("sutty"), &n.to_string(), Timestamp::now()));
    assert_eq!(
        witness.bring(&body(&other, 5, 7)).await.0,
        422,
        "its proof proves something else"
    );
    assert_eq!(witness.bring(&body(&other, 5, 5)).await.0, 409);
    let view = place.until_problem("AL-8821").await;
    assert!(view.is_reachable);
}

#[tokio::test]
async fn checkpoints_that_came_another_way_are_compared() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 4);
    let place = Place::joined(&hub, "autonomic").await;
    let own = place.view().await.checkpoint.unwrap();
    let mut more = hub.copy(5);
    more.rename("sutty", &key("sutty"), "more", Timestamp::now());
    let mut forked = hub.copy(2);
    (0..2).for_each(|n| forked.rename("sutty", &key("sutty"), &n.to_string(), Timestamp::now()));
    let compare = |note: String| {
        let federation = place.federation.clone();
        async move { federation.compare(&note).await }
    };
    assert_eq!(compare(own.clone()).await.unwrap().verdict, Verdict::Same);
    let older = compare(more.checkpoint(3).to_string()).await.unwrap();
    assert_eq!(
        (older.verdict, older.other_size, older.own_size),
        (Verdict::Older, 3, 5)
    );
    let newer = compare(more.checkpoint(6).to_string()).await.unwrap();
    assert_eq!((newer.verdict, newer.proof), (Verdict::Newer, None));
    let fork = compare(forked.checkpoint(4).to_string()).await.unwrap();
    assert_eq!(fork.verdict, Verdict::Forked);
    let (json, path) = fork.proof.unwrap();
    let proof: allot_ledger::log::Equivocation = serde_json::from_str(&json).unwrap();
    proof.verify().unwrap();
    assert!(path.exists());
    let signed = SignedCheckpoint::read(proof.smaller.as_bytes(), ORIGIN, &key("log").public());
    assert_eq!(signed.unwrap().checkpoint().size, 4);
    assert_eq!(
        compare("nonsense".to_owned()).await.unwrap_err().code(),
        "AL-8101"
    );
}

#[tokio::test]
async fn a_copy_proves_itself_and_its_entries_can_be_looked_at() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 600);
    let place = Place::joined(&hub, "autonomic").await;
    place
        .federation
        .set_profile("A".into(), String::new(), "x")
        .await
        .unwrap();
    let federation = place.federation.clone();
    let verified = tokio::task::spawn_blocking(move || federation.verify(|_| {}))
        .await
        .unwrap();
    let verified = verified.unwrap();
    let view = place.view().await;
    assert_eq!((verified.size, Some(verified.root)), (602, view.root));
    assert_eq!(
        Some(verified.state),
        view.state,
        "the status says the same state"
    );
    let entries = |query: EntryQuery| {
        let federation = place.federation.clone();
        async move { federation.entries(&query).await.unwrap().0 }
    };
    let newest = entries(EntryQuery::default()).await;
    assert_eq!(
        (newest.len(), newest[0].index, newest[49].index),
        (50, 552, 601)
    );
    let first = entries(EntryQuery {
        from: Some(0),
        limit: 2,
        ..EntryQuery::default()
    })
    .await;
    assert_eq!((first[0].kind, first[1].index), ("genesis", 1));
    let own = EntryQuery {
        author: "autonomic".into(),
        ..EntryQuery::default()
    };
    assert_eq!(entries(own).await[0].index, 601);
    let genesis = EntryQuery {
        kind: "genesis".into(),
        ..EntryQuery::default()
    };
    assert_eq!(entries(genesis).await.len(), 1);
    let beyond = EntryQuery {
        from: Some(1_000),
        ..EntryQuery::default()
    };
    assert!(entries(beyond).await.is_empty());
}
