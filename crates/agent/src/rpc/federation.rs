//! `FederationService`.

use std::sync::Arc;

use allot_proto::agent::{self as pb, federation_service_server::FederationService};
use tonic::{Request, Response, Status};

use super::{
    Peer, convert_catalogue, convert_federation as convert, parse::deadline, refuse_federation,
};
use crate::{
    catalogue::Catalogue,
    federation::{ApplicationForm, Federation, View},
};

/// `FederationService` over an agent's part in its federation.
pub struct FederationRpc {
    /// It.
    pub federation: Arc<Federation>,
    /// What says how old is too old; where there is one.
    pub catalogue: Option<Arc<Catalogue>>,
    /// What operators call this server.
    pub server: String,
}

type Answer<T> = Result<Response<T>, Status>;

impl FederationRpc {
    async fn of_view(&self, view: &View) -> pb::FederationStatus {
        let mut status = match self.federation.log() {
            Ok(log) => convert::status(view, Some(log.book().await.state())),
            Err(_) => convert::status(view, None),
        };
        let age = self.catalogue.as_ref().map(|c| c.age_at(view));
        status.catalogue = age.map(convert_catalogue::age);
        status
    }
}

#[tonic::async_trait]
impl FederationService for FederationRpc {
    async fn get_federation_status(
        &self,
        request: Request<pb::GetFederationStatusRequest>,
    ) -> Answer<pb::FederationStatus> {
        let mut status = match self.federation.view().await {
            Ok(view) => self.of_view(&view).await,
            Err(_) => convert::outside(self.federation.outside()),
        };
        let roles = Peer::of(&request).roles.names();
        status.roles = roles.into_iter().map(str::to_owned).collect();
        Ok(Response::new(status))
    }

    async fn join(&self, request: Request<pb::JoinRequest>) -> Answer<pb::JoinResponse> {
        let asked = request.into_inner();
        let (federation, server) = (&self.federation, &self.server);
        let joined = if asked.knowing_loss {
            federation
                .join_knowing_loss(&asked.invite, &asked.agent, server)
                .await
        } else {
            federation.join(&asked.invite, &asked.agent, server).await
        };
        Ok(Response::new(convert::joined(
            joined.map_err(refuse_federation)?,
        )))
    }

    async fn list_members(
        &self,
        request: Request<pb::ListMembersRequest>,
    ) -> Answer<pb::ListMembersResponse> {
        let asked = request.into_inner();
        let contacts = if asked.contacts {
            self.federation
                .contacts()
                .await
                .map_err(refuse_federation)?
        } else {
            Default::default()
        };
        let log = self.federation.log().map_err(refuse_federation)?;
        let book = log.book().await;
        let today = self.federation.today();
        let members = convert::members(book.state(), asked.all, today, &contacts);
        Ok(Response::new(pb::ListMembersResponse {
            members,
            electorate: convert::small(book.state().members().count()),
            note: contacts.note,
        }))
    }

    async fn make_application(
        &self,
        request: Request<pb::MakeApplicationRequest>,
    ) -> Answer<pb::MakeApplicationResponse> {
        let asked = request.into_inner();
        let form = ApplicationForm {
            name: asked.name,
            website: asked.website,
            summary: asked.summary,
            contact: asked.contact,
            sponsor: asked.sponsor,
            seq: asked.seq,
        };
        let made = self
            .federation
            .make_application(&asked.federation, form)
            .await;
        let application = made.map_err(refuse_federation)?;
        Ok(Response::new(pb::MakeApplicationResponse { application }))
    }

    async fn vouch(&self, request: Request<pb::VouchRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        let deadline = deadline(&asked.deadline).map_err(refuse_federation)?;
        let federation = &self.federation;
        let vouched = federation
            .vouch(&asked.application, asked.text, deadline, &by.0)
            .await;
        convert::answer(vouched)
    }

    async fn make_withdrawal(
        &self,
        request: Request<pb::MakeWithdrawalRequest>,
    ) -> Answer<pb::MakeWithdrawalResponse> {
        let asked = request.into_inner();
        let made = self
            .federation
            .make_withdrawal(&asked.federation, asked.seq)
            .await;
        let withdrawal = made.map_err(refuse_federation)?;
        Ok(Response::new(pb::MakeWithdrawalResponse { withdrawal }))
    }

    async fn bring_withdrawal(
        &self,
        request: Request<pb::BringWithdrawalRequest>,
    ) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let withdrawal = request.into_inner().withdrawal;
        convert::answer(self.federation.bring_withdrawal(&withdrawal, &by.0).await)
    }

    async fn set_profile(&self, request: Request<pb::SetProfileRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let asked = request.into_inner();
        convert::answer(
            self.federation
                .set_profile(asked.name, asked.website, &by.0)
                .await,
        )
    }

    async fn set_contact(
        &self,
        request: Request<pb::SetContactRequest>,
    ) -> Answer<pb::SetContactResponse> {
        let asked = request.into_inner();
        let done = if asked.remove {
            self.federation.remove_contact().await
        } else {
            self.federation.set_contact(&asked.contact).await
        };
        done.map_err(refuse_federation)?;
        Ok(Response::new(pb::SetContactResponse {}))
    }

    async fn leave(&self, request: Request<pb::LeaveRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        convert::answer(self.federation.leave(&by.0).await)
    }

    async fn rotate_key(
        &self,
        request: Request<pb::RotateKeyRequest>,
    ) -> Answer<pb::RotateKeyResponse> {
        let by = Peer::of(&request).actor();
        let rotated = self
            .federation
            .rotate_key(&by.0)
            .await
            .map_err(refuse_federation)?;
        Ok(Response::new(pb::RotateKeyResponse {
            recorded: Some(convert::recorded(rotated.recorded)),
            key: rotated.key,
            kept_in: rotated.kept_in.display().to_string(),
        }))
    }

    async fn accept_hub(&self, request: Request<pb::AcceptHubRequest>) -> Answer<pb::Recorded> {
        let by = Peer::of(&request).actor();
        let hub = request.into_inner().hub;
        convert::answer(self.federation.accept_hub(&hub, &by.0).await)
    }

    async fn reject_hub(&self, _: Request<pb::RejectHubRequest>) -> Answer<pb::RejectHubResponse> {
        let hub_address = self
            .federation
            .reject_hub()
            .await
            .map_err(refuse_federation)?;
        Ok(Response::new(pb::RejectHubResponse { hub_address }))
    }
}
