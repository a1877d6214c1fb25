//! Which versions are deployed.

use std::time::Duration;

use allot_agent::{config::Accept, federation::Options};

use super::yard::{Yard, code, commit, create, demo, form, know, observe, plan, rules};
use crate::{
    hub::TestHub,
    place::{Place, hasty},
    recipes::Draft,
};

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
async fn a_careful_collective_deploys_no_version_that_too_few_have_witnessed() {
    let hub = TestHub::found(&["autonomic", "sutty", "local-it"]);
    let careful = Options {
        require_witnesses: true,
        witness_patience: Duration::from_millis(200),
        ..hasty()
    };
    let yard = Yard::with(&hub, "autonomic", careful).await;
    let other = Place::joined(&hub, "sutty").await;
    demo(&hub);
    yard.place
        .until("two of three have seen what there is", |view| {
            view.witnessed_size == hub.size()
        })
        .await;
    let agent = yard.agent("a", Accept::Default);
    assert_eq!(create(&agent, "demo", "").await.unwrap(), "1.1.0+1");
    // From here on the hub shows this member alone what it writes.
    other.stop().await;
    observe(&hub, "demo", "1.2.0+1", &commit(2), &commit(2));
    yard.recipes.publish("1.2.0+1", Draft::default().tree());
    yard.place.until_size(hub.size()).await;
    for version in ["1.2.0+1", "1.2.0", &commit(2)[..]] {
        let (refused, text) = code(plan(&agent, version, false).await);
        assert_eq!(refused, "AL-8840", "{version}: {text}");
        assert!(text.contains("this collective acts only on what 2 have witnessed"));
    }
    let fresh = yard.agent("b", Accept::Default);
    assert_eq!(code(create(&fresh, "demo", "").await).0, "AL-8840");
    let before = plan(&agent, "1.1.0+1", false).await.unwrap();
    assert_eq!(before.pin.unwrap().commit, commit(1), "what was seen stays");
    // A collective that does not ask for witnesses takes it.
    let silent = Options {
        cosign: Some(false),
        ..hasty()
    };
    let trusting = Yard::with(&hub, "local-it", silent).await;
    trusting.recipes.publish("1.2.0+1", Draft::default().tree());
    let theirs = trusting.agent("a", Accept::Default);
    assert_eq!(create(&theirs, "demo", "").await.unwrap(), "1.2.0+1");
    // Once another member has seen it, it goes on by itself.
    let other = Place::joined_with(&hub, "sutty", "swarm-2", hasty()).await;
    yard.place
        .until("two of three have seen it", |view| {
            view.witnessed_size == hub.size()
        })
        .await;
    let plan = plan(&agent, "1.2.0+1", false).await.unwrap();
    assert_eq!(plan.pin.unwrap().commit, commit(2));
    drop(other);
}
