//! The plan of a deploy.

use std::collections::{BTreeMap, BTreeSet};

use allot_recipe::RecipeVersion;
use allot_stack::{diff::Names, spec::ServiceSpec};

use super::{
    Answers, Blocker, Plan, ResolveImage, images, lint, objects, services, services::ServicePlan,
};
use crate::{
    app::{
        desired::{Desired, Note, Notice},
        error::Result,
        model::OperationKind,
    },
    engine::{Engine, ObservedService},
};

/// What the operator may choose about a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeployOptions {
    /// When to ask registries for digests.
    pub resolve_image: ResolveImage,
    /// Return once the engine accepted everything.
    pub detach: bool,
    /// Start tasks anew although their spec is unchanged.
    pub force: bool,
    /// Remove services of the stack that the recipe no longer has.
    pub prune: bool,
}

/// Version and commit that run now, as far as known.
#[derive(Debug, Clone, Default)]
pub struct Current {
    /// From the stack's labels; empty when nothing runs or nothing says.
    pub version: String,
    /// From the agent's own memory.
    pub commit: String,
}

/// Holds a wanted stack against the swarm, with what registries said of its images. Only reads; `present` are the
/// stack's services, where they have been read already.
///
/// # Errors
/// The engine does not answer.
pub async fn plan_deploy(
    engine: &dyn Engine,
    desired: &Desired,
    current: Current,
    notes: Vec<Note>,
    options: DeployOptions,
    answers: &Answers,
    present: Option<Vec<ObservedService>>,
) -> Result<Plan> {
    let network_names = network_names(desired);
    let secret_names: Vec<String> = desired
        .secrets
        .iter()
        .filter_map(|s| s.name.clone())
        .chain(desired.external_secrets.iter().map(|s| s.full_name.clone()))
        .collect();
    let config_names = objects::config_names(desired);
    let services = async {
        match present {
            Some(services) => Ok(services),
            None => engine.services(&desired.stack).await,
        }
    };
    let (present, networks, secrets, configs) = tokio::try_join!(
        services,
        engine.networks_named(&network_names),
        engine.secrets_named(&secret_names),
        engine.configs_named(&config_names),
    )?;

    let mut blockers: Vec<Blocker> = Vec::new();
    let mut renames = BTreeMap::new();
    let mut objects = objects::networks(desired, &networks, &mut blockers);
    objects.extend(objects::secrets(desired, &secrets, &mut blockers));
    objects.extend(objects::configs(
        desired,
        &configs,
        &mut renames,
        &mut blockers,
    ));

    let mut notices = desired.notices.clone();
    let mut specs = desired.services.clone();
    specs
        .iter_mut()
        .for_each(|spec| services::rename_configs(spec, &renames));
    notices.extend(lint(&desired.stack, &specs));
    images::pin_all(
        &mut specs,
        &present,
        options.resolve_image,
        answers,
        &mut notices,
    );
    notices.extend(going_back(desired, &current));
    let names = Names {
        networks: networks
            .iter()
            .map(|n| (n.id.clone(), n.name.clone()))
            .collect(),
        configs: configs
            .iter()
            .map(|c| (c.id.clone(), c.name.clone()))
            .collect(),
    };
    let services = service_plans(desired, specs, &present, &names, options, &mut notices);

    Ok(Plan {
        hash: String::new(),
        kind: OperationKind::Deploy,
        app: desired.app.clone(),
        stack: desired.stack.clone(),
        pin: Some(desired.pin.clone()),
        current_version: current.version,
        current_commit: current.commit,
        compose_files: desired.compose_files.clone(),
        env_revision: desired.env_revision,
        services,
        objects,
        env_missing: desired.env_missing.clone(),
        release_notes: notes,
        notices,
        blockers,
        timeout_seconds: desired.timeout_seconds,
        detach: options.detach,
    }
    .seal())
}

/// A word about data when an older version is to run than now.
fn going_back(desired: &Desired, current: &Current) -> Option<Notice> {
    let now = RecipeVersion::parse(&current.version).ok()?;
    let wanted = RecipeVersion::parse(&desired.pin.version).ok()?;
    (wanted < now).then(|| Notice {
        rule: "older-version".to_owned(),
        place: String::new(),
        text: format!(
            "{now} runs, {wanted} is older: data that the newer one has changed stays as it is"
        ),
    })
}

/// Networks that the stack makes, that must exist, and that services name, the engine's own among them.
fn network_names(desired: &Desired) -> Vec<String> {
    let targets = desired
        .services
        .iter()
        .filter_map(|s| s.task_template.as_ref()?.networks.as_ref());
    let targets = targets.flatten().filter_map(|n| n.target.clone());
    let made = desired.networks.iter().map(|n| n.name.clone());
    let names: BTreeSet<String> = made
        .chain(desired.external_networks.iter().cloned())
        .chain(targets)
        .collect();
    names.into_iter().collect()
}

fn service_plans(
    desired: &Desired,
    specs: Vec<ServiceSpec>,
    present: &[ObservedService],
    names: &Names,
    options: DeployOptions,
    notices: &mut Vec<Notice>,
) -> Vec<ServicePlan> {
    let mut plans: Vec<ServicePlan> = specs
        .into_iter()
        .map(|spec| {
            let now = present.iter().find(|s| Some(&s.name) == spec.name.as_ref());
            ServicePlan::compare(&desired.stack, spec, now, names, options.force)
        })
        .collect();
    for extra in present
        .iter()
        .filter(|s| !plans_have(&desired.services, &s.name))
    {
        if options.prune {
            plans.push(ServicePlan::removal(&desired.stack, extra));
        } else {
            notices.push(Notice {
                rule: "service-not-in-recipe".to_owned(),
                place: extra.name.clone(),
                text: "runs in this stack, but this version of the recipe does not have it; `--prune` removes it".to_owned(),
            });
        }
    }
    plans.sort_by(|a, b| a.name.cmp(&b.name));
    plans
}

fn plans_have(specs: &[ServiceSpec], name: &str) -> bool {
    specs.iter().any(|spec| spec.name.as_deref() == Some(name))
}
