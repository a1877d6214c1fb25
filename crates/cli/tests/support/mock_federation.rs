//! The mock agent's side of the federation: its state, resolutions and log.

use std::fmt::Debug;

use allot_proto::agent::{
    self, federation_service_server as federation, ledger_service_server as ledger,
    resolution_service_server as resolutions,
};
use tonic::{Request, Response, Status};

use super::mock::{Events, Seen, Service};

impl Service {
    /// Whether an import that was to be signed came before.
    fn has_imported(&self) -> bool {
        self.seen().iter().any(|s| {
            s.request.starts_with("ImportRequest") && s.request.ends_with("check: false }")
        })
    }

    pub fn signed<T: Debug>(
        &self,
        request: &Request<T>,
    ) -> Result<Response<agent::Recorded>, Status> {
        let answer = self.answer(request, self.script.recorded.clone());
        match &self.script.sign_error {
            Some(error) => Err(error.clone()),
            None => answer,
        }
    }
}

#[tonic::async_trait]
impl federation::FederationService for Service {
    async fn get_federation_status(
        &self,
        request: Request<agent::GetFederationStatusRequest>,
    ) -> Result<Response<agent::FederationStatus>, Status> {
        self.answer(&request, self.script.federation.clone())
    }

    async fn join(
        &self,
        request: Request<agent::JoinRequest>,
    ) -> Result<Response<agent::JoinResponse>, Status> {
        self.keep(request.get_ref().invite.as_bytes());
        self.answer(&request, self.script.joined.clone())
    }

    async fn list_members(
        &self,
        request: Request<agent::ListMembersRequest>,
    ) -> Result<Response<agent::ListMembersResponse>, Status> {
        self.answer(&request, self.script.members.clone())
    }

    async fn make_application(
        &self,
        request: Request<agent::MakeApplicationRequest>,
    ) -> Result<Response<agent::MakeApplicationResponse>, Status> {
        let application = self.script.application.clone();
        self.answer(&request, agent::MakeApplicationResponse { application })
    }

    async fn vouch(
        &self,
        request: Request<agent::VouchRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn make_withdrawal(
        &self,
        request: Request<agent::MakeWithdrawalRequest>,
    ) -> Result<Response<agent::MakeWithdrawalResponse>, Status> {
        let withdrawal = self.script.application.clone();
        self.answer(&request, agent::MakeWithdrawalResponse { withdrawal })
    }

    async fn bring_withdrawal(
        &self,
        request: Request<agent::BringWithdrawalRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn set_profile(
        &self,
        request: Request<agent::SetProfileRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn set_contact(
        &self,
        request: Request<agent::SetContactRequest>,
    ) -> Result<Response<agent::SetContactResponse>, Status> {
        self.answer(&request, agent::SetContactResponse {})
    }

    async fn leave(
        &self,
        request: Request<agent::LeaveRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn rotate_key(
        &self,
        request: Request<agent::RotateKeyRequest>,
    ) -> Result<Response<agent::RotateKeyResponse>, Status> {
        self.answer(&request, self.script.rotated.clone())
    }

    async fn accept_hub(
        &self,
        request: Request<agent::AcceptHubRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn reject_hub(
        &self,
        request: Request<agent::RejectHubRequest>,
    ) -> Result<Response<agent::RejectHubResponse>, Status> {
        let hub_address = "hub.example:7443".to_owned();
        self.answer(&request, agent::RejectHubResponse { hub_address })
    }
}

#[tonic::async_trait]
impl resolutions::ResolutionService for Service {
    type ExportStream = Events<agent::ExportResponse>;

    async fn list_resolutions(
        &self,
        request: Request<agent::ListResolutionsRequest>,
    ) -> Result<Response<agent::ListResolutionsResponse>, Status> {
        let after = request.get_ref().after;
        let mut page = self.script.resolutions.clone();
        page.resolutions.retain(|r| r.number > after);
        if self.script.page > 0 && page.resolutions.len() > self.script.page {
            page.resolutions.truncate(self.script.page);
            page.next_after = page.resolutions.last().map_or(0, |r| r.number);
        }
        self.answer(&request, page)
    }

    async fn get_resolution(
        &self,
        request: Request<agent::GetResolutionRequest>,
    ) -> Result<Response<agent::GetResolutionResponse>, Status> {
        self.answer(&request, self.script.resolution.clone())
    }

    async fn draft(
        &self,
        request: Request<agent::DraftRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn revise(
        &self,
        request: Request<agent::ReviseRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn propose(
        &self,
        request: Request<agent::ProposeRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn vote(
        &self,
        request: Request<agent::VoteRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn escalate(
        &self,
        request: Request<agent::EscalateRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn withdraw(
        &self,
        request: Request<agent::WithdrawRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn close(
        &self,
        request: Request<agent::CloseRequest>,
    ) -> Result<Response<agent::Recorded>, Status> {
        self.signed(&request)
    }

    async fn import(
        &self,
        request: Request<agent::ImportRequest>,
    ) -> Result<Response<agent::ImportResponse>, Status> {
        let mut answer = self.script.imported.clone();
        if request.get_ref().check {
            answer.recorded.clear();
        } else if let Some(error) = &self.script.sign_error
            && self.has_imported()
        {
            self.note(&request);
            return Err(error.clone());
        }
        self.answer(&request, answer)
    }

    async fn export(
        &self,
        request: Request<agent::ExportRequest>,
    ) -> Result<Response<Self::ExportStream>, Status> {
        let script = &self.script;
        let stream = self.stream(script.markdown.clone(), script.end.clone());
        self.answer(&request, stream)
    }
}

#[tonic::async_trait]
impl ledger::LedgerService for Service {
    type VerifyLedgerStream = Events<agent::VerifyProgress>;
    type ExportLedgerStream = Events<agent::ExportedFile>;

    async fn get_ledger_status(
        &self,
        request: Request<agent::GetLedgerStatusRequest>,
    ) -> Result<Response<agent::LedgerStatus>, Status> {
        self.answer(&request, self.script.ledger.clone())
    }

    async fn list_entries(
        &self,
        request: Request<agent::ListEntriesRequest>,
    ) -> Result<Response<agent::ListEntriesResponse>, Status> {
        self.answer(&request, self.script.entries.clone())
    }

    async fn verify_ledger(
        &self,
        request: Request<agent::VerifyLedgerRequest>,
    ) -> Result<Response<Self::VerifyLedgerStream>, Status> {
        let script = &self.script;
        let stream = self.stream(script.verified.clone(), script.end.clone());
        self.answer(&request, stream)
    }

    async fn export_ledger(
        &self,
        request: Request<agent::ExportLedgerRequest>,
    ) -> Result<Response<Self::ExportLedgerStream>, Status> {
        let script = &self.script;
        let stream = self.stream(script.exported.clone(), script.end.clone());
        self.answer(&request, stream)
    }

    async fn compare_checkpoint(
        &self,
        request: Request<agent::CompareCheckpointRequest>,
    ) -> Result<Response<agent::CompareCheckpointResponse>, Status> {
        self.answer(&request, self.script.compared.clone())
    }
}
