//! Running a recipe's script in the container of its service.

use super::{Stage, When};
use crate::{
    app::{
        error::Result,
        recipe_test::{
            book::End,
            report::PhaseVerdict,
            scripts::{Place, Script},
        },
    },
    engine::{Command, CommandEnd, EngineError, ObservedService, SwarmRole, TaskState},
    limits::TEST_OUTPUT_BYTES,
};

impl Stage {
    /// Runs a script where it is to run, and says how it ended.
    pub(in crate::app::recipe_test) async fn ask(
        &self,
        script: &Script,
        when: When,
    ) -> Result<End> {
        let full = self.full(&script.service);
        let services = self.agent.engine.services(&self.name).await?;
        let Some(service) = services.into_iter().find(|s| s.name == full) else {
            let text = format!("this version has no service {}", script.service);
            return Ok(End::failed(text));
        };
        match &script.place {
            Place::Inside => self.ask_inside(script, &service, when).await,
            Place::Beside(image) => {
                self.ask_beside(script, &service, image.as_deref(), when)
                    .await
            }
        }
    }

    async fn ask_inside(
        &self,
        script: &Script,
        service: &ObservedService,
        when: When,
    ) -> Result<End> {
        let Some(container) = self.container(service).await? else {
            let text = format!(
                "no container of {} runs on this node, and the agent cannot reach into other nodes",
                script.service
            );
            return Ok(End::failed(text));
        };
        let command = Command {
            args: shell(script),
            env: self.environment(&script.service, when),
            limit: self.subject.scripts.setup.script_time(),
            keep: TEST_OUTPUT_BYTES,
        };
        match self.agent.engine.exec(&container, &command).await {
            Ok(end) => Ok(ended(script, &end)),
            // An image without a shell answers so.
            Err(EngineError::Refused { reason, .. }) => {
                let text = "the container could not run it";
                let help =
                    "an image without /bin/sh is tested from outside: name the script *.local.sh";
                Ok(End::failed(text).with_log(vec![reason, help.to_owned()]))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A container of this node that runs the service as it is now.
    async fn container(&self, service: &ObservedService) -> Result<Option<String>> {
        let tasks = self
            .agent
            .engine
            .tasks(std::slice::from_ref(&service.id))
            .await?;
        let here = self.node().await?;
        let running = tasks.into_iter().find(|task| {
            task.state == TaskState::Running
                && task.desired == TaskState::Running
                && task.template_digest == service.template_digest
                && task.node_id == here
        });
        Ok(running.and_then(|task| task.container_id))
    }

    /// This node.
    pub(super) async fn node(&self) -> Result<String> {
        Ok(match self.agent.engine.info().await?.swarm {
            SwarmRole::Manager { node_id, .. } => node_id,
            SwarmRole::None | SwarmRole::Worker => String::new(),
        })
    }
}

/// The script as one argument of a shell: nothing is left in the container. Its path is what it calls itself.
pub(super) fn shell(script: &Script) -> Vec<String> {
    vec![
        "/bin/sh".to_owned(),
        "-c".to_owned(),
        script.text.clone(),
        script.path.clone(),
    ]
}

/// How a script's end is told.
pub(super) fn ended(script: &Script, end: &CommandEnd) -> End {
    let log = lines(&end.output);
    let (verdict, text) = match end.exit_code {
        Some(0) => (PhaseVerdict::Passed, format!("{} ended well", script.path)),
        Some(code) => (
            PhaseVerdict::Failed,
            format!("{} ended with exit code {code}", script.path),
        ),
        None => (
            PhaseVerdict::Failed,
            format!("{} had not ended when its time was over", script.path),
        ),
    };
    End::new(verdict, text).with_log(log)
}

fn lines(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    text.lines().map(str::to_owned).collect()
}
