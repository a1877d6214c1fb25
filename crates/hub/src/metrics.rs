//! Figures for Prometheus.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::app::Hub;

/// What the hub counts as it goes. Cheap to clone: all clones count into the same ones.
#[derive(Debug, Clone)]
pub struct Metrics {
    appended: Counter,
    refused: Family<Code, Counter>,
    batches: Histogram,
    enrolments: Counter,
    handshakes_refused: Family<Code, Counter>,
    connections: Gauge,
    looks: Family<Outcome, Counter>,
    observed: Counter,
    recipes_failed: Family<Code, Counter>,
    webhooks: Family<Outcome, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            appended: Counter::default(),
            refused: Family::default(),
            batches: Histogram::new(exponential_buckets(1.0, 2.0, 8)),
            enrolments: Counter::default(),
            handshakes_refused: Family::default(),
            connections: Gauge::default(),
            looks: Family::default(),
            observed: Counter::default(),
            recipes_failed: Family::default(),
            webhooks: Family::default(),
        }
    }
}

impl Metrics {
    /// A batch of entries is on disk.
    pub fn batch(&self, entries: usize) {
        let count = u32::try_from(entries).unwrap_or(u32::MAX);
        self.appended.inc_by(u64::from(count));
        self.batches.observe(f64::from(count));
    }

    /// Something was refused. Codes are ours, so there are not many.
    pub fn refused(&self, code: &str) {
        let code = code.to_owned();
        self.refused.get_or_create(&Code { code }).inc();
    }

    /// An agent got in.
    pub fn enrolled(&self) {
        self.enrolments.inc();
    }

    /// A connection did not become one.
    pub fn handshake_refused(&self, code: &str) {
        let code = code.to_owned();
        self.handshakes_refused.get_or_create(&Code { code }).inc();
    }

    /// A source of recipes was looked at.
    pub fn looked(&self, well: bool) {
        let outcome = if well { "ok" } else { "failed" };
        self.looks.get_or_create(&Outcome { outcome }).inc();
    }

    /// Versions of recipes are in the log.
    pub fn observed(&self, versions: usize) {
        self.observed.inc_by(u64::try_from(versions).unwrap_or(0));
    }

    /// A recipe could not be catalogued.
    pub fn recipe_failed(&self, code: &str) {
        let code = code.to_owned();
        self.recipes_failed.get_or_create(&Code { code }).inc();
    }

    /// A webhook came.
    pub fn webhook(&self, outcome: &'static str) {
        self.webhooks.get_or_create(&Outcome { outcome }).inc();
    }

    /// One connection more.
    pub fn connected(&self) {
        self.connections.inc();
    }

    /// One connection less.
    pub fn disconnected(&self) {
        self.connections.dec();
    }
}

/// All figures of a hub, in Prometheus' text format.
#[must_use]
pub fn text(hub: &Hub) -> String {
    let own = hub.metrics.clone();
    let head = hub.published.head();
    let journal = hub.replica.health();
    let mut registry = Registry::with_prefix("allot_hub");
    registry.register("appended", "Entries taken", own.appended);
    registry.register("refused", "What was refused, by error code", own.refused);
    registry.register(
        "batch_entries",
        "Entries on disk with one sync",
        own.batches,
    );
    registry.register(
        "enrolments",
        "Agents that joined with an invite",
        own.enrolments,
    );
    registry.register(
        "handshakes_refused",
        "Connections that did not become one, by code",
        own.handshakes_refused,
    );
    registry.register("connections", "Open connections", own.connections);
    registry.register(
        "catalogue_looks",
        "Looks at sources of recipes, by outcome",
        own.looks,
    );
    registry.register("catalogue_observed", "Versions observed", own.observed);
    registry.register(
        "catalogue_failures",
        "Recipes that could not be catalogued, by error code",
        own.recipes_failed,
    );
    registry.register(
        "webhooks",
        "Webhooks of forges, by what came of them",
        own.webhooks,
    );
    let small = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let sized = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    for (name, what, value) in [
        ("log_entries", "Entries in the log", small(head.size)),
        (
            "log_bytes",
            "Size of the log's journal in bytes",
            small(journal.bytes),
        ),
        (
            "fdatasyncs",
            "Syncs of the log's journal since the start",
            small(journal.syncs),
        ),
        (
            "followers",
            "Streams that follow the log",
            sized(hub.seats.count()),
        ),
        (
            "witnesses",
            "Members that witnessed the newest checkpoint",
            sized(head.witnesses),
        ),
        (
            "signed_clock_seconds",
            "The clock that was signed last",
            head.time.as_second(),
        ),
    ] {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, what, gauge);
    }
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = encode(&mut text, &registry);
    text
}
