//! The plans that take things away.

use super::{ObjectPlan, Plan, services::ServicePlan};
use crate::{
    app::{
        error::{AppError, Result},
        event::Action,
        model::{App, OperationKind},
    },
    engine::{Engine, ObjectKind},
};

/// What to take off the swarm: services, then what only they used. Volumes and secrets that operators made stay.
///
/// # Errors
/// Nothing of the app is on the swarm, or the engine does not answer.
pub async fn plan_undeploy(engine: &dyn Engine, app: &App) -> Result<Plan> {
    let snapshot = engine.snapshot(&app.stack).await?;
    let services: Vec<_> = snapshot
        .services
        .iter()
        .map(|s| ServicePlan::removal(&app.stack, s))
        .collect();
    let remove =
        |kind, name: &str, id: &str| ObjectPlan::new(kind, name, Action::Remove).with_id(id);
    let mut objects: Vec<_> = snapshot
        .secrets
        .iter()
        .map(|s| remove(ObjectKind::Secret, &s.name, &s.id))
        .collect();
    objects.extend(
        snapshot
            .configs
            .iter()
            .map(|c| remove(ObjectKind::Config, &c.name, &c.id)),
    );
    objects.extend(
        snapshot
            .networks
            .iter()
            .map(|n| remove(ObjectKind::Network, &n.name, &n.id)),
    );
    if services.is_empty() && objects.is_empty() {
        return Err(AppError::NotDeployed {
            app: app.name.clone(),
        });
    }
    let volumes = engine.volumes(&app.stack).await?;
    objects.extend(volumes.iter().map(|v| {
        ObjectPlan::new(ObjectKind::Volume, &v.name, Action::Unchanged)
            .with_id(&v.name)
            .because("kept")
    }));
    Ok(take_away(OperationKind::Undeploy, app, services, objects))
}

/// What to delete for good: secrets, volumes, and the app itself.
///
/// # Errors
/// The app is still deployed, or the engine does not answer.
pub async fn plan_remove(
    engine: &dyn Engine,
    app: &App,
    secrets: &[String],
    keep_volumes: bool,
) -> Result<Plan> {
    let services = engine.services(&app.stack).await?;
    if !services.is_empty() {
        return Err(AppError::StillDeployed {
            app: app.name.clone(),
            services: services.len(),
        });
    }
    let (present, volumes) =
        tokio::try_join!(engine.secrets_named(secrets), engine.volumes(&app.stack))?;
    let mut objects: Vec<_> = present
        .iter()
        .map(|s| ObjectPlan::new(ObjectKind::Secret, &s.name, Action::Remove).with_id(&s.id))
        .collect();
    objects.extend(volumes.iter().map(|v| {
        let action = if keep_volumes {
            Action::Unchanged
        } else {
            Action::Remove
        };
        let detail = if keep_volumes {
            "kept"
        } else {
            "its data is deleted"
        };
        ObjectPlan::new(ObjectKind::Volume, &v.name, action)
            .with_id(&v.name)
            .because(detail)
    }));
    Ok(take_away(OperationKind::Remove, app, Vec::new(), objects))
}

fn take_away(
    kind: OperationKind,
    app: &App,
    services: Vec<ServicePlan>,
    objects: Vec<ObjectPlan>,
) -> Plan {
    Plan {
        hash: String::new(),
        kind,
        app: app.name.clone(),
        stack: app.stack.clone(),
        pin: None,
        current_version: String::new(),
        current_commit: String::new(),
        compose_files: Vec::new(),
        env_revision: app.env_revision,
        services,
        objects,
        env_missing: Vec::new(),
        release_notes: Vec::new(),
        notices: Vec::new(),
        blockers: Vec::new(),
        timeout_seconds: 0,
        detach: false,
    }
    .seal()
}
