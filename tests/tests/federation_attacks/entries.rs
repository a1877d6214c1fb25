//! Entries that are not what they say: the hub takes none of them, and whoever folds the log would not either.

use allot_ledger::{
    Author, Body, Digest, Entry, Envelope,
    entry::{Application, Content, Kind, Profile, Size, Text},
};
use allot_proto::{RemoteError, hub::AppendResponse};
use allot_testkit::{Member, hand_in};
use allot_tests::{Crowd, rename};
use jiff::Timestamp;
use serde_json::Value;

/// Brings an envelope as a member's agent.
fn bring(crowd: &Crowd, by: usize, envelope: Vec<u8>) -> Result<AppendResponse, RemoteError> {
    let seat = &crowd.seats[by];
    crowd.runtime.block_on(async {
        let mut hub = seat.connect().await?;
        hand_in(&mut hub, envelope).await
    })
}

/// It is refused, and the log has not grown.
fn refused(crowd: &Crowd, by: usize, envelope: Vec<u8>, codes: &[&str]) {
    let size = crowd.log_size();
    let error = bring(crowd, by, envelope).expect_err("an entry that is refused");
    assert!(codes.contains(&error.code.as_str()), "{codes:?}: {error:?}");
    assert!(error.help.is_some(), "{error:?}");
    assert_eq!(crowd.log_size(), size);
}

fn author(slug: &str) -> Author {
    Author::Collective(slug.parse().unwrap())
}

fn application(member: &Member) -> Application {
    Application {
        key: member.key.public(),
        profile: Profile {
            name: "Sutty".to_owned(),
            website: None,
        },
        summary: "We look after web sites, and would like to share recipes.".to_owned(),
        sponsor: None,
        contact: None,
    }
}

#[test]
fn refuses_a_replayed_envelope() {
    let mut crowd = Crowd::of(2);
    let federation = crowd.federation();
    let envelope = crowd.seats[0].member.sign(federation, 1, rename(1));
    assert_eq!(bring(&crowd, 0, envelope.clone()).unwrap().index, 1);
    refused(&crowd, 0, envelope.clone(), &["AL-8404"]);
    // Brought by another member; spelled otherwise; with another number of the same author; after a restart.
    refused(&crowd, 1, envelope.clone(), &["AL-8702", "AL-8404"]);
    let spaced = serde_json::to_vec_pretty(&serde_json::from_slice::<Value>(&envelope).unwrap());
    refused(&crowd, 0, spaced.unwrap(), &["AL-8404"]);
    crowd.write(0, 2).unwrap();
    refused(&crowd, 0, envelope.clone(), &["AL-8404"]);
    crowd.hub.kill();
    crowd.hub.serve();
    refused(&crowd, 0, envelope, &["AL-8404"]);
    assert_eq!(crowd.write(0, 3).unwrap(), 3);
}

#[test]
fn refuses_an_envelope_of_another_federation() {
    let crowd = Crowd::of(1);
    let member = &crowd.seats[0].member;
    let other = member.sign(Digest::of(b"another one"), 1, rename(1));
    refused(&crowd, 0, other, &["AL-8401"]);
    // Named as the genesis names it.
    let named = member.sign_as(author("member-0"), "coopcloud-test", 1, rename(1));
    refused(&crowd, 0, named, &["AL-8401"]);
    let spelled = crowd.federation().to_string().to_uppercase();
    let spelled = member.sign_as(author("member-0"), &spelled, 1, rename(1));
    refused(&crowd, 0, spelled, &["AL-8401"]);
    assert_eq!(crowd.write(0, 1).unwrap(), 1);
}

