//! Secrets: made or brought, shown once, kept nowhere.

use allot_agent::{
    app::GenerateRequest,
    engine::{
        Engine as _,
        sim::{Fault, Request},
    },
};
use secrecy::{ExposeSecret as _, SecretSlice};

use crate::plot::{APP, Plot, STACK};

fn revealing() -> GenerateRequest {
    GenerateRequest {
        app: APP.to_owned(),
        reveal: true,
        ..GenerateRequest::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_follows_the_sample_and_is_shown_once() {
    let plot = Plot::new();
    plot.create().await.unwrap();
    let made = plot.agent.generate_secrets(revealing()).await.unwrap();
    let value = made[0].value.as_ref().unwrap().expose_secret().to_owned();
    assert_eq!(value.len(), 20);
    assert!(!format!("{made:?}").contains(&value));
    let again = plot.agent.generate_secrets(revealing()).await.unwrap();
    assert!(again[0].value.is_none() && again[0].reason.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_secrets_value_is_in_no_file_of_the_agent() {
    let plot = Plot::new();
    plot.create().await.unwrap();
    let made = plot.agent.generate_secrets(revealing()).await.unwrap();
    let value = made[0].value.as_ref().unwrap().expose_secret().to_owned();
    let canary = "canary-5f1c2f0e";
    let brought = SecretSlice::from(canary.as_bytes().to_vec());
    plot.agent
        .insert_secret(APP, "token", "v2", brought)
        .await
        .unwrap();
    plot.deploy().await;
    let files = std::process::Command::new("grep")
        .args(["-rlaF", "-e", canary, "-e", &value])
        .arg(plot.dir.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&files.stdout), "");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_exists_is_never_replaced() {
    let plot = Plot::with_app().await;
    let value = SecretSlice::from(b"x".to_vec());
    let refused = plot.agent.insert_secret(APP, "token", "v1", value).await;
    let error = refused.unwrap_err();
    assert_eq!(error.code(), "AL-5019");
    assert!(error.help().unwrap().contains("SECRET_TOKEN_VERSION"));
}

#[tokio::test(start_paused = true)]
async fn what_swarm_would_not_take_is_refused() {
    let plot = Plot::with_app().await;
    for bytes in [Vec::new(), vec![0; 500 * 1024 + 1]] {
        let value = SecretSlice::from(bytes);
        let refused = plot.agent.insert_secret(APP, "token", "v2", value).await;
        assert_eq!(refused.unwrap_err().code(), "AL-5024");
    }
    let value = SecretSlice::from(b"x".to_vec());
    let refused = plot.agent.insert_secret(APP, "nope", "v1", value).await;
    assert_eq!(refused.unwrap_err().code(), "AL-5018");
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_use_stays() {
    let plot = Plot::deployed().await;
    let refused = plot.agent.remove_secrets(APP, "token", false).await;
    assert_eq!(refused.unwrap_err().code(), "AL-4007");
    plot.undeploy().await;
    let removed = plot.agent.remove_secrets(APP, "", true).await.unwrap();
    assert_eq!(removed, [format!("{STACK}_token_v1")]);
    assert!(
        plot.engine
            .secrets_named(&removed)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_fails_makes_no_secret_and_says_so() {
    let plot = Plot::new();
    plot.create().await.unwrap();
    plot.sim.fail_next(Request::CreateSecret, 1, Fault::Failed);
    let refused = plot.agent.generate_secrets(revealing()).await;
    assert_eq!(refused.unwrap_err().code(), "AL-4009");
    let rows = plot.agent.list_secrets(APP).await.unwrap();
    assert!(rows[0].created_at.is_none());
}
