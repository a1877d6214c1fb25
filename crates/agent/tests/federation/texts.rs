//! Long texts, which are beside the log: every member has them, whether somebody looked or not.

use std::time::Duration;

use allot_agent::federation::{KnownText, Options, Proposal, ProposeWhat};
use allot_ledger::Digest;

use crate::{
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
