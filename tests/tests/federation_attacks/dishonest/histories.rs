//! Logs that are not the one that was shown before, or hold what no log holds.

use allot_ledger::{
    Author, Body, Entry,
    entry::{Application, Choice, Content, Kind, Profile, Size, Text},
};
use allot_testkit::Member;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::{Clock, Taken, stolen};

const RULES: &[&str] = &["AL-8602"];

/// The log, with one more leaf.
fn and(taken: &Taken, more: Bytes) -> Vec<Bytes> {
    let mut leaves = taken.stolen.leaves.clone();
    leaves.push(more);
    leaves
}

/// What the hub signs itself, now, after what there is.
fn own(taken: &Taken, body: Body) -> Bytes {
    let entry = taken.stolen.entry(Author::Hub, taken.stolen.next_seq, body);
    taken.stolen.leaf(&entry, Timestamp::now())
}

#[test]
fn rejects_checkpoint_rollback() {
    let mut taken = Taken::over(&["autonomic"]);
    let shorter = taken.stolen.leaves[..1].to_vec();
    let impostor = taken.show_log(&shorter, Clock::Runs);
    taken.refuses(0, &impostor, &["AL-8104"]);
    drop(impostor);
    taken.honest_again(0);
}

#[test]
fn rejects_a_rollback_that_grows_again() {
    let mut taken = Taken::over(&["autonomic"]);
    // As many entries as before, and more; but not the same ones.
    let mut other = taken.stolen.leaves[..1].to_vec();
    for (seq, day) in (2..).zip(["2027-01-01", "2027-02-01", "2027-03-01"]) {
        let entry = taken.stolen.dues(seq, day);
        other.push(taken.stolen.leaf(&entry, Timestamp::now()));
    }
    let impostor = taken.show_log(&other, Clock::Runs);
    taken.refuses(0, &impostor, &["AL-8105", "AL-8106", "AL-8602"]);
}

#[test]
fn rejects_mix_and_match() {
    let mut taken = Taken::over(&["autonomic"]);
    // One entry comes, and the checkpoint is of another.
    let (seq, now) = (taken.stolen.next_seq, Timestamp::now());
    let one = and(
        &taken,
        taken
            .stolen
            .leaf(&taken.stolen.dues(seq, "2027-01-01"), now),
    );
    let other = and(
        &taken,
        taken
            .stolen
            .leaf(&taken.stolen.dues(seq, "2027-02-01"), now),
    );
    let note = taken.stolen.head(&other, now).to_string();
    let impostor = taken.show(super::endless::always(move |from| {
        let missing = one.iter().skip(usize::try_from(from).unwrap());
        allot_proto::hub::Stretch {
            first: from,
            leaves: missing.map(|leaf| leaf.to_vec()).collect(),
            checkpoint: note.clone().into_bytes(),
        }
    }));
    taken.refuses(0, &impostor, &["AL-8106"]);
}

#[test]
fn rejects_a_checkpoint_of_another_key() {
    let mut taken = Taken::over(&["autonomic"]);
    let key = Member::new("other").key;
    let book = taken.stolen.sign(&taken.stolen.leaves);
    let forged = allot_ledger::log::SignedCheckpoint::sign(book.checkpoint(), &key);
    let note = forged.unwrap().to_string();
    let size = taken.stolen.leaves.len() as u64;
    let impostor = taken.show(super::endless::always(move |_| allot_proto::hub::Stretch {
        first: size,
        leaves: Vec::new(),
        checkpoint: note.clone().into_bytes(),
    }));
    taken.refuses(0, &impostor, &["AL-8103"]);
}

