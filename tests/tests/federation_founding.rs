//! The founding of a federation, from nothing to its second hub, with real processes: a hub, five collectives with an
//! agent each, two of them with a swarm of their own. What was typed and what came back is a golden.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy knows tests, but not the functions that tests share"
)]

use std::{env, fs, path::Path, process::Command, time::Duration};

use allot_testkit::RecipeRepo;
use allot_tests::{Collective, Hub, HubOptions, Run, Transcript, await_that};
use serde_json::Value;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

const EVERYBODY: &[&str; 5] = &["autonomic", "bonfire", "local-it", "merri-bek", "sutty"];

const COMPOSE: &str = r#"version: "3.8"
services:
  app:
    image: allotment/busybox:1
    command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait; done"]
    deploy: {endpoint_mode: dnsrr, update_config: {monitor: 1s}}
"#;

/// Everybody who takes part, and what they say.
struct Story {
    hub: Hub,
    all: Vec<Collective>,
    said: Transcript,
    dir: TempDir,
}

impl Story {
    fn of(&self, slug: &str) -> &Collective {
        self.all.iter().find(|c| c.slug() == slug).unwrap()
    }

    /// A command of a collective's delegate, written down.
    fn types(&mut self, slug: &str, args: &[&str]) -> Run {
        self.types_with(slug, args, b"")
    }

    fn types_with(&mut self, slug: &str, args: &[&str], stdin: &[u8]) -> Run {
        let run = self.of(slug).allot_text(args, stdin);
        self.said.run(slug, &typed("allot", args), &run);
        run
    }

    /// A command of the hub's admin, written down.
    fn admin(&mut self, args: &[&str]) -> (Option<i32>, String) {
        let (code, out, talk) = self.hub.run(args);
        self.said
            .written("hub", &typed("allot-hub", args), &out, &talk, code);
        (code, out)
    }

    /// Invites a collective and lets it join.
    fn joins(&mut self, slug: &str) {
        let invite = self.hub.invite(slug);
        self.said.name("invite", &invite);
        self.said.written(
            "hub",
            &format!("allot-hub invite {slug}"),
            &(invite.clone() + "\n"),
            "",
            Some(0),
        );
        let join = ["federation", "join", "-", "--agent", "swarm-1"];
        let run = self.types_with(slug, &join, invite.as_bytes());
        assert_eq!(run.code, Some(0), "{run:?}");
    }

    /// Waits until these members have the whole log, and know that a majority has witnessed it.
    fn settled(&self, members: &[&str]) {
        let size = members
            .iter()
            .map(|slug| self.of(slug).size())
            .max()
            .unwrap();
        for slug in members {
            await_that("it is witnessed", PATIENCE, || {
                let ledger = self.of(slug).ledger();
                (ledger["witnessed_size"].as_u64() == Some(size)).then_some(())
            });
        }
    }

    /// The hash of each entry, as a member has it.
    fn hashes(&self, slug: &str) -> Vec<String> {
        let show = ["ledger", "show", "--from", "0", "--limit", "1000"];
        let shown = self.of(slug).allot(&show).done().json();
        let hash = |entry: &Value| entry["leaf_hash"].as_str().unwrap().to_owned();
        shown["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(hash)
            .collect()
    }

    /// Waits until everybody who is in has the whole log, and gives the one state that they all have.
    fn one_state(&self, members: &[&str]) -> (u64, String) {
        let size = members
            .iter()
            .map(|slug| self.of(slug).size())
            .max()
            .unwrap();
        let mut states = Vec::new();
        for slug in members {
            self.of(slug).await_size(size);
            let verify = self.of(slug).allot(&["ledger", "verify"]).done();
            states.push((verify.last("state"), verify.last("root")));
        }
        states.dedup();
        assert_eq!(states.len(), 1, "everybody folds the same: {states:?}");
        (size, states[0].0.to_string())
    }
}

fn typed(program: &str, args: &[&str]) -> String {
    let quoted = args.iter().map(|arg| {
        if arg.is_empty() || arg.contains(' ') {
            format!("'{arg}'")
        } else {
            (*arg).to_owned()
        }
    });
    let words: Vec<_> = std::iter::once(program.to_owned()).chain(quoted).collect();
    words.join(" ")
}

fn engine(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} names no engine; `scripts/test federation` runs this")
    })
}

