//! Figures for Prometheus.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{app::Agent, federation::Federation};

/// The media type of what Prometheus reads.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The agent's figures. Cheap to clone: all clones count into the same ones.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    operations: Family<OperationLabels, Counter>,
    apps: Gauge,
    journal_records: Gauge,
    journal_bytes: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    kind: String,
    outcome: String,
}

impl Metrics {
    /// Counts an operation that ended.
    pub fn operation_ended(&self, kind: &str, outcome: &str) {
        let labels = OperationLabels {
            kind: kind.to_owned(),
            outcome: outcome.to_owned(),
        };
        self.operations.get_or_create(&labels).inc();
    }

    /// Notes how much the agent remembers.
    pub fn memory(&self, apps: usize, records: u64, bytes: u64) {
        let small = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        self.apps.set(small(apps as u64));
        self.journal_records.set(small(records));
        self.journal_bytes.set(small(bytes));
    }

    /// The agent's own figures, to be written together with others.
    #[must_use]
    pub fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("allot_agent");
        registry.register(
            "operations",
            "Operations that ended",
            self.operations.clone(),
        );
        registry.register("apps", "Apps registered", self.apps.clone());
        registry.register(
            "journal_records",
            "Records in the journal",
            self.journal_records.clone(),
        );
        registry.register(
            "journal_bytes",
            "Size of the journal in bytes",
            self.journal_bytes.clone(),
        );
        registry
    }
}

/// All figures of now, in Prometheus' text format.
async fn text(agent: &Agent, federation: &Federation) -> String {
    let health = agent.registry.store().health().journal;
    let apps = agent.registry.apps().map_or(0, |apps| apps.len());
    agent.metrics.memory(apps, health.records, health.bytes);
    let mut registry = agent.metrics.registry();
    federation.register_figures(&mut registry).await;
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = encode(&mut text, &registry);
    text
}

/// Serves `/metrics` until told to stop.
pub async fn serve(
    address: SocketAddr,
    agent: Arc<Agent>,
    federation: Arc<Federation>,
    stop: CancellationToken,
) {
    let page = get(move || async move {
        let text = text(&agent, &federation).await;
        ([(CONTENT_TYPE, OPENMETRICS)], text)
    });
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%address, "cannot serve metrics: {error}"),
    };
    let router = Router::new().route("/metrics", page);
    crate::web::serve(listener, router, stop).await;
}
