//! The federation's recipes as this agent has verified them, and what of them it deploys.
//!
//! What counts is in the folded log: which versions there are, at which commits, and who stands behind them. What is told
//! about them is in documents beside the log. An index of the newest is made once for each head of the log and kept; older
//! documents are read from disk when somebody asks. Nothing here needs the hub.

mod age;
mod check;
mod error;
mod export;
mod index;
mod level;
mod limits;
mod look;
mod outcome;
mod pick;
mod reviews;
mod show;

use std::sync::Arc;

use allot_replica::Replica;

pub use age::Age;
pub use check::{Finding, Progress, Status};
pub use error::{CatalogueError, Result};
pub use export::JsonExport;
pub use index::{Query, Row};
pub use look::Unmet;
pub use pick::{Ask, Exact, Pick, Running, Word};
pub use reviews::Waiting;
pub use show::{Details, VersionView};

use crate::{
    clock::Clock,
    config::{Accept, CatalogueConfig},
    federation::Federation,
};
use index::Index;

/// The catalogue of an agent; of one in no federation it is empty.
pub struct Catalogue {
    federation: Arc<Federation>,
    clock: Arc<dyn Clock>,
    config: CatalogueConfig,
    /// Held while it is made anew: whoever asks meanwhile gets the same.
    index: tokio::sync::Mutex<Option<Arc<Index>>>,
}

impl Catalogue {
    /// That of an agent's federation.
    #[must_use]
    pub fn new(
        federation: Arc<Federation>,
        clock: Arc<dyn Clock>,
        config: CatalogueConfig,
    ) -> Self {
        Self {
            federation,
            clock,
            config,
            index: tokio::sync::Mutex::default(),
        }
    }

    /// What this agent accepts.
    #[must_use]
    pub fn accept(&self) -> Accept {
        self.config.accept
    }

    /// Whether it tells how upgrades end.
    #[must_use]
    pub fn reports_outcomes(&self) -> bool {
        self.config.report_outcomes
    }

    fn log(&self) -> Result<Arc<Replica>> {
        Ok(self.federation.log()?)
    }
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Catalogue")
    }
}

/// Runs something that reads files away from the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| {
        Err(CatalogueError::Worker {
            what: error.to_string(),
        })
    })
}
