//! Plans: what they say, what their hash stands for, and when they are refused.

use allot_agent::{
    app::{Action, DeployOptions, ResolveImage},
    engine::{Engine as _, sim::Request},
};
use allot_stack::spec::SecretSpec;

use crate::{
    plot::{APP, Plot, STACK, verdict},
    recipes::Draft,
};

#[tokio::test(start_paused = true)]
async fn the_same_world_gives_the_same_hash() {
    let plot = Plot::with_app().await;
    let (one, two) = (plot.plan().await.unwrap(), plot.plan().await.unwrap());
    assert_eq!(one.hash, two.hash);
    assert_eq!(one.hash.len(), 64);
    assert!(one.has_changes() && one.blockers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn another_env_recipe_or_swarm_gives_another_hash() {
    let plot = Plot::with_app().await;
    let mut seen = vec![plot.plan().await.unwrap().hash];
    let mut is_new = |hash: String| {
        assert!(!seen.contains(&hash));
        seen.push(hash);
    };
    plot.set("GREETING", "good morning").await.unwrap();
    is_new(plot.plan().await.unwrap().hash);

    let draft = Draft {
        image: "app:2",
        ..Draft::default()
    };
    plot.recipes.publish("2.0.0+2", draft.tree());
    is_new(plot.plan_version("2.0.0+2").await.unwrap().hash);
    is_new(plot.plan_with(detached()).await.unwrap().hash);

    plot.agent
        .remove_secrets(APP, "token", false)
        .await
        .unwrap();
    is_new(plot.plan().await.unwrap().hash);
    plot.generate().await;
    is_new(plot.plan().await.unwrap().hash);
}

fn detached() -> DeployOptions {
    DeployOptions {
        detach: true,
        ..DeployOptions::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_somebody_touched_gives_another_hash() {
    let plot = Plot::deployed().await;
    plot.set("GREETING", "good morning").await.unwrap();
    let before = plot.plan().await.unwrap();
    let service = app_service(&plot).await;
    let spec = service.spec.clone();
    plot.engine
        .update_service(&service.id, service.version, &spec, None)
        .await
        .unwrap();
    let after = plot.plan().await.unwrap();
    assert_ne!(before.hash, after.hash);
    let refused = plot.apply(&before).await.unwrap_err();
    assert_eq!(refused.code(), "AL-5008");
}

async fn app_service(plot: &Plot) -> allot_agent::engine::ObservedService {
    let services = plot.engine.services(STACK).await.unwrap();
    services
        .into_iter()
        .find(|s| s.name.ends_with("_app"))
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_plan_changes_nothing() {
    let plot = Plot::with_app().await;
    let writes = plot.sim.writes();
    plot.plan().await.unwrap();
    assert_eq!(plot.sim.writes(), writes);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_was_never_shown_is_refused() {
    let plot = Plot::with_app().await;
    let mut plan = plot.plan().await.unwrap();
    plan.hash = "0".repeat(64);
    assert_eq!(plot.apply(&plan).await.unwrap_err().code(), "AL-5007");
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_too_old_after_an_hour() {
    let plot = Plot::with_app().await;
    let plan = plot.plan().await.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(3601)).await;
    assert_eq!(plot.apply(&plan).await.unwrap_err().code(), "AL-5007");
}

#[tokio::test(start_paused = true)]
async fn a_plan_made_before_the_env_was_edited_is_refused() {
    let plot = Plot::with_app().await;
    let plan = plot.plan().await.unwrap();
    plot.set("GREETING", "good morning").await.unwrap();
    let writes = plot.sim.writes();
    assert_eq!(plot.apply(&plan).await.unwrap_err().code(), "AL-5008");
    assert_eq!(plot.sim.writes(), writes);
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_one_app_cannot_be_applied_to_another() {
    let plot = Plot::with_app().await;
    let other = allot_agent::app::NewApp {
        recipe: "demo".to_owned(),
        domain: "other.example.org".to_owned(),
        ..Default::default()
    };
    let by = crate::plot::somebody();
    plot.agent.create_app(other, by.clone()).await.unwrap();
    let plan = plot.plan().await.unwrap();
    let writes = plot.sim.writes();
    let refused = plot.agent.apply("other.example.org", &plan.hash, by).await;
    assert_eq!(refused.err().unwrap().code(), "AL-5008");
    assert_eq!(plot.sim.writes(), writes);
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_on_the_swarm_blocks_before_anything_is_touched() {
    let plot = Plot::new();
    plot.create().await.unwrap();
    let plan = plot.plan().await.unwrap();
    let codes: Vec<_> = plan.blockers.iter().map(|b| b.code).collect();
    assert_eq!(codes, ["AL-5011"]);
    assert!(
        plan.blockers[0].help.contains("allot app secret generate"),
        "{:?}",
        plan.blockers
    );
    let writes = plot.sim.writes();
    assert_eq!(plot.apply(&plan).await.unwrap_err().code(), "AL-5011");
    assert_eq!(plot.sim.writes(), writes);
    assert!(plot.agent.history(APP, 10).unwrap().len() == 1);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_appears_after_the_plan_makes_it_stale() {
    let plot = Plot::new();
    plot.create().await.unwrap();
    let plan = plot.plan().await.unwrap();
    let secret = SecretSpec {
        name: Some(format!("{STACK}_token_v1")),
        data: Some("YQ==".to_owned()),
        ..SecretSpec::default()
    };
    plot.engine.create_secret(&secret).await.unwrap();
    assert_eq!(plot.apply(&plan).await.unwrap_err().code(), "AL-5008");
}

#[tokio::test(start_paused = true)]
async fn registries_are_asked_once_and_not_again_when_the_plan_is_applied() {
    let plot = Plot::with_app().await;
    let plan = plot.plan().await.unwrap();
    // Two images, asked side by side.
    assert_eq!(plot.sim.requests(Request::ResolveImage), 2);
    plot.apply(&plan).await.unwrap();
    assert_eq!(plot.sim.requests(Request::ResolveImage), 2);
}

#[tokio::test(start_paused = true)]
async fn registries_are_not_asked_when_nobody_wants_it() {
    let plot = Plot::deployed().await;
    let before = plot.sim.requests(Request::ResolveImage);
    for resolve_image in [ResolveImage::Never, ResolveImage::Changed] {
        let options = DeployOptions {
            resolve_image,
            ..DeployOptions::default()
        };
        assert!(!plot.plan_with(options).await.unwrap().has_changes());
    }
    assert_eq!(plot.sim.requests(Request::ResolveImage), before);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_somebody_put_in_by_hand_is_not_taken_for_the_recipes() {
    let plot = Plot::deployed().await;
    let service = app_service(&plot).await;
    let mut spec = service.spec.clone();
    let container = spec.task_template.as_mut().unwrap();
    container.container_spec.as_mut().unwrap().image = Some("other:9".to_owned());
    plot.engine
        .update_service(&service.id, service.version, &spec, None)
        .await
        .unwrap();
    let plan = plot.plan().await.unwrap();
    let app = plan.services.iter().find(|s| s.short == "app").unwrap();
    assert_eq!(app.action, Action::Update);
    assert_eq!(
        (app.image_before.as_str(), app.image_after.as_str()),
        ("other:9", "app:1")
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_says_what_an_operator_must_know() {
    let plot = Plot::with_app().await;
    let draft = Draft {
        image: "app:latest",
        sample: "NEW_ONE=1",
        notes: vec![("2.0.0+2", "Back up first.")],
        extra: "    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n      - /srv/x:/x\n  bare:\n    image: \"bare\"\n",
        ..Draft::default()
    };
    plot.recipes.publish("2.0.0+2", draft.tree());
    let plan = plot.plan_version("2.0.0+2").await.unwrap();
    let mut rules: Vec<_> = plan
        .notices
        .iter()
        .map(|n| format!("{} {}", n.rule, n.place))
        .filter(|n| !n.starts_with("image-not-resolved"))
        .collect();
    rules.sort();
    assert_eq!(
        rules,
        [
            "docker-socket app",
            "host-path app",
            "image-latest app",
            "image-untagged bare",
            "no-healthcheck bare",
        ]
    );
    let missing: Vec<_> = plan.env_missing.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(missing, ["NEW_ONE"]);
}

#[tokio::test(start_paused = true)]
async fn release_notes_between_the_two_versions_are_shown() {
    let plot = Plot::deployed().await;
    let draft = Draft {
        image: "app:3",
        notes: vec![
            ("1.0.0+1", "first"),
            ("2.0.0+2", "second"),
            ("3.0.0+3", "third"),
        ],
        ..Draft::default()
    };
    plot.recipes.publish("2.0.0+2", draft.tree());
    plot.recipes.publish("3.0.0+3", draft.tree());
    let plan = plot.plan_version("3.0.0+3").await.unwrap();
    let notes: Vec<_> = plan
        .release_notes
        .iter()
        .map(|n| n.text.trim().to_owned())
        .collect();
    assert_eq!(notes, ["second", "third"]);
    assert_eq!(plan.current_version, "1.0.0+1");
}

#[tokio::test(start_paused = true)]
async fn going_back_to_an_older_version_is_said() {
    let plot = Plot::with_app().await;
    let draft = Draft {
        image: "app:2",
        ..Draft::default()
    };
    plot.recipes.publish("2.0.0+2", draft.tree());
    let plan = plot.plan_version("2.0.0+2").await.unwrap();
    verdict(&plot.apply(&plan).await.unwrap());
    let back = plot.plan_version("1.0.0+1").await.unwrap();
    assert!(back.notices.iter().any(|n| n.rule == "older-version"));
}

#[tokio::test(start_paused = true)]
async fn versions_are_chosen_by_argument_then_env_then_what_runs_then_the_latest() {
    let plot = Plot::with_app().await;
    for n in ["2.0.0+2", "3.0.0+3"] {
        plot.recipes.publish(n, Draft::default().tree());
    }
    let version = |plan: allot_agent::app::Plan| plan.pin.unwrap().version;
    assert_eq!(
        version(plot.plan_version("2.0.0+2").await.unwrap()),
        "2.0.0+2"
    );
    assert_eq!(version(plot.plan().await.unwrap()), "1.0.0+1");
    let plan = plot.plan_version("2.0.0+2").await.unwrap();
    plot.apply(&plan).await.unwrap();
    plot.set("TYPE", "demo").await.unwrap();
    assert_eq!(version(plot.plan().await.unwrap()), "2.0.0+2");
    plot.undeploy().await;
    assert_eq!(version(plot.plan().await.unwrap()), "3.0.0+3");
}
