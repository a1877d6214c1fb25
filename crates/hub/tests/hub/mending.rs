//! A hub that is lost, and one that is damaged.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt as _,
    path::Path,
    sync::Arc,
};

use allot_hub::{
    config::Config,
    found::{FoundError, Recovered, Recovery, recover},
    home::Home,
    mend,
};
use allot_ledger::{Body, Digest};
use allot_replica::{Export, Imported};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::found::{Agent, Found, config, next, rename, text_of, until};

const FOUNDERS: [&str; 3] = ["autonomic", "local-it", "sutty"];

/// What a member has on disk after `allot ledger export`.
async fn export(found: &Found) -> TempDir {
    let to = TempDir::new().unwrap();
    let head = found.hub.published.head();
    let note = String::from_utf8(head.note.to_vec()).unwrap();
    let mut export = Export::new(Arc::clone(&found.hub.replica), note, head.size);
    while let Some((path, content)) = export.next().await.unwrap() {
        let path = to.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    to
}

async fn again(found: &Found, dir: TempDir, recovered: Recovered) -> Found {
    Found::start(dir, found.clock.clone(), found.genesis, recovered.keys).await
}

async fn recovered(from: &Path, genesis: Digest, to: &Path) -> Result<Recovered, FoundError> {
    let recovery = Recovery {
        imported: Imported::read(from, Some(genesis)).unwrap(),
        config: config(),
        root_key: None,
    };
    recover(&Home::new(to), recovery, Timestamp::now()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn l9_a_lost_hub_is_recovered_from_an_export_and_counts_once_members_accept_it() {
    let found = Found::new(&FOUNDERS).await;
    let mut agents = Vec::new();
    for member in FOUNDERS {
        let agent = found.agent(member, "a").await;
        agent.write(1, rename(1)).await;
        agents.push(agent);
    }
    let before = found.verified().await.state().digest();
    let export = export(&found).await;
    let dir = TempDir::new().unwrap();
    let made = recovered(export.path(), found.genesis, dir.path())
        .await
        .unwrap();
    assert_eq!(made.size, 5);
    assert_ne!(made.keys, found.keys);
    let digest = made.keys.digest();
    let second = again(&found, dir, made).await;
    found.stop().await;
    // Nothing was lost, and the old certificates are of no use.
    let book = second.verified().await;
    assert_eq!(
        (
            book.size(),
            book.state().pending_hub().unwrap().keys.digest()
        ),
        (5, digest)
    );
    let mut joined = Vec::new();
    for old in agents {
        let fresh = second.agent(&old.collective, "a").await;
        joined.push(Agent {
            federation: old.federation,
            ..fresh
        });
    }
    let accept = Body::AcceptHub { hub: digest };
    let early = joined[0]
        .append(joined[0].sign(2, rename(2)))
        .await
        .unwrap_err();
    assert_eq!(early.code, "AL-8426", "nothing else is taken");
    let evict = second
        .hub
        .bar("sutty", "a", "not yet", false)
        .await
        .unwrap_err();
    assert_eq!(evict.code(), "AL-8426", "nor of the hub's own");
    joined[0].write(2, accept.clone()).await;
    let (_, accepted, needed) = second.hub.status().await.pending.unwrap();
    assert_eq!((accepted, needed), (1, 2));
    let mut stream = joined[2].follow(0).await.unwrap();
    joined[1].write(2, accept).await;
    while next(&mut stream).await.leaves.is_empty() {}
    assert_eq!(second.hub.status().await.pending, None);
    joined[2].write(2, rename(2)).await;
    second
        .hub
        .bar("sutty", "b", "its disk was stolen", false)
        .await
        .unwrap();
    // It is this hub's log from here on, over a restart too.
    let second = second.restart().await;
    let book = second.verified().await;
    assert_eq!((book.size(), book.state().hub().digest()), (9, digest));
    assert_ne!(book.state().digest(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_only_its_maker_vouches_for_is_told_before_a_hub_is_made_of_it() {
    let found = Found::new(&FOUNDERS).await;
    let agent = found.agent("autonomic", "a").await;
    // A member cuts the log off before a vote that it does not like, and signs what is left with keys of its own.
    let cut = export(&found).await;
    agent.write(1, rename(1)).await;
    let dir = TempDir::new().unwrap();
    let own = recovered(cut.path(), found.genesis, dir.path())
        .await
        .unwrap();
    let digest = own.keys.digest().to_string();
    let own = again(&found, dir, own).await;
    let forged = export(&own).await;
    let to = TempDir::new().unwrap();
    let (from, genesis) = (forged.path().to_owned(), found.genesis.to_string());
    let ran = tokio::task::spawn_blocking(move || {
        let from = from.to_str().unwrap();
        let at = ["--address", "127.0.0.1:7480", "--yes"];
        let recover = ["recover", "--from", from, "--genesis", &genesis];
        crate::commands::hub(&to.path().join("hub"), &[&recover[..], &at].concat())
    });
    let ran = ran.await.unwrap();
    assert!(
        ran.talk.contains("0 members have witnessed"),
        "{}",
        ran.talk
    );
    assert!(
        ran.talk
            .contains("not signed by a hub that members accepted")
            && ran.talk.contains(&digest),
        "{}",
        ran.talk
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_is_not_recovered_over_another_nor_from_another_federation() {
    let found = Found::new(&FOUNDERS).await;
    let export = export(&found).await;
    let other = Imported::read(export.path(), Some(Digest::of(b"another")));
    assert_eq!(other.err().unwrap().code(), "AL-8605");
    let here = recovered(export.path(), found.genesis, found.dir.path()).await;
    assert_eq!(here.unwrap_err().code(), "AL-8725");
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("private")).unwrap();
    let remains = recovered(export.path(), found.genesis, dir.path()).await;
    assert_eq!(remains.unwrap_err().code(), "AL-8725");
}

/// A log with some entries, and a long text.
async fn with_entries(count: u64) -> (Found, Digest) {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let text = "long ".repeat(20_000);
    let asked = allot_proto::hub::PutTextRequest {
        text: text.clone().into(),
    };
    agent.ledger().put_text(asked).await.unwrap();
    let content = text_of(
        allot_ledger::entry::Size::Small,
        allot_ledger::entry::Kind::Text,
    );
    let content = allot_ledger::entry::Content {
        text: allot_ledger::entry::Text::of(&text).unwrap(),
        ..content
    };
    agent.write(1, Body::Draft(Box::new(content))).await;
    for seq in 2..=count {
        agent.write(seq, rename(seq)).await;
    }
    // The newest beat knows all of it.
    until("the log is signed", || async {
        let beat = allot_hub::app::Beat::read(found.hub.home()).ok()??;
        (beat.size == count + 1).then_some(())
    })
    .await;
    (found, Digest::of(text.as_bytes()))
}

fn journal(dir: &Path) -> std::path::PathBuf {
    dir.join("ledger/journal/journal")
}

/// Damages the middle of a file.
fn damage(path: &Path) {
    damage_at(path, 50);
}

/// Writes over some bytes, so many hundredths into the file.
fn damage_at(path: &Path, percent: u64) {
    let file = File::options().write(true).open(path).unwrap();
    let at = file.metadata().unwrap().len() * percent / 100;
    file.write_all_at(&[0xaa; 40], at).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_damaged_in_the_middle_is_mended_from_a_members_export_with_one_command() {
    let (found, text) = with_entries(40).await;
    let export = export(&found).await;
    let before = found.verified().await.state().digest();
    let (dir, clock, genesis, keys) = found.stop().await;
    let home = Home::new(dir.path());
    damage(&journal(dir.path()));
    let blob = dir.path().join("ledger/blobs");
    fs::remove_dir_all(&blob).unwrap();
    let look = mend::check(&home).unwrap();
    assert!(!look.is_healthy() && look.log_is_damaged());
    assert!(
        allot_replica::Replica::open(&home.ledger()).is_err(),
        "it does not start"
    );
    let from = Imported::read(export.path(), None).unwrap();
    let done = mend::mend_log(&home, &look, Some(&from)).unwrap();
    assert!(
        done.confirmed >= 38,
        "{} of 41 could be read",
        done.confirmed
    );
    assert!(
        done.replaced.unwrap().join("journal").exists(),
        "the damaged one is kept"
    );
    assert_eq!(done.texts, 1);
    assert!(mend::check(&home).unwrap().is_healthy());
    let found = Found::start(dir, clock, genesis, keys).await;
    assert_eq!(found.verified().await.state().digest(), before);
    assert!(found.hub.replica.text(text).unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_lacks_what_was_signed_or_is_anothers_mends_nothing() {
    let (found, _) = with_entries(20).await;
    let short = export(&found).await;
    let agent = found.agent("autonomic", "b").await;
    for seq in 21..=30 {
        agent.write(seq, rename(seq)).await;
    }
    until("the log is signed", || async {
        let beat = allot_hub::app::Beat::read(found.hub.home()).ok()??;
        (beat.size == 31).then_some(())
    })
    .await;
    let (dir, clock, genesis, keys) = found.stop().await;
    let home = Home::new(dir.path());
    // Between the export's end and the log's: what is lost there is in neither.
    damage_at(&journal(dir.path()), 85);
    let damaged = fs::read(journal(dir.path())).unwrap();
    let look = mend::check(&home).unwrap();
    let from = Imported::read(short.path(), None).unwrap();
    let refused = mend::mend_log(&home, &look, Some(&from)).unwrap_err();
    assert_eq!(refused.code(), "AL-8608");
    let other = Found::new(&["autonomic"]).await;
    let others = export(&other).await;
    let from = Imported::read(others.path(), None).unwrap();
    let refused = mend::mend_log(&home, &look, Some(&from)).unwrap_err();
    assert_eq!(refused.code(), "AL-8706");
    assert_eq!(
        fs::read(journal(dir.path())).unwrap(),
        damaged,
        "nothing was touched"
    );
    drop((clock, genesis, keys));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_member_has_yet_is_kept_where_it_can_still_be_read() {
    let (found, _) = with_entries(20).await;
    let short = export(&found).await;
    let agent = found.agent("autonomic", "b").await;
    for seq in 21..=30 {
        agent.write(seq, rename(seq)).await;
    }
    let before = found.verified().await.root();
    let (dir, clock, genesis, keys) = found.stop().await;
    let home = Home::new(dir.path());
    damage_at(&journal(dir.path()), 30);
    let look = mend::check(&home).unwrap();
    let from = Imported::read(short.path(), None).unwrap();
    mend::mend_log(&home, &look, Some(&from)).unwrap();
    let found = Found::start(dir, clock, genesis, keys).await;
    assert_eq!(found.verified().await.root(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_from_an_older_backup_is_not_served_and_is_mended() {
    let (found, _) = with_entries(10).await;
    let old = fs::read(journal(found.dir.path())).unwrap();
    let agent = found.agent("autonomic", "b").await;
    for seq in 11..=20 {
        agent.write(seq, rename(seq)).await;
    }
    until("the log is signed", || async {
        let beat = allot_hub::app::Beat::read(found.hub.home()).ok()??;
        (beat.size == 21).then_some(())
    })
    .await;
    let export = export(&found).await;
    let (dir, clock, genesis, keys) = found.stop().await;
    let home = Home::new(dir.path());
    fs::write(journal(dir.path()), old).unwrap();
    let options = allot_hub::server::Options::new(home.clone(), Config::read(&home).unwrap());
    let refused = allot_hub::server::Server::bind(options)
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code(), "AL-8705", "agents would see a rollback");
    let look = mend::check(&home).unwrap();
    assert!(look.shorter);
    let from = Imported::read(export.path(), None).unwrap();
    mend::mend_log(&home, &look, Some(&from)).unwrap();
    let found = Found::start(dir, clock, genesis, keys).await;
    assert_eq!(found.verified().await.size(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_end_is_cut_off_at_the_start_and_said() {
    let (found, _) = with_entries(10).await;
    let (dir, clock, genesis, keys) = found.stop().await;
    let path = journal(dir.path());
    let mut torn = fs::read(&path).unwrap();
    torn.extend([7; 33]);
    fs::write(&path, torn).unwrap();
    let look = mend::check(&Home::new(dir.path())).unwrap();
    assert!(look.is_healthy() && !look.ledger.findings.is_empty());
    let found = Found::start(dir, clock, genesis, keys).await;
    let status = found.hub.status().await;
    assert_eq!(status.size, 11);
    assert!(status.notes[0].contains("33 bytes"), "{:?}", status.notes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_private_journal_costs_open_invites_and_lets_nobody_in() {
    let found = Found::new(&["autonomic"]).await;
    let mut secrets = Vec::new();
    for _ in 0..12 {
        secrets.push(found.invite("autonomic").await);
    }
    let used = secrets.pop().unwrap();
    found.join("autonomic", "a", &used).await.unwrap();
    let (dir, clock, genesis, keys) = found.stop().await;
    let home = Home::new(dir.path());
    damage(&dir.path().join("private/journal/journal"));
    assert!(!mend::check(&home).unwrap().is_healthy());
    let refused = mend::mend_private(&home, false).await.unwrap_err();
    assert_eq!(refused.code(), "AL-3040");
    let done = mend::mend_private(&home, true).await.unwrap();
    assert!(!done.revoked.is_empty());
    let found = Found::start(dir, clock, genesis, keys).await;
    for secret in secrets.iter().chain([&used]) {
        let error = found.join("autonomic", "b", secret).await.err().unwrap();
        assert_eq!(error.code, "AL-8310");
    }
    found.agent("autonomic", "b").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_is_made_anew_and_nothing_rests_on_it() {
    let found = Found::new(&["autonomic"]).await;
    found.agent("autonomic", "a").await;
    let open = found.invite("autonomic").await;
    let (dir, clock, genesis, keys) = found.stop().await;
    let mut folders = vec![dir.path().join("private/index")];
    let mut damaged = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => {
                    fs::write(entry.path(), b"not what it was").unwrap();
                    damaged += 1;
                }
            }
        }
    }
    assert!(damaged > 0);
    let found = Found::start(dir, clock, genesis, keys).await;
    let status = found.hub.status().await;
    assert!(status.notes[0].contains("index"), "{:?}", status.notes);
    assert_eq!(status.known[0].agent, "a");
    found.join("autonomic", "b", &open).await.unwrap();
    let known = found.hub.status().await.known;
    assert_eq!(known.len(), 2);
    assert!(known.iter().all(|k| k.serial.len() == 32), "{known:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_runs_is_not_mended() {
    let (found, _) = with_entries(3).await;
    let home = Home::new(found.dir.path());
    let look = mend::check(&home).unwrap();
    assert!(look.is_healthy(), "{look:?}");
    assert_eq!(
        mend::mend_log(&home, &look, None).unwrap_err().code(),
        "AL-3001"
    );
    assert_eq!(
        mend::mend_private(&home, true).await.unwrap_err().code(),
        "AL-3001"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_the_log_does_not_name_serve_nothing() {
    let (one, two) = (
        Found::new(&["autonomic"]).await,
        Found::new(&["autonomic"]).await,
    );
    let ((dir, ..), (other, ..)) = (one.stop().await, two.stop().await);
    let key = |dir: &TempDir| dir.path().join("keys/log.key");
    fs::copy(key(&other), key(&dir)).unwrap();
    let home = Home::new(dir.path());
    let options = allot_hub::server::Options::new(home.clone(), Config::read(&home).unwrap());
    let refused = allot_hub::server::Server::bind(options)
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code(), "AL-8706");
}
