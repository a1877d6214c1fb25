//! A hub that lies: whatever it shows, nothing of it is taken, the reason is told, and a restart forgets nothing.

use allot_agent::federation::{FederationError, View};
use allot_ledger::{log::Equivocation, state::Status};
use allot_proto::{ErrorKind, hub as pb};
use allot_replica::Replica;
use jiff::{SignedDuration, Timestamp};

use crate::{
    hub::TestHub,
    ledgers::{Ledger, key, leaf, profile, sign_tree, with_clock},
    place::{Place, hasty},
};

/// Entries that an agent has seen before it is lied to.
const SEEN: u64 = 6;

/// A hub with a log of [`SEEN`] entries, and an agent that has seen them all.
async fn seen() -> (TestHub, Place) {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 5);
    let place = Place::joined(&hub, "autonomic").await;
    place.until_size(SEEN).await;
    (hub, place)
}

/// The lie is refused with a code, while the agent follows and after it starts again; nothing is taken, and what was
/// seen is still there when the hub is honest again.
async fn refused(place: &mut Place, code: &str) {
    let root = place
        .until("its log is open", |view| view.size > 0)
        .await
        .root;
    for _ in 0..2 {
        let told = |view: &View| {
            let is_it = view.problem.as_ref().is_some_and(|told| told.code == code);
            is_it && view.size > 0
        };
        let view = place
            .until(&format!("the problem {code} is told"), told)
            .await;
        assert_eq!(
            (view.size, view.root),
            (SEEN, root),
            "nothing of it is taken"
        );
        assert_ne!(view.problem.unwrap().help, "", "what to do is said");
        place.restart().await;
    }
}

async fn honest_again(hub: &TestHub, place: &Place, honest: Option<Ledger>) {
    if let Some(honest) = honest {
        hub.swap(honest);
    }
    hub.be(|mood| *mood = Default::default());
    hub.grow("sutty", 1);
    let view = place.until_size(SEEN + 1).await;
    let is_told = |told: &str| told.contains("the hub showed what cannot be believed (AL-8");
    assert!(
        view.notices.iter().any(|notice| is_told(&notice.text)),
        "what it did before stays told: {:?}",
        view.notices
    );
}

fn stretch(first: u64, leaves: &[bytes::Bytes], checkpoint: &str) -> pb::Stretch {
    pb::Stretch {
        first,
        leaves: leaves.iter().map(|leaf| leaf.to_vec()).collect(),
        checkpoint: checkpoint.as_bytes().to_vec(),
    }
}

fn says(hub: &TestHub, stretches: Vec<pb::Stretch>) {
    hub.be(|mood| mood.script = Some(stretches));
}

/// A log that has the same beginning and goes on otherwise.
fn other(hub: &TestHub, same: u64, more: usize) -> Ledger {
    let mut other = hub.copy(same);
    for n in 0..more {
        other.rename(
            "sutty",
            &key("sutty"),
            &format!("other {n}"),
            hub.inner.now(),
        );
    }
    other
}

#[tokio::test]
async fn rejects_checkpoint_rollback() {
    let (hub, mut place) = seen().await;
    let honest = hub.swap(hub.copy(4));
    refused(&mut place, "AL-8104").await;
    honest_again(&hub, &place, Some(honest)).await;
    place.until_well().await;
}

#[tokio::test]
async fn rejects_a_fork_and_keeps_the_proof_of_it() {
    let (hub, mut place) = seen().await;
    let honest = hub.swap(other(&hub, 3, 3));
    refused(&mut place, "AL-8821").await;
    let files: Vec<_> = std::fs::read_dir(place.home().evidence())
        .unwrap()
        .flatten()
        .collect();
    assert_eq!(
        files.len(),
        2,
        "what was refused and what proves it, once: {files:?}"
    );
    let proof = files
        .iter()
        .find(|f| f.file_name().to_string_lossy().starts_with("equivocation-"));
    let proof = std::fs::read_to_string(proof.unwrap().path()).unwrap();
    let proof: Equivocation = serde_json::from_str(&proof).unwrap();
    proof.verify().unwrap();
    honest_again(&hub, &place, Some(honest)).await;
    let view = place.view().await;
    assert_eq!(
        view.problem.unwrap().code,
        "AL-8821",
        "what was proven stays proven"
    );
}

