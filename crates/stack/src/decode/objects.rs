//! Top-level networks, volumes, secrets and configs.

use super::cursor::Cursor;
use crate::error::StackError;
use crate::model::{Extras, FileObject, Ipam, IpamPool, Network, Volume};
use crate::warning::WarningKind;
use crate::yaml::Value;

/// `external:` as it is written.
#[derive(Default)]
struct External {
    external: bool,
    name: String,
}

fn external(c: &Cursor<'_>) -> Result<External, StackError> {
    if !matches!(c.node.value, Value::Map(_)) {
        return Ok(External {
            external: c.boolean()?,
            name: String::new(),
        });
    }
    let mut out = External {
        external: true,
        name: String::new(),
    };
    c.each(|key, v| {
        match key {
            "name" => out.name = v.string()?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    c.warn(
        WarningKind::Deprecated,
        "`external: {name: …}` is an old form; write `external: true` and `name: …`",
    );
    Ok(out)
}

/// The engine's name of an external object.
fn external_name(
    c: &Cursor<'_>,
    key: &str,
    external: External,
    name: String,
) -> Result<String, StackError> {
    match (external.name.is_empty(), name.is_empty()) {
        (false, false) => Err(c.conflict("it has a name in `external` and one in `name`")),
        (false, true) => Ok(external.name),
        (true, true) => Ok(key.to_owned()),
        (true, false) => Ok(name),
    }
}

pub(super) fn network(key: &str, c: &Cursor<'_>) -> Result<Network, StackError> {
    let mut out = Network::default();
    if c.is_null() {
        return Ok(out);
    }
    let mut outside = External::default();
    c.each(|key, v| {
        match key {
            "name" => out.name = v.string()?,
            "driver" => out.driver = v.string()?,
            "driver_opts" => out.driver_opts = Some(v.options()?),
            "ipam" => out.ipam = ipam(&v)?,
            "external" => outside = external(&v)?,
            "internal" => out.internal = v.boolean()?,
            "attachable" => out.attachable = v.boolean()?,
            "labels" => out.labels = Some(v.labels()?),
            _ => v.unknown(),
        }
        Ok(())
    })?;
    if outside.external {
        out.external = true;
        out.extras = c.extras();
        out.name = external_name(c, key, outside, out.name)?;
    }
    Ok(out)
}

fn ipam(c: &Cursor<'_>) -> Result<Ipam, StackError> {
    let mut out = Ipam::default();
    c.each(|key, v| {
        match key {
            "driver" => out.driver = v.string()?,
            "config" => {
                out.config = v
                    .items("a list of pools")?
                    .iter()
                    .map(pool)
                    .collect::<Result<_, _>>()?
            }
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn pool(c: &Cursor<'_>) -> Result<IpamPool, StackError> {
    let mut out = IpamPool::default();
    c.each(|key, v| {
        match key {
            "subnet" => out.subnet = v.string()?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

pub(super) fn volume(key: &str, c: &Cursor<'_>) -> Result<Volume, StackError> {
    let mut out = Volume::default();
    if c.is_null() {
        return Ok(out);
    }
    let mut outside = External::default();
    c.each(|key, v| {
        match key {
            "name" => out.name = v.string()?,
            "driver" => out.driver = v.string()?,
            "driver_opts" => out.driver_opts = Some(v.options()?),
            "external" => outside = external(&v)?,
            "labels" => out.labels = Some(v.labels()?),
            _ => v.unknown(),
        }
        Ok(())
    })?;
    if outside.external {
        refuse_own_options(c, &out)?;
        out.external = true;
        out.extras = c.extras();
        out.name = external_name(c, key, outside, out.name)?;
    } else {
        out.extras = cluster_spec(c);
    }
    Ok(out)
}

fn refuse_own_options(c: &Cursor<'_>, volume: &Volume) -> Result<(), StackError> {
    let filled = |map: &Option<std::collections::BTreeMap<_, _>>| {
        map.as_ref().is_some_and(|m| !m.is_empty())
    };
    let own = [
        ("driver", !volume.driver.is_empty()),
        ("driver_opts", filled(&volume.driver_opts)),
        ("labels", filled(&volume.labels)),
    ];
    match own.into_iter().find(|(_, set)| *set) {
        Some((option, _)) => Err(c.conflict(format!("an external volume cannot have `{option}`"))),
        None => Ok(()),
    }
}

fn cluster_spec(c: &Cursor<'_>) -> Extras {
    c.extras()
        .into_iter()
        .filter(|(key, _)| key == "x-cluster-spec")
        .collect()
}

pub(super) fn secret(key: &str, c: &Cursor<'_>) -> Result<FileObject, StackError> {
    file_object(key, c, true)
}

pub(super) fn config(key: &str, c: &Cursor<'_>) -> Result<FileObject, StackError> {
    file_object(key, c, false)
}

fn file_object(key: &str, c: &Cursor<'_>, secret: bool) -> Result<FileObject, StackError> {
    let mut out = FileObject::default();
    let mut outside = External::default();
    c.each(|key, v| {
        match key {
            "name" => out.name = v.string()?,
            "file" => out.file = v.string()?,
            "environment" => out.environment = v.string()?,
            "external" => outside = external(&v)?,
            "labels" => out.labels = Some(v.labels()?),
            "template_driver" => out.template_driver = v.string()?,
            "driver" if secret => out.driver = v.string()?,
            "driver_opts" if secret => out.driver_opts = Some(v.options()?),
            _ => v.unknown(),
        }
        Ok(())
    })?;
    out.extras = c.extras();
    if outside.external {
        out.external = true;
        out.name = external_name(c, key, outside, out.name)?;
        return Ok(out);
    }
    check_sources(c, &out)?;
    Ok(out)
}

/// A secret or config that the stack makes has exactly one source.
fn check_sources(c: &Cursor<'_>, object: &FileObject) -> Result<(), StackError> {
    let sources = [
        ("driver", &object.driver),
        ("file", &object.file),
        ("environment", &object.environment),
    ];
    let given: Vec<&str> = sources
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, _)| *key)
        .collect();
    match given.as_slice() {
        [first, second, ..] => {
            Err(c.conflict(format!("`{first}` and `{second}` exclude each other")))
        }
        _ => Ok(()),
    }
}
