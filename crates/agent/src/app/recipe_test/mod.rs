//! `recipe test`: a recipe tried out on a throw-away stack of this swarm.
//!
//! ```text
//! candidate:          deploy -> probe -> its own checks -> undeploy -> nothing left behind
//! previous release:   deploy -> put data in -> upgrade to the candidate -> find the data
//!                     -> deploy the previous one again -> undeploy -> nothing left behind
//! ```
//!
//! The throw-away stack is an app like any other, so it goes the ways that every deploy goes, and its end is journaled:
//! what a crash leaves is found by its name and removed by the next test, or by `allot recipe test --clean`.
//!
//! | file | what it holds |
//! |---|---|
//! | `name` | names that cannot be mistaken |
//! | `scripts`, `setup` | what a recipe brings for its test: `tests/` |
//! | `subject` | what is tested: candidate and previous release, pinned |
//! | `stage` | the throw-away stack: deployed, asked, taken away; `stage/` has a file for each |
//! | `course` | the phases in their order |
//! | `book` | what came of each phase, told as it happens |
//! | `report` | the report as it is kept |
//! | `clean` | what earlier tests left |
//! | `images` | images that the caller brings |
//! | `one_node` | a swarm of several nodes |

mod book;
mod clean;
mod course;
mod error;
mod images;
mod name;
mod one_node;
mod report;
mod scripts;
mod setup;
mod stage;
mod subject;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Agent, blocking, error::Result, model::Actor};
use book::Book;
use stage::Stage;

pub use book::Told;
pub use error::TestError;
pub use images::ImageName;
pub use name::is_throw_away;
pub(super) use one_node::keep_on;
pub use report::{Facts, Phase, PhaseVerdict, Release, Report, TestVerdict};

/// What somebody wants to have tested.
#[derive(Debug, Clone, Default)]
pub struct TestRequest {
    /// Recipe name, git URL or path, perhaps with `:version`.
    pub recipe: String,
    /// Version or commit; empty: the newest version of a recipe by name, the head of a URL or path.
    pub version: String,
    /// Version or commit to upgrade from; empty: the newest version before the candidate.
    pub from: String,
    /// Do not ask the git server.
    pub offline: bool,
    /// Variables to set, over what `tests/test.toml` sets.
    pub set: BTreeMap<String, String>,
}

/// A test that goes on: its name, and what it tells until its report.
pub struct Testing {
    /// Its name, for [`Agent::stop_test`].
    pub run: String,
    /// What it tells. When nobody listens any more the test stops and clears up.
    pub told: mpsc::UnboundedReceiver<Told>,
}

/// The test that runs now: one at a time, so that what others left can be told from it.
#[derive(Default)]
pub(super) struct Tests {
    running: Mutex<Option<Running>>,
}

struct Running {
    run: String,
    stop: CancellationToken,
}

impl Tests {
    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        // A poisoned lock only means that a reader panicked; the data behind it is whole.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the place of the one test.
    fn begin(self: &Arc<Self>, run: &str) -> Result<Place> {
        let mut running = self.lock();
        if let Some(other) = &*running {
            return Err(TestError::Busy {
                run: other.run.clone(),
            }
            .into());
        }
        let stop = CancellationToken::new();
        *running = Some(Running {
            run: run.to_owned(),
            stop: stop.clone(),
        });
        Ok(Place {
            tests: Arc::clone(self),
            stop,
        })
    }

    pub(super) fn stop_all(&self) {
        if let Some(running) = &*self.lock() {
            running.stop.cancel();
        }
    }
}

/// Free again when it is dropped, however the test ends.
struct Place {
    tests: Arc<Tests>,
    stop: CancellationToken,
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.tests.lock() = None;
    }
}

impl Agent {
    /// Begins a test. It goes on by itself, tells what it does, and ends with its report.
    ///
    /// # Errors
    /// Another test runs, or the recipe, its versions or its `tests/` are not as they must be. Then nothing was touched.
    pub async fn test_recipe(
        self: &Arc<Self>,
        request: TestRequest,
        actor: Actor,
    ) -> Result<Testing> {
        let run = name::run();
        let place = self.tests.begin(&run)?;
        let subject = self.subject(&request).await?;
        let facts = self.facts().await?;
        let (tell, told) = mpsc::unbounded_channel();
        let agent = Arc::clone(self);
        let name = name::throw_away(&subject.recipe, &run);
        let begun = run.clone();
        self.tasks.spawn(async move {
            let stop = place.stop.clone();
            let gone = tell.clone();
            let book = Book::new(tell, stop.clone());
            let stage = Stage::new(agent, name, subject, request.set, actor, book.teller());
            let course = course::run(stage, book, begun, facts);
            let watched = async {
                gone.closed().await;
                stop.cancel();
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = course => {}
                () = watched => {}
            }
            drop(place);
        });
        Ok(Testing { run, told })
    }

    /// Has a test stop where it is and clear up.
    ///
    /// # Errors
    /// It does not run.
    pub fn stop_test(&self, run: &str) -> Result<()> {
        match &*self.tests.lock() {
            Some(running) if running.run == run => {
                running.stop.cancel();
                Ok(())
            }
            _ => Err(TestError::NotRunning {
                run: run.to_owned(),
            }
            .into()),
        }
    }

    /// A report that was kept, by its digest: the bytes of its JSON.
    ///
    /// # Errors
    /// There is none, or it is damaged.
    pub async fn test_report(&self, sha256: &str) -> Result<(Report, bytes::Bytes)> {
        let id = sha256.parse()?;
        let registry = self.registry.clone();
        let bytes = blocking("reading a report", move || {
            Ok(registry.store().blobs.get(id)?)
        })
        .await?;
        let report = serde_json::from_slice(&bytes).map_err(|_| TestError::NoReport {
            sha256: sha256.to_owned(),
        })?;
        Ok((report, bytes))
    }

    async fn facts(&self) -> Result<Facts> {
        let info = self.engine.info().await?;
        Ok(Facts {
            server: self.config.server.clone(),
            agent: env!("CARGO_PKG_VERSION").to_owned(),
            engine: match info.kind {
                crate::engine::EngineKind::Docker => "docker".to_owned(),
                crate::engine::EngineKind::Sim => "sim".to_owned(),
            },
            engine_version: info.version,
        })
    }
}
