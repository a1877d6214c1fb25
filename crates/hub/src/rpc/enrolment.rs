//! `EnrolmentService`.

use std::sync::Arc;

use allot_proto::hub::{self as pb, enrolment_service_server::EnrolmentService};
use tonic::{Request, Response, Status};

use super::{Caller, peer, refuse};
use crate::app::{Enrolled, Hub};

/// `EnrolmentService` over a hub.
pub struct EnrolmentRpc(pub Arc<Hub>);

#[tonic::async_trait]
impl EnrolmentService for EnrolmentRpc {
    async fn enrol(
        &self,
        request: Request<pb::EnrolRequest>,
    ) -> Result<Response<pb::Certificate>, Status> {
        let caller = request.extensions().get::<Caller>();
        let from = caller.map(|caller| caller.address.ip());
        let from = from.ok_or_else(|| Status::internal("a call from nowhere"))?;
        let asked = request.into_inner();
        let (collective, agent) = (&asked.collective, &asked.agent);
        let enrolled = self
            .0
            .enrol(from, collective, agent, &asked.secret, &asked.csr);
        Ok(Response::new(certificate(enrolled.await.map_err(refuse)?)))
    }

    async fn renew(
        &self,
        request: Request<pb::RenewRequest>,
    ) -> Result<Response<pb::Certificate>, Status> {
        let peer = peer(&request)?;
        let renewed = self.0.renew(&peer, &request.get_ref().csr).await;
        Ok(Response::new(certificate(renewed.map_err(refuse)?)))
    }
}

fn certificate(enrolled: Enrolled) -> pb::Certificate {
    let Enrolled { certificate, root } = enrolled;
    pb::Certificate {
        chain: certificate.chain,
        root,
        not_before: certificate.not_before.to_string(),
        not_after: certificate.not_after.to_string(),
    }
}
