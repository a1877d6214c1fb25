//! What members share beside the log: texts and contacts.

use allot_ledger::{
    Body, Digest,
    entry::{Application, Content, Kind, Profile, Size, Text},
};
use allot_proto::{
    RemoteError,
    hub::{
        Contact, GetTextRequest, GetTextsRequest, ListContactsRequest, PutContactRequest,
        PutTextRequest,
    },
};
use tonic::Code;

use crate::found::{Agent, Found, config, other_key, slug, text_of};

async fn put(agent: &Agent, text: Vec<u8>) -> Result<String, RemoteError> {
    let put = agent.ledger().max_encoding_message_size(8 << 20);
    let put = { put }.put_text(PutTextRequest { text }).await;
    Ok(put?.into_inner().sha256)
}

async fn get(agent: &Agent, sha256: &str) -> Result<Vec<u8>, RemoteError> {
    let sha256 = sha256.to_owned();
    Ok(agent
        .ledger()
        .get_text(GetTextRequest { sha256 })
        .await?
        .into_inner()
        .text)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_opened_for_votes_whose_words_are_not_here() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let words = "long ".repeat(20_000);
    let draft = |text| {
        let content = Content {
            text,
            ..text_of(Size::Small, Kind::Text)
        };
        Body::Draft(Box::new(content))
    };
    let text = Text::of(&words).unwrap();
    let unread = agent.append(agent.sign(1, draft(text.clone()))).await;
    assert_eq!(unread.unwrap_err().code, "AL-8713");
    put(&agent, words.clone().into_bytes()).await.unwrap();
    let other = Text::Stored {
        sha256: Digest::of(words.as_bytes()),
        bytes: 7,
    };
    let wrong = agent.append(agent.sign(1, draft(other))).await;
    assert_eq!(wrong.unwrap_err().code, "AL-8713");
    agent.write(1, draft(text)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_is_kept_by_its_hash_and_given_to_members() {
    let found = Found::new(&["autonomic", "local-it"]).await;
    let (one, two) = (
        found.agent("autonomic", "a").await,
        found.agent("local-it", "b").await,
    );
    let text = "long ".repeat(200_000).into_bytes();
    let sha256 = put(&one, text.clone()).await.unwrap();
    assert_eq!(sha256, Digest::of(&text).to_string());
    assert_eq!(get(&two, &sha256).await.unwrap(), text);
    let unknown = get(&two, &Digest::of(b"another").to_string())
        .await
        .unwrap_err();
    assert_eq!(
        (unknown.code.as_str(), unknown.grpc),
        ("AL-8714", Code::NotFound)
    );
    for bad in ["", "../../hub.toml", "zz"] {
        assert_eq!(get(&two, bad).await.unwrap_err().code, "AL-8716", "{bad}");
    }
    let error = put(&one, vec![0xff; 100]).await.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8713", Code::InvalidArgument)
    );
    let error = put(&one, vec![b'x'; 1024 * 1024 + 1]).await.unwrap_err();
    assert_eq!(error.code, "AL-8713");
    let error = put(&one, vec![b'x'; 2 * 1024 * 1024]).await.unwrap_err();
    assert_eq!(error.grpc, Code::InvalidArgument, "{error:?}");
    assert_eq!(error.code, "AL-8733", "not even read");
}

async fn get_many(agent: &Agent, sha256: Vec<u8>) -> Result<Vec<Option<Vec<u8>>>, RemoteError> {
    let answer = agent.ledger().get_texts(GetTextsRequest { sha256 }).await?;
    let texts = answer.into_inner().texts.into_iter();
    Ok(texts.map(|found| found.text).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_texts_are_one_call_and_come_in_the_order_that_they_were_asked_for() {
    let mut config = config();
    config.limits.calls_per_minute = 12;
    let found = Found::with(&["autonomic"], config).await;
    let agent = found.agent("autonomic", "a").await;
    let texts: Vec<_> = (0..5).map(|n| format!("text {n}").into_bytes()).collect();
    for text in &texts {
        put(&agent, text.clone()).await.unwrap();
    }
    let hashes = |texts: &[&[u8]]| texts.iter().flat_map(|t| Digest::of(t).0).collect();
    let asked: Vec<u8> = hashes(&[&texts[4], b"unknown", &texts[0], &texts[0]]);
    let (last, first) = (Some(texts[4].clone()), Some(texts[0].clone()));
    assert_eq!(
        get_many(&agent, asked).await.unwrap(),
        [last, None, first.clone(), first.clone()]
    );
    let full = get_many(&agent, hashes(&[&texts[0][..]; 256]))
        .await
        .unwrap();
    assert_eq!(full, vec![first; 256]);
    // Not whole hashes, none, and more than are answered at once.
    for bytes in [0, 31, 33, 257 * 32] {
        let error = get_many(&agent, vec![0; bytes]).await.unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.grpc),
            ("AL-8716", Code::InvalidArgument),
            "{bytes}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_many_texts_is_no_larger_than_one_with_the_largest() {
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let (large, half) = (vec![b'a'; 1024 * 1024], vec![b'b'; 512 * 1024]);
    let mut asked = Vec::new();
    for text in [&half, &half, &half, &large] {
        put(&agent, text.clone()).await.unwrap();
        asked.extend(Digest::of(text).0);
    }
    let counts = |texts: Vec<Option<Vec<u8>>>| -> Vec<_> {
        let texts = texts.into_iter().map(|text| text.unwrap().len());
        texts.collect()
    };
    let got = get_many(&agent, asked.clone()).await.unwrap();
    assert_eq!(counts(got), [half.len(), half.len()]);
    let got = get_many(&agent, asked.split_off(64)).await.unwrap();
    assert_eq!(counts(got), [half.len()], "the large one has no room");
    let mut alone = Digest::of(&large).0.to_vec();
    // The largest text, and the longest list beside it.
    alone.extend([7; 255 * 32]);
    let got = get_many(&agent, alone).await.unwrap();
    assert_eq!(got.len(), 256);
    assert_eq!(got.first().unwrap().as_ref(), Some(&large));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collective_has_so_much_room_for_texts_and_no_more() {
    let mut config = config();
    config.limits.texts_mib = 2;
    let found = Found::with(&["autonomic", "local-it"], config).await;
    let agent = found.agent("autonomic", "a").await;
    let text = |n: u8| vec![b'a' + n; 900_000];
    for n in 0..2 {
        put(&agent, text(n)).await.unwrap();
    }
    let error = put(&agent, text(2)).await.unwrap_err();
    assert_eq!(error.code, "AL-8713");
    put(&agent, text(1))
        .await
        .expect("what is there costs nothing");
    let other = found.agent("local-it", "b").await;
    put(&other, text(2)).await.unwrap();
    let found = found.restart().await;
    let agent = Agent {
        channel: found.connect(agent.identity.clone()).await.unwrap(),
        ..agent
    };
    let error = put(&agent, text(3)).await.unwrap_err();
    assert_eq!(error.code, "AL-8713", "also over a restart");
}

async fn say(agent: &Agent, of: &str, contact: &str, salt: &[u8]) -> Result<(), RemoteError> {
    let asked = PutContactRequest {
        collective: of.to_owned(),
        contact: contact.to_owned(),
        salt: salt.to_vec(),
    };
    agent.ledger().put_contact(asked).await?;
    Ok(())
}

async fn contacts(agent: &Agent) -> Vec<(String, String)> {
    let listed = agent
        .ledger()
        .list_contacts(ListContactsRequest {})
        .await
        .unwrap();
    let pair = |c: Contact| (c.collective, c.contact);
    listed.into_inner().contacts.into_iter().map(pair).collect()
}

fn pair(of: &str, contact: &str) -> (String, String) {
    (of.to_owned(), contact.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_for_members_and_never_in_the_log() {
    let found = Found::new(&["autonomic", "local-it"]).await;
    let (one, two) = (
        found.agent("autonomic", "a").await,
        found.agent("local-it", "b").await,
    );
    say(&one, "autonomic", "@autonomic:matrix.example", b"")
        .await
        .unwrap();
    assert_eq!(
        contacts(&two).await,
        [pair("autonomic", "@autonomic:matrix.example")]
    );
    let error = say(&two, "autonomic", "two@example.org", b"")
        .await
        .unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-8715", Code::InvalidArgument)
    );
    for bad in ["no contact", "a@b\nc", &format!("a@{}", "x".repeat(300))] {
        assert_eq!(
            say(&one, "autonomic", bad, b"").await.unwrap_err().code,
            "AL-8715",
            "{bad}"
        );
    }
    // What a collective has said of itself it takes back, and nobody else's.
    let refused = say(&two, "autonomic", "", b"").await.unwrap_err();
    assert_eq!(refused.code, "AL-8715");
    say(&two, "local-it", "two@example.org", b"").await.unwrap();
    assert_eq!(contacts(&one).await.len(), 2);
    say(&two, "local-it", "", b"").await.unwrap();
    assert_eq!(
        contacts(&one).await,
        [pair("autonomic", "@autonomic:matrix.example")]
    );
    // An applicant's: the one that it has signed the digest of.
    let applicant = Agent {
        collective: "sutty".to_owned(),
        key: other_key(9),
        federation: one.federation.clone(),
        identity: one.identity.clone(),
        channel: one.channel.clone(),
    };
    let application = Application {
        key: applicant.key.public(),
        profile: Profile {
            name: "Sutty".to_owned(),
            website: None,
        },
        summary: "We would like to join.".to_owned(),
        sponsor: Some(slug("autonomic")),
        contact: Some(Digest::of(b"some-salthola@sutty.example")),
    };
    one.append(applicant.sign(1, Body::Apply(Box::new(application))))
        .await
        .unwrap();
    let wrong = say(&one, "sutty", "else@sutty.example", b"some-salt")
        .await
        .unwrap_err();
    assert_eq!(wrong.code, "AL-8715");
    say(&one, "sutty", "hola@sutty.example", b"some-salt")
        .await
        .unwrap();
    assert_eq!(contacts(&two).await[1], pair("sutty", "hola@sutty.example"));
    let found = found.restart().await;
    let again = Agent {
        channel: found.connect(two.identity.clone()).await.unwrap(),
        ..two
    };
    assert_eq!(contacts(&again).await.len(), 2, "also over a restart");
    // Who has gone is not shown any more.
    let leaving = Agent {
        channel: found.connect(one.identity.clone()).await.unwrap(),
        ..one
    };
    leaving.write(1, Body::Leave).await;
    assert_eq!(
        contacts(&again).await,
        [pair("sutty", "hola@sutty.example")]
    );
    let journal = std::fs::read(found.dir.path().join("ledger/journal/journal")).unwrap();
    let told = |needle: &[u8]| journal.windows(needle.len()).any(|w| w == needle);
    assert!(!told(b"hola@sutty") && !told(b"matrix.example"));
}
