//! The catalogue: what is listed of it, which versions are deployed, and what stewards say.

use std::{path::Path, sync::Arc, time::Duration};

use allot_agent::{
    app::{Actor, Agent, AppError, DeployRequest, NewApp, Plan, Registry},
    catalogue::{Catalogue, Query, Row},
    clock::Clock,
    config::{Accept, CatalogueConfig},
    engine::sim::SimEngine,
    federation::{Federation, Options, ReleaseForm},
};
use allot_ledger::{
    Author, Body, Entry, Envelope,
    entry::{DocumentRef, ReviewVerdict, Seen, UpgradeVerdict},
};
use allot_recipe::{
    Limits, RecipeVersion,
    catalogue::{About, AboutFacts, VersionDocument, VersionFacts},
};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::{
    hub::{TestClock, TestHub},
    ledgers::key,
    place::{Place, hasty},
    plot,
    recipes::{Draft, MemoryRecipes},
};

const APP: &str = "demo.example.org";

/// An entry of the hub.
fn say(hub: &TestHub, body: Body) {
    let now = hub.inner.now();
    let mut ledger = hub.inner.ledger();
    let entry = Entry {
        federation: ledger.federation().to_string(),
        author: Author::Hub,
        seq: ledger.book.state().next_seq(&Author::Hub),
        at: now,
        body,
    };
    let envelope = Envelope::sign(&entry, &key("entries")).unwrap();
    ledger.take(envelope, now).unwrap();
    drop(ledger);
    hub.inner.wake();
}

fn put(hub: &TestHub, document: Vec<u8>) -> DocumentRef {
    let of = DocumentRef::of(&document).unwrap();
    let mut texts = hub.inner.texts.lock().unwrap();
    texts.insert(of.sha256.to_string(), document);
    of
}

/// A hub that has seen the recipe at this place.
fn know(hub: &TestHub, recipe: &str, repository: &str, about: &str) {
    let facts = AboutFacts {
        recipe: recipe.to_owned(),
        repository: repository.to_owned(),
        description: Some(about.to_owned()),
        default_branch: "main".to_owned(),
        ..AboutFacts::default()
    };
    let about = About::read(Some(&Draft::default().tree()), facts, &Limits::default());
    let about = put(hub, about.to_bytes(&Limits::default()).unwrap());
    let recipe = recipe.parse().unwrap();
    say(hub, Body::Recipe { recipe, about });
}

/// A hub that has seen this tag.
fn observe(hub: &TestHub, recipe: &str, version: &str, commit: &str, tree: &str) {
    let facts = VersionFacts {
        recipe,
        version: &RecipeVersion::parse(version).unwrap(),
        commit,
        tree,
        tagged_at: Some(hub.inner.now()),
    };
    let limits = Limits::default();
    let document = VersionDocument::read(&Draft::default().tree(), &facts, &limits).unwrap();
    let document = put(hub, document.to_bytes(&limits).unwrap());
    let seen = Seen {
        version: version.parse().unwrap(),
        commit: commit.parse().unwrap(),
        tree: tree.parse().unwrap(),
        document,
    };
    let body = Body::Observe {
        recipe: recipe.parse().unwrap(),
        versions: vec![seen],
    };
    say(hub, body);
}

/// A commit as [`MemoryRecipes`] numbers them.
fn commit(number: usize) -> String {
    format!("{:040x}", 0xc0de + number)
}

fn accepting(accept: Accept) -> CatalogueConfig {
    CatalogueConfig {
        accept,
        ..CatalogueConfig::default()
    }
}

/// A member with a swarm, and a repository of the recipe `demo` with 1.0.0+1 and 1.1.0+1 in it.
struct Yard {
    place: Place,
    recipes: Arc<MemoryRecipes>,
    engine: Arc<SimEngine>,
    store: TempDir,
}

impl Yard {
    async fn of(hub: &TestHub, collective: &str) -> Self {
        Self::with(hub, collective, hasty()).await
    }

