//! What a service attaches: ports, mounts, secrets, configs, networks.

use std::collections::BTreeMap;

use super::cursor::Cursor;
use super::deploy::truncated;
use crate::error::StackError;
use crate::model::{
    FileReference, ServiceNetwork, ServicePort, ServiceVolume, VolumeBind, VolumeCluster,
    VolumeTmpfs, VolumeVolume,
};
use crate::types::port::parse_short_port;
use crate::types::volume::parse_short_volume;
use crate::warning::WarningKind;
use crate::yaml::Value;

pub(super) fn ports(c: &Cursor<'_>) -> Result<Vec<ServicePort>, StackError> {
    c.refuse_repeats()?;
    let mut out = Vec::new();
    for item in c.items("a list of ports")? {
        match &item.node.value {
            Value::Text(spec) => out.extend(short_ports(&item, spec)?),
            Value::Int(number) => out.extend(short_ports(&item, &number.to_string())?),
            Value::Map(_) => out.push(long_port(&item)?),
            _ => return Err(item.wrong("a port such as \"8080:80\", or a mapping")),
        }
    }
    Ok(out)
}

fn short_ports(c: &Cursor<'_>, spec: &str) -> Result<Vec<ServicePort>, StackError> {
    let short = parse_short_port(spec)
        .map_err(|reason| c.bad(format!("cannot read the port {spec:?}: {reason}")))?;
    c.ctx.count_ports(short.ports.len())?;
    if let Some(address) = short.ignored_address {
        c.warn(
            WarningKind::Ignored,
            format!("swarm ignores the address {address}; the port is open on every address"),
        );
    }
    Ok(short.ports)
}

fn long_port(c: &Cursor<'_>) -> Result<ServicePort, StackError> {
    let mut out = ServicePort::default();
    c.each(|key, v| {
        match key {
            "mode" => out.mode = v.string()?,
            "target" => out.target = v.u32()?,
            "published" => out.published = v.u32()?,
            "protocol" => out.protocol = v.string()?,
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

pub(super) fn volumes(c: &Cursor<'_>) -> Result<Vec<ServiceVolume>, StackError> {
    c.items("a list of mounts")?.iter().map(volume).collect()
}

fn volume(c: &Cursor<'_>) -> Result<ServiceVolume, StackError> {
    let volume = match &c.node.value {
        Value::Text(spec) => parse_short_volume(spec)
            .map_err(|reason| c.bad(format!("cannot read the mount {spec:?}: {reason}")))?,
        Value::Map(_) => long_volume(c)?,
        _ => return Err(c.wrong("a mount such as \"data:/data\", or a mapping")),
    };
    if volume.kind == "bind" && volume.source.is_empty() {
        return Err(c.bad("a mount of type bind needs a source"));
    }
    Ok(volume)
}

fn long_volume(c: &Cursor<'_>) -> Result<ServiceVolume, StackError> {
    let mut out = ServiceVolume::default();
    if c.get("type").is_none() {
        return Err(
            c.bad("a mount in the long form needs a type: volume, bind, tmpfs, npipe or cluster")
        );
    }
    c.each(|key, v| {
        match key {
            "type" => out.kind = v.string()?,
            "source" => out.source = v.string()?,
            "target" => out.target = v.string()?,
            "read_only" => out.read_only = v.boolean()?,
            "consistency" => out.consistency = v.string()?,
            "bind" => out.bind = Some(bind(&v)?),
            "volume" => out.volume = Some(named_volume(&v)?),
            "tmpfs" => out.tmpfs = Some(tmpfs(&v)?),
            "cluster" => {
                v.each(|_, option| {
                    option.unknown();
                    Ok(())
                })?;
                out.cluster = Some(VolumeCluster::default());
            }
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

fn bind(c: &Cursor<'_>) -> Result<VolumeBind, StackError> {
    let mut out = VolumeBind::default();
    c.each(|key, v| {
        match key {
            "propagation" => out.propagation = v.string()?,
            _ => v.ignored(""),
        }
        Ok(())
    })?;
    Ok(out)
}

fn named_volume(c: &Cursor<'_>) -> Result<VolumeVolume, StackError> {
    let mut out = VolumeVolume::default();
    c.each(|key, v| {
        match key {
            "nocopy" => out.nocopy = v.boolean()?,
            _ => v.ignored(""),
        }
        Ok(())
    })?;
    Ok(out)
}

fn tmpfs(c: &Cursor<'_>) -> Result<VolumeTmpfs, StackError> {
    let mut out = VolumeTmpfs::default();
    c.each(|key, v| {
        match key {
            "size" => {
                out.size = v.integer()?;
                if out.size < 0 {
                    return Err(v.bad("it must not be negative"));
                }
            }
            _ => v.ignored(""),
        }
        Ok(())
    })?;
    Ok(out)
}

pub(super) fn file_references(c: &Cursor<'_>) -> Result<Vec<FileReference>, StackError> {
    c.items("a list")?.iter().map(file_reference).collect()
}

fn file_reference(c: &Cursor<'_>) -> Result<FileReference, StackError> {
    if let Value::Text(source) = &c.node.value {
        return Ok(FileReference {
            source: source.clone(),
            ..FileReference::default()
        });
    }
    if !matches!(c.node.value, Value::Map(_)) {
        return Err(c.wrong("a name, or a mapping with a source"));
    }
    let mut out = FileReference::default();
    c.each(|key, v| {
        match key {
            "source" => out.source = v.string()?,
            "target" => out.target = v.string()?,
            "uid" => out.uid = v.string()?,
            "gid" => out.gid = v.string()?,
            "mode" => {
                let mode =
                    u32::try_from(truncated(&v)?).map_err(|_| v.bad("it is no file mode"))?;
                out.mode = Some(mode);
            }
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}

pub(super) fn networks(
    c: &Cursor<'_>,
) -> Result<BTreeMap<String, Option<ServiceNetwork>>, StackError> {
    match &c.node.value {
        Value::List(_) => Ok(c
            .unique_strings()?
            .into_iter()
            .map(|name| (name, None))
            .collect()),
        Value::Map(_) => c.named(|_, v| {
            if v.is_null() {
                Ok(None)
            } else {
                network(v).map(Some)
            }
        }),
        _ => Err(c.wrong("a list of networks or a mapping")),
    }
}

fn network(c: &Cursor<'_>) -> Result<ServiceNetwork, StackError> {
    let mut out = ServiceNetwork::default();
    c.each(|key, v| {
        match key {
            "aliases" => out.aliases = v.unique_strings()?,
            "driver_opts" => out.driver_opts = Some(v.options()?),
            "ipv4_address" => {
                v.ignored(": a service has no fixed address");
                out.ipv4_address = v.string()?;
            }
            "ipv6_address" => {
                v.ignored(": a service has no fixed address");
                out.ipv6_address = v.string()?;
            }
            _ => v.unknown(),
        }
        Ok(())
    })?;
    Ok(out)
}
