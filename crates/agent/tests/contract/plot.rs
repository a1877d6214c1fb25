//! A stack of its own for each test, and the ways to look at it.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use allot_agent::engine::{
    Engine, EngineError, NAMESPACE_LABEL, ObjectKind, ObservedService, ObservedTask, TaskState,
};
use allot_stack::spec::{ConfigSpec, NetworkCreateRequest, SecretSpec, ServiceSpec};
use futures::FutureExt;
use serde_json::{Value, json};

/// Made by `docker import` of a busybox root; see `scripts/images`.
pub const IMAGE: &str = "allotment/busybox:1";
/// Longest wait for a condition; everything here comes true within a few seconds.
const PATIENCE: Duration = Duration::from_secs(60);

pub type Body<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Runs a promise on a stack of its own and clears the stack away, also after a panic.
pub async fn run(
    name: &str,
    engine: Arc<dyn Engine>,
    body: impl for<'a> FnOnce(&'a Plot) -> Body<'a>,
) {
    // Names of objects have at most 63 characters; the hash keeps the stacks of tests apart.
    let hash: u32 = name.bytes().fold(5381, |hash: u32, byte| {
        hash.wrapping_mul(33) ^ u32::from(byte)
    });
    let plot = Plot {
        engine,
        stack: format!("contract-{hash:08x}"),
    };
    plot.clear().await;
    let outcome = std::panic::AssertUnwindSafe(body(&plot))
        .catch_unwind()
        .await;
    plot.clear().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

/// An engine and a stack on it.
pub struct Plot {
    pub engine: Arc<dyn Engine>,
    pub stack: String,
}

impl Plot {
    /// The full name of an object of this stack.
    pub fn name(&self, short: &str) -> String {
        format!("{}_{short}", self.stack)
    }

    pub fn labels(&self) -> HashMap<String, String> {
        HashMap::from([(NAMESPACE_LABEL.to_owned(), self.stack.clone())])
    }

    pub fn network_spec(&self, short: &str) -> NetworkCreateRequest {
        NetworkCreateRequest {
            name: self.name(short),
            driver: Some("overlay".to_owned()),
            labels: Some(self.labels()),
            ..Default::default()
        }
    }

    pub fn secret_spec(&self, short: &str) -> SecretSpec {
        SecretSpec {
            name: Some(self.name(short)),
            labels: Some(self.labels()),
            data: Some("YQ==".to_owned()),
            ..Default::default()
        }
    }

    pub fn config_spec(&self, short: &str) -> ConfigSpec {
        ConfigSpec {
            name: Some(self.name(short)),
            labels: Some(self.labels()),
            data: Some("aGVsbG8=".to_owned()),
            ..Default::default()
        }
    }

    /// A service that runs `script` in a shell; `sim` are the variables that make the twin act alike.
    pub fn service(&self, short: &str, script: &str, sim: &[&str]) -> Shape {
        Shape(json!({
            "Name": self.name(short),
            "Labels": self.labels(),
            "TaskTemplate": {
                "ContainerSpec": {
                    "Image": IMAGE,
                    "Labels": self.labels(),
                    "Command": ["sh", "-c", format!("trap 'exit 0' TERM; {script}")],
                    "Env": sim,
                },
                "RestartPolicy": {"Condition": "any", "Delay": 500_000_000_i64},
                "Placement": {},
                "ForceUpdate": 0,
            },
            "Mode": {"Replicated": {"Replicas": 1}},
            "EndpointSpec": {"Mode": "dnsrr"},
        }))
    }

    /// A service that runs until it is stopped.
    pub fn idle(&self, short: &str) -> Shape {
        self.service(short, "sleep 1000 & wait", &[])
    }

    /// Makes a service and returns its id.
    pub async fn create(&self, shape: &Shape) -> String {
        self.engine
            .create_service(&shape.spec(), None)
            .await
            .unwrap()
    }

    /// The service as it is now.
    pub async fn look(&self, id: &str) -> ObservedService {
        let services = self.engine.services(&self.stack).await.unwrap();
        services
            .into_iter()
            .find(|service| service.id == id)
            .expect("the service is there")
    }

    pub async fn tasks(&self, id: &str) -> Vec<ObservedTask> {
        self.engine.tasks(&[id.to_owned()]).await.unwrap()
    }

    /// Replaces a service's spec as it is now.
    pub async fn update(&self, id: &str, shape: &Shape) {
        // Swarm itself changes the version while tasks settle, so the read is repeated as clients do.
        for _ in 0..20 {
            let version = self.look(id).await.version;
            match self
                .engine
                .update_service(id, version, &shape.spec(), None)
                .await
            {
                Err(EngineError::OutOfSequence { .. }) => continue,
                other => {
                    other.unwrap();
                    return;
                }
            }
        }
        panic!("the service never held still");
    }

    /// Waits until `look` finds something.
    pub async fn until<T, F>(&self, what: &str, mut look: impl FnMut() -> F) -> T
    where
        F: Future<Output = Option<T>>,
    {
        let waiting = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => {
                let tasks = self.engine.stack_tasks(&self.stack).await;
                let services = self.engine.services(&self.stack).await;
                panic!("never saw: {what}\ntasks: {tasks:#?}\nservices: {services:#?}");
            }
        }
    }

    /// Waits for a task that fits.
    pub async fn until_task(
        &self,
        id: &str,
        what: &str,
        fits: impl Fn(&ObservedTask) -> bool,
    ) -> ObservedTask {
        self.until(what, || async {
            self.tasks(id).await.into_iter().find(|task| fits(task))
        })
        .await
    }

    /// Waits for a running task of the service's current spec.
    pub async fn until_running(&self, id: &str) -> ObservedTask {
        let digest = self.look(id).await.template_digest;
        self.until_task(id, "a running task of the current spec", |task| {
            task.state == TaskState::Running
                && task.desired == TaskState::Running
                && task.template_digest == digest
        })
        .await
    }

    /// Removes all that the stack has and waits until it is gone.
    pub async fn clear(&self) {
        let engine = &self.engine;
        for service in engine.services(&self.stack).await.unwrap() {
            let _ = engine.remove(ObjectKind::Service, &service.id).await;
        }
        self.until("the stack's end", || async {
            let left = engine.snapshot(&self.stack).await.unwrap();
            for network in &left.networks {
                let _ = engine.remove(ObjectKind::Network, &network.id).await;
            }
            for secret in &left.secrets {
                let _ = engine.remove(ObjectKind::Secret, &secret.id).await;
            }
            for config in &left.configs {
                let _ = engine.remove(ObjectKind::Config, &config.id).await;
            }
            let volumes = engine.volumes(&self.stack).await.unwrap();
            for volume in &volumes {
                let _ = engine.remove(ObjectKind::Volume, &volume.name).await;
            }
            let tasks = engine.stack_tasks(&self.stack).await.unwrap();
            let empty = left.services.is_empty()
                && left.networks.is_empty()
                && left.secrets.is_empty()
                && left.configs.is_empty()
                && volumes.is_empty()
                && tasks.is_empty();
            empty.then_some(())
        })
        .await;
    }
}

/// A service spec in the making, as JSON of the engine's API.
#[derive(Clone)]
pub struct Shape(Value);

impl Shape {
    /// Sets the value at a JSON pointer, making the way there.
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let mut place = &mut self.0;
        for key in pointer.split('/').skip(1) {
            if place.is_null() {
                *place = json!({});
            }
            place = &mut place[key];
        }
        *place = value;
        self
    }

    pub fn spec(&self) -> ServiceSpec {
        serde_json::from_value(self.0.clone()).unwrap()
    }
}