    async fn with(hub: &TestHub, collective: &str, options: Options) -> Self {
        let recipes = Arc::new(MemoryRecipes::default());
        recipes.publish("1.0.0+1", Draft::default().tree());
        recipes.publish("1.1.0+1", Draft::default().tree());
        let yard = Self {
            place: Place::joined_with(hub, collective, "swarm-1", options).await,
            recipes,
            engine: Arc::new(SimEngine::new()),
            store: TempDir::new().unwrap(),
        };
        yard.place.until_size(hub.size()).await;
        yard
    }

    fn federation(&self) -> &Arc<Federation> {
        &self.place.federation
    }

    fn catalogue(&self, config: CatalogueConfig) -> Arc<Catalogue> {
        let clock: Arc<dyn Clock> = self.place.clock.clone();
        Arc::new(Catalogue::new(Arc::clone(self.federation()), clock, config))
    }

    /// An agent with nothing in its store that accepts this.
    fn agent(&self, name: &str, accept: Accept) -> Agent {
        let dir = self.store.path().join(name);
        agent(&dir, &self.engine, &self.recipes, &self.place.clock)
            .with_catalogue(self.catalogue(accepting(accept)))
    }

    async fn until_whole(&self) {
        let catalogue = self.catalogue(CatalogueConfig::default());
        let whole = async {
            while catalogue.status().await.unwrap().missing > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let whole = tokio::time::timeout(Duration::from_secs(20), whole).await;
        whole.expect("the documents come by themselves");
    }
}

fn agent(
    dir: &Path,
    engine: &Arc<SimEngine>,
    recipes: &Arc<MemoryRecipes>,
    clock: &Arc<TestClock>,
) -> Agent {
    let (registry, _) = Registry::open(&dir.join("store")).unwrap();
    let config = plot::config(&dir.join("agent.sock"));
    let (engine, recipes, clock) = (engine.clone(), recipes.clone(), clock.clone());
    Agent::new(config, engine, recipes, registry, clock)
}

async fn create(agent: &Agent, recipe: &str, version: &str) -> Result<String, AppError> {
    let new = NewApp {
        recipe: recipe.to_owned(),
        version: version.to_owned(),
        domain: APP.to_owned(),
        ..NewApp::default()
    };
    let created = agent.create_app(new, Actor("x".to_owned())).await?;
    Ok(created.version)
}

async fn plan(agent: &Agent, version: &str, yanked: bool) -> Result<Plan, AppError> {
    let request = DeployRequest {
        app: APP.to_owned(),
        version: version.to_owned(),
        yanked,
        ..DeployRequest::default()
    };
    agent.plan_deploy(request).await
}

fn rules(plan: &Plan) -> Vec<&str> {
    let ours = [
        "not-pinned",
        "only-observed",
        "yanked",
        "not-accepted",
        "security",
        "outcomes",
    ];
    let rules = plan.notices.iter().map(|notice| notice.rule.as_str());
    rules.filter(|rule| ours.contains(rule)).collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, AppError>) -> (String, String) {
    let error = result.unwrap_err();
    (error.code().to_owned(), error.to_string())
}

fn form(version: &str) -> ReleaseForm {
    ReleaseForm {
        recipe: "demo".to_owned(),
        version: version.to_owned(),
        ..ReleaseForm::default()
    }
}

fn demo(hub: &TestHub) {
    know(
        hub,
        "demo",
        "https://git.coopcloud.tech/coop-cloud/demo.git",
        "A page.",
    );
    observe(hub, "demo", "1.0.0+1", &commit(0), &commit(0));
    observe(hub, "demo", "1.1.0+1", &commit(1), &commit(1));
}

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
async fn a_deploy_takes_the_pinned_commit_and_no_other() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    demo(&hub);
    let yard = Yard::of(&hub, "autonomic").await;
    let agent = yard.agent("a", Accept::Default);
    assert_eq!(create(&agent, "demo", "").await.unwrap(), "1.1.0+1");
    let good = plan(&agent, "1.0.0+1", false).await.unwrap();
    assert_eq!(good.pin.as_ref().unwrap().commit, commit(0));
    assert_eq!(rules(&good), ["only-observed"], "and a word about it");
    // Without its upstream part, and by its commit, it is the same version.
    for same in ["1.0.0", &commit(0)[..]] {
        let plan = plan(&agent, same, false).await.unwrap();
        assert_eq!(plan.pin.unwrap().version, "1.0.0+1", "{same}");
    }
    let (unknown, _) = code(plan(&agent, "9.0.0+1", false).await);
    assert_eq!(unknown, "AL-9302");

