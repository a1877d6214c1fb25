//! Running a recipe's script beside its service: a job of the throw-away stack on the service's networks. A script of a
//! recipe never runs on the server itself, whatever it is called: the agent may be root there.

use std::{collections::HashMap, time::Duration};

use allot_stack::spec::ServiceSpec;
use futures::TryStreamExt as _;
use tokio::time::{Instant, sleep};

use super::{
    Stage, When,
    ask::{ended, shell},
};
use crate::{
    app::{
        error::Result,
        recipe_test::{book::End, scripts::Script},
    },
    engine::{
        CommandEnd, LogQuery, LogTarget, NAMESPACE_LABEL, ObjectKind, ObservedService,
        ObservedTask, TaskState,
    },
};

/// How often to look whether the job has ended.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Name of the job's service.
const JOB: &str = "allot-test";

/// Lines of its log.
const LINES: u32 = 200;

impl Stage {
    pub(super) async fn ask_beside(
        &self,
        script: &Script,
        service: &ObservedService,
        image: Option<&str>,
        when: When,
    ) -> Result<End> {
        let spec = self.job(script, service, image, when).await?;
        let id = self.agent.engine.create_service(&spec, None).await?;
        let end = self.until_ended(&id).await;
        let output = self.job_log(&id).await;
        self.take_away(&id).await?;
        let Some(task) = end? else {
            let late = CommandEnd {
                exit_code: None,
                output,
            };
            return Ok(ended(script, &late));
        };
        if task.state == TaskState::Rejected {
            return Ok(End::failed(format!(
                "it could not be started: {}",
                task.error
            )));
        }
        let code = match task.state {
            TaskState::Complete => Some(0),
            _ => Some(task.exit_code.unwrap_or(1)),
        };
        let end = CommandEnd {
            exit_code: code,
            output,
        };
        Ok(ended(script, &end))
    }

    /// A job that runs once on this node, where the images are; only its networks are the service's, neither volumes nor
    /// secrets.
    async fn job(
        &self,
        script: &Script,
        service: &ObservedService,
        image: Option<&str>,
        when: When,
    ) -> Result<ServiceSpec> {
        let template = service.spec.task_template.as_ref();
        let own = template
            .and_then(|t| t.container_spec.as_ref())
            .and_then(|c| c.image.as_deref());
        let networks = template.and_then(|t| t.networks.clone());
        // Without the service's aliases: the job must not answer in its place.
        let networks: Vec<serde_json::Value> = networks
            .into_iter()
            .flatten()
            .map(|network| serde_json::json!({ "Target": network.target }))
            .collect();
        let labels = HashMap::from([(NAMESPACE_LABEL, self.name.as_str())]);
        let spec = serde_json::json!({
            "Name": self.full(JOB),
            "Labels": labels,
            "TaskTemplate": {
                "ContainerSpec": {
                    "Image": image.or(own),
                    "Command": shell(script),
                    "Env": self.environment(&script.service, when),
                    "Labels": labels,
                },
                "RestartPolicy": { "Condition": "none" },
                "Placement": { "Constraints": [format!("node.id=={}", self.node().await?)] },
                "Networks": networks,
            },
            "Mode": { "ReplicatedJob": { "MaxConcurrent": 1, "TotalCompletions": 1 } },
        });
        serde_json::from_value(spec).map_err(|source| crate::app::AppError::Encode { source })
    }

    async fn until_ended(&self, id: &str) -> Result<Option<ObservedTask>> {
        let deadline = Instant::now() + self.subject.scripts.setup.script_time();
        let ids = [id.to_owned()];
        loop {
            let tasks = self.agent.engine.tasks(&ids).await?;
            let over = tasks.into_iter().find(|t| t.state > TaskState::Running);
            if over.is_some() {
                return Ok(over);
            }
            if Instant::now() > deadline {
                return Ok(None);
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// What the job wrote; nothing where the engine does not say.
    async fn job_log(&self, id: &str) -> Vec<u8> {
        let query = LogQuery {
            target: LogTarget::Service(id.to_owned()),
            follow: false,
            tail: Some(LINES),
            since: None,
            stdout: true,
            stderr: true,
        };
        let lines = async {
            self.agent
                .engine
                .logs(&query)
                .await?
                .try_collect::<Vec<_>>()
                .await
        };
        match lines.await {
            Ok(lines) => {
                let lines: Vec<String> = lines.into_iter().map(|line| line.text).collect();
                lines.join("\n").into_bytes()
            }
            Err(error) => format!("no log: {error}").into_bytes(),
        }
    }

    /// Gone before the next script's job takes the name.
    async fn take_away(&self, id: &str) -> Result<()> {
        let engine = &self.agent.engine;
        engine.remove(ObjectKind::Service, id).await?;
        let deadline = Instant::now() + Duration::from_secs(30);
        let ids = [id.to_owned()];
        while Instant::now() < deadline {
            let tasks = engine.tasks(&ids).await?;
            if tasks.iter().all(|task| task.state > TaskState::Running) {
                break;
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }
}
