//! How long documents take. Run by hand:
//! `cargo nextest run --release -p allot-recipe --run-ignored only --no-capture speed`

// clippy knows test functions, but not the helpers of an integration test.
#![allow(clippy::expect_used)]

mod shared;

use std::time::Instant;

use allot_recipe::catalogue::recipes_json::{Entry, RecipesJson};
use allot_recipe::catalogue::{About, AboutFacts, VersionDocument, VersionFacts};
use allot_recipe::{Limits, MemoryTree, RecipeVersion};

fn small() -> MemoryTree {
    MemoryTree::new()
        .with("README.md", "# web\n\nA web server.\n\n<!-- metadata -->\n* **Category**: Apps\n* **Status**: 4\n<!-- endmetadata -->\n")
        .with(".env.sample", "TYPE=web\nDOMAIN=web.example.com\nLETS_ENCRYPT_ENV=production\nVER=2\n")
        .with("abra.sh", "export ENTRY_VERSION=v1\n")
        .with("compose.yml", "services:\n  app:\n    image: web:${VER}\n    environment: [A, 'B=${B:-1}']\n    deploy: {labels: ['traefik.enable=true']}\n  db: {image: 'db:1'}\n")
}

fn document(tree: &MemoryTree, version: &RecipeVersion) -> VersionDocument {
    let facts = VersionFacts {
        recipe: "web",
        version,
        commit: "79a43dbadc54e1d3abc24f379f39ac2e8d2f8ebc",
        tree: "79a43dbadc54e1d3abc24f379f39ac2e8d2f8ebc",
        tagged_at: None,
    };
    VersionDocument::read(tree, &facts, &Limits::default()).expect("good")
}

#[test]
#[ignore = "prints figures"]
fn speed_of_documents_and_of_recipes_json() {
    let limits = Limits::default();
    let version = RecipeVersion::parse("1.0.0+1").expect("a version");
    let mut trees = vec![("small", small())];
    trees.extend(shared::recipe("bonfire").map(|tree| ("bonfire", tree)));
    for (name, tree) in &trees {
        let started = Instant::now();
        let mut bytes = 0;
        for _ in 0..2_000 {
            bytes = document(tree, &version)
                .to_bytes(&limits)
                .expect("fits")
                .len();
        }
        println!(
            "2,000 documents of {name}, {bytes} bytes each: {:?}",
            started.elapsed()
        );
    }
    let started = Instant::now();
    let mut json = RecipesJson::default();
    let one = document(&small(), &version);
    for recipe in 0..2_000 {
        let facts = AboutFacts {
            recipe: format!("recipe-{recipe}"),
            ..AboutFacts::default()
        };
        let mut entry = Entry::new(&About::read(None, facts, &limits));
        for minor in 0..20 {
            let mut next = one.clone();
            next.version = RecipeVersion::parse(&format!("1.{minor}.0+1")).expect("a version");
            entry.add(&next);
        }
        json.insert(entry);
    }
    println!(
        "recipes.json of 2,000 x 20 put together: {:?}",
        started.elapsed()
    );
    let started = Instant::now();
    let bytes = json.to_bytes().expect("JSON");
    println!("written, {} bytes: {:?}", bytes.len(), started.elapsed());
    let started = Instant::now();
    let (back, _) = RecipesJson::from_bytes(&bytes, &limits).expect("reads");
    println!("read: {:?}", started.elapsed());
    assert_eq!(back, json);
}
