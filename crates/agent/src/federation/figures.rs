//! Figures of a membership, for Prometheus.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{Federation, View};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProblemLabels {
    code: String,
}

impl Federation {
    /// Adds the figures of now; none for an agent in no federation.
    pub async fn register_figures(&self, registry: &mut Registry) {
        let Ok(view) = self.view().await else {
            return;
        };
        for (name, help, value) in figures(&view) {
            let gauge: Gauge = Gauge::default();
            gauge.set(value);
            registry.register(name, help, gauge);
        }
        let problems = Family::<ProblemLabels, Counter>::default();
        for (code, count) in self.problems() {
            problems
                .get_or_create(&ProblemLabels { code })
                .inc_by(count);
        }
        registry.register(
            "ledger_problems",
            "Times that what the hub showed was refused",
            problems,
        );
    }
}

fn figures(view: &View) -> Vec<(&'static str, &'static str, i64)> {
    let small = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let mut figures = vec![
        (
            "ledger_entries",
            "Entries of the federation's log here",
            small(view.size),
        ),
        (
            "ledger_witnessed_entries",
            "Entries that enough members have witnessed",
            small(view.witnessed_size),
        ),
        (
            "hub_connected",
            "Whether the hub can be reached",
            i64::from(view.is_reachable),
        ),
    ];
    if let Some(age) = view.age_seconds {
        figures.push((
            "ledger_checkpoint_age_seconds",
            "Age of the hub's newest signed clock",
            age,
        ));
    }
    if let Some(span) = view.certificate {
        let left = span.not_after.duration_since(view.now).as_secs();
        figures.push((
            "certificate_left_seconds",
            "How long the agent's certificate counts",
            left,
        ));
    }
    figures
}
