//! The `deploy:` section.

use super::cursor::Cursor;
use crate::error::StackError;
use crate::model::{
    Deploy, DiscreteResource, GenericResource, Placement, PlacementPreference, Reservation,
    ResourceLimit, Resources, RestartPolicy, UpdateConfig,
};

pub(super) fn deploy(c: &Cursor<'_>) -> Result<Deploy, StackError> {
    let mut out = Deploy::default();
    if c.is_null() {
        return Ok(out);
    }
    c.each(|key, v| {
        match key {
            "mode" => out.mode = v.string()?,
            "endpoint_mode" => out.endpoint_mode = v.string()?,
            "replicas" => out.replicas = Some(v.unsigned()?),
            "labels" => out.labels = Some(v.labels()?),
            "update_config" => out.update_config = Some(update_config(&v)?),
            "rollback_config" => out.rollback_config = Some(update_config(&v)?),
            "resources" => out.resources = resources(&v)?,
            "restart_policy" => out.restart_policy = Some(restart_policy(&v)?),
            "placement" => out.placement = placement(&v)?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn update_config(c: &Cursor<'_>) -> Result<UpdateConfig, StackError> {
    let mut out = UpdateConfig::default();
    c.each(|key, v| {
        match key {
            "parallelism" => out.parallelism = Some(v.unsigned()?),
            "delay" => out.delay = v.duration()?,
            "failure_action" => out.failure_action = v.string()?,
            "monitor" => out.monitor = v.duration()?,
            "max_failure_ratio" => out.max_failure_ratio = ratio(&v)?,
            "order" => out.order = order(&v)?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

/// A ratio as the engine keeps it, in 32 bits, written with as few digits as it needs.
fn ratio(c: &Cursor<'_>) -> Result<f64, StackError> {
    #[allow(clippy::cast_possible_truncation, reason = "the engine keeps 32 bits")]
    let short = c.float()? as f32;
    short
        .to_string()
        .parse()
        .map_err(|_| c.wrong("a ratio between 0 and 1"))
}

fn order(c: &Cursor<'_>) -> Result<String, StackError> {
    let text = c.string()?;
    match text.as_str() {
        "start-first" | "stop-first" => Ok(text),
        _ => Err(c.wrong("start-first or stop-first")),
    }
}

fn resources(c: &Cursor<'_>) -> Result<Resources, StackError> {
    let mut out = Resources::default();
    c.each(|key, v| {
        match key {
            "limits" => out.limits = Some(limits(&v)?),
            "reservations" => out.reservations = Some(reservations(&v)?),
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn limits(c: &Cursor<'_>) -> Result<ResourceLimit, StackError> {
    let mut out = ResourceLimit::default();
    c.each(|key, v| {
        match key {
            "cpus" => out.cpus = v.string()?,
            "memory" => out.memory = v.size()?,
            "pids" => out.pids = v.integer()?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn reservations(c: &Cursor<'_>) -> Result<Reservation, StackError> {
    let mut out = Reservation::default();
    c.each(|key, v| {
        match key {
            "cpus" => out.cpus = v.string()?,
            "memory" => out.memory = v.size()?,
            "generic_resources" => {
                out.generic_resources = v
                    .items("a list")?
                    .iter()
                    .map(generic_resource)
                    .collect::<Result<_, _>>()?;
            }
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn generic_resource(c: &Cursor<'_>) -> Result<GenericResource, StackError> {
    let mut out = GenericResource::default();
    c.each(|key, v| {
        match key {
            "discrete_resource_spec" => out.discrete_resource_spec = Some(discrete(&v)?),
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn discrete(c: &Cursor<'_>) -> Result<DiscreteResource, StackError> {
    let mut out = DiscreteResource::default();
    c.each(|key, v| {
        match key {
            "kind" => out.kind = v.string()?,
            "value" => out.value = truncated(&v)?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

/// A number cut to its whole part.
pub(super) fn truncated(c: &Cursor<'_>) -> Result<i64, StackError> {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "cut, as the docker CLI cuts it"
    )]
    c.integer().or_else(|_| Ok(c.float()? as i64))
}

fn restart_policy(c: &Cursor<'_>) -> Result<RestartPolicy, StackError> {
    let mut out = RestartPolicy::default();
    c.each(|key, v| {
        match key {
            "condition" => out.condition = v.string()?,
            "delay" => out.delay = Some(v.duration()?),
            "max_attempts" => out.max_attempts = Some(v.unsigned()?),
            "window" => out.window = Some(v.duration()?),
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn placement(c: &Cursor<'_>) -> Result<Placement, StackError> {
    let mut out = Placement::default();
    c.each(|key, v| {
        match key {
            "constraints" => out.constraints = v.strings()?,
            "preferences" => {
                out.preferences = v
                    .items("a list")?
                    .iter()
                    .map(preference)
                    .collect::<Result<_, _>>()?;
            }
            "max_replicas_per_node" => out.max_replicas_per_node = v.unsigned()?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn preference(c: &Cursor<'_>) -> Result<PlacementPreference, StackError> {
    let mut out = PlacementPreference::default();
    c.each(|key, v| {
        match key {
            "spread" => out.spread = v.string()?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}
