//! Witnessing: what a collective's key says it has seen.

use std::{collections::BTreeSet, net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use allot_agent::federation::{
    ApplicationForm, EntryQuery, Options, ProposeWhat, Verdict, View, witness,
};
use allot_ledger::{
    entry::Choice,
    log::{SignedCheckpoint, witness_name},
};
use allot_proto::ErrorKind;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::{SignedDuration, Timestamp};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use crate::{
    hub::TestHub,
    ledgers::{Ledger, ORIGIN, key, slug},
    place::{Place, any_clock, hasty, proposal},
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
    let two = Place::joined_with(&hub, "autonomic", "swarm-2", hasty()).await;
    two.until("it sees that", |view| !view.witnesses.is_empty())
        .await;
    one.until("time passes", |view| {
        view.clock > Some(Timestamp::now() - SignedDuration::from_secs(2))
    })
    .await;
    // The first one may say it twice, when the hub was slow to show it.
    let brought_by = hub.inner.cosigned_by.lock().unwrap().clone();
    assert_eq!(brought_by, BTreeSet::from(["swarm-1".to_owned()]));
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
async fn third_parties_get_a_cosignature_for_what_was_seen_here() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 4);
    let place = Place::joined(&hub, "autonomic").await;
    place
        .until("it is witnessed", |view| !view.witnesses.is_empty())
        .await;
    let witness = Witness::of(&place).await;
    let ledger = hub.copy(5);
    let (status, head, said) = witness.bring(&body(&ledger, 0, 5)).await;
    assert_eq!(
        (status, said.as_str()),
        (409, "5\n"),
        "the size that it knows"
    );
    assert!(head.contains("content-type: text/x.tlog.size"), "{head}");
    let (status, _, line) = witness.bring(&body(&ledger, 5, 5)).await;
    assert_eq!(status, 200, "{line}");
    let mut signed = ledger.checkpoint(5);
    let name = witness_name(ORIGIN, &slug("autonomic"));
    signed
        .add(&line, &[(name, key("autonomic").public())])
        .unwrap();
    // The same again is no harm, and an older one is none any more.
    assert_eq!(witness.bring(&body(&ledger, 5, 5)).await.0, 200);
    assert_eq!(witness.bring(&body(&ledger, 3, 4)).await.0, 409);

    for (bad, status) in [
        ("nonsense".to_owned(), 400),
        (body(&ledger, 5, 5).replace("old 5", "old 9"), 400),
        (
            body(&ledger, 5, 5).replace("hub.example/log", "other.example/log"),
            404,
        ),
        (body(&ledger, 5, 5).replace("log\n5\n", "log\n9\n"), 403),
    ] {
        assert_eq!(witness.bring(&bad).await.0, status, "{bad}");
    }
}

#[tokio::test]
async fn entries_that_were_not_seen_are_cosigned_for_nobody() {
    let mut hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 4);
    let place = Place::joined(&hub, "autonomic").await;
    hub.stop();
    place.until_away().await;
    let mut ahead = hub.copy(5);
    (0..3).for_each(|n| ahead.rename("sutty", &key("sutty"), &n.to_string(), Timestamp::now()));
    let witness = Witness::of(&place).await;
    // Its proof and the hub's signature hold, and still nobody here knows what is in it.
    let (status, _, said) = witness.bring(&body(&ahead, 5, 8)).await;
    assert_eq!((status, said.as_str()), (409, "5\n"));
    let shown = ahead.upto(8);
    hub.swap(ahead);
    hub.start();
    place.until_size(8).await;
    assert_eq!(witness.bring(&body(&shown, 5, 8)).await.2, "8\n");
    assert_eq!(witness.bring(&body(&shown, 8, 8)).await.0, 200);
}

#[tokio::test]
async fn of_agents_that_share_a_key_one_witnesses() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let one = Place::of("autonomic", hub.inner.clock.clone(), hasty());
    let made = one.keys().load().unwrap().unwrap();
    let second = |options| {
        let place = Place::new(hub.inner.clock.clone(), options);
        place.keys().import(&made, &one.keys().path()).unwrap();
        place
    };
    let two = second(hasty());
    two.join(&hub.invite("autonomic"), "swarm-2").await.unwrap();
    two.until_well().await;
    let witness = Witness::of(&two).await;
    let brought = witness.bring(&body(&hub.copy(1), 1, 1)).await;
    assert_eq!(brought.0, 403, "nor for third parties");
    hub.grow("sutty", 1);
    two.until_size(2).await;
    assert!(hub.inner.cosignatures.lock().unwrap().is_empty());
    // It writes all the same, and the one that made the key witnesses.
    two.federation
        .set_profile("A".into(), String::new(), "x")
        .await
        .unwrap();
    one.join(&hub.invite("autonomic"), "swarm-1").await.unwrap();
    two.until("it is witnessed", |view| !view.witnesses.is_empty())
        .await;
    one.stop().await;
    // Where the operator says so, another one does.
    let mut options = hasty();
    options.cosign = Some(true);
    let three = second(options);
    three
        .join(&hub.invite("autonomic"), "swarm-3")
        .await
        .unwrap();
    hub.grow("sutty", 1);
    three
        .until("it is witnessed again", |view| {
            view.size == 4 && !view.witnesses.is_empty()
        })
        .await;
}

