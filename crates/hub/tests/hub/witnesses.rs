//! Cosignatures.

use allot_ledger::{
    SecretKey, Slug,
    log::{Checkpoint, SignedCheckpoint, witness_name},
};
use allot_proto::{
    RemoteError,
    hub::{AddCosignatureRequest, Stretch},
};
use jiff::Timestamp;
use tonic::Code;

use crate::found::{Agent, Found, key_of, next, other_key, rename, slug, until};

fn signed(found: &Found, stretch: &Stretch) -> SignedCheckpoint {
    SignedCheckpoint::read(&stretch.checkpoint, &found.keys.origin, &found.keys.log).unwrap()
}

fn line(signed: &SignedCheckpoint, slug: &Slug, key: &SecretKey) -> String {
    let name = witness_name(&signed.checkpoint().origin, slug);
    signed.cosignature(&name, key, Timestamp::now()).unwrap()
}

async fn cosign(agent: &Agent, size: u64, line: String) -> Result<u32, RemoteError> {
    let asked = AddCosignatureRequest { size, line };
    Ok(agent
        .ledger()
        .add_cosignature(asked)
        .await?
        .into_inner()
        .witnesses)
}

const MEMBERS: [&str; 3] = ["autonomic", "local-it", "sutty"];

#[tokio::test(flavor = "multi_thread")]
async fn members_witness_the_newest_checkpoint_and_everybody_sees_it() {
    let found = Found::new(&MEMBERS).await;
    let mut agents = Vec::new();
    for member in MEMBERS {
        agents.push(found.agent(member, "a").await);
    }
    agents[0].write(1, rename(1)).await;
    let mut stream = agents[0].follow(0).await.unwrap();
    let newest = signed(&found, &next(&mut stream).await);
    assert_eq!(newest.checkpoint().size, 2);
    for (n, agent) in agents.iter().enumerate() {
        let name = slug(&agent.collective);
        let count = cosign(agent, 2, line(&newest, &name, &agent.key))
            .await
            .unwrap();
        assert_eq!(usize::try_from(count).unwrap(), n + 1);
        // The same once more is still one.
        let count = cosign(agent, 2, line(&newest, &name, &agent.key))
            .await
            .unwrap();
        assert_eq!(usize::try_from(count).unwrap(), n + 1);
    }
    let members: Vec<_> = MEMBERS
        .iter()
        .map(|m| (slug(m), key_of(m).public()))
        .collect();
    loop {
        let shown = signed(&found, &next(&mut stream).await);
        if shown.witnesses(&members).len() == 3 {
            break;
        }
    }
    assert_eq!(found.hub.status().await.witnesses, (3, 2));
    // Also who comes after a restart sees them.
    until("the cosignatures are kept", || async {
        let kept = std::fs::read_to_string(found.dir.path().join("checkpoint")).ok()?;
        let kept =
            SignedCheckpoint::read(kept.as_bytes(), &found.keys.origin, &found.keys.log).ok()?;
        (kept.witnesses(&members).len() == 3).then_some(())
    })
    .await;
    let found = found.restart().await;
    let agent = Agent {
        channel: found.connect(agents[1].identity.clone()).await.unwrap(),
        ..agents.remove(1)
    };
    let mut stream = agent.follow(2).await.unwrap();
    let shown = signed(&found, &next(&mut stream).await);
    assert_eq!(shown.witnesses(&members).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_is_late_still_counts_for_what_it_saw() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let mut stream = agent.follow(0).await.unwrap();
    let first = signed(&found, &next(&mut stream).await);
    for seq in 1..=300 {
        agent.write(seq, rename(seq)).await;
    }
    let name = slug("autonomic");
    assert_eq!(
        cosign(&agent, 1, line(&first, &name, &agent.key))
            .await
            .unwrap(),
        1
    );
    assert_eq!(found.hub.published.head().witnesses, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_other_histories_are_not_witnessed() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let mut stream = agent.follow(0).await.unwrap();
    let newest = signed(&found, &next(&mut stream).await);
    let name = slug("autonomic");
    let refused = async |size, line| {
        let error = cosign(&agent, size, line).await.unwrap_err();
        (error.code, error.grpc)
    };
    let denied = ("AL-8111".to_owned(), Code::InvalidArgument);
    let stranger = line(&newest, &name, &other_key(7));
    assert_eq!(refused(1, stranger).await, denied);
    let nobody = line(&newest, &slug("sutty"), &other_key(7));
    assert_eq!(refused(1, nobody).await, denied);
    let other = Checkpoint {
        root: allot_ledger::Digest::of(b"another history"),
        ..newest.checkpoint().clone()
    };
    let other = SignedCheckpoint::sign(&other, &other_key(8)).unwrap();
    assert_eq!(refused(1, line(&other, &name, &agent.key)).await, denied);
    let good = line(&newest, &name, &agent.key);
    assert_eq!(
        refused(2, good.clone()).await.0,
        "AL-8710",
        "no such size yet"
    );
    assert_eq!(refused(0, good).await.0, "AL-8710");
    assert_eq!(refused(1, "nonsense".to_owned()).await.0, "AL-8101");
    assert_eq!(found.hub.published.head().witnesses, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_signs_again_later_is_shown_with_the_later_time() {
    let found = Found::new(&MEMBERS).await;
    let agent = found.agent("sutty", "a").await;
    let mut stream = agent.follow(0).await.unwrap();
    let head = signed(&found, &next(&mut stream).await);
    let clock = head.clock(&found.keys.clock).unwrap();
    let who = [(slug("sutty"), agent.key.public())];
    let name = witness_name(&head.checkpoint().origin, &slug("sutty"));
    let at = |seconds: i64| {
        let time = Timestamp::from_second(clock.as_second() + seconds).unwrap();
        let line = head.cosignature(&name, &agent.key, time).unwrap();
        (time, line)
    };
    let (later, line_later) = at(-10);
    // Neither an older one nor one of a time that is still to come takes its place.
    for (_, line) in [at(-20), (later, line_later), at(-15), at(3_600)] {
        assert_eq!(cosign(&agent, 1, line).await.unwrap(), 1);
    }
    loop {
        let shown = signed(&found, &next(&mut stream).await).witnesses(&who);
        match shown.first() {
            Some((_, time)) if *time == later => break,
            Some((_, time)) => assert!(*time < later, "{time}"),
            None => {}
        }
    }
}
