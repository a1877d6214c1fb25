//! Domain values to messages.

use allot_proto::agent as pb;

use crate::app::{
    Action, App, AppRow, EnvRevision, Event, Failure, Generated, Happened, ObjectPlan, Operation,
    OperationKind, Outcome, Plan, Progress, SecretRow, ServicePlan, ServiceRow, Step, TaskTable,
    Verdict, What, kind_name,
};
use crate::engine::{LogLine, LogStream, TaskState};

pub fn app(app: App, server: &str) -> pb::App {
    pb::App {
        name: app.name,
        stack: app.stack,
        server: server.to_owned(),
        recipe: app.recipe,
        source: app.source,
        env_version: app.env_version,
        env_revision: app.env_revision,
        created_at: app.created_at.to_string(),
        created_by: app.created_by.to_string(),
    }
}

pub fn app_row(row: AppRow, server: &str) -> pb::AppRow {
    pb::AppRow {
        app: Some(app(row.app, server)),
        status: row.status.to_owned(),
        version: row.version,
        chaos: row.chaos,
        chaos_version: row.chaos_version,
        upgrades: row.upgrades,
        note: row.note,
    }
}

pub fn action(action: Action) -> pb::Action {
    match action {
        Action::Unchanged => pb::Action::Unchanged,
        Action::Create => pb::Action::Create,
        Action::Update => pb::Action::Update,
        Action::Remove => pb::Action::Remove,
        Action::Missing => pb::Action::Missing,
    }
}

pub fn plan_kind(kind: OperationKind) -> pb::PlanKind {
    match kind {
        OperationKind::Deploy => pb::PlanKind::Deploy,
        OperationKind::Undeploy => pb::PlanKind::Undeploy,
        OperationKind::Remove => pb::PlanKind::Remove,
    }
}

pub fn outcome(outcome: Outcome) -> pb::Outcome {
    match outcome {
        Outcome::Converged => pb::Outcome::Converged,
        Outcome::Completed => pb::Outcome::Completed,
        Outcome::RolledBack => pb::Outcome::RolledBack,
        Outcome::Failed => pb::Outcome::Failed,
        Outcome::TimedOut => pb::Outcome::TimedOut,
        Outcome::Unchanged => pb::Outcome::Unchanged,
        Outcome::Detached => pb::Outcome::Detached,
        Outcome::Removed => pb::Outcome::Removed,
        Outcome::Interrupted => pb::Outcome::Interrupted,
    }
}

pub fn plan(plan: Plan, server: &str, engine: &str) -> pb::Plan {
    let has_changes = plan.has_changes();
    pb::Plan {
        hash: plan.hash,
        kind: plan_kind(plan.kind).into(),
        app: plan.app,
        stack: plan.stack,
        server: server.to_owned(),
        engine: engine.to_owned(),
        recipe: plan.pin.map(|pin| pb::RecipePin {
            name: pin.recipe,
            source: pin.source,
            current_version: plan.current_version,
            current_commit: plan.current_commit,
            new_version: pin.version,
            new_commit: pin.commit,
        }),
        compose_files: plan.compose_files,
        env_revision: plan.env_revision,
        services: plan.services.into_iter().map(service_change).collect(),
        objects: plan.objects.into_iter().map(object_change).collect(),
        env_missing: plan
            .env_missing
            .into_iter()
            .map(|v| pb::EnvNotice {
                name: v.name,
                sample: v.sample,
            })
            .collect(),
        release_notes: plan
            .release_notes
            .into_iter()
            .map(|n| pb::ReleaseNote {
                version: n.version,
                text: n.text,
            })
            .collect(),
        warnings: plan
            .notices
            .into_iter()
            .map(|n| pb::Warning {
                rule: n.rule,
                place: n.place,
                text: n.text,
            })
            .collect(),
        blockers: plan
            .blockers
            .into_iter()
            .map(|b| pb::Blocker {
                code: b.code.to_owned(),
                text: b.text,
                help: b.help,
            })
            .collect(),
        has_changes,
        timeout_seconds: plan.timeout_seconds,
        detach: plan.detach,
    }
}

fn service_change(service: ServicePlan) -> pb::ServiceChange {
    let json = |value: serde_json::Value| value.to_string();
    pb::ServiceChange {
        name: service.short,
        action: action(service.action).into(),
        image_before: service.image_before,
        image_after: service.image_after,
        changes: service
            .changes
            .into_iter()
            .map(|c| pb::FieldChange {
                path: c.path,
                before: c.before.map(json),
                after: c.after.map(json),
            })
            .collect(),
    }
}

fn object_change(object: ObjectPlan) -> pb::ObjectChange {
    pb::ObjectChange {
        kind: kind_name(object.kind).to_owned(),
        name: object.name,
        action: action(object.action).into(),
        detail: object.detail,
    }
}

pub fn event(event: Event) -> pb::OperationEvent {
    use pb::operation_event::Event as Is;
    let is = match event.what {
        What::Started {
            operation,
            timeout_seconds,
        } => Is::Started(pb::OperationStarted {
            operation: operation.id,
            app: operation.app,
            kind: plan_kind(operation.kind).into(),
            actor: operation.actor.to_string(),
            timeout_seconds,
            version: operation.version,
        }),
        What::Step(step) => Is::Step(step_event(step)),
        What::Progress(progress) => Is::Progress(service_progress(progress)),
        What::Failure(failure) => Is::Failure(failure_detail(failure)),
        What::Verdict(said) => Is::Verdict(verdict(*said)),
    };
    pb::OperationEvent {
        sequence: event.sequence,
        at: event.at.to_string(),
        event: Some(is),
    }
}

