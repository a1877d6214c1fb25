//! `LedgerService`.

use std::sync::Arc;

use allot_proto::{
    CLIENT_VERSION,
    hub::{self as pb, ledger_service_server::LedgerService},
};
use futures::stream::{self, BoxStream};
use prost::Message as _;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{peer, refuse};
use crate::app::{Follower, Hub};

/// `LedgerService` over a hub.
#[derive(Clone)]
pub struct LedgerRpc {
    /// The hub.
    pub hub: Arc<Hub>,
    /// Ends streams.
    pub stop: CancellationToken,
}

impl LedgerRpc {
    /// Somebody begins to follow.
    #[allow(clippy::result_large_err, reason = "it is what gRPC answers")]
    pub(super) fn follower(
        &self,
        request: &Request<pb::FollowRequest>,
    ) -> Result<Follower, Status> {
        let version = request.metadata().get(CLIENT_VERSION);
        let version = version.and_then(|v| v.to_str().ok()).unwrap_or_default();
        let from = request.get_ref().from;
        let stop = self.stop.clone();
        Follower::new(&self.hub, peer(request)?, version, from, stop).map_err(refuse)
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl LedgerService for LedgerRpc {
    async fn append(&self, request: Request<pb::AppendRequest>) -> Answer<pb::AppendResponse> {
        let peer = peer(&request)?;
        let taken = self.hub.append(&peer, &request.get_ref().envelope).await;
        let taken = taken.map_err(refuse)?;
        Ok(Response::new(pb::AppendResponse {
            index: taken.index,
            leaf: taken.leaf.to_vec(),
            checkpoint: taken.checkpoint.to_vec(),
            proof: taken.proof.iter().map(|hash| hash.0.to_vec()).collect(),
        }))
    }

    type FollowStream = BoxStream<'static, Result<pb::Stretch, Status>>;

    /// As [`super::LedgerRoutes`] serves it, message by message.
    async fn follow(&self, request: Request<pb::FollowRequest>) -> Answer<Self::FollowStream> {
        let follower = self.follower(&request)?;
        let messages = stream::unfold(follower, async |mut follower| {
            let next = follower.next().await?;
            let message = next.map_err(refuse).and_then(|frame| {
                let message = frame.get(5..).unwrap_or_default();
                pb::Stretch::decode(message).map_err(|e| Status::internal(e.to_string()))
            });
            Some((message, follower))
        });
        Ok(Response::new(Box::pin(messages)))
    }

    async fn add_cosignature(
        &self,
        request: Request<pb::AddCosignatureRequest>,
    ) -> Answer<pb::AddCosignatureResponse> {
        let asked = request.into_inner();
        let witnesses = self
            .hub
            .cosign(asked.size, &asked.line)
            .await
            .map_err(refuse)?;
        let witnesses = u32::try_from(witnesses).unwrap_or(u32::MAX);
        Ok(Response::new(pb::AddCosignatureResponse { witnesses }))
    }

    async fn put_text(&self, request: Request<pb::PutTextRequest>) -> Answer<pb::PutTextResponse> {
        let peer = peer(&request)?;
        let kept = self.hub.put_text(&peer, request.into_inner().text).await;
        let sha256 = kept.map_err(refuse)?.to_string();
        Ok(Response::new(pb::PutTextResponse { sha256 }))
    }

    async fn get_text(&self, request: Request<pb::GetTextRequest>) -> Answer<pb::GetTextResponse> {
        let found = self.hub.text(&request.get_ref().sha256).await;
        let text = found.map_err(refuse)?.into();
        Ok(Response::new(pb::GetTextResponse { text }))
    }

    async fn get_texts(
        &self,
        request: Request<pb::GetTextsRequest>,
    ) -> Answer<pb::GetTextsResponse> {
        let found = self.hub.texts(&request.get_ref().sha256).await;
        let found = found.map_err(refuse)?.into_iter();
        let texts = found.map(|text| pb::FoundText {
            text: text.map(Into::into),
        });
        Ok(Response::new(pb::GetTextsResponse {
            texts: texts.collect(),
        }))
    }

    async fn put_contact(
        &self,
        request: Request<pb::PutContactRequest>,
    ) -> Answer<pb::PutContactResponse> {
        let peer = peer(&request)?;
        let asked = request.into_inner();
        let (of, contact) = (&asked.collective, &asked.contact);
        let kept = self.hub.put_contact(&peer, of, contact, &asked.salt).await;
        kept.map_err(refuse)?;
        Ok(Response::new(pb::PutContactResponse {}))
    }

    async fn list_contacts(
        &self,
        _: Request<pb::ListContactsRequest>,
    ) -> Answer<pb::ListContactsResponse> {
        let contacts = self.hub.contacts().await.into_iter();
        let contacts = contacts.map(|(collective, contact)| pb::Contact {
            collective: collective.to_string(),
            contact,
        });
        Ok(Response::new(pb::ListContactsResponse {
            contacts: contacts.collect(),
        }))
    }
}
