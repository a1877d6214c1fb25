//! Long texts, which are beside the log: every member has them, whether somebody looked or not.

use std::{collections::BTreeSet, time::Duration};

use allot_agent::federation::{KnownText, Options, Proposal, ProposeWhat};
use allot_ledger::{Body, Digest, entry::Seen};
use allot_proto::hub::{FoundText, GetTextsResponse};

use crate::{
    catalogue::yard::{commit, put, say},
    hub::TestHub,
    place::{Place, hasty, proposal},
};

const LONG: usize = 100 * 1024;

fn long(title: &str) -> Proposal {
    let mut long = proposal(title);
    long.text = title.repeat(LONG / title.len());
    long
}

async fn propose(place: &Place, what: Proposal) {
    let what = ProposeWhat::New(what);
    let done = place.federation.propose(what, None, "x").await;
    done.unwrap();
}

/// Waits until a text is on the disk of an agent that nobody asked for it.
async fn until_here(place: &Place, text: &str) {
    let log = place.federation.log().unwrap();
    let sha256 = Digest::of(text.as_bytes());
    let there = async {
        while log.text_size(sha256).unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let there = tokio::time::timeout(Duration::from_secs(20), there).await;
    there.expect("the text comes by itself");
}

async fn has_all(place: &Place, texts: &[&str]) {
    let log = place.federation.log().unwrap();
    let all: Vec<_> = {
        let book = log.book().await;
        book.state().resolutions().values().cloned().collect()
    };
    assert_eq!(all.len(), texts.len());
    for resolution in &all {
        let known = place.federation.text(resolution).await.unwrap();
        let KnownText::Here(text) = known else {
            panic!("{known:?}");
        };
        assert!(texts.contains(&&*text));
    }
    let mut export = place.federation.export().await.unwrap();
    let mut files = Vec::new();
    while let Some((path, _)) = export.next().await.unwrap() {
        files.push(path);
    }
    for text in texts {
        let path = format!("texts/{}", Digest::of(text.as_bytes()));
        assert!(files.contains(&path), "{files:?}");
    }
}

#[tokio::test]
async fn a_lost_hub_takes_no_text_with_it() {
    let mut hub = TestHub::found(&["autonomic", "sutty"]);
    let writer = Place::joined(&hub, "sutty").await;
    let (before, after) = (long("before "), long("after "));
    propose(&writer, before.clone()).await;
    let reader = Place::joined(&hub, "autonomic").await;
    propose(&writer, after.clone()).await;
    let texts = [&*before.text, &*after.text];
    for text in texts {
        until_here(&reader, text).await;
    }
    hub.stop();
    reader.until_away().await;
    has_all(&reader, &texts).await;
}

#[tokio::test]
async fn a_hub_that_is_asked_too_often_is_asked_again_for_the_same_text() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let writer = Place::joined(&hub, "sutty").await;
    let (first, second) = (long("first "), long("second "));
    propose(&writer, first.clone()).await;
    propose(&writer, second.clone()).await;
    hub.inner.mood().too_often = 3;
    // What a hub does not have is asked for again after this, and that is not what it said.
    let options = Options {
        texts_again: Duration::from_secs(3600),
        ..hasty()
    };
    let reader = Place::joined_with(&hub, "autonomic", "swarm-1", options).await;
    until_here(&reader, &first.text).await;
    until_here(&reader, &second.text).await;
    assert_eq!(hub.inner.mood().too_often, 0, "it was asked");
}

#[tokio::test]
async fn a_text_that_the_hub_does_not_have_holds_up_no_other_and_is_asked_for_again() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let writer = Place::joined(&hub, "sutty").await;
    let (lost, kept) = (long("lost "), long("kept "));
    propose(&writer, lost.clone()).await;
    propose(&writer, kept.clone()).await;
    let sha256 = Digest::of(lost.text.as_bytes()).to_string();
    let other = hub.inner.texts.lock().unwrap().remove(&sha256).unwrap();
    // What it gives in its place is not that text.
    let texts = &hub.inner.texts;
    let false_text = b"another".to_vec();
    texts.lock().unwrap().insert(sha256.clone(), false_text);
    let reader = Place::joined(&hub, "autonomic").await;
    until_here(&reader, &kept.text).await;
    let log = reader.federation.log().unwrap();
    let there = log.text_size(Digest::of(lost.text.as_bytes()));
    assert_eq!(there.unwrap(), None, "nothing else is kept for it");
    // The stream goes on meanwhile.
    hub.grow("sutty", 1);
    reader.until_size(hub.size()).await;
    hub.inner.texts.lock().unwrap().insert(sha256, other);
    until_here(&reader, &lost.text).await;
    has_all(&reader, &[&lost.text, &kept.text]).await;
}

