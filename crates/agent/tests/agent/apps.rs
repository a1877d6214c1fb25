//! Registering, listing and looking back.

use allot_agent::{
    app::{Happened, NewApp},
    engine::Engine as _,
};

use crate::{
    plot::{APP, Plot, STACK, somebody},
    recipes::Draft,
};

#[tokio::test(start_paused = true)]
async fn an_app_gets_the_samples_env_with_its_own_name() {
    let plot = Plot::new();
    plot.create().await.unwrap();
    let (app, env) = plot.agent.env(APP, 0).unwrap();
    assert_eq!((app.stack.as_str(), app.recipe.as_str()), (STACK, "demo"));
    assert!(env.text.contains(&format!("DOMAIN={APP}")), "{}", env.text);
    assert!(env.text.contains("TYPE=demo:1.0.0+1"), "{}", env.text);
    assert_eq!(
        plot.sim.reads() + plot.sim.writes(),
        0,
        "no engine is asked"
    );
}

#[tokio::test(start_paused = true)]
async fn a_name_or_stack_that_is_taken_is_refused() {
    let plot = Plot::with_app().await;
    assert_eq!(plot.create().await.unwrap_err().code(), "AL-5002");
    let other = NewApp {
        recipe: "demo".to_owned(),
        domain: "other.example.org".to_owned(),
        set: [("STACK_NAME".to_owned(), STACK.to_owned())].into(),
        ..NewApp::default()
    };
    let refused = plot.agent.create_app(other, somebody()).await;
    assert_eq!(refused.unwrap_err().code(), "AL-5003");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_version_is_refused() {
    let plot = Plot::new();
    let new = NewApp {
        recipe: "demo".to_owned(),
        version: "9.9.9+9".to_owned(),
        ..NewApp::default()
    };
    let refused = plot.agent.create_app(new, somebody()).await.unwrap_err();
    assert!(refused.code().starts_with("AL-15"), "{refused}");
    assert!(plot.agent.list_apps("", false).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_list_with_status_says_what_abra_would_say() {
    let plot = Plot::deployed().await;
    for version in ["1.1.0+1", "2.0.0+2"] {
        plot.recipes.publish(version, Draft::default().tree());
    }
    let quiet = &plot.agent.list_apps("", false).await.unwrap()[0];
    assert_eq!((quiet.status, quiet.version.as_str()), ("", ""));

    let row = &plot.agent.list_apps("", true).await.unwrap()[0];
    assert_eq!((row.status, row.version.as_str()), ("deployed", "1.0.0+1"));
    assert_eq!(row.upgrades, ["2.0.0+2", "1.1.0+1"]);
    assert_eq!((row.chaos, row.chaos_version.as_str()), (false, "unknown"));
    assert!(
        plot.agent
            .list_apps("other", true)
            .await
            .unwrap()
            .is_empty()
    );

    plot.undeploy().await;
    let row = &plot.agent.list_apps("", true).await.unwrap()[0];
    assert_eq!(
        (row.status, row.version.as_str()),
        ("undeployed", "unknown")
    );
    assert!(row.upgrades.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stack_whose_labels_say_nothing_runs_an_unknown_version() {
    let plot = Plot::deployed().await;
    for service in plot.engine.services(STACK).await.unwrap() {
        let mut spec = service.spec.clone();
        let labels = spec.labels.as_mut().unwrap();
        labels.retain(|name, _| !name.starts_with("coop-cloud."));
        plot.engine
            .update_service(&service.id, service.version, &spec, None)
            .await
            .unwrap();
    }
    let row = &plot.agent.list_apps("", true).await.unwrap()[0];
    assert_eq!((row.status, row.version.as_str()), ("deployed", "unknown"));
}

#[tokio::test(start_paused = true)]
async fn history_is_told_newest_first_and_no_longer_than_asked() {
    let plot = Plot::deployed().await;
    plot.set("GREETING", "x").await.unwrap();
    let kinds = |limit| {
        let history = plot.agent.history(APP, limit).unwrap();
        let kind = |h: Happened| match h {
            Happened::Operation(o) => o.kind.name().to_owned(),
            Happened::Env(e) => format!("env {}", e.revision),
        };
        history.into_iter().map(kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(10), ["env 2", "deploy", "env 1"]);
    assert_eq!(kinds(1), ["env 2"]);
}