#[tokio::test]
async fn an_agent_that_is_told_not_to_witness_does_not() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let mut options = hasty();
    options.cosign = Some(false);
    let place = Place::joined_with(&hub, "autonomic", "swarm-1", options).await;
    let witness = Witness::of(&place).await;
    assert_eq!(witness.bring(&body(&hub.copy(1), 1, 1)).await.0, 403);
    assert!(hub.inner.cosignatures.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_vote_that_ended_is_witnessed_once_enough_members_sign_of_after_that() {
    let hub = TestHub::found(&["autonomic", "sutty", "local-it"]);
    let one = Place::joined_with(&hub, "autonomic", "swarm-1", any_clock()).await;
    let two = Place::joined_with(&hub, "sutty", "swarm-1", any_clock()).await;
    let what = ProposeWhat::New(proposal("Adopt a tool"));
    let soon = Some(hub.inner.now() + SignedDuration::from_hours(1));
    one.federation.propose(what, soon, "x").await.unwrap();
    let before = one
        .until("both have witnessed it", |view| view.witnessed_size == 2)
        .await;
    let deadline = {
        let log = one.federation.log().unwrap();
        let book = log.book().await;
        book.state().resolution(1).unwrap().deadline.unwrap()
    };
    assert!(before.witnessed_time.unwrap() < deadline);
    // Both say so again, and only then.
    two.stop().await;
    let made = hub.inner.cosignatures.lock().unwrap().len();
    hub.inner.clock.set_off(SignedDuration::from_hours(2));
    let count = |hub: &TestHub| hub.inner.cosignatures.lock().unwrap().len();
    one.until("its own is there", |view| {
        count(&hub) > made && view.clock.is_some_and(|clock| clock > deadline)
    })
    .await;
    let view = one
        .until("the hub has shown that", |view| {
            let signed = view.checkpoint.as_deref().unwrap();
            let signed = SignedCheckpoint::read(signed.as_bytes(), ORIGIN, &key("log").public());
            let who = [(slug("autonomic"), key("autonomic").public())];
            signed
                .unwrap()
                .witnesses(&who)
                .iter()
                .any(|(_, time)| *time >= deadline)
        })
        .await;
    assert!(
        view.witnessed_time.unwrap() < deadline,
        "the hub's clock and one member are not enough"
    );
    let mut two = two;
    two.start();
    let view = one
        .until("enough members say so", |view| {
            view.witnessed_time.is_some_and(|time| time >= deadline)
        })
        .await;
    assert_eq!((view.size, view.witnessed_size), (2, 2));
    // Many beats later it is still one more by each.
    let now = view.clock.unwrap();
    one.until("time passes", |view| {
        view.clock > Some(now + SignedDuration::from_secs(2))
    })
    .await;
    assert_eq!(count(&hub), made + 2);
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

/// A collective that acts on nothing that too few have seen, and waits for that as long as is said.
fn careful(patience: Duration) -> Options {
    Options {
        require_witnesses: true,
        witness_patience: patience,
        ..hasty()
    }
}

const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(30);

async fn propose(place: &Place) {
    let what = ProposeWhat::New(proposal("Adopt a tool"));
    place.federation.propose(what, None, "x").await.unwrap();
}

#[tokio::test]
async fn a_careful_collective_signs_nothing_about_what_too_few_have_witnessed() {
    let hub = TestHub::found(&["autonomic", "sutty", "local-it"]);
    let careful = Place::joined_with(&hub, "autonomic", "swarm-1", careful(SHORT)).await;
    // What it begins itself rests on nothing.
    propose(&careful).await;
    careful
        .until("it has witnessed that itself", |view| {
            view.witnesses.len() == 1
        })
        .await;
    let size = hub.size();
    let federation = &careful.federation;
    for refused in [
        federation.vote(1, Choice::For, None, "x").await,
        federation.escalate(1, "it touches all".into(), "x").await,
        federation.close_vote(1, "x").await,
    ] {
        let refused = refused.unwrap_err();
        assert_eq!(
            (refused.code(), refused.kind()),
            ("AL-8840", ErrorKind::Denied)
        );
        assert_eq!(
            refused.to_string(),
            "entry 1 is witnessed by 1 of 3 members, and this collective acts only on what 2 have witnessed"
        );
    }
    assert_eq!(hub.size(), size, "nothing was handed in");
    assert!(careful.view().await.requires_witnesses);
    // A resolution that there is not is the rules' to refuse.
    let missing = federation.vote(9, Choice::For, None, "x").await;
    assert_eq!(missing.unwrap_err().code(), "AL-8409");
    // Once another member has seen it, it may.
    let other = Place::joined(&hub, "sutty").await;
    careful
        .until("two of three", |view| view.witnessed_size > 1)
        .await;
    federation.vote(1, Choice::For, None, "x").await.unwrap();
    assert!(!other.view().await.requires_witnesses);
    other
        .federation
        .vote(1, Choice::For, None, "x")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_careful_collective_waits_for_witnesses_that_are_on_their_way() {
    let hub = TestHub::found(&["autonomic", "sutty", "local-it"]);
    let careful = Place::joined_with(&hub, "autonomic", "swarm-1", careful(LONG)).await;
    propose(&careful).await;
    let federation = Arc::clone(&careful.federation);
    let waiting = tokio::spawn(async move { federation.vote(1, Choice::For, None, "x").await });
    let other = Place::joined(&hub, "sutty").await;
    let recorded = waiting.await.unwrap().unwrap();
    assert_eq!(recorded.kind, "vote");
    let view: View = careful.view().await;
    assert!(view.enough.len() >= 2, "{view:#?}");
    drop(other);
}

#[tokio::test]
async fn a_careful_collective_vouches_for_an_application_that_others_have_seen_too() {
    let hub = TestHub::found(&["autonomic", "sutty", "local-it"]);
    let careful = Place::joined_with(&hub, "autonomic", "swarm-1", careful(SHORT)).await;
    let applicant = Place::of("merri-bek", hub.inner.clock.clone(), hasty());
    let form = ApplicationForm {
        name: "Merri-bek Tech".to_owned(),
        summary: "We would like to join.".to_owned(),
        ..ApplicationForm::default()
    };
    let genesis = hub.inner.ledger().federation().to_string();
    let made = applicant.federation.make_application(&genesis, form).await;
    let application = made.unwrap();
    let vouch = async || {
        let federation = &careful.federation;
        federation
            .vouch(&application, String::new(), None, "x")
            .await
    };
    // It is in the log then, and nothing was said about it; the second time it is there already.
    for _ in 0..2 {
        assert_eq!(vouch().await.unwrap_err().code(), "AL-8840");
        assert_eq!(hub.size(), 2);
    }
    let other = Place::joined(&hub, "sutty").await;
    careful
        .until("two of three", |view| view.witnessed_size == 2)
        .await;
    assert_eq!(vouch().await.unwrap().resolution, Some(1));
    drop(other);
}

#[tokio::test]
async fn a_careful_collective_does_not_wait_for_a_hub_that_is_away() {
    let mut hub = TestHub::found(&["autonomic", "sutty", "local-it"]);
    let careful = Place::joined_with(&hub, "autonomic", "swarm-1", careful(LONG)).await;
    propose(&careful).await;
    hub.stop();
    careful.until_away().await;
    let refused = careful.federation.vote(1, Choice::For, None, "x").await;
    assert_eq!(refused.unwrap_err().code(), "AL-8802");
}

#[tokio::test]
async fn how_many_are_enough_is_for_the_collective_to_say() {
    let hub = TestHub::found(&["autonomic", "sutty", "local-it"]);
    let count = |count| Options {
        witnesses: NonZeroU32::new(count),
        ..careful(SHORT)
    };
    let mut place = Place::joined_with(&hub, "autonomic", "swarm-1", count(1)).await;
    propose(&place).await;
    let view = place
        .until("itself is enough", |view| view.witnessed_size == 2)
        .await;
    assert_eq!(view.witnesses_needed, 1);
    place
        .federation
        .vote(1, Choice::For, None, "x")
        .await
        .unwrap();
    let size = place
        .until("of the vote too", |view| view.witnessed_size == 3)
        .await;
    assert_eq!(size.size, 3);
    // What one was enough for is not what three are enough for.
    place.stop().await;
    place.options = count(3);
    place.start();
    let view = place.until_well().await;
    assert_eq!((view.witnessed_size, view.witnesses_needed), (0, 3));
    let refused = place.federation.vote(1, Choice::For, None, "x").await;
    assert_eq!(refused.unwrap_err().code(), "AL-8840");
    assert!(place.federation.may_act_on(0).await.is_err());
    assert_eq!(place.federation.witnessed_size().await.unwrap(), 0);
}
