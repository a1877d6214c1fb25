//! Promises about tasks: what they go through and what they say.

use allot_agent::engine::{EngineError, ObjectKind};
use serde_json::json;

use super::plot::{IMAGE, Plot};

pub async fn a_service_comes_up_and_its_tasks_match_its_spec(plot: &Plot) {
    let network = plot.engine.create_network(&plot.network_spec("n")).await;
    let shape = plot.idle("a").with(
        "/TaskTemplate/Networks",
        json!([{"Target": network.unwrap(), "Aliases": ["a"]}]),
    );
    let id = plot.create(&shape).await;
    let task = plot.until_running(&id).await;
    assert_eq!((task.slot, task.image.as_str()), (1, IMAGE));
    assert!(task.error.is_empty() && task.exit_code.is_none());
    assert!(!task.node_id.is_empty() && task.container_id.is_some());
    assert_eq!(task.service_id, id);
    assert!(plot.look(&id).await.update.is_none());
}

pub async fn removing_a_service_lets_its_network_go(plot: &Plot) {
    let engine = &plot.engine;
    let network = engine
        .create_network(&plot.network_spec("n"))
        .await
        .unwrap();
    let shape = plot
        .idle("a")
        .with("/TaskTemplate/Networks", json!([{"Target": network}]));
    let id = plot.create(&shape).await;
    plot.until_running(&id).await;
    let error = engine
        .remove(ObjectKind::Network, &network)
        .await
        .unwrap_err();
    assert!(matches!(error, EngineError::InUse { .. }), "{error}");
    engine.remove(ObjectKind::Service, &id).await.unwrap();
    plot.until("no tasks", || async {
        plot.tasks(&id).await.is_empty().then_some(())
    })
    .await;
    plot.until("the network's end", || async {
        engine.remove(ObjectKind::Network, &network).await.ok()
    })
    .await;
}
