//! What earlier tests left: an agent that was killed in the middle of one, or lost its store.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    name::{is_throw_away, run},
    stage::sweep,
};
use crate::{
    app::{Agent, error::Result},
    engine::NAMESPACE_LABEL,
};

impl Agent {
    /// Removes the throw-away stacks that this agent knows of; with `everything` also those on the swarm that it does not,
    /// which may be another agent's test that still runs. Returns their names.
    ///
    /// # Errors
    /// A test runs, something does not go, or the engine does not answer.
    pub async fn clean_tests(self: &Arc<Self>, everything: bool) -> Result<Vec<String>> {
        let _alone = self.tests.begin(&run())?;
        self.clean(everything).await
    }

    /// The same, for whoever has the place already.
    pub(super) async fn clean(&self, everything: bool) -> Result<Vec<String>> {
        let apps = self.registry.apps()?.into_iter().map(|app| app.name);
        let mut stacks: BTreeSet<String> = apps.filter(|name| is_throw_away(name)).collect();
        if everything {
            let services = self.engine.stack_services().await?;
            let named = services
                .iter()
                .filter_map(|s| s.spec.labels.as_ref()?.get(NAMESPACE_LABEL));
            stacks.extend(named.filter(|name| is_throw_away(name)).cloned());
        }
        for stack in &stacks {
            sweep(self, stack).await?;
        }
        Ok(stacks.into_iter().collect())
    }
}
