//! The hub's plain HTTP, asked by a client that has nothing of ours but the log's name and key.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may fail like tests

mod client;
mod fed;
mod paths;

use std::sync::{Arc, Mutex};

use allot_hub::web::{WebParts, serve};
use allot_ledger::{Body, Digest, entry::Profile, log::bundle};
use client::{Auditor, Client};
use fed::{Fed, ORIGIN, content, key};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// A log that is served.
struct Served {
    fed: Fed,
    note: Arc<Mutex<Option<String>>>,
    client: Client,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Served {
    async fn new() -> Self {
        let fed = Fed::of(&["autonomic", "local-it"]).await;
        let note = Arc::new(Mutex::new(None));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let published = Arc::clone(&note);
        let parts = WebParts {
            replica: Arc::clone(&fed.replica),
            checkpoint: Arc::new(move || published.lock().unwrap().clone()),
            metrics: Arc::new(|| "# EOF\n".to_owned()),
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve(listener, parts, stop.clone()));
        let client = Client::new(address);
        Self {
            fed,
            note,
            client,
            stop,
            task,
        }
    }

    /// `count` members' entries, and a checkpoint of what there is then.
    async fn grow(&self, count: usize) {
        let rename = |n| {
            let name = format!("Autonomic, for the {n}th time");
            let website = None;
            ("autonomic", Body::Profile(Profile { name, website }))
        };
        self.fed.do_all((0..count).map(rename).collect()).await;
        self.publish().await;
    }

    async fn publish(&self) {
        let note = self.fed.checkpoint().await.to_string();
        *self.note.lock().unwrap() = Some(note);
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standard_client_audits_the_log() {
    let served = Served::new().await;
    served.grow(299).await;
    let verifier_key = key("log").public().verifier_key(ORIGIN);
    let auditor = Auditor::new(served.client.clone(), &verifier_key);
    let (auditor, old) = auditor.checkpoint().await;
    assert_eq!(old.size(), 300);
    served.grow(400).await;
    let (auditor, new) = auditor.checkpoint().await;
    assert_eq!(new.size(), 700);
    auditor.check_consistency(&old, &new).await;
    auditor.check_every_entry(&new).await;
    // What was partial then is still served.
    auditor.check_every_entry(&old).await;
    let other = key("other").public().verifier_key(ORIGIN);
    let other = Auditor::new(served.client.clone(), &other);
    assert!(other.try_checkpoint().await.is_none());
    served.end().await;
}

#[tokio::test]
async fn a_large_bundle_is_whole() {
    let served = Served::new().await;
    let draft = |n: usize| {
        let text = format!("{n} {}", "x".repeat(30_000));
        content("Words", allot_ledger::entry::Kind::Text, &text)
    };
    let mut all = vec![("autonomic", Body::Draft(draft(0)))];
    all.extend((1..255).map(|n| {
        let content = draft(n);
        let revise = Body::Revise {
            resolution: 1,
            content,
        };
        ("autonomic", revise)
    }));
    for some in all.chunks(100) {
        served.fed.do_all(some.to_vec()).await;
    }
    let answer = served.client.get("/tile/entries/000").await;
    let mut leaves = Vec::new();
    for index in 0..256 {
        leaves.push(served.fed.replica.leaf(index).await.unwrap().unwrap());
    }
    let expected = bundle(leaves.iter().map(|leaf| &leaf[..]));
    assert!(expected.len() > 10_000_000);
    assert!(answer.body == expected, "{} bytes", answer.body.len());
    served.end().await;
}

#[tokio::test]
async fn what_never_changes_is_kept_and_what_changes_is_not() {
    let served = Served::new().await;
    let none_yet = served.client.get("/checkpoint").await;
    assert_eq!(
        (none_yet.status, none_yet.header("cache-control")),
        (404, "no-cache")
    );
    served.grow(300).await;
    let text = "long ".repeat(10_000);
    let hash = served.fed.replica.put_text(text.as_bytes()).unwrap();
    let bytes = "application/octet-stream";
    let for_ever = "public, max-age=31536000, immutable";
    for (path, kind, cache) in [
        ("/checkpoint", "text/plain; charset=utf-8", "no-cache"),
        ("/tile/0/000", bytes, for_ever),
        ("/tile/0/000.p/7", bytes, for_ever),
        ("/tile/0/001.p/45", bytes, for_ever),
        ("/tile/1/000.p/1", bytes, for_ever),
        ("/tile/entries/000", bytes, for_ever),
        ("/tile/entries/001.p/45", bytes, for_ever),
        (
            &format!("/texts/{hash}"),
            "text/markdown; charset=utf-8",
            for_ever,
        ),
    ] {
        let answer = served.client.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), kind, "{path}");
        assert_eq!(answer.header("cache-control"), cache, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let head = served.client.ask("HEAD", path).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-type"), kind, "{path}");
    }
    let metrics = served.client.get("/metrics").await;
    assert_eq!(metrics.body, b"# EOF\n");
    let answer = served.client.get(&format!("/texts/{hash}")).await;
    assert_eq!(answer.body, text.as_bytes());
    served.end().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_kept_either() {
    let served = Served::new().await;
    served.grow(9).await;
    let unknown = Digest::of(b"unknown");
    for path in [
        "/tile/0/000.p/11",
        "/tile/entries/000.p/11",
        "/tile/0/000",
        "/tile/entries/000",
        &format!("/texts/{unknown}"),
    ] {
        let answer = served.client.get(path).await;
        assert_eq!(
            (answer.status, answer.header("cache-control")),
            (404, "no-cache"),
            "{path}"
        );
    }
    assert_eq!(served.client.get("/tile/0/000.p/10").await.status, 200);
    served.end().await;
}

#[tokio::test]
async fn entries_and_texts_are_compressed_for_who_asks() {
    let served = Served::new().await;
    served.grow(99).await;
    let hash = served
        .fed
        .replica
        .put_text("long ".repeat(10_000).as_bytes())
        .unwrap();
    for (path, coded) in [
        ("/tile/entries/000.p/100".to_owned(), true),
        (format!("/texts/{hash}"), true),
        ("/tile/0/000.p/100".to_owned(), false),
        ("/checkpoint".to_owned(), false),
    ] {
        let plain = served.client.get(&path).await;
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        let answer = served.client.get_compressed(&path).await;
        let wanted = if coded { "gzip" } else { "" };
        assert_eq!(answer.header("content-encoding"), wanted, "{path}");
        // A cache that keeps one of both must not give it to who asked for the other.
        let vary = if coded { "accept-encoding" } else { "" };
        assert_eq!(
            (plain.header("vary"), answer.header("vary")),
            (vary, vary),
            "{path}"
        );
        if coded {
            assert!(answer.body.len() < plain.body.len(), "{path}");
            assert!(answer.body.starts_with(&[0x1f, 0x8b]), "{path}");
        }
    }
    served.end().await;
}

#[tokio::test]
async fn only_get_and_head() {
    let served = Served::new().await;
    served.grow(1).await;
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = served.client.ask(method, "/checkpoint").await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET,HEAD", "{method}");
    }
    served.end().await;
}
