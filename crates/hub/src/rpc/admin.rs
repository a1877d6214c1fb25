//! `AdminService`, behind the unix socket and nowhere else.

use std::sync::Arc;

use allot_proto::{
    VERSION,
    hub::{self as pb, admin_service_server::AdminService},
};
use jiff::SignedDuration;
use secrecy::SecretString;
use tonic::{Request, Response, Status};

use super::{Admin, refuse};
use crate::{
    app::{Hub, HubError, InviteRow},
    catalogue::Catalogue,
};

/// `AdminService` over a hub.
pub struct AdminRpc(pub Arc<Hub>, pub Arc<Catalogue>);

type Answer<T> = Result<Response<T>, Status>;

/// Who asks, as invites name them.
fn by<T>(request: &Request<T>) -> String {
    let admin = request.extensions().get::<Admin>();
    admin.map_or_else(|| "unknown".to_owned(), |admin| admin.name.to_string())
}

#[tonic::async_trait]
impl AdminService for AdminRpc {
    async fn create_invite(
        &self,
        request: Request<pb::CreateInviteRequest>,
    ) -> Answer<pb::CreateInviteResponse> {
        let by = by(&request);
        let asked = request.into_inner();
        let seconds = i64::try_from(asked.lifetime_seconds).unwrap_or(i64::MAX);
        let lifetime = (seconds != 0).then(|| SignedDuration::from_secs(seconds));
        let made = self.0.create_invite(&asked.collective, lifetime, by).await;
        let made = made.map_err(refuse)?;
        let text = made.invite.to_text();
        Ok(Response::new(pb::CreateInviteResponse {
            id: made.id,
            text: text.map_err(|e| refuse(HubError::Address(e)))?,
            expires: made.invite.expires.to_string(),
        }))
    }

    async fn list_invites(
        &self,
        _: Request<pb::ListInvitesRequest>,
    ) -> Answer<pb::ListInvitesResponse> {
        let invites = self.0.invites().await.into_iter().map(invite).collect();
        Ok(Response::new(pb::ListInvitesResponse { invites }))
    }

    async fn revoke_invite(
        &self,
        request: Request<pb::RevokeInviteRequest>,
    ) -> Answer<pb::RevokeInviteResponse> {
        let by = by(&request);
        let id = &request.get_ref().id;
        self.0.revoke_invite(id, by).await.map_err(refuse)?;
        Ok(Response::new(pb::RevokeInviteResponse {}))
    }

    async fn evict(&self, request: Request<pb::EvictRequest>) -> Answer<pb::EvictResponse> {
        tracing::info!(by = by(&request), "evicts an agent");
        let asked = request.get_ref();
        let done = self
            .0
            .bar(&asked.collective, &asked.agent, &asked.reason, false);
        let index = done.await.map_err(refuse)?;
        Ok(Response::new(pb::EvictResponse { index }))
    }

    async fn ban(&self, request: Request<pb::BanRequest>) -> Answer<pb::BanResponse> {
        tracing::info!(by = by(&request), "bans an agent");
        let asked = request.get_ref();
        let done = self
            .0
            .bar(&asked.collective, &asked.agent, &asked.reason, true);
        let index = done.await.map_err(refuse)?;
        Ok(Response::new(pb::BanResponse { index }))
    }

    async fn record_dues(
        &self,
        request: Request<pb::RecordDuesRequest>,
    ) -> Answer<pb::RecordDuesResponse> {
        let asked = request.get_ref();
        let done = self.0.record_dues(&asked.collective, &asked.paid_until);
        let index = done.await.map_err(refuse)?;
        Ok(Response::new(pb::RecordDuesResponse { index }))
    }

    async fn rotate_issuer(
        &self,
        request: Request<pb::RotateIssuerRequest>,
    ) -> Answer<pb::RotateIssuerResponse> {
        let key = SecretString::from(request.into_inner().root_key);
        let until = self.0.rotate_issuer(key).await.map_err(refuse)?;
        Ok(Response::new(pb::RotateIssuerResponse {
            not_after: until.to_string(),
        }))
    }

    async fn get_status(&self, _: Request<pb::GetStatusRequest>) -> Answer<pb::GetStatusResponse> {
        let status = self.0.status().await;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let agents = status.agents.into_iter().map(|row| pb::ConnectedAgent {
            collective: row.collective,
            agent: row.agent,
            since: row.since.to_string(),
            version: row.version,
        });
        let known = status.known.into_iter().map(|known| pb::KnownAgent {
            collective: known.collective.to_string(),
            agent: known.agent,
            serial: known.serial,
            certificate_not_after: known.not_after.to_string(),
        });
        let (witnesses, witnesses_needed) = status.witnesses;
        let pending = status
            .pending
            .map(|(keys, accepted, needed)| pb::PendingHub {
                keys: keys.to_string(),
                accepted: count(accepted),
                needed: count(needed),
            });
        Ok(Response::new(pb::GetStatusResponse {
            version: VERSION.to_owned(),
            federation: status.federation.to_string(),
            genesis: status.genesis.to_string(),
            address: status.address,
            ca: status.ca.to_string(),
            started_at: status.started.to_string(),
            log_size: status.size,
            members: count(status.members),
            agents: agents.collect(),
            issuer_not_after: status.issuer_ends.to_string(),
            certificate_not_after: status.certificate_ends.to_string(),
            problem: status.problem,
            notes: status.notes,
            signed_clock: status.signed.to_string(),
            witnesses: count(witnesses),
            witnesses_needed: count(witnesses_needed),
            pending_hub: pending,
            warnings: status.warnings,
            known: known.collect(),
        }))
    }

    async fn get_catalogue(
        &self,
        request: Request<pb::GetCatalogueRequest>,
    ) -> Answer<pb::GetCatalogueResponse> {
        let found = super::catalogue::get(&self.1, request.get_ref()).await?;
        Ok(Response::new(found))
    }

    async fn sync_catalogue(
        &self,
        request: Request<pb::SyncCatalogueRequest>,
    ) -> Answer<pb::SyncCatalogueResponse> {
        tracing::info!(by = by(&request), "has sources of recipes looked at");
        let done = super::catalogue::sync(&self.1, request.get_ref()).await?;
        Ok(Response::new(done))
    }
}

fn invite(row: InviteRow) -> pb::Invite {
    pb::Invite {
        id: row.id,
        collective: row.collective.to_string(),
        issued: row.issued.to_string(),
        expires: row.expires.to_string(),
        by: row.by,
        state: row.state.to_owned(),
        agent: row.agent,
    }
}
