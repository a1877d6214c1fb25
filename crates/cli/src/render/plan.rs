//! A plan as text: what runs, what will change, what is missing, what stands against it.

use std::fmt::Write as _;

use allot_proto::agent::{Action, ObjectChange, Plan, PlanKind, RecipePin, ServiceChange};

use super::{
    style::{Style, Tone},
    table::pairs,
    text::{count, short, visible},
};

/// The whole plan.
#[must_use]
pub fn plan(style: Style, plan: &Plan) -> String {
    let mut text = heading(style, plan);
    if plan.kind() == PlanKind::Deploy {
        images(&mut text, style, plan);
    }
    services(&mut text, style, plan);
    for (kind, title) in [
        ("network", "Networks"),
        ("secret", "Secrets"),
        ("config", "Configs"),
        ("volume", "Volumes"),
    ] {
        objects(&mut text, style, plan, title, |o| o.kind == kind);
    }
    let known = ["network", "secret", "config", "volume"];
    objects(&mut text, style, plan, "Other", |o| {
        !known.contains(&o.kind.as_str())
    });
    env(&mut text, style, plan);
    notes(&mut text, style, plan);
    warnings(&mut text, style, plan);
    blockers(&mut text, style, plan);
    text.push('\n');
    text.push_str(&summary(style, plan));
    text
}

/// What a kind of plan does, as a noun.
#[must_use]
pub fn noun(kind: PlanKind) -> &'static str {
    match kind {
        PlanKind::Deploy => "deploy",
        PlanKind::Undeploy => "undeploy",
        PlanKind::Remove => "removal",
        PlanKind::Unspecified => "operation",
    }
}

/// The engine's name; a simulated one is called that everywhere it is seen.
#[must_use]
pub fn engine(kind: &str) -> String {
    if kind == "sim" {
        "simulated".to_owned()
    } else {
        visible(kind).into_owned()
    }
}

fn heading(style: Style, plan: &Plan) -> String {
    let verb = match plan.kind() {
        PlanKind::Undeploy => "Undeploy",
        PlanKind::Remove => "Remove",
        PlanKind::Deploy | PlanKind::Unspecified => "Deploy",
    };
    let title = format!("{verb} {}", visible(&plan.app));
    let mut rows = vec![
        ("app", visible(&plan.app).into_owned()),
        ("server", visible(&plan.server).into_owned()),
        ("engine", engine(&plan.engine)),
        ("stack", visible(&plan.stack).into_owned()),
    ];
    if let Some(pin) = &plan.recipe {
        rows.push(("recipe", visible(&pin.name).into_owned()));
        rows.push(("source", visible(&pin.source).into_owned()));
        rows.push(("version", version(pin)));
    }
    rows.push((
        "compose",
        visible(&plan.compose_files.join(", ")).into_owned(),
    ));
    if plan.env_revision > 0 {
        rows.push(("env", format!("revision {}", plan.env_revision)));
    }
    if plan.detach {
        rows.push((
            "watch",
            "no, returns once the engine accepted everything".into(),
        ));
    } else if plan.timeout_seconds > 0 {
        rows.push(("timeout", format!("{} s", plan.timeout_seconds)));
    }
    format!(
        "{}\n\n{}",
        style.paint(Tone::Strong, &title),
        pairs(style, 2, &rows)
    )
}

fn version(pin: &RecipePin) -> String {
    let one = |version: &str, commit: &str| match (version, commit) {
        ("", "") => "nothing".to_owned(),
        ("", commit) => short(commit).to_owned(),
        (version, "") => visible(version).into_owned(),
        (version, commit) => format!("{} ({})", visible(version), visible(short(commit))),
    };
    let current = one(&pin.current_version, &pin.current_commit);
    let new = one(&pin.new_version, &pin.new_commit);
    if current == new {
        current
    } else {
        format!("{current} -> {new}")
    }
}

fn section(text: &mut String, style: Style, title: &str) {
    let _ = write!(text, "\n{}\n", style.paint(Tone::Strong, title));
}

fn images(text: &mut String, style: Style, plan: &Plan) {
    let changed: Vec<_> = plan
        .services
        .iter()
        .filter(|s| s.image_before != s.image_after)
        .collect();
    if changed.is_empty() {
        return;
    }
    section(text, style, "Images");
    let width = changed.iter().map(|s| s.name.len()).max().unwrap_or(0);
    for service in changed {
        let (before, after) = (
            visible(&service.image_before),
            visible(&service.image_after),
        );
        let change = match (before.as_ref(), after.as_ref()) {
            ("", after) => style.paint(Tone::Good, after),
            (before, "") => format!("{} -> none", style.paint(Tone::Bad, before)),
            (before, after) => format!("{before} -> {}", style.paint(Tone::Care, after)),
        };
        let _ = writeln!(text, "  {:<width$}  {change}", visible(&service.name));
    }
}

/// The mark before what an action touches.
fn mark(action: Action) -> (&'static str, Tone) {
    match action {
        Action::Create => ("+", Tone::Good),
        Action::Update => ("~", Tone::Care),
        Action::Remove => ("-", Tone::Bad),
        Action::Missing => ("!", Tone::Bad),
        Action::Unchanged | Action::Unspecified => ("=", Tone::Faint),
    }
}

