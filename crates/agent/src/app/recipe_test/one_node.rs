//! On a swarm of several nodes a throw-away stack stays on the agent's own: only there can scripts be run in its
//! containers, and only there are its volumes found and removed.

use allot_stack::spec::ServiceSpec;

use crate::{
    app::{Agent, error::Result},
    engine::SwarmRole,
};

impl Agent {
    /// The node that a throw-away stack has to stay on; nothing where there is only one.
    pub(in crate::app) async fn node_of_trials(&self) -> Result<Option<String>> {
        let info = self.engine.info().await?;
        Ok(match info.swarm {
            SwarmRole::Manager { node_id, .. } if info.nodes > 1 => Some(node_id),
            _ => None,
        })
    }
}

/// Keeps services on one node, whatever else they ask for. One that asks for another node finds none, and says so.
pub(in crate::app) fn keep_on(services: &mut [ServiceSpec], node: &str) {
    for service in services {
        let task = service.task_template.get_or_insert_default();
        let placement = task.placement.get_or_insert_default();
        let constraints = placement.constraints.get_or_insert_default();
        constraints.push(format!("node.id=={node}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_stays_and_keeps_what_else_it_asks_for() {
        let asks = r#"{"Name": "a", "TaskTemplate": {"Placement": {"Constraints": ["node.role==manager"]}}}"#;
        let mut services = [
            ServiceSpec::default(),
            serde_json::from_str(asks).expect("a service"),
        ];
        keep_on(&mut services, "n1");
        let constraints = services.map(|service| {
            let placement = service.task_template.and_then(|task| task.placement);
            placement
                .and_then(|placement| placement.constraints)
                .unwrap_or_default()
        });
        assert_eq!(constraints[0], ["node.id==n1"]);
        assert_eq!(constraints[1], ["node.role==manager", "node.id==n1"]);
    }
}
