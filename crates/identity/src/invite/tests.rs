use allot_ledger::{Digest, Slug};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn slug(name: &str) -> Slug {
    name.parse().unwrap()
}

fn secret(n: u8) -> Secret {
    Secret::from_random([n; 32])
}

fn invite() -> Invite {
    Invite {
        federation: slug("coop-cloud"),
        genesis: Digest::of(b"genesis"),
        address: "hub.example.org:7443".to_owned(),
        ca: Digest::of(b"root"),
        collective: slug("merri-bek-tech"),
        secret: secret(7),
        expires: now(),
    }
}

fn book(secrets: u8) -> Book {
    let mut book = Book::default();
    for n in 0..secrets {
        let record = book.issue(
            format!("i{n}"),
            slug("a"),
            &secret(n),
            now(),
            LIFETIME,
            "root".to_owned(),
        );
        book.apply(record.unwrap());
    }
    book
}

#[test]
fn an_invite_is_one_line_that_reads_back() {
    let text = invite().to_text().unwrap();
    assert!(text.starts_with("allot1") && !text.contains(char::is_whitespace));
    assert_eq!(Invite::read(&text), Ok(invite()));
    assert_eq!(Invite::read(&text.to_uppercase()), Ok(invite()));
    let (one, two) = text.split_at(80);
    assert_eq!(
        Invite::read(&format!("  \"{one}\n   {two}\"\r\n")),
        Ok(invite())
    );
}

#[test]
fn an_invite_never_shows_its_secret() {
    let shown = format!("{:?}", invite());
    assert!(
        !shown.contains("7, 7") && !shown.contains("0707"),
        "{shown}"
    );
}

#[test]
fn what_is_no_invite_is_said_so() {
    let text = invite().to_text().unwrap();
    let code = |text: &str| Invite::read(text).unwrap_err().code();
    for none in [
        "",
        "hello",
        "alot1qqqq",
        "allot1",
        "allot1qqqq",
        &"allot1".repeat(400),
    ] {
        assert!(["AL-8301", "AL-8302"].contains(&code(none)), "{none}");
    }
    assert_eq!(
        Invite::read(&format!("{}b{}", &text[..20], &text[21..])),
        Err(BadInvite::Foreign {
            position: 21,
            found: 'b'
        })
    );
    let mixed = format!("{}{}", &text[..50], text[50..].to_uppercase());
    assert_eq!(Invite::read(&mixed), Err(BadInvite::MixedCase));
    for address in [
        "hub",
        "hub:0",
        "hub:99999",
        ":7443",
        "a b:1",
        "[::1:7443",
        "hub/x:1",
    ] {
        let address = address.to_owned();
        let bad = Invite {
            address,
            ..invite()
        };
        assert_eq!(bad.to_text().unwrap_err().code(), "AL-8305", "{bad:?}");
    }
    for address in ["192.0.2.1:7443", "[2001:db8::1]:7443"] {
        let address = address.to_owned();
        let good = Invite {
            address,
            ..invite()
        };
        assert_eq!(Invite::read(&good.to_text().unwrap()), Ok(good));
    }
}

#[test]
fn rejects_invite_used_twice() {
    let mut book = book(3);
    let mut taken = 0;
    for n in 0..20 {
        match book.redeem(&secret(1), &slug("a"), &format!("agent-{n}"), now()) {
            Ok(record) => {
                book.apply(record);
                taken += 1;
            }
            Err(refused) => assert_eq!(refused.code(), "AL-8311"),
        }
    }
    assert_eq!(taken, 1);
}

#[test]
fn rejects_invite_guessed_or_of_another_collective_alike() {
    let mut book = book(3);
    let redeem = |book: &Book, n: u8, who: &str, at| book.redeem(&secret(n), &slug(who), "one", at);
    assert_eq!(redeem(&book, 99, "a", now()), Err(Refused::Unknown));
    assert_eq!(redeem(&book, 1, "b", now()), Err(Refused::Unknown));
    assert_eq!(Secret::from_slice(b"short"), Err(Refused::Unknown));
    let late = now() + LIFETIME;
    assert_eq!(redeem(&book, 1, "a", late).unwrap_err().code(), "AL-8312");
    let revoked = book.revoke("i1", "root".to_owned(), now()).unwrap();
    book.apply(revoked);
    assert_eq!(redeem(&book, 1, "a", now()), Err(Refused::Unknown));
    assert_eq!(
        book.revoke("i1", "root".to_owned(), now())
            .unwrap_err()
            .code(),
        "AL-8315"
    );
}

