//! Tables about apps, and abra's JSON of `app ls -S -m`.

use std::collections::BTreeMap;

use allot_proto::agent::{
    AppRow, CheckEnvResponse, HistoryEntry, ListTasksResponse, Secret, Service, Task, Variable,
};
use serde::Serialize;

use super::{
    style::Style,
    table::table,
    text::{short, time},
};

/// `app list`: abra's columns; with `status` what runs as well.
#[must_use]
pub fn apps(style: Style, rows: &[AppRow], status: bool) -> String {
    let cells = |row: &AppRow| {
        let app = row.app.clone().unwrap_or_default();
        let mut cells = vec![app.server, app.recipe, app.name];
        if status {
            cells.extend([
                row.status.clone(),
                row.chaos.to_string(),
                running_version(row),
                upgrade(row).replace('\n', ", "),
            ]);
        } else {
            cells.push(app.env_version);
        }
        cells
    };
    let head: &[&str] = if status {
        &[
            "SERVER", "RECIPE", "DOMAIN", "STATUS", "CHAOS", "VERSION", "UPGRADE",
        ]
    } else {
        &["SERVER", "RECIPE", "DOMAIN", "VERSION"]
    };
    table(style, head, rows.iter().map(cells))
}

fn or_unknown(text: &str) -> String {
    if text.is_empty() { "unknown" } else { text }.to_owned()
}

fn running_version(row: &AppRow) -> String {
    if row.chaos && !row.chaos_version.is_empty() {
        return format!("{} ({})", or_unknown(&row.version), row.chaos_version);
    }
    or_unknown(&row.version)
}

/// `latest`, `unknown`, or the newer versions, one a line: abra's words.
fn upgrade(row: &AppRow) -> String {
    if !row.upgrades.is_empty() {
        row.upgrades.join("\n")
    } else if row.version.is_empty() || row.version == "unknown" {
        "unknown".to_owned()
    } else {
        "latest".to_owned()
    }
}

/// A server's apps as `abra app ls -S -m` prints them.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AbraServer {
    apps: Vec<AbraApp>,
    app_count: usize,
    version_count: usize,
    unversioned_count: usize,
    latest_count: usize,
    upgrade_count: usize,
}

/// An app as `abra app ls -S -m` prints it: all values are strings.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AbraApp {
    server: String,
    recipe: String,
    app_name: String,
    domain: String,
    status: String,
    chaos: String,
    chaos_version: String,
    version: String,
    upgrade: String,
}

/// abra's JSON of `app ls -S -m`: servers by name. A version counts where the app is deployed.
#[must_use]
pub fn abra_list(rows: &[AppRow]) -> BTreeMap<String, AbraServer> {
    let mut servers: BTreeMap<String, AbraServer> = BTreeMap::new();
    for row in rows {
        let app = row.app.clone().unwrap_or_default();
        let server = servers.entry(app.server.clone()).or_default();
        let upgrade = upgrade(row);
        server.app_count += 1;
        if row.status == "deployed" {
            server.version_count += 1;
        } else {
            server.unversioned_count += 1;
        }
        match upgrade.as_str() {
            "latest" => server.latest_count += 1,
            "unknown" => {}
            _ => server.upgrade_count += 1,
        }
        server.apps.push(AbraApp {
            server: app.server,
            recipe: app.recipe,
            domain: app.name.clone(),
            app_name: app.name,
            status: or_unknown(&row.status),
            chaos: row.chaos.to_string(),
            chaos_version: or_unknown(&row.chaos_version),
            version: or_unknown(&row.version),
            upgrade,
        });
    }
    servers
}

/// `app env list`.
#[must_use]
pub fn variables(style: Style, variables: &[Variable]) -> String {
    let rows = variables
        .iter()
        .map(|v| vec![v.name.clone(), v.value.clone()]);
    table(style, &["NAME", "VALUE"], rows)
}

/// `app env check`.
#[must_use]
pub fn env_check(style: Style, check: &CheckEnvResponse) -> String {
    let rows = check.variables.iter().map(|v| {
        let state = match (v.present, v.in_sample) {
            (true, true) => "yes",
            (true, false) => "yes, unknown to the recipe",
            (false, _) => "missing",
        };
        vec![v.name.clone(), state.to_owned(), v.sample.clone()]
    });
    table(style, &["NAME", "IN ENV", "SAMPLE"], rows)
}

