//! What stewards say, and what comes of it.

use std::sync::Arc;

use allot_agent::{
    app::Actor,
    config::{Accept, CatalogueConfig},
    engine::sim::SimEngine,
    federation::ReleaseForm,
};
use allot_ledger::{
    Body,
    entry::{ReviewVerdict, UpgradeVerdict},
};

use super::yard::{APP, Yard, accepting, agent, code, create, demo, form, know, plan, rules};
use crate::{
    hub::TestHub,
    place::{Place, hasty},
    plot,
};

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
async fn a_version_that_is_yanked_between_plan_and_apply_is_not_deployed() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    demo(&hub);
    let yard = Yard::of(&hub, "autonomic").await;
    let agent = Arc::new(yard.agent("a", Accept::Default));
    create(&agent, "demo", "1.1.0+1").await.unwrap();
    let all = allot_agent::app::GenerateRequest {
        app: APP.to_owned(),
        ..Default::default()
    };
    agent.generate_secrets(all).await.unwrap();
    let federation = yard.federation();
    let apply = async |hash: &str| {
        let applied = agent.apply(APP, hash, Actor("x".to_owned())).await;
        applied.map(|_| ())
    };
    let nothing_runs = async || {
        let tasks = agent.list_tasks(APP, false).await;
        assert!(tasks.is_err() || tasks.unwrap().tasks.is_empty());
    };
    // Its recipe is claimed after the plan: what nobody published is not accepted any more.
    let shown = plan(&agent, "1.1.0+1", false).await.unwrap();
    federation.claim_recipe("demo", "x").await.unwrap();
    assert_eq!(code(apply(&shown.hash).await).0, "AL-9303");
    nothing_runs().await;
    federation.release(form("1.1.0+1"), "x").await.unwrap();
    let shown = plan(&agent, "1.1.0+1", false).await.unwrap();
    let aware = plan(&agent, "1.1.0+1", true).await.unwrap();
    assert_eq!(shown.hash, aware.hash, "it is the same plan until then");
    let shown = plan(&agent, "1.1.0+1", false).await.unwrap();
    federation
        .yank("demo", "1.1.0+1", "it loses data", "x")
        .await
        .unwrap();
    let (refused, text) = code(apply(&shown.hash).await);
    assert_eq!(refused, "AL-9304");
    assert!(text.contains("it loses data"), "{text}");
    nothing_runs().await;
    // Who asks for it all the same was told.
    let aware = plan(&agent, "1.1.0+1", true).await.unwrap();
    let live = agent.apply(APP, &aware.hash, Actor("x".to_owned()));
    let live = live.await.unwrap();
    let events: Vec<_> = futures::StreamExt::collect(live.follow()).await;
    assert!(plot::verdict(&events).outcome.is_success());
}

#[tokio::test]
async fn a_claim_is_told_to_others_and_an_agents_outcomes_to_nobody() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    demo(&hub);
    know(&hub, "wiki", "https://git.example.org/wiki.git", "Write.");
    let one = Yard::of(&hub, "autonomic").await;
    let same = Place::joined_with(&hub, "autonomic", "swarm-2", hasty()).await;
    let other = Yard::of(&hub, "sutty").await;
    let theirs = other.federation();
    for recipe in ["demo", "wiki"] {
        theirs.claim_recipe(recipe, "x").await.unwrap();
    }
    let went = UpgradeVerdict::Converged;
    let versions = ("1.0.0+1", "1.1.0+1");
    same.federation
        .report_outcome("demo", versions, went, "the agent")
        .await
        .unwrap();
    let view = one.place.until_size(hub.size()).await;
    let told: Vec<_> = view.notices.iter().map(|n| n.text.as_str()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("sutty looks after recipes that had no steward: demo"),
        "{told:?}"
    );
    let own = other.place.until_size(hub.size()).await.notices;
    assert!(own.is_empty(), "{own:?}");
}
