//! What a failing service said last: the task's error, its log's end, its health check's output.

use futures::{StreamExt as _, future::join_all};
use tokio::time::timeout;

use super::{ServiceWatch, StackWatch, Standing};
use crate::{
    app::event::Failure,
    engine::{Engine, LogQuery, LogTarget, ObservedTask},
    limits::{RECAP_LINE_CHARS, RECAP_LINES, RECAP_SERVICES, RECAP_TIME},
};

/// Collects, for every service that did not arrive, what its last task said. What cannot be had in
/// [`RECAP_TIME`] is left out: a recap never delays a verdict for long.
pub async fn failures(engine: &dyn Engine, watch: &StackWatch) -> Vec<Failure> {
    let failed = watch.services.iter().filter(|s| {
        matches!(
            s.standing,
            Standing::Failed(_) | Standing::RolledBack(_) | Standing::TimedOut(_)
        )
    });
    join_all(
        failed
            .take(RECAP_SERVICES)
            .map(|service| failure(engine, service)),
    )
    .await
}

async fn failure(engine: &dyn Engine, service: &ServiceWatch) -> Failure {
    let task = match service.failed_tasks.last() {
        Some(task) => Some(task.clone()),
        None => newest_task(engine, service).await,
    };
    let mut failure = Failure {
        service: service.short.clone(),
        task: String::new(),
        error: service.last_error.clone(),
        exit_code: None,
        log: Vec::new(),
        health_output: String::new(),
    };
    if let Some(task) = task {
        let (log, health) = tokio::join!(last_lines(engine, &task), health_output(engine, &task));
        failure.task.clone_from(&task.id);
        failure.exit_code = task.exit_code;
        failure.log = log;
        failure.health_output = health;
    }
    failure
}

async fn newest_task(engine: &dyn Engine, service: &ServiceWatch) -> Option<ObservedTask> {
    let tasks = timeout(RECAP_TIME, engine.tasks(std::slice::from_ref(&service.id)))
        .await
        .ok()?
        .ok()?;
    tasks
        .into_iter()
        .max_by(|a, b| a.created_at.cmp(&b.created_at))
}

async fn last_lines(engine: &dyn Engine, task: &ObservedTask) -> Vec<String> {
    if task.container_id.is_none() {
        return Vec::new();
    }
    let query = LogQuery {
        target: LogTarget::Task(task.id.clone()),
        follow: false,
        tail: Some(RECAP_LINES),
        since: None,
        stdout: true,
        stderr: true,
    };
    let read = async {
        let lines = engine.logs(&query).await.ok()?;
        let text = lines.filter_map(|line| async { line.ok().map(|l| cut(&l.text)) });
        Some(text.take(RECAP_LINES as usize).collect().await)
    };
    timeout(RECAP_TIME, read)
        .await
        .ok()
        .flatten()
        .unwrap_or_default()
}

async fn health_output(engine: &dyn Engine, task: &ObservedTask) -> String {
    let Some(container) = &task.container_id else {
        return String::new();
    };
    let report = timeout(RECAP_TIME, engine.container_health(container)).await;
    match report {
        Ok(Ok(Some(report))) if report.status != "healthy" => report.last_output,
        _ => String::new(),
    }
}

fn cut(line: &str) -> String {
    line.chars().take(RECAP_LINE_CHARS).collect()
}