/// A swarm of one's own: the app that a collective deploys on it.
fn deploys(collective: &Collective, recipe: &str, domain: &str) -> Value {
    let new = ["app", "new", recipe, "--domain", domain, "--no-input"];
    collective.allot(&new).done();
    let deploy = ["app", "deploy", domain, "--yes", "--resolve-image", "never"];
    collective
        .allot(&deploy)
        .verdict("converged", 0)
        .last("verdict")
}

fn sweep(endpoint: &str, domain: &str) {
    let service = format!("{}_app", domain.replace('.', "_"));
    let docker = |args: &[&str]| {
        Command::new("docker")
            .args(["--host", endpoint])
            .args(args)
            .output()
            .unwrap()
    };
    docker(&["service", "rm", &service]);
}

/// Takes the apps off both swarms, whatever happens.
struct Sweep(Vec<(String, String)>);

impl Drop for Sweep {
    fn drop(&mut self) {
        for (endpoint, domain) in &self.0 {
            sweep(endpoint, domain);
        }
    }
}

#[test]
fn a_federation_is_founded_decides_and_survives_its_hub() {
    let dir = TempDir::with_prefix("allot-").unwrap();
    let swarms = [engine("ALLOT_TEST_ENGINE"), engine("ALLOT_TEST_ENGINE_2")];
    let domains =
        ["autonomic", "local-it"].map(|slug| format!("{slug}-{}.test", std::process::id()));
    let _sweep = Sweep(swarms.iter().cloned().zip(domains.clone()).collect());
    let founders = ["autonomic", "local-it", "merri-bek", "sutty"];
    let mut all: Vec<_> = founders
        .iter()
        .zip([Some(swarms[0].clone()), Some(swarms[1].clone()), None, None])
        .map(|(slug, endpoint)| Collective::new(&dir.path().join(slug), slug, endpoint))
        .collect();
    let keys: Vec<_> = all.iter().map(Collective::founder).collect();
    let hub = Hub::found(&dir.path().join("hub"), &keys, &HubOptions::default());
    all.push(Collective::new(
        &dir.path().join("bonfire"),
        "bonfire",
        None,
    ));
    let mut story = Story {
        hub,
        all,
        said: Transcript::default(),
        dir,
    };
    name_what_differs(&mut story);

    founding(&mut story, &founders);
    admission(&mut story);
    decisions(&mut story);
    let everybody = *EVERYBODY;
    story.one_state(&everybody);
    eviction(&mut story);
    story.settled(&everybody);
    let before = story.hashes("merri-bek");
    without_a_hub(&mut story, &swarms, &domains);
    second_hub(&mut story, &everybody, &before);

    let filters = vec![
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?( UTC)?", "[time]"),
        (r"\d{4}-\d\d-\d\d", "[day]"),
        (r"\b[0-9a-f]{64}\b", "[sha256]"),
        (r"[A-Za-z0-9+/]{43}=", "[hash]"),
        (r"\b\d+ (seconds|minutes|hours|s|ms|min|h)\b", "[n] $1"),
        (r"\d+ bytes in", "[n] bytes in"),
    ];
    insta::with_settings!({ filters => filters, omit_expression => true }, {
        insta::assert_snapshot!("founding", story.said.text());
    });
}

fn name_what_differs(story: &mut Story) {
    let names: Vec<_> = story
        .all
        .iter()
        .map(|c| (format!("key of {}", c.slug()), c.key().to_owned()))
        .collect();
    for (name, key) in names {
        story.said.name(&name, &key);
    }
    let (genesis, address) = (story.hub.genesis().to_owned(), story.hub.address());
    let dir = story.dir.path().display().to_string();
    story.said.name("genesis", &genesis);
    story.said.name("hub", &address);
    story.said.name("dir", &dir);
}

fn founding(story: &mut Story, founders: &[&str]) {
    story
        .said
        .chapter("Four collectives found a federation, and join its hub");
    for slug in founders {
        story.joins(slug);
    }
    let run = story.types("autonomic", &["federation", "members"]);
    assert_eq!(run.code, Some(0));
    let stranger = story.admin(&["invite", "bonfire"]);
    assert_ne!(stranger.0, Some(0), "only members are invited");
}

