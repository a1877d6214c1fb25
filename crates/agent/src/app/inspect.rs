//! Looking at an app: its services, tasks and logs.

use std::collections::BTreeMap;

use futures::{Stream, StreamExt as _, stream::SelectAll};
use jiff::{SignedDuration, Timestamp};

use super::{
    Agent,
    desired::short_name,
    error::{AppError, Result},
    model::App,
    plan::image,
    watch::{Mode, Profile, update_name},
};
use crate::engine::{LogLine, LogQuery, LogTarget, ObservedService, ObservedTask, TaskState};

/// Log lines of each service when nobody says how many.
const DEFAULT_TAIL: u32 = 100;

/// A service of an app.
#[derive(Debug, Clone)]
pub struct ServiceRow {
    /// Name as in the compose file.
    pub name: String,
    /// Name on the swarm.
    pub full_name: String,
    /// Its image.
    pub image: String,
    /// `replicated`, `global`, `replicated-job` or `global-job`.
    pub mode: &'static str,
    /// Tasks that run (for jobs: that ended well).
    pub running: u64,
    /// Tasks wanted.
    pub wanted: u64,
    /// The engine's update state; empty when there was no update.
    pub update_state: &'static str,
    /// Published ports, such as `80->8080/tcp`.
    pub ports: String,
}

/// A task of an app.
#[derive(Debug, Clone)]
pub struct TaskRow {
    /// The task.
    pub task: ObservedTask,
    /// Its service, by short name.
    pub service: String,
    /// Published ports of the service.
    pub ports: String,
}

/// Tasks of an app, and what the labels say runs.
#[derive(Debug, Clone)]
pub struct TaskTable {
    /// The tasks, by service and slot, newest first.
    pub tasks: Vec<TaskRow>,
    /// Version that runs.
    pub version: String,
    /// Whether it is an uncommitted or unpublished state.
    pub chaos: bool,
    /// Which one.
    pub chaos_version: String,
    /// What the catalogue says of the version that runs, where that matters.
    pub note: String,
}

/// Which logs to read.
#[derive(Debug, Clone, Default)]
pub struct LogRequest {
    /// The app.
    pub app: String,
    /// Short names; empty means all.
    pub services: Vec<String>,
    /// Go on with what comes.
    pub follow: bool,
    /// Last lines of each service; 0 means 100.
    pub tail: u32,
    /// A moment, or how long ago; empty from the tail on.
    pub since: String,
    /// Only standard error.
    pub stderr_only: bool,
}

impl Agent {
    /// Lists an app's services.
    ///
    /// # Errors
    /// No such app, or the engine does not answer.
    pub async fn list_services(&self, app: &str) -> Result<Vec<ServiceRow>> {
        let app = self.registry.app(app)?;
        let services = self.engine.services(&app.stack).await?;
        let tasks = self.tasks_of(&services).await?;
        let mut rows: Vec<ServiceRow> = services
            .iter()
            .map(|s| service_row(&app, s, &tasks))
            .collect();
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(rows)
    }

    /// Lists an app's tasks; `all` includes those that ended.
    ///
    /// # Errors
    /// No such app, it is not deployed, or the engine does not answer.
    pub async fn list_tasks(&self, app: &str, all: bool) -> Result<TaskTable> {
        let app = self.registry.app(app)?;
        let services = self.deployed(&app).await?;
        let tasks = self.tasks_of(&services).await?;
        let by_id: BTreeMap<&str, &ObservedService> =
            services.iter().map(|s| (s.id.as_str(), s)).collect();
        let wanted = |t: &ObservedTask| {
            all || t.desired <= TaskState::Running || t.desired == TaskState::Complete
        };
        let mut rows: Vec<TaskRow> = tasks
            .into_iter()
            .filter(wanted)
            .filter_map(|task| {
                let service = by_id.get(task.service_id.as_str())?;
                let short = short_name(&app.stack, &service.name).to_owned();
                Some(TaskRow {
                    service: short,
                    ports: ports(service),
                    task,
                })
            })
            .collect();
        rows.sort_by(|a, b| {
            (&a.service, a.task.slot, &b.task.created_at).cmp(&(
                &b.service,
                b.task.slot,
                &a.task.created_at,
            ))
        });
        let read = |what: &str| {
            let key = format!("coop-cloud.{}.{what}", app.stack);
            services
                .iter()
                .filter_map(|s| s.spec.labels.as_ref()?.get(&key))
                .next()
                .cloned()
                .unwrap_or_default()
        };
        let version = read("version");
        let said = self.said_of_running(&app, &version).await;
        Ok(TaskTable {
            tasks: rows,
            note: said.map(|said| said.note).unwrap_or_default(),
            version,
            chaos: read("chaos") == "true",
            chaos_version: read("chaos-version"),
        })
    }