    // Whoever can push moves the tag.
    yard.recipes.publish("1.0.0+1", Draft::default().tree());
    let (moved, text) = code(plan(&agent, "1.0.0+1", false).await);
    assert_eq!(moved, "AL-9305");
    assert!(
        text.contains(&commit(0)) && text.contains(&commit(2)),
        "{text}"
    );
    let (moved, _) = code(plan(&agent, &commit(0), false).await);
    assert_eq!(moved, "AL-9305", "also by its commit");
    assert!(plan(&agent, "1.1.0+1", false).await.is_ok(), "others stay");
}

#[tokio::test]
async fn a_mirror_that_answers_otherwise_is_refused() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    know(&hub, "demo", "https://git.example.org/demo.git", "A page.");
    observe(&hub, "demo", "1.0.0+1", &commit(0), &commit(77));
    observe(&hub, "demo", "1.2.0+1", &commit(55), &commit(55));
    let yard = Yard::of(&hub, "autonomic").await;
    let agent = yard.agent("a", Accept::Observed);
    let (code_, text) = code(create(&agent, "demo", "1.0.0+1").await);
    assert_eq!(code_, "AL-9306");
    assert!(
        text.contains(&commit(77)) && text.contains(&commit(0)),
        "{text}"
    );
    let (code_, text) = code(create(&agent, "demo", "1.2.0+1").await);
    assert_eq!(code_, "AL-9307");
    assert!(text.contains(&commit(55)), "{text}");
    // A version that the hub has not seen is not taken, though the repository has it.
    assert_eq!(code(create(&agent, "demo", "1.1.0+1").await).0, "AL-9302");
}

#[tokio::test]
async fn each_policy_takes_what_it_says_and_tells_what_would_help() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    demo(&hub);
    let yard = Yard::of(&hub, "autonomic").await;
    let all = [
        Accept::Default,
        Accept::Observed,
        Accept::Published,
        Accept::PublishedTested,
    ];
    let mut round = 0;
    let mut taken = async || {
        let mut taken = Vec::new();
        round += 1;
        for accept in all {
            let agent = yard.agent(&format!("{round}-{}", accept.name()), accept);
            let done = create(&agent, "demo", "1.1.0+1").await;
            let latest = create(
                &yard.agent(&format!("{round}-{}-latest", accept.name()), accept),
                "demo",
                "",
            )
            .await;
            if let Err(error) = &done {
                assert_eq!(error.code(), "AL-9303");
                assert!(
                    error.help().unwrap().contains("demo") || accept == Accept::PublishedTested
                );
                assert_eq!(latest.unwrap_err().code(), "AL-9303");
            }
            taken.push(done.is_ok());
        }
        taken
    };
    assert_eq!(taken().await, [true, true, false, false], "no stewards");
    yard.federation().claim_recipe("demo", "x").await.unwrap();
    assert_eq!(taken().await, [false, true, false, false], "not published");
    yard.federation()
        .release(form("1.1.0+1"), "x")
        .await
        .unwrap();
    assert_eq!(taken().await, [true, true, true, false], "published");
    let tested = ("demo", "1.1.0+1", &commit(1)[..]);
    let report = b"{\"format\":1}".to_vec();
    yard.federation()
        .report_test(tested, true, report, "x")
        .await
        .unwrap();
    assert_eq!(taken().await, [true, true, true, true], "and tested");
}

