//! What is listed of the catalogue, and whether it is whole.

use std::{sync::Arc, time::Duration};

use allot_agent::{
    catalogue::{Query, Row},
    config::CatalogueConfig,
    federation::Options,
};
use allot_ledger::{Body, entry::Seen};
use allot_recipe::{
    Limits, RecipeVersion,
    catalogue::{VersionDocument, VersionFacts},
};
use tokio::sync::mpsc;

use super::yard::{Yard, commit, demo, know, observe, put, say};
use crate::{hub::TestHub, place::hasty, recipes::Draft};

fn names(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_str()).collect()
}

#[tokio::test]
async fn recipes_are_listed_and_found_by_what_their_documents_say() {
    let mut hub = TestHub::found(&["autonomic", "sutty"]);
    demo(&hub);
    know(
        &hub,
        "wiki",
        "https://git.example.org/wiki.git",
        "Write together about pages",
    );
    let yard = Yard::of(&hub, "autonomic").await;
    yard.until_whole().await;
    let catalogue = yard.catalogue(CatalogueConfig::default());
    let list = async |pattern: &str, text: &str| {
        let query = Query {
            pattern: pattern.to_owned(),
            text: text.to_owned(),
            ..Query::default()
        };
        catalogue.list(&query).await.unwrap()
    };
    let all = list("", "").await;
    assert_eq!(names(&all), ["demo", "wiki"]);
    let row = &all[0];
    assert_eq!(row.newest, Some(("1.1.0+1".to_owned(), "observed")));
    assert_eq!((row.versions, row.newest_seen.as_str()), (2, "1.1.0+1"));
    assert_eq!(row.told.images, ["app:1", "db:3"]);
    assert!(row.told.level.is_some());
    assert_eq!(all[1].newest, None);
    for (pattern, text, found) in [
        ("ik", "", vec!["wiki"]),
        ("", "TOGETHER write", vec!["wiki"]),
        ("", "page", vec!["demo", "wiki"]),
        ("", "db:3", vec!["demo"]),
        ("", "nothing of it", vec![]),
    ] {
        assert_eq!(names(&list(pattern, text).await), found, "{pattern} {text}");
    }
    // From what is here, with the hub away.
    hub.stop();
    yard.place.until_away().await;
    assert_eq!(list("", "").await.len(), 2);
    let shown = catalogue.show("demo", 0).await.unwrap();
    assert_eq!(shown.versions[0].version, "1.1.0+1");
    assert_eq!(shown.versions[0].images, ["app:1", "db:3"]);
    let missing = catalogue.show("dem", 0).await.unwrap_err();
    assert_eq!(missing.code(), "AL-9301");
    assert!(missing.help().unwrap().contains("demo"));
}

#[tokio::test]
async fn documents_are_held_against_the_log_and_exported_as_abra_reads_them() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    demo(&hub);
    // A document that is about something else.
    let false_one = Seen {
        version: "1.2.0+1".parse().unwrap(),
        commit: commit(2).parse().unwrap(),
        tree: commit(2).parse().unwrap(),
        document: put(&hub, b"{\"format\":1}".to_vec()),
    };
    let body = Body::Observe {
        recipe: "demo".parse().unwrap(),
        versions: vec![false_one],
    };
    say(&hub, body);
    let yard = Yard::of(&hub, "autonomic").await;
    yard.until_whole().await;
    let catalogue = yard.catalogue(CatalogueConfig::default());
    let findings = async |deep: bool| {
        let (send, mut receive) = mpsc::channel(64);
        let recipes: Arc<dyn allot_agent::git::RecipeSource> = yard.recipes.clone();
        let mirrors = deep.then(|| (recipes, "https://git.example.org".to_owned()));
        catalogue.verify(mirrors, send).await.unwrap();
        let mut found = Vec::new();
        let mut last = None;
        while let Some(told) = receive.recv().await {
            let told = told.unwrap();
            found.extend(told.finding.clone().map(|f| (f.version, f.what)));
            last = Some(told);
        }
        let last = last.unwrap();
        assert!(last.finished && last.done == last.total && last.findings == found.len());
        found
    };
    let found = findings(false).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "1.2.0+1");
    yard.recipes.publish("1.0.0+1", Draft::default().tree());
    let deep = findings(true).await;
    let moved = deep.iter().find(|(version, _)| version == "1.0.0+1");
    assert!(moved.unwrap().1.contains("the tag was moved"), "{deep:?}");

    let mut export = catalogue.export(false).await.unwrap();
    let mut json = Vec::new();
    while let Some((piece, more)) = export.next().await.unwrap() {
        json.extend(piece);
        export = more;
    }
    let read: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(
        read["demo"]["repository"],
        "https://git.coopcloud.tech/coop-cloud/demo.git"
    );
    let versions = read["demo"]["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[0]["1.0.0+1"]["app"]["tag"], "1");
    let status = catalogue.status().await.unwrap();
    assert_eq!(
        (status.recipes, status.versions, status.documents),
        (1, 3, 4)
    );
    assert!(!status.age.is_expired);
}

