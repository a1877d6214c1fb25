//! Votes that must not count.

use allot_ledger::{
    Body, Leaf,
    entry::{Application, Choice, Content, Kind, Number, Profile, Size, Text},
    state::Phase,
};
use allot_testkit::{Member, Seat, hand_in};
use allot_tests::Crowd;
use jiff::{SignedDuration, Timestamp};

fn vote(resolution: Number, choice: Choice) -> Body {
    Body::Vote {
        resolution,
        choice,
        reason: (choice == Choice::Against).then(|| "Not like this.".to_owned()),
    }
}

fn propose(size: Size, kind: Kind, open: SignedDuration) -> Body {
    Body::Propose {
        draft: None,
        content: Box::new(Content {
            title: "A thing".to_owned(),
            size,
            kind,
            text: Text::of("Let us do it.").unwrap(),
        }),
        deadline: Timestamp::now() + open,
    }
}

/// When the hub took what it answered with.
fn taken_at(leaf: &[u8]) -> Timestamp {
    Leaf::from_bytes(leaf).unwrap().time
}

#[test]
fn refuses_a_vote_after_closing() {
    let crowd = Crowd::of(2);
    let text = propose(Size::Medium, Kind::Text, SignedDuration::from_secs(5));
    let Body::Propose { deadline, .. } = text else {
        unreachable!("just made")
    };
    crowd.say(0, 1, text).unwrap();
    // Changes its mind without end: each change counts before the deadline, and none does after it.
    let mut seq = 1;
    let refused = loop {
        match crowd.say(1, seq, vote(1, Choice::For)) {
            Ok(taken) => {
                assert!(taken_at(&taken.leaf) < deadline, "taken in time");
                seq += 1;
            }
            Err(refused) => break refused,
        }
        assert!(
            Timestamp::now() < deadline + SignedDuration::from_secs(20),
            "it never closes"
        );
    };
    assert_eq!(refused.code, "AL-8411");
    assert!(Timestamp::now() >= deadline, "not refused before its time");
    assert!(seq > 1, "some were in time");

    // What the author says of its own clock moves nothing.
    let seat = &crowd.seats[1];
    let entry = allot_ledger::Entry {
        federation: crowd.federation().to_string(),
        author: allot_ledger::Author::Collective(seat.member.slug.clone()),
        seq,
        at: deadline - SignedDuration::from_hours(1),
        body: vote(1, Choice::Against),
    };
    let backdated = allot_ledger::Envelope::sign(&entry, &seat.member.key).unwrap();
    let backdated = serde_json::to_vec(&backdated).unwrap();
    let refused = crowd.runtime.block_on(async {
        let mut hub = seat.connect().await?;
        hand_in(&mut hub, backdated).await
    });
    assert_eq!(refused.unwrap_err().code, "AL-8411");
    // An entry after the deadline lets the time pass for who folds the log.
    crowd.write(0, 2).unwrap();
    let state = crowd.folded();
    let resolution = state.resolution(1).unwrap();
    assert_eq!(resolution.phase, Phase::Passed);
    assert_eq!(resolution.ballots.len(), 1);
}

#[test]
fn refuses_a_proposal_with_a_deadline_in_the_past() {
    let crowd = Crowd::of(1);
    let past = propose(Size::Medium, Kind::Text, SignedDuration::from_secs(-1));
    assert_eq!(crowd.say(0, 1, past).unwrap_err().code, "AL-8416");
}