#[tokio::test]
async fn what_runs_stays_when_its_recipe_is_claimed_and_a_yanked_version_does_not() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    demo(&hub);
    let yard = Yard::of(&hub, "autonomic").await;
    let agent = Arc::new(yard.agent("a", Accept::Default));
    create(&agent, "demo", "1.0.0+1").await.unwrap();
    let all = allot_agent::app::GenerateRequest {
        app: APP.to_owned(),
        ..Default::default()
    };
    agent.generate_secrets(all).await.unwrap();
    let first = plan(&agent, "", false).await.unwrap();
    let live = agent
        .apply(APP, &first.hash, Actor("x".to_owned()))
        .await
        .unwrap();
    let events: Vec<_> = futures::StreamExt::collect(live.follow()).await;
    assert!(plot::verdict(&events).outcome.is_success());

    let federation = yard.federation();
    federation.claim_recipe("demo", "x").await.unwrap();
    assert_eq!(
        rules(&plan(&agent, "", false).await.unwrap()),
        ["not-accepted"]
    );
    assert_eq!(code(plan(&agent, "1.1.0+1", false).await).0, "AL-9303");
    federation
        .yank("demo", "1.0.0+1", "it loses data", "x")
        .await
        .unwrap();
    let (yanked, text) = code(plan(&agent, "", false).await);
    assert_eq!(yanked, "AL-9304");
    assert!(
        text.contains("autonomic") && text.contains("it loses data"),
        "{text}"
    );
    assert_eq!(rules(&plan(&agent, "", true).await.unwrap()), ["yanked"]);
    // Whoever looks is told.
    let rows = agent.list_apps("", true).await.unwrap();
    assert_eq!(rows[0].note, "yanked by autonomic: it loses data");
    assert!(rows[0].upgrades.is_empty(), "nothing else is published");
    let tasks = agent.list_tasks(APP, false).await.unwrap();
    assert_eq!(tasks.note, rows[0].note);

    federation.release(form("1.1.0+1"), "x").await.unwrap();
    federation
        .report_outcome(
            "demo",
            ("1.0.0+1", "1.1.0+1"),
            UpgradeVerdict::Converged,
            "x",
        )
        .await
        .unwrap();
    federation
        .flag("demo", "Anybody may write.", "x")
        .await
        .unwrap();
    assert_eq!(
        agent.list_apps("", true).await.unwrap()[0].upgrades,
        ["1.1.0+1"]
    );
    let upgrade = plan(&agent, "1.1.0+1", false).await.unwrap();
    assert_eq!(rules(&upgrade), ["security", "yanked", "outcomes"]);
    assert!(
        upgrade.notices[2]
            .text
            .contains("1 converged (from 1.0.0+1)")
    );
}

#[tokio::test]
async fn an_upgrades_verdict_is_told_where_that_is_wanted_and_nothing_else_of_it() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    demo(&hub);
    let yard = Yard::of(&hub, "autonomic").await;
    for (name, report_outcomes) in [("silent", false), ("telling", true)] {
        let config = CatalogueConfig {
            report_outcomes,
            ..CatalogueConfig::default()
        };
        let (dir, engine) = (yard.store.path().join(name), Arc::new(SimEngine::new()));
        let agent = agent(&dir, &engine, &yard.recipes, &yard.place.clock);
        let agent = Arc::new(agent.with_catalogue(yard.catalogue(config)));
        create(&agent, "demo", "1.0.0+1").await.unwrap();
        let all = allot_agent::app::GenerateRequest {
            app: APP.to_owned(),
            ..Default::default()
        };
        agent.generate_secrets(all).await.unwrap();
        for version in ["1.0.0+1", "1.1.0+1", "1.1.0+1"] {
            let plan = plan(&agent, version, false).await.unwrap();
            let live = agent
                .apply(APP, &plan.hash, Actor("x".to_owned()))
                .await
                .unwrap();
            let events: Vec<_> = futures::StreamExt::collect(live.follow()).await;
            assert!(plot::verdict(&events).outcome.is_success());
        }
        agent.idle().await;
        let log = yard.federation().log().unwrap();
        let book = log.book().await;
        let told = book.state().version("demo", "1.1.0+1").unwrap().verdicts();
        assert_eq!(
            told.get(&UpgradeVerdict::Converged),
            report_outcomes.then_some(&1),
            "{name}"
        );
    }
    let telling = hub.leaves();
    let entries = telling
        .iter()
        .map(|leaf| allot_ledger::Leaf::from_bytes(leaf).unwrap());
    let outcomes: Vec<_> = entries
        .map(|leaf| leaf.envelope.entry().unwrap().body)
        .filter(|body| matches!(body, Body::Outcome { .. }))
        .collect();
    assert_eq!(
        outcomes.len(),
        1,
        "the first deploy and what stays are no upgrades"
    );
}