/// A hub that has seen so many versions of a recipe, and the documents that its log names.
fn seen(entries: usize, versions: usize) -> (TestHub, Vec<String>) {
    let hub = TestHub::found(&["autonomic"]);
    let document = |text: String| put(&hub, text.into_bytes());
    let about = document("about".to_owned());
    let mut named = vec![about.sha256.to_string()];
    let recipe = "demo".parse().unwrap();
    say(&hub, Body::Recipe { recipe, about });
    for entry in 0..entries {
        let seen = (0..versions).map(|n| Seen {
            version: format!("1.{entry}.{n}+1").parse().unwrap(),
            commit: commit(entry * versions + n).parse().unwrap(),
            tree: commit(n).parse().unwrap(),
            document: document(format!("document {n} of entry {entry}")),
        });
        let versions: Vec<_> = seen.collect();
        named.extend(versions.iter().map(|seen| seen.document.sha256.to_string()));
        let recipe = "demo".parse().unwrap();
        say(&hub, Body::Observe { recipe, versions });
    }
    (hub, named)
}

fn asked(hub: &TestHub) -> Vec<Vec<String>> {
    hub.inner.texts_asked.lock().unwrap().clone()
}

/// How many of these an agent has on its disk.
fn count_here(place: &Place, named: &[String]) -> usize {
    let log = place.federation.log().unwrap();
    let here = |sha256: &&String| log.text_size(sha256.parse().unwrap()).unwrap().is_some();
    named.iter().filter(here).count()
}

async fn until_count(place: &Place, named: &[String], count: usize) {
    let there = async {
        while count_here(place, named) < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let there = tokio::time::timeout(Duration::from_secs(30), there).await;
    there.expect("the texts come by themselves");
}

#[tokio::test]
async fn a_thousand_texts_come_in_few_calls_and_each_once() {
    let (hub, named) = seen(10, 100);
    let reader = Place::joined(&hub, "autonomic").await;
    until_count(&reader, &named, 1_001).await;
    let asked = asked(&hub);
    println!("1,001 texts came in {} calls", asked.len());
    assert!((4..=8).contains(&asked.len()), "{}", asked.len());
    assert_eq!(asked.concat(), named, "in the order of the log");
}

#[tokio::test]
async fn what_a_hub_gives_in_place_of_texts_is_not_kept_and_they_are_asked_for_again() {
    type Lie = fn(&mut GetTextsResponse);
    let lies: [(&str, Lie, &[usize]); 6] = [
        (
            "another text",
            |answer| answer.texts[1].text = Some(b"another".to_vec()),
            &[1],
        ),
        ("nothing", |answer| answer.texts[2].text = None, &[2]),
        (
            "the same twice",
            |answer| answer.texts[1] = answer.texts[0].clone(),
            &[1],
        ),
        ("fewer", |answer| answer.texts.truncate(1), &[1, 2]),
        ("none", |answer| answer.texts.clear(), &[0, 1, 2]),
        (
            "too many",
            |answer| {
                answer.texts.push(FoundText {
                    text: Some(b"another".to_vec()),
                });
            },
            &[0, 1, 2],
        ),
    ];
    for (what, lie, again) in lies {
        let (hub, named) = seen(1, 2);
        hub.inner.mood().texts = Some(lie);
        let reader = Place::joined(&hub, "autonomic").await;
        until_count(&reader, &named, 3).await;
        let again: Vec<_> = again.iter().map(|n| named[*n].clone()).collect();
        assert_eq!(asked(&hub), [named, again], "{what}");
        let other = [Digest::of(b"another").to_string()];
        assert_eq!(count_here(&reader, &other), 0, "{what}");
    }
}

#[tokio::test]
async fn an_end_between_two_answers_loses_no_text_and_asks_for_none_twice() {
    let (hub, named) = seen(6, 100);
    hub.inner.mood().texts_answered = Some(1);
    let mut reader = Place::joined(&hub, "autonomic").await;
    until_count(&reader, &named, 256).await;
    reader.stop().await;
    assert_eq!(asked(&hub).len(), 1);
    hub.inner.mood().texts_answered = None;
    reader.start();
    reader.until_size(hub.size()).await;
    until_count(&reader, &named, 601).await;
    let asked = asked(&hub).concat();
    let each: BTreeSet<_> = asked.iter().collect();
    assert_eq!((asked.len(), each.len()), (601, 601));
}