fn admission(story: &mut Story) {
    story
        .said
        .chapter("A fifth applies, is vouched for and admitted");
    let genesis = story.hub.genesis().to_owned();
    let apply = [
        "federation",
        "apply",
        "--federation",
        &genesis,
        "--name",
        "Bonfire",
        "--summary",
        "We make federated social software, and run our own swarm.",
        "--sponsor",
        "autonomic",
        "--contact",
        "@bonfire:matrix.test",
    ];
    let applied = story.of("bonfire").allot_text(&apply, b"");
    assert_eq!(applied.code, Some(0), "{applied:?}");
    let file = story.dir.path().join("application.json");
    fs::write(&file, &applied.stdout).unwrap();
    let vouch = ["federation", "vouch", file.to_str().unwrap(), "--yes"];
    assert_eq!(story.types("autonomic", &vouch).code, Some(0));
    for slug in ["autonomic", "local-it", "merri-bek", "sutty"] {
        await_open(story, slug, 1);
        let vote = ["resolution", "vote", "1", "for", "--yes"];
        assert_eq!(story.types(slug, &vote).code, Some(0));
    }
    assert_eq!(
        story
            .types("autonomic", &["resolution", "close", "1", "--yes"])
            .code,
        Some(0)
    );
    assert_eq!(story.of("autonomic").resolution(1)["state"], "passed");
    story.joins("bonfire");
    assert_eq!(
        story.types("bonfire", &["federation", "members"]).code,
        Some(0)
    );
}

fn await_open(story: &Story, slug: &str, number: u64) {
    await_that("the resolution has come", PATIENCE, || {
        let shown = story
            .of(slug)
            .allot(&["resolution", "show", &number.to_string()]);
        (shown.code == Some(0)).then_some(())
    });
}

fn decisions(story: &mut Story) {
    story.said.chapter("A medium decision is blocked");
    let tool = [
        "resolution",
        "propose",
        "--title",
        "Adopt a tool of ours",
        "--size",
        "medium",
        "--text",
        "-",
        "--days",
        "14",
        "--yes",
    ];
    let run = story.types_with("sutty", &tool, b"It saves us an hour a week.\n");
    assert_eq!(run.code, Some(0), "{run:?}");
    await_open(story, "local-it", 2);
    let block = [
        "resolution",
        "vote",
        "2",
        "against",
        "--reason",
        "It needs a server that nobody looks after.",
        "--yes",
    ];
    assert_eq!(story.types("local-it", &block).code, Some(0));
    for slug in ["autonomic", "bonfire", "merri-bek", "sutty"] {
        story.of(slug).await_size(story.of("local-it").size());
        story.of(slug).vote(2, "for");
    }
    assert_eq!(
        story
            .types("sutty", &["resolution", "close", "2", "--yes"])
            .code,
        Some(0)
    );
    story.settled(EVERYBODY);
    assert_eq!(
        story.types("merri-bek", &["resolution", "show", "2"]).code,
        Some(0)
    );

    story.said.chapter("A large one passes on the last vote");
    let rate = [
        "resolution",
        "propose",
        "--title",
        "Votes are open for ten days",
        "--size",
        "large",
        "--kind",
        "change-rule",
        "--rule",
        "days_open=10",
        "--text",
        "-",
        "--yes",
    ];
    let run = story.types_with("merri-bek", &rate, b"Two weeks are long.\n");
    assert_eq!(run.code, Some(0), "{run:?}");
    for (slug, choice) in [
        ("merri-bek", "for"),
        ("autonomic", "for"),
        ("sutty", "abstain"),
        ("local-it", "abstain"),
    ] {
        await_open(story, slug, 3);
        story.of(slug).vote(3, choice);
    }
    await_open(story, "bonfire", 3);
    story.settled(EVERYBODY);
    assert_eq!(
        story.types("merri-bek", &["resolution", "show", "3"]).code,
        Some(0)
    );
    assert_eq!(
        story
            .types("bonfire", &["resolution", "vote", "3", "for", "--yes"])
            .code,
        Some(0)
    );
    assert_eq!(
        story
            .types("merri-bek", &["resolution", "close", "3", "--yes"])
            .code,
        Some(0)
    );
    story.settled(EVERYBODY);
    assert_eq!(
        story.types("merri-bek", &["resolution", "show", "3"]).code,
        Some(0)
    );
    assert_eq!(story.of("merri-bek").resolution(3)["state"], "passed");
    assert_eq!(story.of("merri-bek").resolution(2)["state"], "rejected");
}