#[tokio::test]
async fn with_several_stewards_another_one_approves() {
    let hub = TestHub::found(&["autonomic", "sutty", "local-it"]);
    demo(&hub);
    let one = Yard::of(&hub, "autonomic").await;
    let (federation, catalogue) = (one.federation(), one.catalogue(accepting(Accept::Default)));
    federation.claim_recipe("demo", "x").await.unwrap();
    federation.release(form("1.0.0+1"), "x").await.unwrap();
    // Members make two of them its stewards.
    let kind = allot_ledger::entry::Kind::Steward {
        recipe: "demo".parse().unwrap(),
        collectives: vec!["autonomic".parse().unwrap(), "sutty".parse().unwrap()],
    };
    let proposal = allot_agent::federation::Proposal {
        title: "Keep demo together".to_owned(),
        size: allot_ledger::entry::Size::Medium,
        kind,
        text: "Two see more than one.".to_owned(),
    };
    let what = allot_agent::federation::ProposeWhat::New(proposal);
    let opened = federation.propose(what, None, "x").await.unwrap();
    let number = opened.resolution.unwrap();
    let other = Yard::of(&hub, "sutty").await;
    let third = Yard::of(&hub, "local-it").await;
    for yard in [&one, &other, &third] {
        let vote = yard
            .federation()
            .vote(number, allot_ledger::entry::Choice::For, None, "x");
        vote.await.unwrap();
    }
    federation.close_vote(number, "x").await.unwrap();

    let proposed = ReleaseForm {
        note: "Moves the volume.".to_owned(),
        ..form("1.1.0+1")
    };
    federation.release(proposed, "x").await.unwrap();
    assert_eq!(
        catalogue
            .show("demo", 0)
            .await
            .unwrap()
            .row
            .newest
            .unwrap()
            .0,
        "1.0.0+1"
    );
    other.place.until_size(hub.size()).await;
    let theirs = other.catalogue(CatalogueConfig::default());
    let waiting = theirs.reviews(false).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (&*waiting[0].note, &*waiting[0].before),
        ("Moves the volume.", "1.0.0+1")
    );
    assert!(
        catalogue.reviews(false).await.unwrap().is_empty(),
        "not by itself"
    );
    assert_eq!(catalogue.reviews(true).await.unwrap().len(), 1);
    let of = ("demo", "1.1.0+1");
    let own = federation.review(of, ReviewVerdict::Approve, "", "x").await;
    assert!(own.is_err(), "nobody reviews its own");
    let asks = ReviewVerdict::RequestChanges;
    other
        .federation()
        .review(of, asks, "It loses data.", "x")
        .await
        .unwrap();
    let shown = theirs.show("demo", 0).await.unwrap();
    assert_eq!(shown.versions[0].stage.name(), "changes requested");
    assert!(
        shown.versions[0]
            .unmet
            .as_ref()
            .unwrap()
            .text()
            .contains("review approve demo 1.1.0+1")
    );
    other
        .federation()
        .review(of, ReviewVerdict::Approve, "", "x")
        .await
        .unwrap();
    third.place.until_size(hub.size()).await;
    let third = third.agent("a", Accept::Published);
    assert_eq!(
        create(&third, "demo", "").await.unwrap(),
        "1.1.0+1",
        "on a third agent"
    );
}

#[tokio::test]
async fn what_is_not_in_the_catalogue_goes_on_with_a_word() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    know(
        &hub,
        "other",
        "https://git.example.org/other.git",
        "Another.",
    );
    let yard = Yard::of(&hub, "autonomic").await;
    let agent = yard.agent("a", Accept::Published);
    assert_eq!(create(&agent, "demo", "").await.unwrap(), "1.1.0+1");
    assert_eq!(
        rules(&plan(&agent, "", false).await.unwrap()),
        ["not-pinned"]
    );
    // The same name from elsewhere is not the catalogue's recipe.
    demo(&hub);
    yard.place.until_size(hub.size()).await;
    let agent = yard.agent("b", Accept::Published);
    let elsewhere = "https://git.example.net/ours/demo.git";
    assert_eq!(create(&agent, elsewhere, "").await.unwrap(), "1.1.0+1");
    assert_eq!(
        rules(&plan(&agent, "", false).await.unwrap()),
        ["not-pinned"]
    );
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
