//! Services of a plan: what runs now beside what should.

use std::collections::BTreeMap;

use allot_stack::{FieldChange, diff::Names, spec::ServiceSpec};
use bollard::models::TaskSpecContainerSpec;
use serde::Serialize;

use crate::{
    app::{desired::short_name, event::Action},
    engine::ObservedService,
};

/// One service.
#[derive(Debug, Clone)]
pub struct ServicePlan {
    /// Name as in the compose file.
    pub short: String,
    /// Name on the swarm.
    pub name: String,
    /// What happens to it.
    pub action: Action,
    /// The engine's id and object version, when it is there.
    pub current: Option<(String, u64)>,
    /// What is sent; the stored spec where nothing is.
    pub spec: ServiceSpec,
    /// Image now; empty when there is no such service.
    pub image_before: String,
    /// Image to be; empty when it is removed.
    pub image_after: String,
    /// Field by field.
    pub changes: Vec<FieldChange>,
}

/// What of a service goes into the plan's hash.
#[derive(Serialize)]
pub(super) struct Fingerprint<'a> {
    name: &'a str,
    action: Action,
    current: &'a Option<(String, u64)>,
    spec: Option<&'a ServiceSpec>,
}

impl ServicePlan {
    pub(super) fn fingerprint(&self) -> Fingerprint<'_> {
        // An unchanged service may be touched by the engine itself; its version says nothing about this plan.
        let changes = self.action.changes();
        Fingerprint {
            name: &self.name,
            action: self.action,
            current: if changes { &self.current } else { &None },
            spec: changes.then_some(&self.spec),
        }
    }

    /// Holds a wanted spec against what is there.
    pub(super) fn compare(
        stack: &str,
        mut wanted: ServiceSpec,
        present: Option<&ObservedService>,
        names: &Names,
        force: bool,
    ) -> Self {
        let name = wanted.name.clone().unwrap_or_default();
        let short = short_name(stack, &name).to_owned();
        let image_after = image(&wanted).to_owned();
        let Some(present) = present else {
            let changes = Vec::new();
            let image_before = String::new();
            return Self {
                short,
                name,
                action: Action::Create,
                current: None,
                spec: wanted,
                image_before,
                image_after,
                changes,
            };
        };
        keep_force_update(&mut wanted, &present.spec, force);
        let mut changes = allot_stack::diff(&normal(&present.spec, names), &normal(&wanted, names));
        changes.extend(new_digest(&present.spec, &wanted));
        let action = if changes.is_empty() && !force {
            Action::Unchanged
        } else {
            Action::Update
        };
        Self {
            short,
            name,
            action,
            current: Some((present.id.clone(), present.version)),
            spec: wanted,
            image_before: image(&present.spec).to_owned(),
            image_after,
            changes,
        }
    }

    /// A service that is to be removed.
    pub(super) fn removal(stack: &str, present: &ObservedService) -> Self {
        Self {
            short: short_name(stack, &present.name).to_owned(),
            name: present.name.clone(),
            action: Action::Remove,
            current: Some((present.id.clone(), present.version)),
            spec: present.spec.clone(),
            image_before: image(&present.spec).to_owned(),
            image_after: String::new(),
            changes: Vec::new(),
        }
    }
}

fn normal(spec: &ServiceSpec, names: &Names) -> serde_json::Value {
    allot_stack::normalise_service(&serde_json::to_value(spec).unwrap_or_default(), names)
}

/// The same tag can stand for another image than the one that runs; the comparison of specs leaves digests out.
fn new_digest(before: &ServiceSpec, after: &ServiceSpec) -> Option<FieldChange> {
    let ((name, old), (same, new)) = (
        image(before).split_once('@')?,
        image(after).split_once('@')?,
    );
    (name == same && old != new).then(|| FieldChange {
        path: "TaskTemplate.ContainerSpec.Image".to_owned(),
        before: Some(image(before).into()),
        after: Some(image(after).into()),
    })
}

/// The image of a spec.
#[must_use]
pub fn image(spec: &ServiceSpec) -> &str {
    let container = spec
        .task_template
        .as_ref()
        .and_then(|t| t.container_spec.as_ref());
    container
        .and_then(|c| c.image.as_deref())
        .unwrap_or_default()
}

/// Keeps the counter that `docker service update --force` moves, or moves it once more.
fn keep_force_update(wanted: &mut ServiceSpec, present: &ServiceSpec, force: bool) {
    let counter = present.task_template.as_ref().and_then(|t| t.force_update);
    if let Some(template) = &mut wanted.task_template {
        template.force_update = if force {
            Some(counter.unwrap_or(0) + 1)
        } else {
            counter
        };
    }
}

/// Points the services' config references at the configs that stand in for them.
pub(super) fn rename_configs(spec: &mut ServiceSpec, renames: &BTreeMap<String, String>) {
    let template = spec.task_template.as_mut();
    let Some(container) = template.and_then(|t| t.container_spec.as_mut()) else {
        return;
    };
    for reference in container.configs.iter_mut().flatten() {
        if let Some(stand_in) = reference
            .config_name
            .as_ref()
            .and_then(|name| renames.get(name))
        {
            reference.config_name = Some(stand_in.clone());
        }
    }
    if let Some(config) = credential_config(container)
        && let Some(stand_in) = renames.get(config)
    {
        config.clone_from(stand_in);
    }
}

/// The config that a credential spec is read from: its name in a plan, its id for the engine.
pub fn credential_config(container: &mut TaskSpecContainerSpec) -> Option<&mut String> {
    let privileges = container.privileges.as_mut()?;
    privileges.credential_spec.as_mut()?.config.as_mut()
}