#[test]
fn refuses_a_gap_in_an_authors_sequence() {
    let crowd = Crowd::of(1);
    let (federation, member) = (crowd.federation(), &crowd.seats[0].member);
    for seq in [2, 3, u64::MAX] {
        refused(
            &crowd,
            0,
            member.sign(federation, seq, rename(seq)),
            &["AL-8405"],
        );
    }
    refused(
        &crowd,
        0,
        member.sign(federation, 0, rename(0)),
        &["AL-8404"],
    );
    assert_eq!(crowd.write(0, 1).unwrap(), 1);
    refused(
        &crowd,
        0,
        member.sign(federation, 3, rename(3)),
        &["AL-8405"],
    );
    assert_eq!(crowd.write(0, 2).unwrap(), 2);
}

#[test]
fn refuses_a_forged_member() {
    let crowd = Crowd::of(2);
    let federation = crowd.federation();
    let (own, stranger) = (&crowd.seats[0].member, Member::new("sutty"));
    let name = federation.to_string();

    // Somebody whom nobody knows, brought by a member.
    refused(
        &crowd,
        0,
        stranger.sign(federation, 1, rename(1)),
        &["AL-8402"],
    );
    // A key of one's own under a member's name, and a member's key under another's.
    let thief = Member {
        slug: crowd.seats[1].member.slug.clone(),
        key: stranger.key.clone(),
    };
    refused(
        &crowd,
        1,
        thief.sign(federation, 1, rename(1)),
        &["AL-8013"],
    );
    let as_other = own.sign_as(author("member-1"), &name, 1, rename(1));
    refused(&crowd, 0, as_other.clone(), &["AL-8702"]);
    refused(&crowd, 1, as_other, &["AL-8013"]);
    // An application under a member's name would give the name another key.
    let apply = |member: &Member| Body::Apply(Box::new(application(member)));
    refused(
        &crowd,
        0,
        thief.sign(federation, 1, apply(&thief)),
        &["AL-8408"],
    );
    // A member's key, applying under a second name for a second vote.
    let double = Member {
        slug: "member-0-again".parse().unwrap(),
        key: own.key.clone(),
    };
    refused(
        &crowd,
        0,
        double.sign(federation, 1, apply(&double)),
        &["AL-8420"],
    );
    // Admitting a name with another key than it applied with, or one that never applied.
    bring(&crowd, 0, stranger.sign(federation, 1, apply(&stranger))).unwrap();
    let admit = |slug: &str, key| Body::Propose {
        draft: None,
        content: Box::new(Content {
            title: format!("Admit {slug}"),
            size: Size::Large,
            kind: Kind::Admit {
                collective: slug.parse().unwrap(),
                key,
            },
            text: Text::of("They are good people.").unwrap(),
        }),
        deadline: Timestamp::now() + jiff::SignedDuration::from_hours(24),
    };
    let other_key = Member::new("other").key.public();
    refused(
        &crowd,
        0,
        own.sign(federation, 1, admit("sutty", other_key)),
        &["AL-8419"],
    );
    refused(
        &crowd,
        0,
        own.sign(federation, 1, admit("nobody", other_key)),
        &["AL-8419", "AL-8408"],
    );
    // An applicant is no member: nothing of it is taken but that it takes its application back.
    refused(
        &crowd,
        0,
        stranger.sign(federation, 2, rename(2)),
        &["AL-8702"],
    );
    let (code, _, error) = crowd.hub.run(&["invite", "sutty"]);
    assert_eq!(
        code,
        Some(5),
        "nobody is invited who is not admitted: {error}"
    );
    assert_eq!(crowd.folded().members().count(), 2);
}

#[test]
fn refuses_an_entry_in_the_hubs_name() {
    let crowd = Crowd::of(1);
    let member = &crowd.seats[0].member;
    let federation = crowd.federation().to_string();
    let dues = Body::Dues {
        collective: "member-0".parse().unwrap(),
        paid_until: "2099-01-01".parse().unwrap(),
    };
    let forged = member.sign_as(Author::Hub, &federation, 2, dues.clone());
    refused(&crowd, 0, forged, &["AL-8702"]);
    // In one's own name it is no member's to say.
    let own = member.sign_as(author("member-0"), &federation, 1, dues);
    refused(&crowd, 0, own, &["AL-8407"]);
}

