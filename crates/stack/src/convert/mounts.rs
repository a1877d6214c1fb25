//! Mounts of a service.

use super::Scope;
use crate::engine::{BindOptions, ClusterOptions, Driver, Mount, TmpfsOptions, VolumeOptions};
use crate::error::StackError;
use crate::model::{Service, ServiceVolume};

pub(super) fn mounts(
    scope: &Scope<'_>,
    name: &str,
    service: &Service,
) -> Result<Vec<Mount>, StackError> {
    service
        .volumes
        .iter()
        .map(|volume| {
            Conversion {
                scope,
                path: format!("services.{name}.volumes"),
                volume,
            }
            .mount()
        })
        .collect()
}

struct Conversion<'a> {
    scope: &'a Scope<'a>,
    path: String,
    volume: &'a ServiceVolume,
}

impl Conversion<'_> {
    fn mount(&self) -> Result<Mount, StackError> {
        let v = self.volume;
        let mount = Mount {
            kind: v.kind.clone(),
            target: v.target.clone(),
            source: v.source.clone(),
            read_only: v.read_only,
            consistency: v.consistency.clone(),
            ..Mount::default()
        };
        match v.kind.as_str() {
            "volume" | "" => self.named(mount),
            "bind" => self.bind(mount),
            "tmpfs" => self.tmpfs(mount),
            "npipe" => self.npipe(mount),
            "cluster" => self.cluster(mount),
            kind => Err(self.refuse(format!(
                "{kind:?} is no type of mount: volume, bind, tmpfs, npipe and cluster are"
            ))),
        }
    }

    fn refuse(&self, reason: impl Into<String>) -> StackError {
        self.scope.bad(self.path.clone(), reason)
    }

    /// Refuses options that belong to another type of mount.
    fn only(&self, allowed: &[&str]) -> Result<(), StackError> {
        let v = self.volume;
        let given = [
            ("tmpfs", v.tmpfs.is_some()),
            ("bind", v.bind.is_some()),
            ("volume", v.volume.is_some()),
            ("cluster", v.cluster.is_some()),
        ];
        match given
            .into_iter()
            .find(|(option, given)| *given && !allowed.contains(option))
        {
            Some((option, _)) => Err(self.scope.conflict(
                self.path.clone(),
                format!("a mount of type {} cannot have `{option}` options", v.kind),
            )),
            None => Ok(()),
        }
    }

    fn needs_source(&self) -> Result<(), StackError> {
        if self.volume.source.is_empty() {
            return Err(self.refuse(format!(
                "a mount of type {} needs a source",
                self.volume.kind
            )));
        }
        Ok(())
    }

    fn named(&self, mut mount: Mount) -> Result<Mount, StackError> {
        self.only(&["volume"])?;
        if mount.source.is_empty() {
            return Ok(mount);
        }
        let volume = self.stack_volume()?;
        mount.source = self.scope.name(&self.volume.source, &volume.name);
        let mut options = VolumeOptions {
            no_copy: self.volume.volume.as_ref().is_some_and(|v| v.nocopy),
            ..VolumeOptions::default()
        };
        if !volume.external {
            options.labels = self.scope.labels(volume.labels.as_ref());
            if !volume.driver.is_empty() || volume.driver_opts.is_some() {
                options.driver_config = Some(Driver {
                    name: volume.driver.clone(),
                    options: volume.driver_opts.clone().unwrap_or_default(),
                });
            }
        }
        mount.volume_options = Some(options);
        Ok(mount)
    }

    fn stack_volume(&self) -> Result<&crate::model::Volume, StackError> {
        let key = &self.volume.source;
        self.scope
            .model
            .volumes
            .get(key)
            .ok_or_else(|| self.scope.undefined(self.path.clone(), "volume", key))
    }

    fn bind(&self, mut mount: Mount) -> Result<Mount, StackError> {
        self.needs_source()?;
        self.only(&["bind"])?;
        mount.bind_options = self.bind_options();
        Ok(mount)
    }

    fn bind_options(&self) -> Option<BindOptions> {
        self.volume.bind.as_ref().map(|b| BindOptions {
            propagation: b.propagation.clone(),
        })
    }

    fn tmpfs(&self, mut mount: Mount) -> Result<Mount, StackError> {
        if !mount.source.is_empty() {
            return Err(self.refuse("a mount of type tmpfs has no source"));
        }
        self.only(&["tmpfs"])?;
        mount.tmpfs_options = self
            .volume
            .tmpfs
            .as_ref()
            .map(|t| TmpfsOptions { size_bytes: t.size });
        Ok(mount)
    }

    fn npipe(&self, mut mount: Mount) -> Result<Mount, StackError> {
        self.needs_source()?;
        self.only(&["bind", "cluster"])?;
        mount.bind_options = self.bind_options();
        Ok(mount)
    }

    /// A cluster volume, or a group of them (`group:name`), which is not looked up.
    fn cluster(&self, mut mount: Mount) -> Result<Mount, StackError> {
        self.needs_source()?;
        self.only(&["cluster"])?;
        mount.cluster_options = Some(ClusterOptions::default());
        if !mount.source.starts_with("group:") {
            mount.source = self
                .scope
                .name(&self.volume.source, &self.stack_volume()?.name);
        }
        Ok(mount)
    }
}