#[test]
fn invites_are_bounded_in_number_and_life() {
    let full = book(u8::try_from(MAX_OPEN).unwrap());
    let issue = |book: &Book, lifetime| {
        let (id, by) = ("x".to_owned(), "root".to_owned());
        let made = book.issue(id, slug("a"), &secret(200), now(), lifetime, by);
        made.map(drop).map_err(|e| e.code())
    };
    assert_eq!(issue(&full, LIFETIME), Err("AL-8314"));
    assert_eq!(issue(&Book::default(), LIFETIME), Ok(()));
    assert_eq!(
        issue(&Book::default(), LONGEST + SignedDuration::from_secs(1)),
        Err("AL-8314")
    );
    assert_eq!(
        issue(&Book::default(), SignedDuration::ZERO),
        Err("AL-8314")
    );
}

#[test]
fn guessing_is_slowed_down_and_costs_no_memory() {
    let attempts = Attempts::per_hour(20);
    let from = "192.0.2.1".parse().unwrap();
    for _ in 0..20 {
        attempts.try_take(from).unwrap();
    }
    assert!(matches!(
        attempts.try_take(from),
        Err(Refused::TooMany { seconds: 1.. })
    ));
    attempts.try_take("192.0.2.2".parse().unwrap()).unwrap();
    // One customer's whole /64 is one address.
    let taken = |n: u32| attempts.try_take(format!("2001:db8::{n:x}").parse().unwrap());
    assert_eq!((0..100).filter(|n| taken(*n).is_ok()).count(), 20);
    let begin = std::time::Instant::now();
    let everybody = (0..1_000_000_u32).filter(|n| {
        let address = std::net::Ipv4Addr::from(0x0a00_0000 + n);
        attempts.try_take(address.into()).is_ok()
    });
    let (looked_at, seconds) = (everybody.count(), begin.elapsed().as_secs() + 1);
    let most = u64::from(TRIES_A_SECOND.get()) * (seconds + 1);
    assert!(u64::try_from(looked_at).unwrap() <= most, "{looked_at}");
    assert!(format!("{attempts:?}").len() < 40);
}

#[test]
fn who_has_many_addresses_keeps_only_its_own_site_out() {
    let attempts = Attempts::per_hour(20);
    let from = |address: String| attempts.try_take(address.parse().unwrap()).is_ok();
    let v4 = (0..=255).filter(|n| from(format!("198.51.100.{n}")));
    assert_eq!(v4.count(), 80, "one /24 has four customers' tries");
    let v6 = (0..1_000).filter(|n| from(format!("2001:db8:7:{n:x}::1")));
    assert_eq!(v6.count(), 80, "one /48 has four customers' tries");
    assert!(from("203.0.113.1".to_owned()) && from("2001:db8:8::1".to_owned()));
}

proptest! {
    // Looking for a typo takes a tenth of a second in debug builds.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_typo_is_located(at in 6..300usize, other in 0..31usize) {
        let text = invite().to_text().unwrap();
        let at = 6 + at % (text.len() - 6);
        let right = text.as_bytes()[at] as char;
        let alphabet: Vec<char> = "qpzry9x8gf2tvdw0s3jn54khce6mua7l".chars().filter(|c| *c != right).collect();
        let found = alphabet[other];
        let typo = format!("{}{found}{}", &text[..at], &text[at + 1..]);
        prop_assert_eq!(Invite::read(&typo), Err(BadInvite::Typo { position: at + 1, found, right }));
    }

    #[test]
    fn missing_and_added_characters_are_never_read_as_an_invite(at in 0..300usize, c in "[a-z0-9]") {
        let text = invite().to_text().unwrap();
        let at = at % text.len();
        let missing = format!("{}{}", &text[..at], &text[at + 1..]);
        prop_assert!(Invite::read(&missing).is_err());
        prop_assert!(Invite::read(&text[..at]).is_err());
        let added = format!("{}{c}{}", &text[..at], &text[at..]);
        prop_assert!(Invite::read(&added).is_err());
    }

    #[test]
    fn a_text_of_any_kind_is_no_reason_to_panic(text in ".{0,400}") {
        let _ = Invite::read(&text);
        let _ = Invite::read(&format!("allot1{text}"));
    }
}