#[test]
fn counts_no_second_vote_of_a_member() {
    let crowd = Crowd::of(3);
    let large = propose(Size::Large, Kind::Text, SignedDuration::from_secs(8));
    let Body::Propose { deadline, .. } = large else {
        unreachable!("just made")
    };
    crowd.say(0, 1, large).unwrap();
    // One member of three votes for, five times, from two agents: two votes would be enough.
    let invite = crowd.hub.invite("member-0");
    let other_agent = crowd
        .runtime
        .block_on(crowd.seats[0].member.enrol(&invite, "swarm-2"));
    let other_agent = other_agent.unwrap();
    for (seat, seq) in [&crowd.seats[0], &other_agent].iter().cycle().zip(2..7) {
        let cast = crowd.runtime.block_on(say(seat, seq, vote(1, Choice::For)));
        assert!(cast.is_ok(), "{cast:?}");
    }
    let state = crowd.folded();
    assert_eq!(state.resolution(1).unwrap().ballots.len(), 1);
    // The same envelope once more is no vote either.
    let again = crowd
        .runtime
        .block_on(say(&other_agent, 6, vote(1, Choice::For)));
    assert_eq!(again.unwrap_err().code, "AL-8404");

    // Time passes by itself; the next entry shows it.
    allot_tests::await_that("the deadline", std::time::Duration::from_secs(20), || {
        (Timestamp::now() > deadline).then_some(())
    });
    crowd.write(1, 1).unwrap();
    let state = crowd.folded();
    let resolution = state.resolution(1).unwrap();
    assert_ne!(resolution.phase, Phase::Passed, "{resolution:?}");
    assert_eq!(resolution.ballots.len(), 1);
}

async fn say(seat: &Seat, seq: u64, body: Body) -> Result<u64, allot_proto::RemoteError> {
    let mut hub = seat.connect().await?;
    Ok(seat.append(&mut hub, seq, body).await?.index)
}

#[test]
fn refuses_a_vote_by_who_was_no_member() {
    let crowd = Crowd::of(2);
    let federation = crowd.federation();
    let newcomer = Member::new("sutty");
    let bring = |member: &Member, seq, body| {
        let envelope = member.sign(federation, seq, body);
        crowd.runtime.block_on(async {
            let mut hub = crowd.seats[0].connect().await?;
            hand_in(&mut hub, envelope).await
        })
    };
    let day = SignedDuration::from_hours(24);
    crowd
        .say(0, 1, propose(Size::Medium, Kind::Text, day))
        .unwrap();

    // Nobody knows it; then it has applied; then it is a member, too late for this one.
    let refused = bring(&newcomer, 1, vote(1, Choice::For)).unwrap_err();
    assert_eq!(refused.code, "AL-8402");
    let application = Application {
        key: newcomer.key.public(),
        profile: Profile {
            name: "Sutty".to_owned(),
            website: None,
        },
        summary: "We would like to share recipes.".to_owned(),
        sponsor: None,
        contact: None,
    };
    bring(&newcomer, 1, Body::Apply(Box::new(application))).unwrap();
    let refused = bring(&newcomer, 2, vote(1, Choice::For)).unwrap_err();
    assert_eq!(refused.code, "AL-8702");
    let admit = Kind::Admit {
        collective: newcomer.slug.clone(),
        key: newcomer.key.public(),
    };
    crowd.say(0, 2, propose(Size::Large, admit, day)).unwrap();
    crowd.say(0, 3, vote(2, Choice::For)).unwrap();
    crowd.say(1, 1, vote(2, Choice::For)).unwrap();
    crowd.say(0, 4, Body::Close { resolution: 2 }).unwrap();
    let invite = crowd.hub.invite("sutty");
    let seat = crowd
        .runtime
        .block_on(newcomer.enrol(&invite, "swarm-1"))
        .unwrap();
    let late = crowd.runtime.block_on(say(&seat, 2, vote(1, Choice::For)));
    assert_eq!(late.unwrap_err().code, "AL-8412");

    // Who left has no vote, whoever brings it.
    crowd.say(1, 2, Body::Leave).unwrap();
    let gone = &crowd.seats[1].member;
    let refused = bring(gone, 3, vote(1, Choice::Against)).unwrap_err();
    assert!(
        ["AL-8702", "AL-8407"].contains(&refused.code.as_str()),
        "{refused:?}"
    );
    let state = crowd.folded();
    assert!(state.resolution(1).unwrap().ballots.is_empty());
}
