use std::sync::Arc;

use allot_ledger::{
    Author, Body, Digest, Entry, Envelope, Leaf, PublicKey, SecretKey,
    entry::{Founder, Genesis, HubKeys, Profile, Rules},
    log::{Checkpoint, SignedCheckpoint},
};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::*;

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn public(seed: u8) -> PublicKey {
    key(seed).public()
}

fn start() -> Timestamp {
    "2026-11-01T10:00:00Z".parse().unwrap()
}

fn at(minutes: u64) -> Timestamp {
    start() + SignedDuration::from_mins(i64::try_from(minutes).unwrap())
}

fn genesis() -> Bytes {
    let body = Genesis {
        name: "test".parse().unwrap(),
        founded: start(),
        founders: vec![Founder {
            slug: "autonomic".parse().unwrap(),
            key: public(9),
        }],
        rules: Rules::default(),
        hub: HubKeys {
            origin: "hub.example/log".to_owned(),
            log: public(1),
            clock: public(2),
            entries: public(3),
            ca: Digest::of(b"ca"),
        },
    };
    let entry = Entry {
        federation: "test".to_owned(),
        author: Author::Hub,
        seq: 1,
        at: start(),
        body: Body::Genesis(Box::new(body)),
    };
    leaf(Envelope::sign(&entry, &key(3)).unwrap(), 0)
}

fn leaf(envelope: Envelope, minutes: u64) -> Bytes {
    let time = at(minutes);
    Leaf { time, envelope }.to_bytes().unwrap().into()
}

/// The member says for the `seq`th time what it is called.
fn rename(federation: Digest, seq: u64) -> Envelope {
    let profile = Profile {
        name: format!("Autonomic {seq}"),
        website: None,
    };
    let entry = Entry {
        federation: federation.to_string(),
        author: Author::Collective("autonomic".parse().unwrap()),
        seq,
        at: start(),
        body: Body::Profile(profile),
    };
    Envelope::sign(&entry, &key(9)).unwrap()
}

async fn log(dir: &TempDir) -> Replica {
    Replica::create(dir.path(), genesis()).await.unwrap()
}

async fn extend(replica: &Replica, count: u64) {
    for _ in 0..count {
        let mut pen = replica.pen().await;
        let size = pen.book().size();
        let envelope = rename(pen.book().state().federation(), size);
        pen.fold(&leaf(envelope, size)).unwrap();
        assert_eq!(pen.keep().await.unwrap(), size + 1);
    }
}

async fn signed(replica: &Replica) -> SignedCheckpoint {
    let book = replica.book().await;
    let checkpoint = Checkpoint {
        origin: "hub.example/log".to_owned(),
        size: book.size(),
        root: book.root(),
    };
    SignedCheckpoint::sign(&checkpoint, &key(1)).unwrap()
}

