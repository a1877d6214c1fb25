//! `SecretService`.

use std::sync::Arc;

use allot_proto::agent::{self as pb, secret_service_server::SecretService};
use secrecy::SecretSlice;
use tonic::{Request, Response, Status};

use super::{convert, refuse};
use crate::app::{Agent, GenerateRequest, to_the_end};

/// `SecretService` over an agent.
pub struct SecretRpc(pub Arc<Agent>);

#[tonic::async_trait]
impl SecretService for SecretRpc {
    async fn generate_secrets(
        &self,
        request: Request<pb::GenerateSecretsRequest>,
    ) -> Result<Response<pb::GenerateSecretsResponse>, Status> {
        let asked = request.into_inner();
        let name = if asked.all { String::new() } else { asked.name };
        let wanted = GenerateRequest {
            app: asked.app,
            name,
            version: asked.version,
            reveal: asked.reveal,
        };
        let agent = Arc::clone(&self.0);
        let made = to_the_end(async move { agent.generate_secrets(wanted).await })
            .await
            .map_err(refuse)?;
        let secrets = made.into_iter().map(convert::generated).collect();
        Ok(Response::new(pb::GenerateSecretsResponse { secrets }))
    }

    async fn insert_secret(
        &self,
        request: Request<pb::InsertSecretRequest>,
    ) -> Result<Response<pb::InsertSecretResponse>, Status> {
        let asked = request.into_inner();
        let value = SecretSlice::from(asked.value);
        let full_name = self
            .0
            .insert_secret(&asked.app, &asked.name, &asked.version, value)
            .await
            .map_err(refuse)?;
        Ok(Response::new(pb::InsertSecretResponse { full_name }))
    }

    async fn list_secrets(
        &self,
        request: Request<pb::ListSecretsRequest>,
    ) -> Result<Response<pb::ListSecretsResponse>, Status> {
        let rows = self
            .0
            .list_secrets(&request.into_inner().app)
            .await
            .map_err(refuse)?;
        let secrets = rows.into_iter().map(convert::secret).collect();
        Ok(Response::new(pb::ListSecretsResponse { secrets }))
    }

    async fn remove_secrets(
        &self,
        request: Request<pb::RemoveSecretsRequest>,
    ) -> Result<Response<pb::RemoveSecretsResponse>, Status> {
        let asked = request.into_inner();
        let removed = self
            .0
            .remove_secrets(&asked.app, &asked.name, asked.all)
            .await
            .map_err(refuse)?;
        Ok(Response::new(pb::RemoveSecretsResponse { removed }))
    }
}
