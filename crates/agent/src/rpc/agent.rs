//! `AgentService`.

use std::sync::Arc;

use allot_proto::{
    VERSION,
    agent::{self as pb, agent_service_server::AgentService},
};
use tonic::{Request, Response, Status};

use super::{
    Peer, refuse,
    roles::{OperatorRow, Operators, Roles},
};
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
    /// Who may do what.
    pub operators: Arc<Operators>,
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
        let (agent, peer) = (&self.agent, Peer::of(&request));
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
            actor: peer.actor().to_string(),
            roles: names(peer.roles),
        }))
    }

    async fn list_operators(
        &self,
        _: Request<pb::ListOperatorsRequest>,
    ) -> Result<Response<pb::ListOperatorsResponse>, Status> {
        // The system's name service may have to ask another machine.
        let operators = Arc::clone(&self.operators);
        let rows = tokio::task::spawn_blocking(move || operators.rows()).await;
        let rows = rows.map_err(|error| {
            refuse(AppError::Worker {
                what: error.to_string(),
            })
        })?;
        let operators = rows.into_iter().map(operator).collect();
        Ok(Response::new(pb::ListOperatorsResponse { operators }))
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

fn operator(row: OperatorRow) -> pb::Operator {
    pb::Operator {
        who: row.who,
        roles: names(row.roles),
        problem: row.problem,
    }
}

fn names(roles: Roles) -> Vec<String> {
    roles.names().into_iter().map(str::to_owned).collect()
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
