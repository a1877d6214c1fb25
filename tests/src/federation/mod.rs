//! A federation of real processes: a hub, and collectives with an agent each.

mod collective;
mod commons;
mod crowd;
mod forge;
mod hub;
mod transcript;

use std::path::Path;

use tempfile::TempDir;

pub use collective::Collective;
pub use commons::{Commons, FORGE, Member, ORGANISATION, on_swarm, swarm};
pub use crowd::{Crowd, rename};
pub use forge::Forge;
pub use hub::{Hub, HubOptions};
pub use transcript::Transcript;

/// What every federation of these tests is called.
pub const NAME: &str = "coopcloud-test";

/// A hub and its founders, all running; dropping it ends them.
pub struct Federation {
    /// The hub.
    pub hub: Hub,
    /// The founders, in the order in which they were named.
    pub founders: Vec<Collective>,
    dir: TempDir,
}

impl Federation {
    /// Founds a federation; its founders' agents run on simulated engines, and have joined.
    ///
    /// # Panics
    /// Something does not come up.
    #[must_use]
    pub fn of(founders: &[&str]) -> Self {
        let federation = Self::founded(founders, &HubOptions::default());
        for founder in &federation.founders {
            founder.join(&federation.hub.invite(founder.slug()));
        }
        federation
    }

    /// Founds a federation; nobody has joined yet.
    ///
    /// # Panics
    /// Something does not come up.
    #[must_use]
    pub fn founded(founders: &[&str], options: &HubOptions) -> Self {
        // Short, because a unix socket's path may have 107 bytes.
        let dir = TempDir::with_prefix("allot-").expect("make a directory");
        let founders: Vec<_> = founders
            .iter()
            .map(|slug| Collective::new(&dir.path().join(slug), slug, None))
            .collect();
        let keys: Vec<_> = founders.iter().map(Collective::founder).collect();
        let hub = Hub::found(&dir.path().join("hub"), &keys, options);
        Self { hub, founders, dir }
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Starts the hub again, and waits until all founders hear it.
    ///
    /// # Panics
    /// It does not come up.
    pub fn serve_again(&mut self) {
        self.hub.serve();
        self.founders.iter().for_each(Collective::await_hub);
    }

    /// A founder by name.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn founder(&self, slug: &str) -> &Collective {
        let found = self.founders.iter().find(|c| c.slug() == slug);
        found.expect("a founder of that name")
    }
}