#[test]
fn refuses_a_key_that_did_not_agree_to_take_over() {
    let crowd = Crowd::of(2);
    let (own, other) = (&crowd.seats[0].member, &crowd.seats[1].member);
    let rotate = |key, proof: &str| Body::RotateKey {
        key,
        proof: proof.to_owned(),
    };
    let new = Member::new("new").key.public();
    let federation = crowd.federation();
    refused(
        &crowd,
        0,
        own.sign(federation, 1, rotate(new, "")),
        &["AL-8421"],
    );
    let taken = rotate(other.key.public(), "");
    refused(&crowd, 0, own.sign(federation, 1, taken), &["AL-8420"]);
    assert_eq!(crowd.write(0, 1).unwrap(), 1);
}

/// An envelope with something changed after it was signed.
fn tampered(envelope: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut json = serde_json::from_slice(envelope).unwrap();
    change(&mut json);
    serde_json::to_vec(&json).unwrap()
}

#[test]
fn refuses_an_envelope_that_was_changed() {
    let crowd = Crowd::of(1);
    let federation = crowd.federation();
    let member = &crowd.seats[0].member;
    let good = member.sign(federation, 1, rename(1));
    let other = member.sign(federation, 1, rename(2));
    let other: Value = serde_json::from_slice(&other).unwrap();

    let payload = tampered(&good, |json| json["payload"] = other["payload"].clone());
    refused(&crowd, 0, payload, &["AL-8013"]);
    let kind = tampered(&good, |json| json["payloadType"] = "text/plain".into());
    refused(&crowd, 0, kind, &["AL-8010"]);
    let none = tampered(&good, |json| json["signatures"] = Value::Array(Vec::new()));
    refused(&crowd, 0, none, &["AL-8010", "AL-8011"]);
    let short = tampered(&good, |json| json["signatures"][0]["sig"] = "AAAA".into());
    refused(&crowd, 0, short, &["AL-8010"]);
    let key = tampered(&good, |json| {
        json["signatures"][0]["keyid"] = "00".repeat(32).into()
    });
    refused(&crowd, 0, key, &["AL-8013"]);
    let more = tampered(&good, |json| json["more"] = true.into());
    refused(&crowd, 0, more, &["AL-8010", "AL-8011"]);
    for nonsense in [&b""[..], b"{}", b"null", b"\xff\xfe", &[b'['; 100_000]] {
        refused(
            &crowd,
            0,
            nonsense.to_vec(),
            &["AL-8010", "AL-8011", "AL-8014"],
        );
    }
    // An entry of a kind that nobody knows.
    let entry = Entry {
        federation: federation.to_string(),
        author: author("member-0"),
        seq: 1,
        at: Timestamp::now(),
        body: rename(1),
    };
    let mut json = serde_json::to_value(&entry).unwrap();
    json["body"]["type"] = "become_admin".into();
    refused(&crowd, 0, signed_raw(&json, member), &["AL-8011"]);
    assert_eq!(bring(&crowd, 0, good).unwrap().index, 1);
}

/// A good signature over something that is no entry.
fn signed_raw(json: &Value, member: &Member) -> Vec<u8> {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    let (kind, payload) = (allot_ledger::entry::PAYLOAD_TYPE, json.to_string());
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    let signature = member.key.sign((head + &payload).as_bytes());
    let envelope = serde_json::json!({
        "payload": BASE64_STANDARD.encode(payload),
        "payloadType": kind,
        "signatures": [{
            "keyid": member.key.public().id().to_string(),
            "sig": BASE64_STANDARD.encode(signature),
        }],
    });
    assert!(serde_json::from_value::<Envelope>(envelope.clone()).is_ok());
    envelope.to_string().into_bytes()
}
