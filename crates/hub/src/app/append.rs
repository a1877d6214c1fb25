//! Bringing an entry.

use allot_identity::Peer;
use allot_ledger::{
    Author, Body, Entry, Envelope,
    entry::BadEnvelope,
    state::{Refused, State, Status},
};
use tokio::{sync::oneshot, time::timeout};

use super::{
    Hub,
    error::{HubError, Result},
    keeper::{Job, Taken, What},
};
use crate::limits::QUEUE_PATIENCE;

impl Hub {
    /// Takes an entry that an agent brings: an envelope, JSON. It is on disk when this returns.
    ///
    /// # Errors
    /// It is not one, not this agent's to bring, against the rules, or cannot be written now.
    pub async fn append(&self, peer: &Peer, envelope: &[u8]) -> Result<Taken> {
        let taken = self.try_append(peer, envelope).await;
        if let Err(error) = &taken {
            self.metrics.refused(error.code());
        }
        taken
    }

    async fn try_append(&self, peer: &Peer, envelope: &[u8]) -> Result<Taken> {
        self.appends.take(peer.collective())?;
        let envelope: Envelope = serde_json::from_slice(envelope)
            .map_err(|source| Refused::from(BadEnvelope::Unknown { source }))?;
        let claim = {
            let book = self.replica.book().await;
            let claim = book.state().claim(&envelope)?;
            may_bring(book.state(), peer, claim.entry())?;
            claim
        };
        let verified = claim.verify()?;
        self.has_texts(verified.entry().body.stored_texts()).await?;
        self.write(What::Signed(Box::new(verified), envelope)).await
    }

    /// Writes an entry of the hub's own (L8).
    pub(crate) async fn append_own(&self, body: Body) -> Result<Taken> {
        self.write(What::Own(Box::new(body))).await
    }

    async fn write(&self, what: What) -> Result<Taken> {
        let (answer, taken) = oneshot::channel();
        let sent = timeout(QUEUE_PATIENCE, self.jobs.send(Job { what, answer })).await;
        sent.map_err(|_| HubError::Overloaded)?
            .map_err(|_| HubError::Stopping)?;
        taken.await.map_err(|_| HubError::Stopping)?
    }
}

/// Whether this agent may bring this entry: its own collective's, or of who has no agent here yet. Whether the rules
/// take it is asked later.
fn may_bring(state: &State, peer: &Peer, entry: &Entry) -> Result<()> {
    let applied = |slug| {
        let known = state.collective(slug);
        known.is_some_and(|c| c.status == Status::Applied)
    };
    let may = match (&entry.author, &entry.body) {
        (Author::Hub, _) => false,
        (Author::Collective(slug), _) if slug == peer.collective() => true,
        // Who brings applications in the name of others would take the room that those have (M11).
        (Author::Collective(_), Body::Apply(application)) => {
            let sponsor = application.sponsor.as_ref();
            sponsor.is_none_or(|sponsor| sponsor == peer.collective())
        }
        (Author::Collective(slug), Body::Leave) => applied(slug),
        _ => false,
    };
    if may {
        return Ok(());
    }
    Err(HubError::NotYours {
        caller: peer.collective().to_string(),
        author: entry.author.to_string(),
        kind: entry.body.kind(),
    })
}
