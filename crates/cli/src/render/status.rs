//! How the agent is, which versions a recipe has, what `app new` made, which secrets were generated.

use allot_proto::agent::{
    CreateAppResponse, GeneratedSecret, GetStatusResponse, ListOperatorsResponse,
    ListVersionsResponse,
};

use super::{
    plan::engine,
    style::{Style, Tone},
    table::{pairs, table},
    text::{count, short, time, visible},
};

/// `agent status`.
#[must_use]
pub fn agent(style: Style, status: &GetStatusResponse) -> String {
    let shown = |text: &str| visible(text).into_owned();
    let mut rows = vec![
        ("agent", shown(&status.version)),
        ("server", shown(&status.server)),
        ("you are", shown(&status.actor)),
        ("roles", shown(&status.roles.join(", "))),
        ("started", time(&status.started_at)),
        ("apps", status.apps.to_string()),
    ];
    if let Some(e) = &status.engine {
        let state = if e.ready {
            style.paint(Tone::Good, "ready")
        } else {
            style.paint(Tone::Bad, "not ready")
        };
        // A simulated engine is nowhere.
        let place = match e.kind.as_str() {
            "sim" => String::new(),
            _ => format!(" at {}", shown(&e.endpoint)),
        };
        rows.push(("engine", format!("{}{place}, {state}", engine(&e.kind))));
        if !e.version.is_empty() {
            let nodes = count(e.nodes as usize, "node");
            rows.push((
                "",
                format!(
                    "{}, API {}, {nodes}",
                    shown(&e.version),
                    shown(&e.api_version)
                ),
            ));
        }
        rows.push(("problem", shown(&e.problem)));
        rows.push(("help", shown(&e.help)));
    }
    if let Some(store) = &status.store {
        let size = format!(
            "{} ({}, {} bytes)",
            shown(&store.path),
            count(
                usize::try_from(store.records).unwrap_or(usize::MAX),
                "record"
            ),
            store.bytes
        );
        rows.push(("store", size));
        rows.extend(store.notes.iter().map(|note| ("mended", shown(note))));
    }
    for r in &status.running {
        let what = format!(
            "{} of {} since {}, by {} ({})",
            shown(&r.kind),
            shown(&r.app),
            time(&r.started_at),
            shown(&r.actor),
            shown(&r.id)
        );
        rows.push(("running", what));
    }
    pairs(style, 0, &rows)
}

/// `agent operators`.
#[must_use]
pub fn operators(style: Style, list: &ListOperatorsResponse) -> String {
    let problems = list.operators.iter().any(|o| !o.problem.is_empty());
    let rows = list.operators.iter().map(|o| {
        let mut row = vec![o.who.clone(), o.roles.join(", ")];
        if problems {
            row.push(o.problem.clone());
        }
        row
    });
    let mut head = vec!["WHO", "ROLES"];
    if problems {
        head.push("PROBLEM");
    }
    table(style, &head, rows)
}

/// `recipe versions`.
#[must_use]
pub fn versions(style: Style, list: &ListVersionsResponse) -> String {
    let rows = list.versions.iter().map(|v| {
        let tagged = if v.annotated {
            time(&v.tagged_at)
        } else {
            "lightweight tag".to_owned()
        };
        vec![v.version.clone(), short(&v.commit).to_owned(), tagged]
    });
    table(style, &["VERSION", "COMMIT", "TAGGED"], rows)
}

/// `app new`.
#[must_use]
pub fn created(style: Style, made: &CreateAppResponse) -> String {
    let app = made.app.clone().unwrap_or_default();
    let shown = |text: &str| visible(text).into_owned();
    pairs(
        style,
        0,
        &[
            ("app", shown(&app.name)),
            ("server", shown(&app.server)),
            ("recipe", shown(&app.recipe)),
            ("version", shown(&made.version)),
            ("secrets", shown(&made.secrets.join(", "))),
        ],
    )
}

/// `app secret generate`; the values only where the agent was asked for them.
#[must_use]
pub fn generated(style: Style, secrets: &[GeneratedSecret]) -> String {
    let reveal = secrets.iter().any(|s| s.value.is_some());
    let rows = secrets.iter().map(|s| {
        let state = match (s.created, s.reason.as_str()) {
            (true, _) => "generated".to_owned(),
            (false, "") => "not made".to_owned(),
            (false, reason) => format!("not made: {reason}"),
        };
        let mut row = vec![
            s.name.clone(),
            s.version.clone(),
            s.full_name.clone(),
            state,
        ];
        if reveal {
            row.push(s.value.clone().unwrap_or_default());
        }
        row
    });
    let mut head = vec!["NAME", "VERSION", "GENERATED NAME", "STATE"];
    if reveal {
        head.push("VALUE");
    }
    table(style, &head, rows)
}
