use proptest::prelude::*;

use super::*;
use crate::key::SecretKey;

fn entry(body: Body) -> Entry {
    Entry {
        federation: "f00d".to_owned(),
        author: Author::Collective("autonomic".parse().unwrap()),
        seq: 1,
        at: "2026-01-19T00:00:00Z".parse().unwrap(),
        body,
    }
}

fn admit() -> Body {
    Body::Propose {
        draft: None,
        content: Box::new(Content {
            title: "Democratic Tech Fund joins".to_owned(),
            size: Size::Large,
            kind: Kind::Admit {
                collective: "dtf".parse().unwrap(),
                key: SecretKey::from_seed(&[3; 32]).public(),
            },
            text: Text::Inline("Who they are.".to_owned()),
        }),
        deadline: "2026-02-02T00:00:00Z".parse().unwrap(),
    }
}

#[test]
fn an_entry_reads_back_as_it_was_signed() {
    let key = SecretKey::from_seed(&[1; 32]);
    for body in [Body::Leave, admit(), Body::Close { resolution: 36 }] {
        let envelope = Envelope::sign(&entry(body.clone()), &key).unwrap();
        let leaf = Leaf {
            time: "2026-01-19T00:00:01Z".parse().unwrap(),
            envelope,
        };
        let read = Leaf::from_bytes(&leaf.to_bytes().unwrap()).unwrap();
        assert_eq!(read, leaf);
        read.envelope.verify(&key.public()).unwrap();
        assert_eq!(read.envelope.entry().unwrap(), entry(body));
    }
}

#[test]
fn an_entry_reads_as_people_would_write_it() {
    insta::assert_json_snapshot!(entry(admit()));
}

#[test]
fn another_collectives_signature_does_not_count() {
    let (own, other) = (
        SecretKey::from_seed(&[1; 32]),
        SecretKey::from_seed(&[2; 32]),
    );
    let envelope = Envelope::sign(&entry(Body::Leave), &other).unwrap();
    assert_eq!(
        envelope.verify(&own.public()).unwrap_err().code(),
        "AL-8013"
    );
}

#[test]
fn l7_what_this_version_does_not_know_is_refused_by_name() {
    for payload in [
        r#"{"federation":"f","author":"a","seq":1,"at":"2026-01-19T00:00:00Z","body":{"type":"teleport"}}"#,
        r#"{"federation":"f","author":"a","seq":1,"at":"2026-01-19T00:00:00Z","body":{"type":"leave"},"more":1}"#,
        r#"{"federation":"f","author":"a","seq":1,"at":"2026-01-19T00:00:00Z","body":{"type":"vote","resolution":1,"choice":"for","weight":9}}"#,
        r#"{"federation":"f","author":"a","seq":1,"at":"2026-01-19T00:00:00Z","body":{"type":"leave","on":"2027-01-01"}}"#,
    ] {
        assert!(serde_json::from_str::<Entry>(payload).is_err(), "{payload}");
    }
    for kind in [
        r#"{"name":"text","binding":true}"#,
        r#"{"name":"exclude","collective":"a","until":"2027-01-01"}"#,
    ] {
        assert!(serde_json::from_str::<Kind>(kind).is_err(), "{kind}");
    }
    let stored = |more| {
        format!(
            r#"{{"stored":{{"sha256":"{}","bytes":1{more}}}}}"#,
            "0".repeat(64)
        )
    };
    assert!(serde_json::from_str::<Text>(&stored("")).is_ok());
    assert!(serde_json::from_str::<Text>(&stored(r#","encoding":"gzip""#)).is_err());
}

#[test]
fn l7_an_entry_larger_than_the_log_takes_is_refused() {
    let body = Body::Withdraw {
        resolution: 1,
        reason: "x".repeat(60_000),
    };
    let refused = Envelope::sign(&entry(body), &SecretKey::from_seed(&[1; 32])).unwrap_err();
    assert_eq!(refused.code(), "AL-8012");
}

proptest! {
    #[test]
    fn a_changed_byte_never_verifies(at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let key = SecretKey::from_seed(&[1; 32]);
        let envelope = Envelope::sign(&entry(Body::Leave), &key).unwrap();
        let mut bytes = serde_json::to_vec(&envelope).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(changed) = serde_json::from_slice::<Envelope>(&bytes) {
            prop_assert!(changed == envelope || changed.verify(&key.public()).is_err());
        }
    }

    #[test]
    fn bytes_of_any_kind_are_no_reason_to_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Leaf::from_bytes(&bytes);
    }
}