fn eviction(story: &mut Story) {
    story
        .said
        .chapter("An agent is evicted, and comes back with a new invite");
    let evict = [
        "evict",
        "sutty",
        "swarm-1",
        "--reason",
        "its server was broken into",
        "--yes",
    ];
    assert_eq!(story.admin(&evict).0, Some(0));
    await_that("the agent is cut off", PATIENCE, || {
        (story.of("sutty").status()["hub_reachable"] == false).then_some(())
    });
    let refused = story.types("sutty", &["resolution", "vote", "3", "for", "--yes"]);
    assert_ne!(refused.code, Some(0));
    story.joins("sutty");
    assert_eq!(story.of("sutty").status()["hub_reachable"], true);
}

fn without_a_hub(story: &mut Story, swarms: &[String; 2], domains: &[String; 2]) {
    story
        .said
        .chapter("The hub is destroyed; agents go on by themselves");
    story.hub.kill();
    fs::remove_dir_all(story.hub.dir()).unwrap();
    let recipe = RecipeRepo::new(&story.dir.path().join("thing"))
        .file("compose.yml", COMPOSE)
        .publish("1.0.0+1");
    for (slug, domain) in ["autonomic", "local-it"].into_iter().zip(domains) {
        await_that("the hub is missed", PATIENCE, || {
            (story.of(slug).status()["hub_reachable"] == false).then_some(())
        });
        let verdict = deploys(story.of(slug), &recipe.url(), domain);
        assert_eq!(verdict["outcome"], "converged");
    }
    for (endpoint, domain) in swarms.iter().zip(domains) {
        let service = format!("{}_app", domain.replace('.', "_"));
        let found = Command::new("docker")
            .args(["--host", endpoint, "service", "inspect", &service])
            .output()
            .unwrap();
        assert!(found.status.success(), "{service} runs on {endpoint}");
    }
    let propose = [
        "resolution",
        "propose",
        "--title",
        "Found it again",
        "--size",
        "medium",
        "--text",
        "-",
        "--yes",
    ];
    let refused = story.types_with("autonomic", &propose, b"Nothing is queued.\n");
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert_eq!(
        story.types("autonomic", &["resolution", "list"]).code,
        Some(0)
    );
}

fn second_hub(story: &mut Story, everybody: &[&str], size_before: &[String]) {
    story
        .said
        .chapter("A second hub goes on with the log, from a member's copy");
    let export = story.dir.path().join("export");
    let run = story.types("merri-bek", &["ledger", "export", export.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let genesis = story.hub.genesis().to_owned();
    let (hub, made) = Hub::recover(
        &story.dir.path().join("hub2"),
        &export,
        &genesis,
        &HubOptions::default(),
    );
    story.hub = hub;
    assert_eq!(story.hub.genesis(), genesis, "it is the same federation");
    let (address, digest) = (
        story.hub.address(),
        made["hub_keys"].as_str().unwrap().to_owned(),
    );
    story.said.name("second hub", &address);
    story.said.name("keys of the second hub", &digest);
    for slug in everybody {
        story.joins(slug);
    }
    let early = story.types(
        "local-it",
        &[
            "resolution",
            "propose",
            "--title",
            "Too early",
            "--size",
            "medium",
            "--text",
            "-",
            "--yes",
        ],
    );
    assert_ne!(
        early.code,
        Some(0),
        "nothing is taken until the hub is accepted"
    );
    for slug in ["autonomic", "bonfire", "merri-bek"] {
        let accept = ["federation", "accept-hub", &digest, "--yes"];
        let run = story.types(slug, &accept);
        assert_eq!(run.code, Some(0), "{run:?}");
    }
    let again = [
        "resolution",
        "propose",
        "--title",
        "Thank whoever kept the copy",
        "--size",
        "medium",
        "--text",
        "-",
        "--yes",
    ];
    story
        .of("local-it")
        .await_size(story.of("merri-bek").size());
    let run = story.types_with("local-it", &again, b"They did.\n");
    assert_eq!(run.code, Some(0), "{run:?}");
    let (size, _) = story.one_state(everybody);
    assert!(size > size_before.len() as u64, "the log went on");
    let now = story.hashes("bonfire");
    assert_eq!(
        now.get(..size_before.len()),
        Some(size_before),
        "nothing is lost, and nothing is another"
    );
    await_that("a majority has witnessed it", PATIENCE, || {
        let ledger = story.of("sutty").ledger();
        let witnessed = ledger["witnessed_size"].as_u64();
        (witnessed == Some(size)).then_some(())
    });
    assert_eq!(story.types("sutty", &["resolution", "list"]).code, Some(0));
    assert_eq!(story.types("sutty", &["ledger", "verify"]).code, Some(0));
    assert!(!Path::new(&story.dir.path().join("hub")).exists());
}