#[test]
fn rejects_a_backdated_entry() {
    let mut taken = Taken::over(&["autonomic"]);
    // Before the clock that the hub has signed for a log without it.
    let seen = super::time(&taken.before[0].checkpoint_time);
    let entry = taken.stolen.dues(taken.stolen.next_seq, "2027-01-01");
    let backdated = taken
        .stolen
        .leaf(&entry, seen - SignedDuration::from_millis(500));
    let impostor = taken.show_log(&and(&taken, backdated), Clock::Runs);
    taken.refuses(0, &impostor, &["AL-8109"]);
}

#[test]
fn rejects_a_forged_member() {
    let mut taken = Taken::over(&["autonomic"]);
    let friend = Member::new("sutty");
    // The hub writes down that somebody is in: there is no such entry, so it makes a vote in a member's name.
    let apply = Body::Apply(Box::new(Application {
        key: friend.key.public(),
        profile: Profile {
            name: "Sutty".to_owned(),
            website: None,
        },
        summary: "A friend of the hub's.".to_owned(),
        sponsor: None,
        contact: None,
    }));
    let entry = taken.stolen.entry(author("sutty"), 1, apply);
    let applied = stolen::leaf(&entry, &friend.key, Timestamp::now());
    let admit = Body::Propose {
        draft: None,
        content: Box::new(Content {
            title: "Admit sutty".to_owned(),
            size: Size::Large,
            kind: Kind::Admit {
                collective: "sutty".parse().unwrap(),
                key: friend.key.public(),
            },
            text: Text::of("They are good people.").unwrap(),
        }),
        deadline: Timestamp::now() + SignedDuration::from_hours(1),
    };
    let seq = taken.stolen.state().next_seq(&author("autonomic"));
    let forged = taken.stolen.entry(author("autonomic"), seq, admit);
    // Signed with the only keys that the hub has.
    let forged = taken.stolen.leaf(&forged, Timestamp::now());
    let mut leaves = and(&taken, applied);
    leaves.push(forged);
    let impostor = taken.show_log(&leaves, Clock::Runs);
    taken.refuses(0, &impostor, RULES);
}

#[test]
fn rejects_entries_that_no_hub_may_write() {
    let mut taken = Taken::over(&["autonomic"]);
    let stranger = Member::new("sutty");
    let state = taken.stolen.state();
    let seq = state.next_seq(&author("autonomic"));
    let vote = Body::Vote {
        resolution: 1,
        choice: Choice::For,
        reason: None,
    };
    let elsewhere = Entry {
        federation: "00".repeat(32),
        ..taken.stolen.dues(taken.stolen.next_seq, "2027-01-01")
    };
    let now = Timestamp::now();
    let cases = [
        // A member's vote, by the hub; a resolution of the hub's own; a stranger's entry; a gap; one again; elsewhere's.
        taken.stolen.leaf(
            &taken.stolen.entry(author("autonomic"), seq, vote.clone()),
            now,
        ),
        own(&taken, vote),
        own(&taken, Body::Leave),
        stolen::leaf(
            &taken
                .stolen
                .entry(author("sutty"), 1, allot_tests::rename(1)),
            &stranger.key,
            now,
        ),
        taken.stolen.leaf(
            &taken.stolen.dues(taken.stolen.next_seq + 1, "2027-01-01"),
            now,
        ),
        taken.stolen.leaf(
            &taken.stolen.dues(taken.stolen.next_seq - 1, "2027-01-01"),
            now,
        ),
        taken.stolen.leaf(&elsewhere, now),
        taken.stolen.leaves.last().unwrap().clone(),
        Bytes::from_static(b"{\"time\":\"2027-01-01T00:00:00Z\"}"),
        Bytes::from_static(b"\xff\xfe not JSON"),
    ];
    for (n, leaf) in cases.into_iter().enumerate() {
        println!("case {n}");
        let impostor = taken.show_log(&and(&taken, leaf), Clock::Runs);
        taken.refuses(0, &impostor, &["AL-8602", "AL-8601", "AL-8109"]);
    }
    taken.honest_again(0);
}

fn author(slug: &str) -> Author {
    Author::Collective(slug.parse().unwrap())
}
