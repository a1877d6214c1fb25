//! Where a task may run: on the one simulated node, or nowhere and why.

use super::task::TaskKey;
use super::world::World;
use crate::engine::TaskState;

/// Processors of the node, in the unit of reservations.
const NODE_NANO_CPUS: i64 = 4_000_000_000;
/// Memory of the node, in bytes.
const NODE_MEMORY: i64 = 8 << 30;
/// Name of the node.
pub(super) const NODE_NAME: &str = "sim";

impl World {
    /// Swarm's filters in its order and words; all but the last word is `no suitable node (...)`.
    pub(super) fn place(&self, key: TaskKey) -> Result<(), String> {
        let Some(task) = self.tasks.get(&key) else {
            return Ok(());
        };
        let refuse = |why: &str| Err(format!("no suitable node ({why} on 1 node)"));
        let others = || {
            let others = self.tasks.iter();
            others.filter(move |(other, task)| **other != key && task.holds_resources())
        };
        if !self.resources_left(key) {
            return refuse("insufficient resources");
        }
        let placement = task.template.placement.clone().unwrap_or_default();
        let constraints = placement.constraints.unwrap_or_default();
        if !constraints
            .iter()
            .all(|constraint| self.satisfied(constraint))
        {
            return refuse("scheduling constraints not satisfied");
        }
        let taken = others().any(|(_, other)| {
            other
                .host_ports
                .iter()
                .any(|port| task.host_ports.contains(port))
        });
        if taken {
            return refuse("host-mode port already in use");
        }
        let beside = others()
            .filter(|(_, other)| {
                other.service_id == task.service_id && other.desired <= TaskState::Running
            })
            .count();
        let most = placement.max_replicas.unwrap_or_default();
        if most > 0 && i64::try_from(beside).unwrap_or(i64::MAX) >= most {
            return refuse("max replicas per node limit exceed");
        }
        Ok(())
    }

    fn resources_left(&self, key: TaskKey) -> bool {
        let reserved = |task: &super::task::SimTask| {
            let resources = task.template.resources.clone().unwrap_or_default();
            let wanted = resources.reservations.unwrap_or_default();
            (
                wanted.nano_cpus.unwrap_or_default(),
                wanted.memory_bytes.unwrap_or_default(),
            )
        };
        let (mut cpus, mut memory) = (0_i64, 0_i64);
        for (other, task) in &self.tasks {
            if *other == key || task.holds_resources() {
                let (more_cpus, more_memory) = reserved(task);
                cpus = cpus.saturating_add(more_cpus);
                memory = memory.saturating_add(more_memory);
            }
        }
        cpus <= NODE_NANO_CPUS && memory <= NODE_MEMORY
    }

    /// `key==value` or `key!=value` over what the node is. It has no labels.
    pub(super) fn satisfied(&self, constraint: &str) -> bool {
        let (key, value, wanted) = if let Some((key, value)) = constraint.split_once("==") {
            (key.trim(), value.trim(), true)
        } else if let Some((key, value)) = constraint.split_once("!=") {
            (key.trim(), value.trim(), false)
        } else {
            return false;
        };
        let actual = match key {
            "node.id" => self.node_id.as_str(),
            "node.hostname" => NODE_NAME,
            "node.role" => "manager",
            "node.platform.os" => "linux",
            "node.platform.arch" => "x86_64",
            _ => "",
        };
        actual.eq_ignore_ascii_case(value) == wanted
    }
}