fn services(text: &mut String, style: Style, plan: &Plan) {
    let changed: Vec<_> = plan
        .services
        .iter()
        .filter(|s| s.action() != Action::Unchanged)
        .collect();
    if changed.is_empty() {
        return;
    }
    section(text, style, "Services");
    for change in changed {
        service(text, style, change);
    }
}

fn service(text: &mut String, style: Style, change: &ServiceChange) {
    let (sign, tone) = mark(change.action());
    let head = format!("{sign} {}", visible(&change.name));
    let _ = writeln!(text, "  {}", style.paint(tone, &head));
    for field in &change.changes {
        let path = visible(&field.path);
        let line = match (&field.before, &field.after) {
            (None, Some(after)) => {
                style.paint(Tone::Good, &format!("+ {path}: {}", visible(after)))
            }
            (Some(before), None) => {
                style.paint(Tone::Bad, &format!("- {path}: {}", visible(before)))
            }
            (before, after) => {
                let shown = |v: &Option<String>| {
                    v.as_deref()
                        .map_or("none".into(), |v| visible(v).into_owned())
                };
                let values = format!("~ {path}: {} -> {}", shown(before), shown(after));
                style.paint(Tone::Care, &values)
            }
        };
        let _ = writeln!(text, "      {line}");
    }
}

fn objects(
    text: &mut String,
    style: Style,
    plan: &Plan,
    title: &str,
    belongs: impl Fn(&ObjectChange) -> bool,
) {
    // A deploy leaves much as it is, which is worth no line; what an undeploy or a removal leaves is.
    let deploy = plan.kind() == PlanKind::Deploy;
    let shown: Vec<_> = plan
        .objects
        .iter()
        .filter(|o| belongs(o))
        .filter(|o| o.action() != Action::Unchanged || !deploy)
        .collect();
    if shown.is_empty() {
        return;
    }
    section(text, style, title);
    for object in shown {
        let (sign, tone) = mark(object.action());
        let mut line = format!("{sign} {}", visible(&object.name));
        if object.action() == Action::Missing {
            line.push_str(" is missing");
        }
        let line = style.paint(tone, &line);
        if object.detail.is_empty() {
            let _ = writeln!(text, "  {line}");
        } else {
            let _ = writeln!(text, "  {line}  ({})", visible(&object.detail));
        }
    }
}

fn env(text: &mut String, style: Style, plan: &Plan) {
    if plan.env_missing.is_empty() {
        return;
    }
    section(text, style, "In the recipe's sample, not in the app's env");
    for notice in &plan.env_missing {
        let _ = writeln!(
            text,
            "  {}={}",
            visible(&notice.name),
            visible(&notice.sample)
        );
    }
}

fn notes(text: &mut String, style: Style, plan: &Plan) {
    for note in &plan.release_notes {
        section(
            text,
            style,
            &format!("Release notes of {}", visible(&note.version)),
        );
        for line in note.text.trim_end().lines() {
            let _ = writeln!(text, "{}", format!("  {}", visible(line)).trim_end());
        }
    }
}

fn warnings(text: &mut String, style: Style, plan: &Plan) {
    if plan.warnings.is_empty() {
        return;
    }
    section(text, style, "Warnings");
    for warning in &plan.warnings {
        let rule = style.paint(Tone::Care, &visible(&warning.rule));
        let place = match warning.place.as_str() {
            "" => String::new(),
            place => format!("{}: ", visible(place)),
        };
        let _ = writeln!(text, "  {place}{} [{rule}]", visible(&warning.text));
    }
}

fn blockers(text: &mut String, style: Style, plan: &Plan) {
    if plan.blockers.is_empty() {
        return;
    }
    section(text, style, "In the way");
    for blocker in &plan.blockers {
        let code = style.paint(Tone::Bad, &visible(&blocker.code));
        let _ = writeln!(text, "  {code}: {}", visible(&blocker.text));
        if !blocker.help.is_empty() {
            let _ = writeln!(text, "      help: {}", visible(&blocker.help));
        }
    }
}

/// The last line: the plan's short hash and what it comes to.
fn summary(style: Style, plan: &Plan) -> String {
    let hash = style.paint(Tone::Faint, &visible(short(&plan.hash)));
    let actions = || {
        plan.services
            .iter()
            .map(ServiceChange::action)
            .chain(plan.objects.iter().map(ObjectChange::action))
    };
    let parts: Vec<String> = [
        (Action::Create, "to create", Tone::Good),
        (Action::Update, "to update", Tone::Care),
        (Action::Remove, "to remove", Tone::Bad),
        (Action::Missing, "missing", Tone::Bad),
        (Action::Unchanged, "unchanged", Tone::Faint),
    ]
    .into_iter()
    .filter_map(|(action, words, tone)| {
        let n = actions().filter(|a| *a == action).count();
        (n > 0).then(|| style.paint(tone, &format!("{n} {words}")))
    })
    .collect();
    let mut line = if plan.has_changes {
        format!("Plan {hash}: {}", parts.join(", "))
    } else {
        format!("Plan {hash}: no changes")
    };
    if plan.has_changes && parts.is_empty() {
        line.push_str("changes");
    }
    if !plan.blockers.is_empty() {
        let blocked = format!("; blocked by {}", count(plan.blockers.len(), "problem"));
        line.push_str(&style.paint(Tone::Bad, &blocked));
    }
    line.push('\n');
    line
}
