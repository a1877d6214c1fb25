//! What waits, and what is remembered.

use std::path::Path;

use allot_ledger::{Digest, entry::Kind};
use tempfile::TempDir;

use super::{
    super::{
        config::Topic,
        limits::MAX_WAITING,
        memory::Memory,
        outbox::{Message, Outbox},
    },
    Reader,
    fed::{Fed, hours},
};

/// A message of the kind for these.
async fn messages(fed: &Fed, reader: &mut Reader, to: &[&str]) -> Vec<Message> {
    let to = || to.iter().map(|name| (*name).to_owned()).collect();
    let told = reader.look(fed).await;
    told.iter()
        .map(|notice| Message::of(notice, to()))
        .collect()
}

#[tokio::test]
async fn each_gets_its_messages_in_order_and_once() {
    let fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    let mut outbox = Outbox::default();
    for title in ["One", "Two"] {
        fed.proposes("autonomic", title, Kind::Text, hours(100))
            .await;
        for message in messages(&fed, &mut reader, &["hook", "room"]).await {
            assert!(outbox.put(message).is_empty());
        }
    }
    let next = |outbox: &Outbox, to: &str| outbox.next(to).map(|m| m.id[17..].to_owned());
    for id in ["opened-1", "opened-2"] {
        assert_eq!(next(&outbox, "hook").as_deref(), Some(id));
        let whole = outbox.next("hook").unwrap().id.clone();
        outbox.done(&whole, "hook");
        assert_eq!(next(&outbox, "room").as_deref(), Some("opened-1"));
    }
    assert_eq!(next(&outbox, "hook"), None);
    assert_eq!(next(&outbox, "nobody"), None);
    outbox.only_for(&["hook".to_owned()].into());
    assert_eq!(outbox, Outbox::default());
}

#[tokio::test]
async fn what_waits_is_bounded_and_the_oldest_goes() {
    let fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    fed.proposes("autonomic", "A thing", Kind::Text, hours(100))
        .await;
    let message = messages(&fed, &mut reader, &["room"]).await.remove(0);
    let mut outbox = Outbox::default();
    for n in 0..MAX_WAITING + 3 {
        let mut message = message.clone();
        message.id = n.to_string();
        let dropped = outbox.put(message);
        assert_eq!(dropped.len(), usize::from(n >= MAX_WAITING), "{n}");
        assert!(dropped.iter().all(|e| e.code() == "AL-8906"));
    }
    assert_eq!(outbox.next("room").unwrap().id, "3");
}

#[tokio::test]
async fn a_new_digest_takes_the_place_of_one_that_nobody_got() {
    let mut fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    fed.proposes("autonomic", "A thing", Kind::Text, hours(14 * 24))
        .await;
    reader.look(&fed).await;
    let mut outbox = Outbox::default();
    for day in ["digest-2026-11-02", "digest-2026-11-03"] {
        fed.pass(hours(24)).await;
        for message in messages(&fed, &mut reader, &["room"]).await {
            assert_eq!(message.topic, Topic::Digest);
            outbox.put(message);
        }
        assert!(outbox.next("room").unwrap().id.ends_with(day));
    }
}

#[tokio::test]
async fn what_comes_too_late_is_of_no_use() {
    let mut fed = Fed::of(&["autonomic", "local-it"]).await;
    let mut reader = Reader::of(&fed).await;
    fed.proposes("autonomic", "A thing", Kind::Text, hours(30))
        .await;
    reader.look(&fed).await;
    fed.pass(hours(22)).await;
    for message in messages(&fed, &mut reader, &["room"]).await {
        assert!(message.is_of_use(fed.now));
        assert!(!message.is_of_use(fed.now + hours(24)), "{}", message.id);
    }
    fed.pass(hours(10)).await;
    let closed = messages(&fed, &mut reader, &["room"]).await.remove(0);
    assert!(closed.is_of_use(fed.now + hours(1_000)));
}

async fn memory() -> (Memory, Digest) {
    let fed = Fed::of(&["autonomic", "local-it"]).await;
    let federation = fed.replica.book().await.state().federation();
    let mut reader = Reader::of(&fed).await;
    let mut memory = Memory::new(federation, reader.seen.clone());
    fed.proposes("autonomic", "A thing", Kind::Text, hours(100))
        .await;
    for message in messages(&fed, &mut reader, &["room"]).await {
        memory.outbox.put(message);
    }
    memory.seen = reader.seen;
    (memory, federation)
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_is_remembered_reads_back() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("deeper").join("notify.json");
    let (memory, federation) = memory().await;
    Memory::make_place(&path).unwrap();
    assert_eq!(Memory::read(&path, federation).unwrap(), None);
    memory.write(&path).unwrap();
    assert_eq!(Memory::read(&path, federation).unwrap(), Some(memory));
    assert_eq!(names(path.parent().unwrap()), ["notify.json"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside() {
    let (memory, federation) = memory().await;
    let whole = serde_json::to_string(&memory).unwrap();
    for bytes in [
        "",
        "{}",
        &whole[..whole.len() / 2],
        &whole.replace("\"version\":1", "\"version\":9"),
    ] {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("notify.json");
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(Memory::read(&path, federation).unwrap(), None);
        assert_eq!(names(dir.path()), ["notify.json.damaged"]);
    }
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("notify.json");
    memory.write(&path).unwrap();
    assert_eq!(Memory::read(&path, Digest::of(b"other")).unwrap(), None);
    assert_eq!(names(dir.path()), ["notify.json.damaged"]);
}