fn step_event(step: Step) -> pb::StepEvent {
    pb::StepEvent {
        kind: step.kind.to_owned(),
        name: step.name,
        action: action(step.action).into(),
        detail: step.detail,
    }
}

fn service_progress(progress: Progress) -> pb::ServiceProgress {
    pb::ServiceProgress {
        service: progress.service,
        wanted: progress.wanted,
        running: progress.running,
        state: progress.state,
        update_state: progress.update_state.to_owned(),
        last_error: progress.last_error,
        failures: progress.failures,
        settled: progress.settled,
    }
}

fn failure_detail(failure: Failure) -> pb::FailureDetail {
    pb::FailureDetail {
        service: failure.service,
        task: failure.task,
        error: failure.error,
        exit_code: failure.exit_code,
        log: failure.log,
        health_output: failure.health_output,
    }
}

pub fn verdict(verdict: Verdict) -> pb::Verdict {
    pb::Verdict {
        outcome: outcome(verdict.outcome).into(),
        text: verdict.text,
        services: verdict
            .services
            .into_iter()
            .map(|s| pb::ServiceVerdict {
                service: s.service,
                outcome: outcome(s.outcome).into(),
                text: s.text,
            })
            .collect(),
        elapsed_ms: verdict.elapsed_ms,
        code: verdict.code,
        help: verdict.help,
    }
}

pub fn happened(what: Happened) -> pb::HistoryEntry {
    match what {
        Happened::Operation(operation) => operation_entry(*operation),
        Happened::Env(env) => env_entry(env),
    }
}

fn env_entry(env: EnvRevision) -> pb::HistoryEntry {
    let first = env.revision == 1;
    pb::HistoryEntry {
        kind: if first { "create" } else { "env" }.to_owned(),
        actor: env.by.to_string(),
        started_at: env.at.to_string(),
        ended_at: env.at.to_string(),
        env_revision: env.revision,
        outcome: "done".to_owned(),
        ..pb::HistoryEntry::default()
    }
}

fn operation_entry(operation: Operation) -> pb::HistoryEntry {
    let (ended_at, outcome, text) = match operation.ended {
        Some(ended) => (
            ended.at.to_string(),
            ended.verdict.outcome.name().to_owned(),
            ended.verdict.text,
        ),
        None => (String::new(), "running".to_owned(), String::new()),
    };
    pb::HistoryEntry {
        operation: operation.id,
        kind: operation.kind.name().to_owned(),
        actor: operation.actor.to_string(),
        started_at: operation.started_at.to_string(),
        ended_at,
        version: operation.version,
        commit: operation.commit,
        env_revision: operation.env_revision,
        outcome,
        text,
    }
}

pub fn service(row: ServiceRow) -> pb::Service {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    pb::Service {
        name: row.name,
        full_name: row.full_name,
        image: row.image,
        mode: row.mode.to_owned(),
        running: small(row.running),
        wanted: small(row.wanted),
        update_state: row.update_state.to_owned(),
    }
}

pub fn task_table(table: TaskTable) -> pb::ListTasksResponse {
    let tasks = table.tasks.into_iter().map(|row| pb::Task {
        id: row.task.id,
        service: row.service,
        slot: row.task.slot,
        node: row.task.node_id,
        image: row.task.image,
        state: state_name(row.task.state).to_owned(),
        desired_state: state_name(row.task.desired).to_owned(),
        error: row.task.error,
        created_at: row.task.created_at,
        state_at: row.task.state_at,
        ports: row.ports,
    });
    pb::ListTasksResponse {
        tasks: tasks.collect(),
        version: table.version,
        chaos: table.chaos,
        chaos_version: table.chaos_version,
        note: table.note,
    }
}

fn state_name(state: TaskState) -> &'static str {
    match state {
        TaskState::New => "new",
        TaskState::Pending => "pending",
        TaskState::Assigned => "assigned",
        TaskState::Accepted => "accepted",
        TaskState::Preparing => "preparing",
        TaskState::Ready => "ready",
        TaskState::Starting => "starting",
        TaskState::Running => "running",
        TaskState::Complete => "complete",
        TaskState::Shutdown => "shutdown",
        TaskState::Failed => "failed",
        TaskState::Rejected => "rejected",
        TaskState::Remove => "remove",
        TaskState::Orphaned => "orphaned",
    }
}

pub fn log_line(service: String, line: LogLine) -> pb::LogLine {
    pb::LogLine {
        service,
        task: line.task_id.unwrap_or_default(),
        at: line.timestamp,
        stream: match line.stream {
            LogStream::Stdout => "stdout",
            LogStream::Stderr => "stderr",
        }
        .to_owned(),
        text: line.text,
    }
}

pub fn generated(secret: Generated) -> pb::GeneratedSecret {
    use secrecy::ExposeSecret as _;
    pb::GeneratedSecret {
        name: secret.name,
        version: secret.version,
        full_name: secret.full_name,
        created: secret.reason.is_none(),
        reason: secret.reason.unwrap_or_default(),
        value: secret.value.map(|value| value.expose_secret().to_owned()),
    }
}

pub fn secret(row: SecretRow) -> pb::Secret {
    pb::Secret {
        name: row.name,
        version: row.version,
        full_name: row.full_name,
        created: row.created_at.is_some(),
        created_at: row.created_at.unwrap_or_default(),
        generated: row.generated,
    }
}
