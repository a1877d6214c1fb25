//! Telling the federation how an upgrade here ended, where the collective wants that (R10).

use allot_ledger::entry::UpgradeVerdict;

use super::{Catalogue, Result, look::Look};

impl Catalogue {
    /// Tells how an upgrade ended, if the collective wants that told and the catalogue knows both versions. Nothing but
    /// recipe, versions and verdict leaves this host.
    ///
    /// # Errors
    /// The hub is away: then it is not told later either, for it is no news by then.
    pub async fn report(
        &self,
        recipe: &str,
        (from, to): (&str, &str),
        verdict: UpgradeVerdict,
    ) -> Result<bool> {
        if !self.config.report_outcomes || from == to {
            return Ok(false);
        }
        let log = self.log()?;
        let is_known = {
            let book = log.book().await;
            let look = Look::at(book.state(), recipe);
            look.is_some_and(|look| {
                look.recipe.version(from).is_some() && look.recipe.version(to).is_some()
            })
        };
        if is_known {
            let by = "the agent";
            self.federation
                .report_outcome(recipe, (from, to), verdict, by)
                .await?;
        }
        Ok(is_known)
    }
}