#[tokio::test]
async fn rejects_a_shorter_fork() {
    let (hub, mut place) = seen().await;
    let honest = hub.swap(other(&hub, 3, 1));
    refused(&mut place, "AL-8821").await;
    honest_again(&hub, &place, Some(honest)).await;
}

#[tokio::test]
async fn rejects_a_log_that_goes_on_from_another_one() {
    let (hub, mut place) = seen().await;
    let honest = hub.swap(other(&hub, 3, 5));
    // Its next entry fits by itself; the tree that was signed shows that it stands on others.
    refused(&mut place, "AL-8106").await;
    honest_again(&hub, &place, Some(honest)).await;
    place.until_well().await;
}

/// The agent's copy has these entries and no others when it starts the next time.
async fn copy_is(place: &Place, leaves: &[bytes::Bytes]) {
    let ledger = place.home().ledger();
    std::fs::remove_dir_all(&ledger).unwrap();
    let copy = Replica::create(&ledger, leaves[0].clone()).await.unwrap();
    let mut pen = copy.pen().await;
    leaves[1..]
        .iter()
        .for_each(|leaf| drop(pen.fold(leaf).unwrap()));
    pen.keep().await.unwrap();
}

async fn is_fetched_anew(hub: &TestHub, place: &Place) {
    let view = place
        .until("the copy is the hub's", |view| {
            view.root == Some(hub.root())
        })
        .await;
    let is_told = |told: &str| told.contains("ledger.forked-1");
    let told = view.notices.iter().any(|notice| is_told(&notice.text));
    assert!(told, "{:?}", view.notices);
    let kept = place.home().path("ledger.forked-1");
    assert!(kept.join("journal").exists());
    hub.grow("sutty", 1);
    place.until_size(SEEN + 1).await;
    place.until_well().await;
}

#[tokio::test]
async fn a_copy_whose_lost_end_a_hub_forged_is_set_aside_and_fetched_anew() {
    let (hub, mut place) = seen().await;
    place.stop().await;
    copy_is(&place, &hub.leaves()[..3]).await;
    let forged = other(&hub, 3, 3);
    let part = forged.checkpoint(5).to_string();
    says(&hub, vec![stretch(3, &forged.leaves[3..5], &part)]);
    place.start();
    place.until_size(5).await;
    hub.be(|mood| *mood = Default::default());
    place.restart().await;
    is_fetched_anew(&hub, &place).await;
}

#[tokio::test]
async fn a_copy_that_contradicts_what_was_seen_is_set_aside_at_the_start() {
    let (hub, mut place) = seen().await;
    place.stop().await;
    copy_is(&place, &other(&hub, 3, 4).leaves).await;
    place.start();
    is_fetched_anew(&hub, &place).await;
}

#[tokio::test]
async fn rejects_entries_and_checkpoint_that_do_not_belong_together() {
    let (hub, mut place) = seen().await;
    let (one, another) = (other(&hub, SEEN, 1), other(&hub, SEEN, 2));
    let mixed = with_clock(another.checkpoint(SEEN + 2), Timestamp::now()).to_string();
    says(&hub, vec![stretch(SEEN, &one.leaves[6..], &mixed)]);
    refused(&mut place, "AL-8106").await;
    // More than the checkpoint covers is not kept either.
    let covered = one.checkpoint(SEEN).to_string();
    says(&hub, vec![stretch(SEEN, &one.leaves[6..], &covered)]);
    refused(&mut place, "AL-8106").await;
    honest_again(&hub, &place, None).await;
    place.until_well().await;
}

#[tokio::test]
async fn rejects_a_backdated_entry() {
    let (hub, mut place) = seen().await;
    let mut ledger = hub.copy(SEEN);
    let early = ledger.book.state().time();
    let is_later = |view: &View| view.clock.is_some_and(|clock| clock > early);
    place
        .until("the hub has signed a later time", is_later)
        .await;
    let envelope = ledger.sign("sutty", &key("sutty"), profile("early"));
    let forged = leaf(envelope, early);
    ledger.book.fold(&forged).unwrap();
    let head = with_clock(sign_tree(ledger.book.tree(), SEEN + 1), Timestamp::now());
    says(&hub, vec![stretch(SEEN, &[forged], &head.to_string())]);
    refused(&mut place, "AL-8109").await;
    honest_again(&hub, &place, None).await;
    place.until_well().await;
}