/// A task as `abra app ps -m` prints it, with what abra leaves out behind it.
#[derive(Debug, Serialize)]
pub struct TaskView<'a> {
    service: &'a str,
    image: &'a str,
    created: &'a str,
    status: &'a str,
    state: &'a str,
    ports: &'a str,
    version: &'a str,
    chaos: String,
    task: &'a str,
    node: &'a str,
    error: &'a str,
}

/// `app ps` as JSON.
#[must_use]
pub fn task_views(list: &ListTasksResponse) -> Vec<TaskView<'_>> {
    list.tasks
        .iter()
        .map(|task| TaskView {
            service: &task.service,
            image: &task.image,
            created: &task.created_at,
            status: &task.state,
            state: &task.state,
            ports: &task.ports,
            version: &list.version,
            chaos: list.chaos.to_string(),
            task: &task.id,
            node: &task.node,
            error: &task.error,
        })
        .collect()
}

/// `app ps` as a table: abra's columns, and errors where there are any.
#[must_use]
pub fn tasks(style: Style, list: &ListTasksResponse) -> String {
    let errors = list.tasks.iter().any(|t| !t.error.is_empty());
    let chaos = match (list.chaos, list.chaos_version.as_str()) {
        (true, version) if !version.is_empty() => version.to_owned(),
        (chaos, _) => chaos.to_string(),
    };
    let cells = |task: &Task| {
        let mut cells = vec![
            task.service.clone(),
            task.state.clone(),
            task.image.clone(),
            list.version.clone(),
            chaos.clone(),
        ];
        if errors {
            cells.push(task.error.clone());
        }
        cells
    };
    let mut head = vec!["SERVICE", "STATUS", "IMAGE", "VERSION", "CHAOS"];
    if errors {
        head.push("ERROR");
    }
    table(style, &head, list.tasks.iter().map(cells))
}

/// `app services`: short and long names as abra, then how they are.
#[must_use]
pub fn services(style: Style, services: &[Service]) -> String {
    let rows = services.iter().map(|s| {
        vec![
            s.name.clone(),
            s.full_name.clone(),
            s.mode.clone(),
            format!("{}/{}", s.running, s.wanted),
            s.update_state.clone(),
            s.image.clone(),
        ]
    });
    let head = [
        "SERVICE (SHORT)",
        "SERVICE (LONG)",
        "MODE",
        "TASKS",
        "UPDATE",
        "IMAGE",
    ];
    table(style, &head, rows)
}

/// `app history`.
#[must_use]
pub fn history(style: Style, entries: &[HistoryEntry]) -> String {
    let rows = entries.iter().map(|e| {
        let what = match (e.version.as_str(), e.commit.as_str()) {
            ("", "") if e.env_revision > 0 => format!("env revision {}", e.env_revision),
            ("", commit) => short(commit).to_owned(),
            (version, "") => version.to_owned(),
            (version, commit) => format!("{version} ({})", short(commit)),
        };
        vec![
            time(&e.started_at),
            e.kind.clone(),
            what,
            e.outcome.replace('_', " "),
            e.actor.clone(),
            e.operation.clone(),
            e.text.clone(),
        ]
    });
    let head = [
        "STARTED",
        "KIND",
        "WHAT",
        "OUTCOME",
        "BY",
        "OPERATION",
        "NOTE",
    ];
    table(style, &head, rows)
}

/// `app secret list`: abra's columns, and who makes the value.
#[must_use]
pub fn secrets(style: Style, secrets: &[Secret]) -> String {
    let rows = secrets.iter().map(|s| {
        let made_by = if s.generated { "generate" } else { "insert" };
        vec![
            s.name.clone(),
            s.version.clone(),
            s.full_name.clone(),
            s.created.to_string(),
            made_by.to_owned(),
        ]
    });
    let head = [
        "NAME",
        "VERSION",
        "GENERATED NAME",
        "CREATED ON SERVER",
        "MADE BY",
    ];
    table(style, &head, rows)
}
