//! From the engine's models to what plans and verdicts read.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use bollard::models::{
    Config, Health, HealthcheckResult, Network, Secret, Service, ServiceUpdateStatus,
    ServiceUpdateStatusStateEnum, Task, TaskState as WireState, Volume,
};

use crate::engine::digest::template_digest;
use crate::engine::{
    HealthReport, ObservedConfig, ObservedNetwork, ObservedSecret, ObservedService, ObservedTask,
    ObservedVolume, TaskState, UpdateState, UpdateStatus, text::cut,
};

/// Longest health-check output that is kept, in bytes; the engine itself keeps 4096.
const MAX_HEALTH_OUTPUT: usize = 4096;

fn labels(labels: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    labels.unwrap_or_default().into_iter().collect()
}

pub(super) fn service(service: Service) -> ObservedService {
    let spec = service.spec.unwrap_or_default();
    ObservedService {
        id: service.id.unwrap_or_default(),
        name: spec.name.clone().unwrap_or_default(),
        version: service.version.and_then(|v| v.index).unwrap_or_default(),
        created_at: service.created_at.unwrap_or_default(),
        updated_at: service.updated_at.unwrap_or_default(),
        update: service.update_status.and_then(update_status),
        template_digest: spec
            .task_template
            .as_ref()
            .map(template_digest)
            .unwrap_or_default(),
        job_iteration: service
            .job_status
            .and_then(|job| job.job_iteration)
            // The engine leaves an index of 0 out.
            .map(|version| version.index.unwrap_or_default()),
        spec,
    }
}

fn update_status(status: ServiceUpdateStatus) -> Option<UpdateStatus> {
    let state = match status.state? {
        ServiceUpdateStatusStateEnum::EMPTY => return None,
        ServiceUpdateStatusStateEnum::UPDATING => UpdateState::Updating,
        ServiceUpdateStatusStateEnum::PAUSED => UpdateState::Paused,
        ServiceUpdateStatusStateEnum::COMPLETED => UpdateState::Completed,
        ServiceUpdateStatusStateEnum::ROLLBACK_STARTED => UpdateState::RollbackStarted,
        ServiceUpdateStatusStateEnum::ROLLBACK_PAUSED => UpdateState::RollbackPaused,
        ServiceUpdateStatusStateEnum::ROLLBACK_COMPLETED => UpdateState::RollbackCompleted,
    };
    Some(UpdateStatus {
        state,
        message: status.message.unwrap_or_default(),
        started_at: status.started_at,
        completed_at: status.completed_at,
    })
}

pub(super) fn task(task: Task) -> ObservedTask {
    let spec = task.spec.unwrap_or_default();
    let status = task.status.unwrap_or_default();
    let state = state(status.state);
    // A task that never had a container has an empty record of one, with exit code 0.
    let container = status.container_status.filter(|container| {
        container
            .container_id
            .as_ref()
            .is_some_and(|id| !id.is_empty())
    });
    // An engine writes exit code 0 for containers that still run.
    let ended = state > TaskState::Running;
    ObservedTask {
        id: task.id.unwrap_or_default(),
        service_id: task.service_id.unwrap_or_default(),
        slot: task
            .slot
            .and_then(|slot| slot.try_into().ok())
            .unwrap_or_default(),
        node_id: task.node_id.unwrap_or_default(),
        desired: self::state(task.desired_state),
        state,
        message: status.message.unwrap_or_default(),
        error: status.err.unwrap_or_default(),
        exit_code: container
            .as_ref()
            .filter(|_| ended)
            .and_then(|container| container.exit_code),
        container_id: container.and_then(|container| container.container_id),
        template_digest: template_digest(&spec),
        image: spec
            .container_spec
            .and_then(|container| container.image)
            .unwrap_or_default(),
        job_iteration: task
            .job_iteration
            .map(|version| version.index.unwrap_or_default()),
        created_at: task.created_at.unwrap_or_default(),
        state_at: status.timestamp.unwrap_or_default(),
    }
}