#[tokio::test]
async fn rejects_an_entry_of_a_time_that_is_still_to_come() {
    let (hub, mut place) = seen().await;
    let mut ledger = hub.copy(SEEN);
    let tomorrow = Timestamp::now() + SignedDuration::from_hours(24);
    let envelope = ledger.sign("sutty", &key("sutty"), profile("early"));
    let forged = leaf(envelope, tomorrow);
    ledger.book.fold(&forged).unwrap();
    let head = with_clock(sign_tree(ledger.book.tree(), SEEN + 1), Timestamp::now());
    says(&hub, vec![stretch(SEEN, &[forged], &head.to_string())]);
    refused(&mut place, "AL-8108").await;
    honest_again(&hub, &place, None).await;
    place.until_well().await;
}

#[tokio::test]
async fn rejects_a_clock_that_stands_still() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    hub.grow("sutty", 5);
    let mut options = hasty();
    options.bounds.stale = SignedDuration::from_secs(2);
    let mut place = Place::joined_with(&hub, "autonomic", "swarm-1", options).await;
    place.until_size(SEEN).await;
    let now = Timestamp::now();
    hub.be(|mood| mood.stopped_clock = Some(now));
    refused(&mut place, "AL-8107").await;
    hub.be(|mood| *mood = Default::default());
    hub.grow("sutty", 1);
    let view = place.until_size(SEEN + 1).await;
    assert!(view.notices.is_empty(), "it has shown nothing");
    place.until_well().await;
}

#[tokio::test]
async fn rejects_clocks_that_cannot_be_right() {
    let (hub, mut place) = seen().await;
    for wrong in [10, -10] {
        let wrong = Timestamp::now() + SignedDuration::from_mins(wrong);
        hub.be(|mood| mood.stopped_clock = Some(wrong));
        refused(&mut place, "AL-8108").await;
    }
    honest_again(&hub, &place, None).await;
    place.until_well().await;
}

#[tokio::test]
async fn this_machines_wrong_clock_is_told_and_measured() {
    let (hub, place) = seen().await;
    let behind = Place::of("autonomic", Default::default(), hasty());
    behind.clock.set_off(SignedDuration::from_mins(-10));
    // TLS sees it first, as the hub's certificate does not count yet.
    let refused = behind
        .join(&hub.invite("autonomic"), "behind")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "AL-8209", "{refused}");
    let told = behind.federation.outside().offset_seconds.unwrap();
    assert!((-605..=-595).contains(&told), "{told}");
    let ahead = Place::of("autonomic", Default::default(), hasty());
    ahead.clock.set_off(SignedDuration::from_mins(10));
    ahead.join(&hub.invite("autonomic"), "ahead").await.unwrap();
    let view = ahead.view().await;
    let offset = view.offset_seconds.unwrap();
    assert!((595..=605).contains(&offset), "{offset}");
    assert!(place.view().await.offset_seconds.unwrap().abs() <= 2);
}

#[tokio::test]
async fn rejects_a_forged_member_and_a_forged_vote() {
    let (hub, mut place) = seen().await;
    // Signed with a key that is not the member's.
    let ledger = hub.copy(SEEN);
    let envelope = ledger.sign("sutty", &key("hub's own"), profile("forged"));
    let forged = leaf(envelope, Timestamp::now());
    let tree = {
        let mut tree = ledger.book.tree().clone();
        tree.push(&forged);
        tree
    };
    let head = with_clock(sign_tree(&tree, SEEN + 1), Timestamp::now()).to_string();
    says(
        &hub,
        vec![stretch(SEEN, std::slice::from_ref(&forged), &head)],
    );
    refused(&mut place, "AL-8602").await;
    // Of somebody whom nobody admitted.
    let envelope = ledger.sign("stranger", &key("stranger"), profile("forged"));
    let forged = leaf(envelope, Timestamp::now());
    says(
        &hub,
        vec![stretch(SEEN, std::slice::from_ref(&forged), &head)],
    );
    refused(&mut place, "AL-8602").await;
    // An entry that was in the log before.
    let again = hub.leaves()[3].clone();
    let again = allot_ledger::Leaf::from_bytes(&again).unwrap().envelope;
    says(
        &hub,
        vec![stretch(SEEN, &[leaf(again, Timestamp::now())], &head)],
    );
    refused(&mut place, "AL-8602").await;
    // Nonsense.
    says(
        &hub,
        vec![stretch(SEEN, &[bytes::Bytes::from_static(b"{}")], &head)],
    );
    refused(&mut place, "AL-8601").await;
    honest_again(&hub, &place, None).await;
    place.until_well().await;
    let log = place.federation.log().unwrap();
    let book = log.book().await;
    assert!(
        book.state()
            .collectives()
            .values()
            .all(|c| c.status == Status::Member)
    );
    assert_eq!(book.state().collectives().len(), 2);
}

