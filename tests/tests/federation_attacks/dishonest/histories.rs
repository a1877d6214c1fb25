//! Logs that are not the one that was shown before, or hold what no log holds.

use allot_ledger::{
    Author, Body, Entry,
    entry::{Application, Choice, Content, Kind, Profile, Size, Text},
};
use allot_testkit::Member;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::{Clock, Taken, stolen};

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
    taken.refuses(0, &impostor, "AL-8104");
    drop(impostor);
    taken.honest_again(0);
}

#[test]
fn rejects_a_rollback_that_grows_again() {
    let mut taken = Taken::over(&["autonomic"]);
    // As many entries as before, and one that could follow; but what comes before it is not what was seen.
    let (seq, now) = (taken.stolen.next_seq, Timestamp::now());
    let mut other = taken.stolen.leaves[..1].to_vec();
    for day in ["2027-01-01", "2027-02-01"] {
        other.push(taken.stolen.leaf(&taken.stolen.dues(seq, day), now));
    }
    assert_eq!(other.len(), taken.stolen.leaves.len() + 1);
    let impostor = taken.show_log(&other, Clock::Runs);
    taken.refuses(0, &impostor, "AL-8106");
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
    taken.refuses(0, &impostor, "AL-8106");
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
    taken.refuses(0, &impostor, "AL-8103");
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
    taken.refuses(0, &impostor, "AL-8109");
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
    taken.refuses(0, &impostor, "AL-8602");
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
    let by = |author, seq, body| {
        taken
            .stolen
            .leaf(&taken.stolen.entry(author, seq, body), now)
    };
    let dues = |seq| {
        taken
            .stolen
            .leaf(&taken.stolen.dues(seq, "2027-01-01"), now)
    };
    let renamed = taken
        .stolen
        .entry(author("sutty"), 1, allot_tests::rename(1));
    let next = taken.stolen.next_seq;
    let cases = [
        (
            "a member's vote",
            by(author("autonomic"), seq, vote.clone()),
            "AL-8602",
        ),
        ("a vote of the hub's", own(&taken, vote), "AL-8602"),
        ("the hub leaves", own(&taken, Body::Leave), "AL-8602"),
        (
            "a stranger's",
            stolen::leaf(&renamed, &stranger.key, now),
            "AL-8602",
        ),
        ("a gap", dues(next + 1), "AL-8602"),
        ("a number once more", dues(next - 1), "AL-8602"),
        (
            "another federation's",
            taken.stolen.leaf(&elsewhere, now),
            "AL-8602",
        ),
        (
            "an entry once more",
            taken.stolen.leaves.last().unwrap().clone(),
            "AL-8602",
        ),
        (
            "no envelope",
            Bytes::from_static(b"{\"time\":\"2027-01-01T00:00:00Z\"}"),
            "AL-8601",
        ),
        (
            "no JSON",
            Bytes::from_static(b"\xff\xfe not JSON"),
            "AL-8601",
        ),
    ];
    for (what, leaf, code) in cases {
        println!("{what}");
        let impostor = taken.show_log(&and(&taken, leaf), Clock::Runs);
        taken.refuses(0, &impostor, code);
    }
    taken.honest_again(0);
}

fn author(slug: &str) -> Author {
    Author::Collective(slug.parse().unwrap())
}