/// Figures for `docs/performance.md`: `cargo nextest run --run-ignored only --no-capture -p allot-agent two_thousand`.
#[tokio::test]
#[ignore = "it takes a minute, and prints figures"]
async fn two_thousand_recipes_are_listed_at_once_and_only_what_changed_is_read_again() {
    const RECIPES: usize = 2_000;
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let limits = Limits::default();
    for n in 0..RECIPES {
        let name = format!("recipe-{n:04}");
        know(
            &hub,
            &name,
            "https://git.example.org/x.git",
            "A page to write on.",
        );
        let version = RecipeVersion::parse("1.19.0+1").unwrap();
        let (at, tree) = (commit(n), commit(n));
        let facts = VersionFacts {
            recipe: &name,
            version: &version,
            commit: &at,
            tree: &tree,
            tagged_at: None,
        };
        let document = VersionDocument::read(&Draft::default().tree(), &facts, &limits).unwrap();
        let document = put(&hub, document.to_bytes(&limits).unwrap());
        let seen = |minor: usize| Seen {
            version: format!("1.{minor}.0+1").parse().unwrap(),
            commit: at.parse().unwrap(),
            tree: tree.parse().unwrap(),
            document,
        };
        let body = Body::Observe {
            recipe: name.parse().unwrap(),
            versions: (0..20).map(seen).collect(),
        };
        say(&hub, body);
    }
    let options = Options {
        join: Duration::from_secs(120),
        ..hasty()
    };
    let yard = Yard::with(&hub, "autonomic", options).await;
    let patient = async {
        let catalogue = yard.catalogue(CatalogueConfig::default());
        while catalogue.status().await.unwrap().missing > 0 {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(300), patient)
        .await
        .unwrap();
    let catalogue = yard.catalogue(CatalogueConfig::default());
    let timed = async |what: &str, text: &str| {
        let query = Query {
            text: text.to_owned(),
            ..Query::default()
        };
        let began = std::time::Instant::now();
        let found = catalogue.list(&query).await.unwrap();
        let took = began.elapsed();
        println!("{what}: {} recipes in {took:?}", found.len());
        (found.len(), took)
    };
    let (all, cold) = timed("cold", "").await;
    let (_, warm) = timed("warm", "").await;
    let (found, _) = timed("search", "page 1999").await;
    observe(
        &hub,
        "recipe-0007",
        "2.0.0+1",
        &commit(9_999),
        &commit(9_999),
    );
    yard.place.until_size(hub.size()).await;
    let (_, changed) = timed("after one change", "").await;
    assert_eq!((all, found), (RECIPES, 1));
    assert!(
        warm < cold && changed < cold,
        "{cold:?} {warm:?} {changed:?}"
    );
}
