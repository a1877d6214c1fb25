//! What a large catalogue costs: 2,000 recipes with 20 versions each, all of them kept, released and reviewed.
//!
//! `cargo nextest run --release -p allot-ledger --run-ignored all --no-capture catalogue_size` prints the figures.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use allot_ledger::{
    Author, Body, Digest, Entry, Envelope, Leaf, ObjectId, RecipeName, SecretKey, Slug, Version,
    entry::{DocumentRef, Founder, Genesis, HubKeys, Release, Rules, Seen},
    state::State,
};
use jiff::Timestamp;

const RECIPES: usize = 2_000;
const VERSIONS: usize = 20;

fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(&Digest::of(name.as_bytes()).0)
}

fn slug(name: &str) -> Slug {
    name.parse().unwrap()
}

fn time() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn recipe(n: usize) -> RecipeName {
    format!("recipe-{n:04}").parse().unwrap()
}

fn version(n: usize) -> Version {
    format!("{n}.0.1+2.{n}.1-alpine").parse().unwrap()
}

fn git(what: &str, recipe: usize, version: usize) -> ObjectId {
    let digest = Digest::of(format!("{what} {recipe} {version}").as_bytes());
    ObjectId::from_bytes(&digest.0[..20]).unwrap()
}

fn document(recipe: usize, version: usize) -> DocumentRef {
    DocumentRef::of(format!("{recipe} {version}").as_bytes()).unwrap()
}

fn signed(entry: &Entry, by: &SecretKey) -> Vec<u8> {
    let envelope = Envelope::sign(entry, by).unwrap();
    let leaf = Leaf {
        time: time(),
        envelope,
    };
    leaf.to_bytes().unwrap()
}

fn genesis() -> Vec<u8> {
    let founder = |name: &str| Founder {
        slug: slug(name),
        key: key(name).public(),
    };
    let genesis = Genesis {
        name: slug("test"),
        founded: time(),
        founders: (0..40).map(|n| founder(&format!("member-{n}"))).collect(),
        rules: Rules::default(),
        hub: HubKeys {
            origin: "hub.example/log".to_owned(),
            log: key("log").public(),
            clock: key("clock").public(),
            entries: key("entries").public(),
            ca: Digest::of(b"root"),
        },
    };
    let entry = Entry {
        federation: "test".to_owned(),
        author: Author::Hub,
        seq: 1,
        at: time(),
        body: Body::Genesis(Box::new(genesis)),
    };
    signed(&entry, &key("entries"))
}

/// Writes entries as their authors would.
struct Pen {
    federation: Digest,
    seqs: std::collections::BTreeMap<Author, u64>,
    leaves: Vec<Vec<u8>>,
}

impl Pen {
    fn write(&mut self, author: Author, body: Body) {
        let by = match &author {
            Author::Hub => key("entries"),
            Author::Collective(slug) => key(slug.as_str()),
        };
        let seq = self.seqs.entry(author.clone()).or_insert(0);
        *seq += 1;
        let entry = Entry {
            federation: self.federation.to_string(),
            seq: *seq,
            author,
            at: time(),
            body,
        };
        self.leaves.push(signed(&entry, &by));
    }

    fn observed(&mut self, n: usize) {
        let recipe = recipe(n);
        let body = Body::Recipe {
            recipe: recipe.clone(),
            about: document(n, usize::MAX),
        };
        self.write(Author::Hub, body);
        let seen = (0..VERSIONS).map(|v| Seen {
            version: version(v),
            commit: git("commit", n, v),
            tree: git("tree", n, v),
            document: document(n, v),
        });
        let versions = seen.collect();
        self.write(Author::Hub, Body::Observe { recipe, versions });
    }

    fn kept(&mut self, n: usize) {
        // Each of 40 members looks after 50 recipes.
        let steward = Author::Collective(slug(&format!("member-{}", n % 40)));
        let recipe = recipe(n);
        let claim = Body::ClaimRecipe {
            recipe: recipe.clone(),
        };
        self.write(steward.clone(), claim);
        for v in 0..VERSIONS {
            let release = Release {
                recipe: recipe.clone(),
                version: version(v),
                commit: git("commit", n, v),
                tree: git("tree", n, v),
                security: false,
                report: None,
                note: Some("what is new stands in the release notes".to_owned()),
            };
            self.write(steward.clone(), Body::Release(Box::new(release)));
        }
    }
}

/// Resident memory of this process, KiB.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|l| l.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn fold(state: &mut State, leaves: &[Vec<u8>]) -> (Duration, i64) {
    let (started, before) = (Instant::now(), resident());
    for bytes in leaves {
        state.fold(&Leaf::from_bytes(bytes).unwrap()).unwrap();
    }
    (started.elapsed(), resident() - before)
}

fn told(what: &str, leaves: &[Vec<u8>], (took, kib): (Duration, i64)) {
    let (entries, bytes) = (leaves.len(), leaves.iter().map(Vec::len).sum::<usize>());
    println!(
        "{what}: {entries} entries ({} KiB of log) folded with their signatures in {took:.2?}; {kib} KiB resident",
        bytes / 1024
    );
}

#[test]
#[ignore = "takes long unoptimised; prints figures"]
fn a_catalogue_of_forty_thousand_versions_folds_in_seconds_and_stays_small() {
    let first = genesis();
    let leaf = Leaf::from_bytes(&first).unwrap();
    let mut state = State::found(&leaf, &first).unwrap();
    let mut pen = Pen {
        federation: state.federation(),
        seqs: [(Author::Hub, 1)].into(),
        leaves: Vec::new(),
    };
    (0..RECIPES).for_each(|n| pen.observed(n));
    let observed = std::mem::take(&mut pen.leaves);
    (0..RECIPES).for_each(|n| pen.kept(n));
    let kept = std::mem::take(&mut pen.leaves);

    let figures = fold(&mut state, &observed);
    assert_eq!(state.recipes().versions(), RECIPES * VERSIONS);
    told("observed", &observed, figures);
    assert!(figures.1 < 16 * 1024, "{} KiB", figures.1);
    let figures = fold(&mut state, &kept);
    told("released", &kept, figures);

    let started = Instant::now();
    let whole = state.digest();
    println!("first digest: {:.2?}", started.elapsed());
    // One entry more: a digest looks at what has changed.
    let by = Author::Collective(slug("member-0"));
    let body = Body::Yank {
        recipe: recipe(0),
        version: version(0),
        reason: "it loses data".to_owned(),
    };
    pen.write(by, body);
    let one = fold(&mut state, &pen.leaves);
    let started = Instant::now();
    assert_ne!(state.digest(), whole);
    println!(
        "one more entry: {:.2?}, its digest: {:.2?}",
        one.0,
        started.elapsed()
    );
    let started = Instant::now();
    let waiting = state.awaiting_review(&slug("member-1")).count();
    println!("what awaits a review: {:.2?}", started.elapsed());
    assert_eq!(waiting, 0, "each has one steward");
    let started = Instant::now();
    let found = state.recipes().iter().map(|(name, r)| {
        let newest = r.versions().last().map_or("", |p| p.version.as_str());
        name.as_str().len() + newest.len()
    });
    assert!(found.sum::<usize>() > RECIPES);
    println!(
        "all recipes with their newest version: {:.2?}",
        started.elapsed()
    );
}
