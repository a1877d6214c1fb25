//! The handle by which tests make the simulated engine fail, and what it counts.

// A helper that fails is a failing test here, as in the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use allot_agent::engine::sim::{Fault, Request, SimEngine};
use allot_agent::engine::{Engine, EngineError, TaskState};
use allot_stack::spec::{SecretSpec, ServiceSpec};
use futures::StreamExt;
use serde_json::json;
use tokio::time::Instant;

fn secret(name: &str) -> SecretSpec {
    SecretSpec {
        name: Some(name.to_owned()),
        data: Some("YQ==".to_owned()),
        ..Default::default()
    }
}

fn service(image: &str) -> ServiceSpec {
    serde_json::from_value(json!({
        "Name": "a_b",
        "TaskTemplate": {
            "ContainerSpec": {"Image": image},
            "RestartPolicy": {"Delay": 100_000_000},
        },
    }))
    .unwrap()
}

#[tokio::test(start_paused = true)]
async fn requests_are_counted_by_what_they_do() {
    let engine = SimEngine::new();
    let control = engine.control();
    engine.snapshot("a").await.unwrap();
    engine.create_secret(&secret("a_s")).await.unwrap();
    engine.create_secret(&secret("a_s")).await.unwrap_err();
    assert_eq!((control.reads(), control.writes()), (1, 2));
    assert_eq!(control.requests(Request::CreateSecret), 2);
}

#[tokio::test(start_paused = true)]
async fn while_the_engine_is_away_containers_go_on() {
    let engine = SimEngine::new();
    let control = engine.control();
    let id = engine
        .create_service(&service("nginx"), None)
        .await
        .unwrap();
    let mut events = engine.events().await.unwrap();
    control.go_away();
    let error = engine.info().await.unwrap_err();
    assert!(matches!(error, EngineError::Unreachable { .. }), "{error}");
    while let Some(event) = events.next().await {
        if let Err(error) = event {
            assert!(matches!(error, EngineError::Unreachable { .. }), "{error}");
            break;
        }
    }
    assert!(events.next().await.is_none());
    tokio::time::sleep(Duration::from_secs(1)).await;
    control.come_back();
    let tasks = engine.tasks(&[id]).await.unwrap();
    assert_eq!(tasks[0].state, TaskState::Running);
}

#[tokio::test(start_paused = true)]
async fn planned_faults_come_as_often_as_asked() {
    let engine = SimEngine::new();
    let control = engine.control();
    control.fail_next(Request::CreateSecret, 1, Fault::Failed);
    control.fail_next(Request::CreateSecret, 1, Fault::AnswerLost);
    let first = engine.create_secret(&secret("a_s")).await.unwrap_err();
    assert!(matches!(first, EngineError::Failed { .. }), "{first}");
    let names = ["a_s".to_owned()];
    assert!(engine.secrets_named(&names).await.unwrap().is_empty());
    let lost = engine.create_secret(&secret("a_s")).await.unwrap_err();
    assert!(matches!(lost, EngineError::Unreachable { .. }), "{lost}");
    assert_eq!(engine.secrets_named(&names).await.unwrap().len(), 1);
    let third = engine.create_secret(&secret("a_s")).await.unwrap_err();
    assert!(
        matches!(third, EngineError::AlreadyExists { .. }),
        "{third}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_engine_takes_its_time() {
    let engine = SimEngine::new();
    engine.control().slow_down(Duration::from_secs(3));
    let began = Instant::now();
    engine.info().await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_slot_remembers_five_tasks() {
    let engine = SimEngine::new();
    let id = engine
        .create_service(&service("sim/crash"), None)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(engine.tasks(&[id]).await.unwrap().len(), 5);
}
