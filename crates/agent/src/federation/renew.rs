//! Renewing the agent's certificate, long before it ends.

use std::sync::Arc;

use allot_identity::AgentKey;
use tokio::time::sleep;

use super::{
    credential::Credential,
    error::{FederationError, Result},
    hub::Hub,
    member::Member,
};

impl Member {
    /// Waits until the certificate is due, renews it over `hub`, and comes back with a connection that was made with
    /// the new one. What fails is tried again: there are hours left.
    pub(super) async fn renewal(&self, hub: Hub) -> Hub {
        self.until_due().await;
        while let Err(error) = self.renew(&hub).await {
            self.put_off("the certificate is not renewed", &error).await;
        }
        loop {
            let identity = Arc::clone(&self.identity);
            match Hub::dial(&self.target(), identity, self.options.dial).await {
                Ok(new) => return new,
                Err(error) => {
                    let what = "the new certificate is not in use";
                    self.put_off(what, &error.into()).await;
                }
            }
        }
    }

    /// Looked at now and then, and not slept through: a machine may be suspended, and its clock set.
    async fn until_due(&self) {
        let is_due = || {
            let span = self.span();
            span.is_some_and(|span| self.clock.now() >= span.renews_at)
        };
        while !is_due() {
            sleep(self.options.tick).await;
        }
    }

    async fn renew(&self, hub: &Hub) -> Result<()> {
        let key = AgentKey::create()?;
        let granted = hub.renew(key.request()?).await?;
        let credential = Credential::granted(key, granted, &self.membership)?;
        credential.write(&self.home)?;
        self.show(&credential)?;
        let (_, not_after) = credential.span();
        tracing::info!(%not_after, "the agent has a new certificate");
        Ok(())
    }

    async fn put_off(&self, what: &str, error: &FederationError) {
        tracing::warn!(code = error.code(), "{what} yet: {error}");
        sleep(self.options.renew_again).await;
    }
}