fn state(state: Option<WireState>) -> TaskState {
    match state {
        None | Some(WireState::NEW) => TaskState::New,
        // `allocated` is an older name for what is `pending` since.
        Some(WireState::ALLOCATED | WireState::PENDING) => TaskState::Pending,
        Some(WireState::ASSIGNED) => TaskState::Assigned,
        Some(WireState::ACCEPTED) => TaskState::Accepted,
        Some(WireState::PREPARING) => TaskState::Preparing,
        Some(WireState::READY) => TaskState::Ready,
        Some(WireState::STARTING) => TaskState::Starting,
        Some(WireState::RUNNING) => TaskState::Running,
        Some(WireState::COMPLETE) => TaskState::Complete,
        Some(WireState::SHUTDOWN) => TaskState::Shutdown,
        Some(WireState::FAILED) => TaskState::Failed,
        Some(WireState::REJECTED) => TaskState::Rejected,
        Some(WireState::REMOVE) => TaskState::Remove,
        Some(WireState::ORPHANED) => TaskState::Orphaned,
    }
}

pub(super) fn network(network: Network) -> ObservedNetwork {
    ObservedNetwork {
        id: network.id.unwrap_or_default(),
        name: network.name.unwrap_or_default(),
        scope: network.scope.unwrap_or_default(),
        driver: network.driver.unwrap_or_default(),
        labels: labels(network.labels),
    }
}

pub(super) fn secret(secret: Secret) -> ObservedSecret {
    let spec = secret.spec.unwrap_or_default();
    ObservedSecret {
        id: secret.id.unwrap_or_default(),
        name: spec.name.unwrap_or_default(),
        labels: labels(spec.labels),
        created_at: secret.created_at.unwrap_or_default(),
    }
}

pub(super) fn config(config: Config) -> ObservedConfig {
    let spec = config.spec.unwrap_or_default();
    let data = spec.data.unwrap_or_default();
    ObservedConfig {
        id: config.id.unwrap_or_default(),
        name: spec.name.unwrap_or_default(),
        labels: labels(spec.labels),
        // The engine writes standard base64; anything else would be no config of this engine.
        data: base64::engine::general_purpose::STANDARD
            .decode(data)
            .unwrap_or_default(),
        created_at: config.created_at.unwrap_or_default(),
    }
}

pub(super) fn volume(volume: Volume) -> ObservedVolume {
    ObservedVolume {
        name: volume.name,
        driver: volume.driver,
        labels: volume.labels.into_iter().collect(),
    }
}

/// `None` for a container that has no check.
pub(super) fn health(health: Health) -> Option<HealthReport> {
    let status = health.status?.to_string();
    if status.is_empty() || status == "none" {
        return None;
    }
    let last = last_said(health.log.unwrap_or_default()).unwrap_or_default();
    Some(HealthReport {
        status,
        failing_streak: health
            .failing_streak
            .and_then(|streak| streak.try_into().ok())
            .unwrap_or_default(),
        last_output: cut(
            last.output.unwrap_or_default().trim_end(),
            MAX_HEALTH_OUTPUT,
        )
        .to_owned(),
        last_exit_code: last.exit_code,
    })
}

/// The newest check that said something, else the newest: a check that runs while its container is stopped is killed with
/// it, and is the last one without having said why the container had to go.
fn last_said(mut log: Vec<HealthcheckResult>) -> Option<HealthcheckResult> {
    let said =
        |check: &HealthcheckResult| check.output.as_ref().is_some_and(|o| !o.trim().is_empty());
    match log.iter().rposition(said) {
        Some(at) => Some(log.swap_remove(at)),
        None => log.pop(),
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::HealthStatusEnum;

    use super::*;

    fn check(output: &str, exit_code: i64) -> HealthcheckResult {
        HealthcheckResult {
            output: Some(output.to_owned()),
            exit_code: Some(exit_code),
            ..HealthcheckResult::default()
        }
    }

    #[test]
    fn a_check_that_was_killed_with_its_container_does_not_hide_what_the_one_before_said() {
        let of = |log| {
            let unhealthy = Some(HealthStatusEnum::UNHEALTHY);
            let report = health(Health {
                status: unhealthy,
                failing_streak: Some(3),
                log: Some(log),
            });
            let report = report.expect("it has a check");
            (report.last_output, report.last_exit_code)
        };
        let dry = "the well is dry\n";
        let said = ("the well is dry".to_owned(), Some(1));
        assert_eq!(of(vec![check(dry, 1), check("", 137)]), said);
        assert_eq!(of(vec![check("filling", 1), check(dry, 1)]), said);
        assert_eq!(
            of(vec![check("", 1), check(" ", 2)]),
            (String::new(), Some(2))
        );
        assert_eq!(of(vec![]), (String::new(), None));
    }
}