async fn export(replica: &Arc<Replica>, to: &TempDir) {
    let checkpoint = signed(replica).await;
    let size = checkpoint.checkpoint().size;
    let mut export = Export::new(Arc::clone(replica), checkpoint.to_string(), size);
    while let Some((path, content)) = export.next().await.unwrap() {
        let path = to.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

#[tokio::test]
async fn a_log_is_the_same_when_it_is_opened_again() {
    let dir = TempDir::new().unwrap();
    let replica = log(&dir).await;
    extend(&replica, 5).await;
    let before = {
        let book = replica.book().await;
        (book.size(), book.root(), book.state().digest())
    };
    drop(replica);
    let (replica, recovery) = Replica::open(dir.path()).unwrap();
    assert!(recovery.cut.is_none());
    let book = replica.book().await;
    assert_eq!((book.size(), book.root(), book.state().digest()), before);
    assert_eq!(before.0, 6);
    let verified = replica.verify(|_| {}).unwrap();
    assert_eq!(verified.state().digest(), before.2);
}

#[tokio::test]
async fn what_was_not_kept_is_taken_back() {
    let dir = TempDir::new().unwrap();
    let replica = log(&dir).await;
    extend(&replica, 1).await;
    let before = replica.book().await.state().digest();
    let mut pen = replica.pen().await;
    let federation = pen.book().state().federation();
    pen.fold(&leaf(rename(federation, 2), 2)).unwrap();
    assert_eq!(pen.book().size(), 3);
    drop(pen);
    let book = replica.book().await;
    assert_eq!((book.size(), book.state().digest()), (2, before));
    assert_eq!(*replica.size().borrow(), 2);
}

#[tokio::test]
async fn a_refused_leaf_leaves_nothing_behind() {
    let dir = TempDir::new().unwrap();
    let replica = log(&dir).await;
    let before = replica.book().await.state().digest();
    let mut pen = replica.pen().await;
    let federation = pen.book().state().federation();
    pen.fold(&leaf(rename(federation, 1), 1)).unwrap();
    let refused = pen.fold(&leaf(rename(federation, 7), 2)).unwrap_err();
    assert_eq!(refused.code(), "AL-8602");
    drop(pen);
    assert_eq!(replica.book().await.state().digest(), before);
}

#[tokio::test]
async fn d9_what_had_ended_does_not_begin_anew_because_a_leaf_was_refused() {
    let dir = TempDir::new().unwrap();
    let replica = log(&dir).await;
    let mut pen = replica.pen().await;
    // The time that a checkpoint was signed with passes, and is on no disk.
    pen.advance(at(90));
    pen.keep().await.unwrap();
    let before = replica.book().await.state().digest();
    let mut pen = replica.pen().await;
    let federation = pen.book().state().federation();
    assert!(pen.fold(&leaf(rename(federation, 7), 91)).is_err());
    drop(pen);
    let book = replica.book().await;
    assert_eq!(book.state().time(), at(90));
    assert_eq!(book.state().digest(), before);
}

#[tokio::test]
async fn leaves_are_handed_out_in_bounded_stretches() {
    let dir = TempDir::new().unwrap();
    let replica = log(&dir).await;
    extend(&replica, 300).await;
    drop(replica);
    // Opened again with what is recent, and read from behind it as well.
    let (replica, _) = Replica::open(dir.path()).unwrap();
    let mut all = Vec::new();
    loop {
        let more = replica.leaves(all.len() as u64).await.unwrap();
        if more.is_empty() {
            break;
        }
        assert!(more.len() <= limits::STRETCH_LEAVES);
        all.extend(more);
    }
    assert_eq!(all.len(), 301);
    assert_eq!(replica.leaf(17).await.unwrap().as_ref(), all.get(17));
    assert!(replica.leaf(301).await.unwrap().is_none());
    let mut tree = allot_ledger::log::Tree::default();
    all.iter().for_each(|leaf| tree.push(leaf));
    assert_eq!(tree.root(), replica.book().await.root());
}

#[tokio::test]
async fn an_export_makes_the_same_log_elsewhere() {
    let (here, out, there) = (
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
    );
    let replica = Arc::new(log(&here).await);
    extend(&replica, 299).await;
    export(&replica, &out).await;
    let federation = replica.book().await.state().federation();
    let imported = Imported::read(out.path(), Some(federation)).unwrap();
    imported.write(there.path()).unwrap();
    let (copy, _) = Replica::open(there.path()).unwrap();
    assert_eq!(copy.book().await.root(), replica.book().await.root());
    assert_eq!(
        copy.book().await.state().digest(),
        replica.book().await.state().digest()
    );
    let other = Imported::read(out.path(), Some(Digest::of(b"other")))
        .err()
        .unwrap();
    assert_eq!(other.code(), "AL-8605");
}

#[tokio::test]
async fn an_export_that_was_changed_is_refused() {
    let (here, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let replica = Arc::new(log(&here).await);
    extend(&replica, 3).await;
    export(&replica, &out).await;
    let path = out.path().join("tile/entries/000.p/4");
    let whole = std::fs::read(&path).unwrap();
    for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert!(Imported::read(out.path(), None).is_err(), "cut at {cut}");
    }
    let mut flipped = whole.clone();
    let last = flipped.len() - 40;
    flipped[last] ^= 1;
    std::fs::write(&path, &flipped).unwrap();
    assert!(Imported::read(out.path(), None).is_err());
    std::fs::write(&path, &whole).unwrap();
    assert!(Imported::read(out.path(), None).is_ok());
    std::fs::write(
        out.path().join("checkpoint"),
        "hub.example/log\n99999999999\n\n",
    )
    .unwrap();
    let huge = Imported::read(out.path(), None).err().unwrap();
    assert_eq!(huge.code(), "AL-8606");
}

#[tokio::test]
async fn a_damaged_log_is_rebuilt_from_a_member_that_has_all_of_it() {
    let (here, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let replica = Arc::new(log(&here).await);
    extend(&replica, 20).await;
    export(&replica, &out).await;
    let root = replica.book().await.root();
    let known = replica.leaves(0).await.unwrap();
    drop(replica);
    let journal = here.path().join(JOURNAL_DIR).join("journal");
    let mut bytes = std::fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&journal, bytes).unwrap();
    assert!(Replica::open(here.path()).is_err());
    let imported = Imported::read(out.path(), None).unwrap();
    let more = (22_u64, Bytes::from_static(b"seen here, not there"));
    let shorter = rebuild(here.path(), &imported, [more]).unwrap_err();
    assert_eq!(shorter.code(), "AL-8608");
    let other = (3_u64, Bytes::from_static(b"something else"));
    let differs = rebuild(here.path(), &imported, [other]).unwrap_err();
    assert_eq!(differs.code(), "AL-8607");
    let good = (0..).zip(known.into_iter().take(5));
    let aside = rebuild(here.path(), &imported, good).unwrap();
    assert!(aside.join("journal").exists());
    let (mended, _) = Replica::open(here.path()).unwrap();
    assert_eq!(mended.book().await.root(), root);
}

#[tokio::test]
async fn what_only_the_damaged_log_has_is_kept_when_it_follows_the_export() {
    let (here, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let replica = Arc::new(log(&here).await);
    extend(&replica, 10).await;
    export(&replica, &out).await;
    extend(&replica, 3).await;
    let root = replica.book().await.root();
    let known = replica.leaves(0).await.unwrap();
    drop(replica);
    let imported = Imported::read(out.path(), None).unwrap();
    // Damaged at 5: what is before and after it can be read.
    let good = |from: u64| {
        let all = (0_u64..).zip(known.clone());
        all.filter(move |(index, _)| *index != 5 && *index != from)
    };
    let gap = rebuild(here.path(), &imported, good(11)).unwrap_err();
    assert_eq!(gap.code(), "AL-8608");
    rebuild(here.path(), &imported, good(5)).unwrap();
    let (mended, _) = Replica::open(here.path()).unwrap();
    assert_eq!(mended.book().await.root(), root);
}

#[tokio::test]
async fn long_texts_travel_with_an_export() {
    let (here, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let replica = Arc::new(log(&here).await);
    let text = "long ".repeat(10_000);
    let sha256 = replica.put_text(text.as_bytes()).unwrap();
    assert_eq!(
        replica.text(sha256).unwrap().as_deref(),
        Some(text.as_bytes())
    );
    assert!(replica.text(Digest::of(b"not here")).unwrap().is_none());
    let content = allot_ledger::entry::Content {
        title: "Long".to_owned(),
        size: allot_ledger::entry::Size::Medium,
        kind: allot_ledger::entry::Kind::Text,
        text: allot_ledger::entry::Text::of(&text).unwrap(),
    };
    let mut pen = replica.pen().await;
    let entry = Entry {
        federation: pen.book().state().federation().to_string(),
        author: Author::Collective("autonomic".parse().unwrap()),
        seq: 1,
        at: start(),
        body: Body::Draft(Box::new(content)),
    };
    let envelope = Envelope::sign(&entry, &key(9)).unwrap();
    let verified = pen.book().state().verify(&envelope).unwrap();
    pen.take(&verified, envelope, at(1)).unwrap();
    pen.keep().await.unwrap();
    export(&replica, &out).await;
    let kept = std::fs::read(out.path().join(format!("texts/{sha256}"))).unwrap();
    assert_eq!(kept, text.as_bytes());
}
