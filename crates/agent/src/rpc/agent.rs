//! `AgentService`.

use std::sync::Arc;

use allot_proto::{
    VERSION,
    agent::{self as pb, agent_service_server::AgentService},
};
use tonic::{Request, Response, Status};

use super::{Peer, refuse};
use crate::{
    app::{Agent, AppError},
    config::EngineChoice,
    engine::{EngineError, EngineInfo, SwarmRole},
};

/// `AgentService` over an agent.
pub struct AgentRpc {
    /// The agent.
    pub agent: Arc<Agent>,
    /// Where its store is, and what was mended when it was opened.
    pub store: StoreFacts,
}

/// What is known of the store since it was opened.
#[derive(Debug, Clone)]
pub struct StoreFacts {
    /// Where it is.
    pub path: String,
    /// What was mended when it was opened.
    pub notes: Vec<String>,
}

#[tonic::async_trait]
impl AgentService for AgentRpc {
    async fn get_status(
        &self,
        request: Request<pb::GetStatusRequest>,
    ) -> Result<Response<pb::GetStatusResponse>, Status> {
        let agent = &self.agent;
        let health = agent.registry.store().health();
        let running = agent.running().into_iter().map(|o| pb::RunningOperation {
            id: o.id,
            app: o.app,
            kind: o.kind.name().to_owned(),
            actor: o.actor.to_string(),
            started_at: o.started_at.to_string(),
        });
        Ok(Response::new(pb::GetStatusResponse {
            version: VERSION.to_owned(),
            server: agent.config.server.clone(),
            started_at: agent.started_at.to_string(),
            engine: Some(self.engine().await),
            store: Some(pb::StoreStatus {
                path: self.store.path.clone(),
                records: health.journal.records,
                bytes: health.journal.bytes,
                notes: self.store.notes.clone(),
            }),
            apps: agent
                .registry
                .apps()
                .map_err(refuse)?
                .len()
                .try_into()
                .unwrap_or(u32::MAX),
            running: running.collect(),
            actor: Peer::of(&request).actor().to_string(),
        }))
    }
}

impl AgentRpc {
    async fn engine(&self) -> pb::EngineStatus {
        let config = &self.agent.config.engine;
        let mut status = pb::EngineStatus {
            kind: engine_name(config.kind).to_owned(),
            endpoint: config.endpoint.clone(),
            ..pb::EngineStatus::default()
        };
        let info = self.agent.engine.info().await;
        let problem = match &info {
            Ok(info) => swarm_problem(info, &config.endpoint),
            Err(_) => None,
        };
        match (info, problem) {
            (Ok(info), problem) => {
                status.ready = problem.is_none();
                status.version = info.version;
                status.api_version = info.api_version;
                status.nodes = info.nodes;
                say(&mut status, problem.map(AppError::Engine));
            }
            (Err(error), _) => say(&mut status, Some(AppError::Engine(error))),
        }
        status
    }
}

fn say(status: &mut pb::EngineStatus, problem: Option<AppError>) {
    if let Some(problem) = problem {
        status.problem = problem.to_string();
        status.help = problem.help().unwrap_or_default();
    }
}

fn swarm_problem(info: &EngineInfo, endpoint: &str) -> Option<EngineError> {
    let endpoint = endpoint.to_owned();
    match info.swarm {
        SwarmRole::Manager { .. } => None,
        SwarmRole::Worker => Some(EngineError::NotManager { endpoint }),
        SwarmRole::None => Some(EngineError::NoSwarm { endpoint }),
    }
}

/// The word for a kind of engine.
pub(super) fn engine_name(kind: EngineChoice) -> &'static str {
    match kind {
        EngineChoice::Docker => "docker",
        EngineChoice::Sim => "sim",
    }
}