#[tokio::test]
async fn rejects_a_checkpoint_that_the_log_did_not_sign() {
    let (hub, mut place) = seen().await;
    let note = hub.inner.head().to_string();
    let forged = note.replacen("AAAA", "AAAB", 1);
    let broken = if forged == note {
        // Any other character of the signature will do.
        let at = note.rfind('=').unwrap() - 6;
        let mut bytes = note.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    } else {
        forged
    };
    let bare = note.split("\n\n").next().unwrap().to_owned() + "\n\n";
    let renamed = note.replace("hub.example/log", "other.example/log");
    for (note, codes) in [
        (broken, ["AL-8103", "AL-8812"]),
        (bare, ["AL-8101", "AL-8103"]),
        (renamed, ["AL-8102", "AL-8102"]),
        (String::new(), ["AL-8101", "AL-8101"]),
    ] {
        says(&hub, vec![stretch(SEEN, &[], &note)]);
        let told = place
            .until("it is refused", |view| {
                let code = view.problem.as_ref().map(|told| told.code.clone());
                code.is_some_and(|code| codes.contains(&&*code))
            })
            .await;
        assert_eq!(told.size, SEEN);
    }
    place.restart().await;
    place.until_problem("AL-8101").await;
    honest_again(&hub, &place, None).await;
    place.until_well().await;
}

#[tokio::test]
async fn rejects_what_is_no_part_of_a_log() {
    let (hub, mut place) = seen().await;
    let more = other(&hub, SEEN, 2);
    let head = with_clock(more.checkpoint(SEEN + 2), Timestamp::now()).to_string();
    let without_clock = hub.copy(SEEN).checkpoint(SEEN).to_string();
    for lie in [
        // A gap, a repetition, and what is neither entries nor a sign of life.
        stretch(SEEN + 1, &more.leaves[7..], &head),
        stretch(SEEN - 1, &more.leaves[5..], &head),
        stretch(SEEN, &[], &without_clock),
        // An entry that no log takes, and a message of a megabyte.
        stretch(SEEN, &[vec![b' '; 70_000].into()], &head),
        stretch(SEEN, &[vec![b' '; 2_000_000].into()], &head),
    ] {
        says(&hub, vec![lie]);
        refused(&mut place, "AL-8812").await;
        hub.be(|mood| *mood = Default::default());
        place.until_well().await;
    }
    honest_again(&hub, &place, None).await;
}

#[tokio::test]
async fn rejects_signs_of_life_without_end() {
    let (hub, mut place) = seen().await;
    let beat = stretch(SEEN, &[], &hub.inner.head().to_string());
    hub.be(|mood| mood.endless = Some(beat));
    refused(&mut place, "AL-8812").await;
    honest_again(&hub, &place, None).await;
}

#[tokio::test]
async fn a_hub_that_says_nothing_is_taken_for_gone() {
    let (hub, _) = seen().await;
    let mut options = hasty();
    options.silence = std::time::Duration::from_millis(300);
    options.bounds.stale = SignedDuration::from_secs(2);
    let place = Place::joined_with(&hub, "autonomic", "swarm-2", options).await;
    says(&hub, Vec::new());
    let view = place
        .until("it is missed", |view| view.hub_problem.is_some())
        .await;
    assert_eq!(view.hub_problem.unwrap().code, "AL-8820");
    place.until_problem("AL-8107").await;
    hub.be(|mood| *mood = Default::default());
    place.until_well().await;
}

#[tokio::test]
async fn another_federation_under_the_same_name_is_refused_at_joining() {
    let (hub, other) = (
        TestHub::found(&["autonomic"]),
        TestHub::found(&["autonomic"]),
    );
    let mut invite = hub.invite("autonomic");
    invite.genesis = other.inner.ledger().federation();
    let place = Place::of("autonomic", hub.inner.clock.clone(), hasty());
    let refused = place.join(&invite, "a").await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.kind()),
        ("AL-8806", ErrorKind::Denied),
        "{refused}"
    );
    let left = place.federation.view().await.unwrap_err();
    assert!(
        matches!(left, FederationError::NotJoined),
        "as if it had never been"
    );
    place.join(&hub.invite("autonomic"), "a").await.unwrap();
}
