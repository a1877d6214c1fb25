//! Carrying out a plan: the engine is asked to change, step by step, each acknowledged one journaled.

use std::{
    collections::BTreeMap,
    sync::{
        PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use allot_stack::spec::ServiceSpec;
use futures::{StreamExt as _, stream};
use tokio::sync::Mutex;

use super::{
    error::Result,
    event::{Action, Step, What},
    live::LiveOperation,
    plan::{ObjectPlan, Payload, Plan, ServicePlan, credential_config, kind_name},
    record::Record,
    registry::Registry,
};
use crate::{
    clock::Clock,
    engine::{Engine, EngineError, ObjectKind},
    limits::PARALLEL_REQUESTS,
};

/// Ids by name of the secrets and configs that services refer to.
#[derive(Debug, Default)]
pub struct Ids {
    secrets: BTreeMap<String, String>,
    configs: BTreeMap<String, String>,
}

/// A service that was created or updated.
#[derive(Debug, Clone)]
pub struct Touched {
    /// The engine's id.
    pub id: String,
    /// Name as in the compose file.
    pub short: String,
    /// What was sent.
    pub spec: ServiceSpec,
    /// Whether anything was sent.
    pub changed: bool,
}

/// What it takes to carry out a plan.
pub struct Applying<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// Where steps are journaled.
    pub registry: &'a Registry,
    /// Who is told.
    pub live: &'a LiveOperation,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Acknowledged since the journal was last told.
    pub unwritten: std::sync::Mutex<Vec<String>>,
}

impl Applying<'_> {
    /// Makes what services need, all at once, then the services, all at once. Every step can be done again: what
    /// exists by then is taken as it is.
    ///
    /// # Errors
    /// The engine refuses a step; what was done until then stays, and is journaled.
    pub async fn deploy(&self, plan: &Plan) -> Result<Vec<Touched>> {
        let ids = Mutex::new(Ids::default());
        let made = self
            .in_parallel(plan.objects.iter(), |object| self.make(object, &ids))
            .await;
        self.write_down().await?;
        made?;
        let ids = ids.into_inner();
        let touched = Mutex::new(Vec::new());
        let put = self
            .in_parallel(plan.services.iter(), |service| async {
                if let Some(done) = self.put(service, &ids).await? {
                    touched.lock().await.push(done);
                }
                Ok(())
            })
            .await;
        self.write_down().await?;
        put?;
        let mut touched = touched.into_inner();
        touched.sort_by(|a, b| a.short.cmp(&b.short));
        Ok(touched)
    }

    async fn in_parallel<'p, T: 'p, F>(
        &self,
        items: impl Iterator<Item = &'p T>,
        step: impl Fn(&'p T) -> F,
    ) -> Result<()>
    where
        F: Future<Output = Result<()>>,
    {
        let steps: Vec<F> = items.map(step).collect();
        all_or_first_error(steps).await
    }

    /// Makes an object that the plan makes, and notes the ids of those that services refer to.
    async fn make(&self, object: &ObjectPlan, ids: &Mutex<Ids>) -> Result<()> {
        let id = match (&object.payload, &object.id) {
            (Payload::None, id) => id.clone(),
            (payload, _) => {
                let id = self.create(payload, &object.name).await?;
                self.done(object.kind, &object.name, Action::Create, &object.detail);
                Some(id)
            }
        };
        if let Some(id) = id {
            let mut ids = ids.lock().await;
            match object.kind {
                ObjectKind::Secret => ids.secrets.insert(object.name.clone(), id),
                ObjectKind::Config => ids.configs.insert(object.name.clone(), id),
                _ => None,
            };
        }
        Ok(())
    }

    /// Creates an object, or finds it when somebody made it a moment ago; a config only if it says the same.
    async fn create(&self, payload: &Payload, name: &str) -> Result<String> {
        let made = match payload {
            Payload::None => return Ok(String::new()),
            Payload::Network(spec) => self.engine.create_network(spec).await,
            Payload::Secret(spec) => self.engine.create_secret(spec).await,
            Payload::Config(spec) => self.engine.create_config(spec).await,
        };
        match made {
            Err(EngineError::AlreadyExists {
                kind: ObjectKind::Config,
                name,
            }) => self.same_config(payload, name).await,
            Err(EngineError::AlreadyExists { kind, name: _ }) => self.find(kind, name).await,
            other => Ok(other?),
        }
    }

    async fn same_config(&self, payload: &Payload, name: String) -> Result<String> {
        let found = self
            .engine
            .configs_named(std::slice::from_ref(&name))
            .await?;
        let same = found
            .into_iter()
            .find(|c| Some(&c.data) == payload.config_data().as_ref());
        let kind = ObjectKind::Config;
        Ok(same
            .map(|c| c.id)
            .ok_or(EngineError::AlreadyExists { kind, name })?)
    }

    async fn find(&self, kind: ObjectKind, name: &str) -> Result<String> {
        let names = [name.to_owned()];
        let id = match kind {
            ObjectKind::Network => self
                .engine
                .networks_named(&names)
                .await?
                .pop()
                .map(|n| n.id),
            ObjectKind::Secret => self.engine.secrets_named(&names).await?.pop().map(|s| s.id),
            ObjectKind::Config => self.engine.configs_named(&names).await?.pop().map(|c| c.id),
            ObjectKind::Service | ObjectKind::Volume => None,
        };
        Ok(id.ok_or_else(|| EngineError::NotFound {
            kind,
            name: name.to_owned(),
        })?)
    }

    async fn put(&self, service: &ServicePlan, ids: &Ids) -> Result<Option<Touched>> {
        let mut spec = service.spec.clone();
        fill_in_ids(&mut spec, ids);
        let id = match (service.action, &service.current) {
            (Action::Create, _) => self.engine.create_service(&spec, None).await?,
            (Action::Update, Some((id, version))) => {
                let warnings = self
                    .engine
                    .update_service(id, *version, &spec, None)
                    .await?;
                for warning in warnings {
                    tracing::warn!(service = service.name, warning, "the engine warns");
                }
                id.clone()
            }
            (Action::Remove, Some((id, _))) => {
                self.remove(ObjectKind::Service, &service.name, id).await?;
                return Ok(None);
            }
            (_, Some((id, _))) => return Ok(Some(touched(service, id, spec, false))),
            (_, None) => return Ok(None),
        };
        self.done(ObjectKind::Service, &service.name, service.action, "");
        Ok(Some(touched(service, &id, spec, true)))
    }

    /// Removes an object; one that is gone already is as good.
    ///
    /// # Errors
    /// The engine refuses.
    pub async fn remove(&self, kind: ObjectKind, name: &str, id: &str) -> Result<()> {
        match self.engine.remove(kind, id).await {
            Ok(()) | Err(EngineError::NotFound { .. }) => {
                self.done(kind, name, Action::Remove, "");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Tells a step, and notes it for the journal.
    fn done(&self, kind: ObjectKind, name: &str, action: Action, detail: &str) {
        let kind = kind_name(kind);
        let step = format!("{} {kind} {name}", action.name());
        self.unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(step);
        let step = Step {
            kind,
            name: name.to_owned(),
            action,
            detail: detail.to_owned(),
        };
        self.live.tell(self.clock.now(), What::Step(step));
    }

    /// Journals what was acknowledged since the last time.
    ///
    /// # Errors
    /// The journal takes nothing.
    pub async fn write_down(&self) -> Result<()> {
        let steps = std::mem::take(
            &mut *self
                .unwritten
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        if steps.is_empty() {
            return Ok(());
        }
        let operation = self.live.operation.id.clone();
        self.registry
            .commit(Record::StepsDone { operation, steps })
            .await
    }
}

/// Runs steps side by side. After the first error no new ones begin, but those under way end: a request that was sent
/// and then forgotten could still change the swarm after the verdict.
///
/// # Errors
/// The first one.
pub async fn all_or_first_error<F>(steps: Vec<F>) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    let failed = AtomicBool::new(false);
    let failed = &failed;
    let guarded = steps.into_iter().map(|step| async move {
        if failed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let done = step.await;
        if done.is_err() {
            failed.store(true, Ordering::Relaxed);
        }
        done
    });
    let ends: Vec<Result<()>> = stream::iter(guarded)
        .buffer_unordered(PARALLEL_REQUESTS)
        .collect()
        .await;
    ends.into_iter().collect()
}

fn touched(service: &ServicePlan, id: &str, spec: ServiceSpec, changed: bool) -> Touched {
    Touched {
        id: id.to_owned(),
        short: service.short.clone(),
        spec,
        changed,
    }
}

/// Swarm wants references by id; plans know names.
fn fill_in_ids(spec: &mut ServiceSpec, ids: &Ids) {
    let Some(container) = spec
        .task_template
        .as_mut()
        .and_then(|t| t.container_spec.as_mut())
    else {
        return;
    };
    for secret in container.secrets.iter_mut().flatten() {
        secret.secret_id = secret
            .secret_name
            .as_ref()
            .and_then(|name| ids.secrets.get(name).cloned());
    }
    for config in container.configs.iter_mut().flatten() {
        config.config_id = config
            .config_name
            .as_ref()
            .and_then(|name| ids.configs.get(name).cloned());
    }
    if let Some(config) = credential_config(container)
        && let Some(id) = ids.configs.get(config)
    {
        config.clone_from(id);
    }
}
