//! Mirrors that answer otherwise than the log says, and what a collective's policy lets through: real hub and agents, real
//! git over HTTP, simulated engines.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy knows tests, but not the functions that tests share"
)]

use std::{fs, path::PathBuf};

use allot_testkit::RecipeRepo;
use allot_tests::{AgentOptions, Commons, Forge, Run};
use tempfile::TempDir;

const COMPOSE: &str =
    "services:\n  app:\n    image: allotment/busybox:1\n    command: [sleep, '60']\n";

/// The third's app.
const APP: &str = "thing.sutty.example";

/// A hub that looks at a folder of its own, and agents that ask the forge at `ORGANISATION/thing.git`.
struct Yard {
    commons: Commons,
    upstream: RecipeRepo,
    mirror: PathBuf,
}

/// An agent with this policy that finds recipes at the mirror.
fn asks(mirror: &str, accept: &str) -> Box<dyn FnOnce(&mut AgentOptions)> {
    let place = mirror.to_owned();
    let toml = match accept {
        "" => String::new(),
        accept => format!("[catalogue]\naccept = \"{accept}\"\n"),
    };
    Box::new(move |options| {
        options.base_url = Some(place);
        options.toml = toml;
    })
}

impl Yard {
    /// Version 1.0.0+1 is upstream, the mirror has it, the hub has seen it, and autonomic has published it.
    fn new(policies: &[(&'static str, &str)]) -> Self {
        let dir = TempDir::with_prefix("allot-").unwrap();
        let forge = Forge::start(&dir.path().join("forge"));
        let upstream = RecipeRepo::new(&dir.path().join("upstream/thing"))
            .file("compose.yml", COMPOSE)
            .publish("1.0.0+1");
        let mirror = forge.create("mirror", "thing");
        let toml = format!("[[catalogue.git]]\nurl = \"{}\"\n", upstream.url());
        let place = format!("{}/mirror", forge.url());
        let members = policies
            .iter()
            .map(|(slug, accept)| (*slug, asks(&place, accept)))
            .collect();
        let commons = Commons::with(dir, forge, toml, members);
        let mut yard = Self {
            commons,
            upstream,
            mirror,
        };
        yard.mirrors(&["main", "1.0.0+1"]);
        yard.commons.looks("thing");
        yard.of("autonomic", &["recipe", "claim", "thing", "--yes"])
            .done();
        yard.publishes("1.0.0+1", &[]);
        yard
    }

    fn of(&self, slug: &str, args: &[&str]) -> Run {
        self.commons.of(slug).allot(args)
    }

    /// The mirror takes these references from upstream.
    fn mirrors(&self, refs: &[&str]) {
        let to = self.mirror.to_str().unwrap();
        self.upstream
            .git(&[&["push", "-q", "--force", to], refs].concat());
    }

    /// Upstream has one version more, which its steward publishes.
    fn next(&mut self, version: &str) {
        let marked = format!("# {version}\n{COMPOSE}");
        let upstream = RecipeRepo::at(&self.commons.dir().join("upstream/thing"));
        self.upstream = upstream.file("compose.yml", marked).publish(version);
        self.commons.looks("thing");
    }

    fn publishes(&self, version: &str, more: &[&str]) {
        let publish = ["recipe", "publish", "thing", version, "--yes"];
        self.of("autonomic", &[publish.as_slice(), more].concat())
            .done();
        self.commons.settled();
    }

    /// The third runs 1.0.0+1.
    fn third_runs_the_first(&self) {
        self.of("sutty", &["app", "new", "thing", "--domain", APP, "-n"])
            .done();
        self.third_deploys("1.0.0+1").verdict("converged", 0);
    }

    fn third_deploys(&self, version: &str) -> Run {
        self.of(
            "sutty",
            &[
                "app",
                "deploy",
                APP,
                version,
                "--yes",
                "--resolve-image",
                "never",
            ],
        )
    }

    /// Version, and how many deploys there were.
    fn third_has(&self) -> (String, usize) {
        let history = self.of("sutty", &["app", "history", APP]).done().json();
        let entries = history["entries"].as_array().unwrap();
        let deploys: Vec<_> = entries.iter().filter(|e| e["kind"] == "deploy").collect();
        let version = deploys
            .first()
            .map(|e| e["version"].as_str().unwrap().to_owned());
        (version.unwrap_or_default(), deploys.len())
    }

    /// Refused with exit code and code; nothing has changed, and the message names what was pinned.
    fn refuses(&self, version: &str, code: &str, pinned: &str) {
        let before = self.third_has();
        let run = self.third_deploys(version).refused(code);
        assert_eq!(run.code, Some(5), "{run:?}");
        assert!(run.stdout.contains(pinned), "it names {pinned}: {run:?}");
        assert_eq!(self.third_has(), before, "nothing is deployed");
    }

    fn commit(&self, version: &str) -> String {
        self.upstream
            .git(&["rev-parse", &format!("{version}^{{commit}}")])
    }
}

/// The usual: one who keeps the recipe, one who deploys it.
fn two() -> Yard {
    Yard::new(&[("autonomic", ""), ("sutty", "")])
}

#[test]
fn a_mirror_with_another_commit_behind_the_tag_is_refused() {
    let mut yard = two();
    yard.third_runs_the_first();
    yard.next("1.1.0+1");
    yard.publishes("1.1.0+1", &[]);
    let evil = RecipeRepo::new(&yard.commons.dir().join("evil"))
        .file("compose.yml", COMPOSE.replace("busybox:1", "miner:1"))
        .publish("1.1.0+1");
    let mirror = yard.mirror.to_str().unwrap();
    evil.git(&["push", "-q", "--force", mirror, "main", "1.1.0+1"]);
    yard.refuses("1.1.0+1", "AL-9305", &yard.commit("1.1.0+1"));
    let looked = yard.of("sutty", &["catalogue", "verify", "--deep"]);
    assert_eq!(looked.code, Some(1), "it is told: {looked:?}");
    assert!(looked.stdout.contains("1.1.0+1"), "{looked:?}");
    // Once the mirror has what was pinned, it is as if nothing had been.
    yard.mirrors(&["main", "1.1.0+1"]);
    yard.third_deploys("1.1.0+1").verdict("converged", 0);
    assert_eq!(yard.third_has().0, "1.1.0+1");
    yard.of("sutty", &["catalogue", "verify", "--deep"]).done();
}

#[test]
fn a_tag_that_is_moved_back_at_the_mirror_downgrades_nobody() {
    let mut yard = two();
    yard.third_runs_the_first();
    yard.next("1.1.0+1");
    yard.publishes("1.1.0+1", &[]);
    yard.mirrors(&["main", "1.0.0+1^{}:refs/tags/1.1.0+1"]);
    yard.refuses("1.1.0+1", "AL-9305", &yard.commit("1.1.0+1"));
}

#[test]
fn a_mirror_without_the_pinned_commit_is_refused() {
    let mut yard = two();
    yard.third_runs_the_first();
    yard.next("1.1.0+1");
    yard.publishes("1.1.0+1", &[]);
    yard.refuses("1.1.0+1", "AL-9307", &yard.commit("1.1.0+1"));
}

/// Whoever pins it, a steward here, before the hub has seen the tag.
#[test]
fn a_commit_that_holds_another_tree_than_was_pinned_is_refused() {
    let mut yard = two();
    yard.third_runs_the_first();
    let upstream = RecipeRepo::at(&yard.commons.dir().join("upstream/thing"));
    let other = upstream.git(&["rev-parse", "1.0.0+1^{tree}"]);
    yard.upstream = upstream
        .file("compose.yml", format!("# new\n{COMPOSE}"))
        .publish("1.1.0+1");
    let commit = yard.commit("1.1.0+1");
    yard.publishes("1.1.0+1", &["--commit", &commit, "--tree", &other]);
    yard.mirrors(&["main", "1.1.0+1"]);
    yard.refuses("1.1.0+1", "AL-9306", &other);
    // The hub sees it too, tells it, and goes on with the other versions.
    yard.commons.looks("thing");
    let told = yard.commons.hub.ok(&["catalogue", "status", "thing"]);
    assert!(told.contains("1.1.0+1") && told.contains(&other), "{told}");
    yard.next("1.2.0+1");
    let versions = yard.of("sutty", &["recipe", "versions", "thing"]).done();
    assert!(versions.stdout.contains("1.2.0+1"), "{versions:?}");
    yard.refuses("1.1.0+1", "AL-9306", &other);
}

#[test]
fn a_mirror_that_is_gone_stops_nobody_who_has_fetched_before() {
    let mut yard = two();
    yard.next("1.1.0+1");
    yard.publishes("1.1.0+1", &[]);
    yard.mirrors(&["main", "1.1.0+1"]);
    yard.third_runs_the_first();
    yard.commons.hub.kill();
    fs::rename(&yard.mirror, yard.mirror.with_extension("away")).unwrap();
    let away = yard.third_deploys("1.1.0+1");
    assert!(away.error_code().starts_with("AL-15"), "{away:?}");
    assert_eq!(yard.third_has().0, "1.0.0+1");
    let from_cache = ["app", "deploy", APP, "1.1.0+1", "--yes", "--offline"];
    yard.of(
        "sutty",
        &[&from_cache[..], &["--resolve-image", "never"]].concat(),
    )
    .verdict("converged", 0);
    assert_eq!(yard.third_has().0, "1.1.0+1");
}

#[test]
fn a_collective_takes_what_its_policy_accepts() {
    let mut yard = Yard::new(&[
        ("autonomic", ""),
        ("local-it", "observed"),
        ("sutty", "published+tested"),
    ]);
    yard.next("1.1.0+1");
    yard.mirrors(&["main", "1.1.0+1"]);
    let takes = |slug: &str, version: &str| {
        let new = ["app", "new", "thing"];
        let rest = ["--domain", &format!("{slug}.example"), "-n"];
        let version = Some(version).filter(|v| !v.is_empty());
        let all: Vec<&str> = new.into_iter().chain(version).chain(rest).collect();
        yard.of(slug, &all)
    };
    let version = |run: Run| run.done().json()["version"].as_str().unwrap().to_owned();
    assert_eq!(version(takes("autonomic", "")), "1.0.0+1", "published");
    assert_eq!(version(takes("local-it", "")), "1.1.0+1", "the hub saw it");
    takes("sutty", "").refused("AL-9303");
    let refused = takes("sutty", "1.0.0+1").refused("AL-9303");
    assert_eq!(refused.code, Some(5), "{refused:?}");
    assert!(
        refused.stdout.contains("test"),
        "it says what lacks: {refused:?}"
    );
    let test = ["recipe", "test", "thing", "1.0.0+1", "--sign"];
    yard.of("autonomic", &test).done();
    yard.commons.settled();
    assert_eq!(
        version(takes("sutty", "")),
        "1.0.0+1",
        "published and tested"
    );
    let policy = yard.of("sutty", &["agent", "policy"]).done();
    assert!(policy.stdout.contains("published+tested"), "{policy:?}");
}
