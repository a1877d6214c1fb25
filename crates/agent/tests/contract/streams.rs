//! Promises about streams: events and logs.

use std::time::Duration;

use allot_agent::engine::{
    EngineError, EngineEvent, LogLine, LogQuery, LogStream, LogTarget, ObjectKind, Result,
};
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use serde_json::json;

use super::plot::Plot;

const SECOND: Duration = Duration::from_secs(1);

/// Waits for an event of a service, at most so long.
async fn heard(
    events: &mut BoxStream<'static, Result<EngineEvent>>,
    id: &str,
    kind: &str,
    action: &str,
    within: Duration,
) {
    let hearing = async {
        loop {
            let event = events.next().await.expect("the stream is open").unwrap();
            let fits = event.kind == kind && event.action == action;
            if fits && event.service_id.as_deref() == Some(id) {
                return;
            }
        }
    };
    let outcome = tokio::time::timeout(within, hearing).await;
    assert!(outcome.is_ok(), "no {kind} {action} within {within:?}");
}

pub async fn events_tell_of_a_change_within_a_second(plot: &Plot) {
    let mut events = plot.engine.events().await.unwrap();
    let id = plot.create(&plot.idle("a")).await;
    heard(&mut events, &id, "service", "create", SECOND).await;
    heard(&mut events, &id, "container", "start", 20 * SECOND).await;
    plot.until_running(&id).await;
    plot.update(
        &id,
        &plot.idle("a").with("/TaskTemplate/ForceUpdate", json!(1)),
    )
    .await;
    heard(&mut events, &id, "service", "update", SECOND).await;
    heard(&mut events, &id, "container", "die", 20 * SECOND).await;
    plot.engine.remove(ObjectKind::Service, &id).await.unwrap();
    heard(&mut events, &id, "service", "remove", SECOND).await;
}

pub async fn events_tell_of_health(plot: &Plot) {
    let mut events = plot.engine.events().await.unwrap();
    let shape = plot.idle("a").with(
        "/TaskTemplate/ContainerSpec/HealthCheck",
        json!({"Test": ["CMD-SHELL", "true"], "Interval": 500_000_000}),
    );
    let id = plot.create(&shape).await;
    heard(
        &mut events,
        &id,
        "container",
        "health_status: healthy",
        20 * SECOND,
    )
    .await;
}

fn query(target: LogTarget) -> LogQuery {
    LogQuery {
        target,
        follow: false,
        tail: Some(100),
        since: None,
        stdout: true,
        stderr: true,
    }
}

async fn read(plot: &Plot, query: &LogQuery) -> Vec<LogLine> {
    plot.engine
        .logs(query)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap()
}

fn has(lines: &[LogLine], stream: LogStream, text: &str) -> bool {
    lines
        .iter()
        .any(|line| line.stream == stream && line.text == text)
}

pub async fn log_lines_name_their_task_and_stream(plot: &Plot) {
    let script = "echo to out; echo to err >&2; sleep 1000 & wait";
    let shape = plot.service("a", script, &["SIM_STDOUT=to out", "SIM_STDERR=to err"]);
    let id = plot.create(&shape).await;
    let task = plot.until_running(&id).await;
    let of_service = query(LogTarget::Service(id));
    let lines = plot
        .until("both lines", || async {
            let lines = read(plot, &of_service).await;
            let both = has(&lines, LogStream::Stdout, "to out")
                && has(&lines, LogStream::Stderr, "to err");
            both.then_some(lines)
        })
        .await;
    for line in &lines {
        assert_eq!(line.task_id.as_deref(), Some(task.id.as_str()));
        assert!(line.timestamp.starts_with("20") && line.timestamp.ends_with('Z'));
    }
    let of_task = query(LogTarget::Task(task.id));
    assert_eq!(read(plot, &of_task).await.len(), lines.len());
    let errors_only = LogQuery {
        stdout: false,
        ..of_service
    };
    let errors = read(plot, &errors_only).await;
    assert!(errors.len() == 1 && has(&errors, LogStream::Stderr, "to err"));
}

pub async fn a_log_can_be_followed_and_cut(plot: &Plot) {
    let script = "echo one; echo two; sleep 1000 & wait";
    let shape = plot.service("a", script, &["SIM_STDOUT=one", "SIM_STDOUT=two"]);
    let id = plot.create(&shape).await;
    let followed = LogQuery {
        follow: true,
        tail: None,
        ..query(LogTarget::Service(id.clone()))
    };
    let mut lines = plot.engine.logs(&followed).await.unwrap();
    let seen = async {
        while let Some(line) = lines.next().await {
            if line.unwrap().text == "two" {
                return;
            }
        }
        panic!("a followed log ended");
    };
    tokio::time::timeout(30 * SECOND, seen).await.unwrap();
    let last = LogQuery {
        tail: Some(1),
        ..query(LogTarget::Service(id))
    };
    // A log that is not followed leaves out tasks that are not running yet.
    let last = plot
        .until("the last line", || async {
            Some(read(plot, &last).await).filter(|lines| !lines.is_empty())
        })
        .await;
    assert_eq!(last.len(), 1);
    assert_eq!(last[0].text, "two");
}

pub async fn the_log_of_what_is_gone_is_not_found(plot: &Plot) {
    let gone = query(LogTarget::Service("contract-nope".to_owned()));
    let error = plot.engine.logs(&gone).await.err().unwrap();
    assert!(matches!(error, EngineError::NotFound { .. }), "{error}");
    let gone = query(LogTarget::Task("contract-nope".to_owned()));
    let error = plot.engine.logs(&gone).await.err().unwrap();
    assert!(matches!(error, EngineError::Refused { .. }), "{error}");
}
