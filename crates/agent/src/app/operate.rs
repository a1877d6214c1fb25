//! Operations from beginning to verdict.
//!
//! `apply` makes the plan again, compares hashes, journals the start and lets the operation run on its own: it goes on
//! when the caller goes away. Whatever happens, an operation ends with a verdict in the journal.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt as _;
use uuid::Uuid;

use super::{
    Agent,
    apply::Applying,
    error::{AppError, Result},
    event::What,
    live::{Hold, LiveOperation},
    model::{Actor, App, Operation, OperationKind, Outcome, Verdict},
    plan::Plan,
    record::Record,
};
use crate::engine::EngineError;

impl Agent {
    /// Carries out a plan that was shown before.
    ///
    /// # Errors
    /// The plan is unknown or too old, the world changed, something blocks it, another operation holds the app, or the
    /// journal cannot take the start. Then nothing was touched.
    pub async fn apply(
        self: &Arc<Self>,
        app: &str,
        hash: &str,
        actor: Actor,
    ) -> Result<Arc<LiveOperation>> {
        let agent = Arc::clone(self);
        let (app, hash) = (app.to_owned(), hash.to_owned());
        // Once the start is journaled somebody has to carry it out, even if the caller is gone by then.
        let begun = self
            .tasks
            .spawn(async move { agent.begin(&app, &hash, actor).await });
        begun.await.unwrap_or_else(|error| {
            Err(AppError::Worker {
                what: format!("beginning an operation: {error}"),
            })
        })
    }

    async fn begin(
        self: &Arc<Self>,
        app: &str,
        hash: &str,
        actor: Actor,
    ) -> Result<Arc<LiveOperation>> {
        let app = self.registry.app(app)?;
        let shown = self.shown.get(hash).ok_or_else(|| AppError::NoSuchPlan {
            hash: hash.to_owned(),
        })?;
        let mut operation = self.new_operation(&app, shown.kind(), hash, actor);
        let held = self.live.begin(operation.clone())?;
        // Read again: until the app was held, others could change or remove it.
        let app = self.registry.app(&app.name)?;
        let plan = self.plan_again(&app, &shown).await?;
        if plan.hash != hash || plan.app != app.name {
            return Err(AppError::PlanStale { app: app.name });
        }
        if !plan.blockers.is_empty() {
            return Err(AppError::Blocked {
                app: app.name,
                blockers: plan.blockers,
            });
        }
        self.still_accepted(&app, &shown).await?;
        operation.steps = u32::try_from(plan.step_count()).unwrap_or(u32::MAX);
        if let Some(pin) = &plan.pin {
            operation.version.clone_from(&pin.version);
            operation.commit.clone_from(&pin.commit);
            operation.env_revision = plan.env_revision;
        }
        self.registry
            .commit(Record::OperationStarted {
                operation: operation.clone(),
            })
            .await?;
        let live = Arc::clone(held.live());
        let started = What::Started {
            operation: Box::new(operation),
            timeout_seconds: plan.timeout_seconds,
        };
        live.tell(self.clock.now(), started);
        let agent = Arc::clone(self);
        self.tasks
            .spawn(async move { agent.run(held, &app, &plan).await });
        Ok(live)
    }

    fn new_operation(&self, app: &App, kind: OperationKind, hash: &str, actor: Actor) -> Operation {
        Operation {
            id: Uuid::now_v7().to_string(),
            app: app.name.clone(),
            kind,
            actor,
            started_at: self.clock.now(),
            plan_hash: hash.to_owned(),
            version: String::new(),
            commit: String::new(),
            env_revision: 0,
            steps: 0,
            steps_done: 0,
            ended: None,
        }
    }

    async fn run(self: Arc<Self>, held: Hold, app: &App, plan: &Plan) {
        let live = Arc::clone(held.live());
        let began = tokio::time::Instant::now();
        let applying = Applying {
            engine: &*self.engine,
            registry: &self.registry,
            live: &live,
            clock: &*self.clock,
            unwritten: std::sync::Mutex::default(),
        };
        let span = tracing::info_span!(
            "operation",
            id = live.operation.id,
            app = app.name,
            kind = plan.kind.name()
        );
        let work = async {
            match plan.kind {
                OperationKind::Deploy => self.run_deploy(&applying, app, plan).await,
                OperationKind::Undeploy => self.run_undeploy(&applying, plan).await,
                OperationKind::Remove => self.run_remove(&applying, app, plan).await,
            }
        };
        let work = AssertUnwindSafe(tracing::Instrument::instrument(work, span)).catch_unwind();
        let ended = work.await.unwrap_or_else(|_| {
            Err(AppError::Worker {
                what: format!("the {} of {} panicked", plan.kind.name(), app.name),
            })
        });
        let mut verdict = ended.unwrap_or_else(|error| refusal(&error));
        verdict.elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let outcome = verdict.outcome;
        self.end(&live, verdict).await;
        drop(held);
        if plan.kind == OperationKind::Deploy {
            self.tell_outcome(app, plan, outcome);
        }
    }

    async fn end(&self, live: &LiveOperation, verdict: Verdict) {
        let at = self.clock.now();
        let (operation, outcome) = (live.operation.id.clone(), verdict.outcome.name());
        tracing::info!(operation, outcome, "{}", verdict.text);
        let record = Record::OperationEnded {
            operation,
            at,
            verdict: verdict.clone(),
        };
        if let Err(error) = self.registry.commit(record).await {
            // The verdict is still told; after a restart the operation will read as interrupted.
            tracing::error!(code = error.code(), "cannot journal a verdict: {error}");
        }
        self.metrics
            .operation_ended(live.operation.kind.name(), outcome);
        live.tell(at, What::Verdict(Box::new(verdict)));
    }

    /// Ends the operations that a crash of the agent left open, saying what is known of them.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn end_what_was_interrupted(&self) -> Result<usize> {
        let open = self.registry.open_operations()?;
        for operation in &open {
            let verdict = interrupted(operation);
            tracing::warn!(
                operation = operation.id,
                app = operation.app,
                "{}",
                verdict.text
            );
            let record = Record::OperationEnded {
                operation: operation.id.clone(),
                at: self.clock.now(),
                verdict,
            };
            self.registry.commit(record).await?;
        }
        Ok(open.len())
    }
}

fn interrupted(operation: &Operation) -> Verdict {
    let Operation {
        app,
        kind,
        steps,
        steps_done,
        ..
    } = operation;
    Verdict {
        outcome: Outcome::Interrupted,
        text: format!(
            "the agent stopped in the middle of this {}: the engine had acknowledged at least {steps_done} of {steps} steps",
            kind.name()
        ),
        services: Vec::new(),
        elapsed_ms: 0,
        code: "AL-5023".to_owned(),
        help: format!(
            "`allot app plan {app}` shows what is left to do; `allot app ps {app}` what runs now"
        ),
    }
}

/// The verdict of an operation that an error ended.
fn refusal(error: &AppError) -> Verdict {
    // What the engine made of the steps that it was sent is not known in these cases.
    let gone = matches!(
        error,
        AppError::Engine(EngineError::Unreachable { .. } | EngineError::Timeout { .. })
            | AppError::Store(_)
            | AppError::Journal(_)
            | AppError::Index(_)
            | AppError::Worker { .. }
    );
    let outcome = if gone {
        Outcome::Interrupted
    } else {
        Outcome::Failed
    };
    Verdict {
        outcome,
        text: error.to_string(),
        services: Vec::new(),
        elapsed_ms: 0,
        code: error.code().to_owned(),
        help: error.help().unwrap_or_default(),
    }
}