    /// Reads, or follows, the logs of an app's services. Each line comes with the short name of its service.
    ///
    /// # Errors
    /// No such app or service, a `since` that is neither moment nor duration, or the engine does not answer.
    pub async fn logs(
        &self,
        request: &LogRequest,
    ) -> Result<impl Stream<Item = Result<(String, LogLine)>> + Send + use<>> {
        let app = self.registry.app(&request.app)?;
        let services = self.deployed(&app).await?;
        let chosen = choose(&app, &services, &request.services)?;
        let since = self.since(&request.since)?;
        let mut streams = SelectAll::new();
        for service in chosen {
            let query = LogQuery {
                target: LogTarget::Service(service.id.clone()),
                follow: request.follow,
                tail: Some(if request.tail == 0 {
                    DEFAULT_TAIL
                } else {
                    request.tail
                }),
                since,
                stdout: !request.stderr_only,
                stderr: true,
            };
            let short = short_name(&app.stack, &service.name).to_owned();
            let lines = self.engine.logs(&query).await?;
            streams.push(lines.map(move |line| Ok((short.clone(), line?))).boxed());
        }
        Ok(streams)
    }

    async fn deployed(&self, app: &App) -> Result<Vec<ObservedService>> {
        let services = self.engine.services(&app.stack).await?;
        if services.is_empty() {
            return Err(AppError::NotDeployed {
                app: app.name.clone(),
            });
        }
        Ok(services)
    }

    async fn tasks_of(&self, services: &[ObservedService]) -> Result<Vec<ObservedTask>> {
        let ids: Vec<String> = services.iter().map(|s| s.id.clone()).collect();
        if ids.is_empty() {
            Ok(Vec::new())
        } else {
            Ok(self.engine.tasks(&ids).await?)
        }
    }

    /// Seconds since the epoch, from a moment or from how long ago.
    fn since(&self, text: &str) -> Result<Option<i64>> {
        if text.is_empty() {
            return Ok(None);
        }
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(Some(moment.as_second()));
        }
        let ago = text
            .parse::<SignedDuration>()
            .ok()
            .filter(|d| !d.is_negative());
        let moment = ago.and_then(|ago| self.clock.now().checked_sub(ago).ok());
        moment
            .map(|m| Some(m.as_second()))
            .ok_or_else(|| AppError::BadRequest {
                what: format!("`{text}` is neither a moment nor a duration"),
                help: "write it like `2026-01-31T12:00:00Z` or `10m`".to_owned(),
            })
    }
}

fn choose<'a>(
    app: &App,
    services: &'a [ObservedService],
    names: &[String],
) -> Result<Vec<&'a ObservedService>> {
    if names.is_empty() {
        return Ok(services.iter().collect());
    }
    let find = |name: &String| {
        let found = services
            .iter()
            .find(|s| s.name == *name || short_name(&app.stack, &s.name) == name);
        found.ok_or_else(|| AppError::NoSuchService {
            app: app.name.clone(),
            service: name.clone(),
            known: services
                .iter()
                .map(|s| short_name(&app.stack, &s.name).to_owned())
                .collect(),
        })
    };
    names.iter().map(find).collect()
}

fn service_row(app: &App, service: &ObservedService, tasks: &[ObservedTask]) -> ServiceRow {
    let mode = Profile::of(&service.spec).mode;
    let own = tasks.iter().filter(|t| t.service_id == service.id);
    let done_state = if mode.is_job() {
        TaskState::Complete
    } else {
        TaskState::Running
    };
    let running = own
        .clone()
        .filter(|t| t.state == done_state && t.job_iteration == service.job_iteration)
        .count();
    let live = own.filter(|t| t.desired <= TaskState::Running).count();
    let wanted = match mode {
        Mode::Replicated { wanted } => wanted,
        Mode::ReplicatedJob { completions } => completions,
        Mode::Global | Mode::GlobalJob => live as u64,
    };
    ServiceRow {
        name: short_name(&app.stack, &service.name).to_owned(),
        full_name: service.name.clone(),
        image: image(&service.spec).to_owned(),
        mode: mode.name(),
        running: running as u64,
        wanted,
        update_state: service.update.as_ref().map_or("", |u| update_name(u.state)),
        ports: ports(service),
    }
}

/// Published ports as `80->8080/tcp, 443->8443/tcp`.
fn ports(service: &ObservedService) -> String {
    let ports = service
        .spec
        .endpoint_spec
        .as_ref()
        .and_then(|e| e.ports.as_ref());
    let text = ports.into_iter().flatten().map(|p| {
        let protocol = p
            .protocol
            .map(|p| p.to_string())
            .unwrap_or_else(|| "tcp".to_owned());
        let published = p
            .published_port
            .map_or_else(|| "*".to_owned(), |port| port.to_string());
        format!(
            "{published}->{}/{protocol}",
            p.target_port.unwrap_or_default()
        )
    });
    text.collect::<Vec<_>>().join(", ")
}
