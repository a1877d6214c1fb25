//! What a recipe at a commit, with an app's env, asks of the swarm.

use allot_stack::spec::{ConfigSpec, NetworkCreateRequest, SecretSpec, ServiceSpec};
use serde::{Deserialize, Serialize};

/// A recipe pinned to a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Name of the recipe.
    pub recipe: String,
    /// Where it comes from.
    pub source: String,
    /// Version; empty for a commit without one.
    pub version: String,
    /// Commit, hex.
    pub commit: String,
}

/// A secret that the stack expects on the swarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedSecret {
    /// Local name.
    pub name: String,
    /// Name on the swarm.
    pub full_name: String,
    /// Whether the agent may make its value up.
    pub generated: bool,
}

/// Something an operator should know before saying yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Stable name of the rule, such as `image-latest`.
    pub rule: String,
    /// `file:line`, or a service; may be empty.
    pub place: String,
    /// What is so.
    pub text: String,
}

/// A variable of the recipe's sample that the app's env lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingVariable {
    /// Its name.
    pub name: String,
    /// The sample's value.
    pub sample: String,
}

/// A release note of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The version.
    pub version: String,
    /// Its text.
    pub text: String,
}

/// A whole stack as it should be.
#[derive(Debug, Clone)]
pub struct Desired {
    /// Name of the app.
    pub app: String,
    /// Name of the stack.
    pub stack: String,
    /// Which recipe, at which commit.
    pub pin: Pin,
    /// Compose files, in their order.
    pub compose_files: Vec<String>,
    /// Revision of the env.
    pub env_revision: u64,
    /// Networks of the stack.
    pub networks: Vec<NetworkCreateRequest>,
    /// Secrets whose content the recipe brings.
    pub secrets: Vec<SecretSpec>,
    /// Configs of the stack.
    pub configs: Vec<ConfigSpec>,
    /// Services of the stack.
    pub services: Vec<ServiceSpec>,
    /// Networks that must be there already.
    pub external_networks: Vec<String>,
    /// Secrets that must be there already.
    pub external_secrets: Vec<ExpectedSecret>,
    /// Configs that must be there already.
    pub external_configs: Vec<String>,
    /// Variables that the app's env lacks.
    pub env_missing: Vec<MissingVariable>,
    /// What the operator should know.
    pub notices: Vec<Notice>,
    /// How long convergence may take, seconds.
    pub timeout_seconds: u32,
}

/// The short name of a service: without the stack's prefix.
#[must_use]
pub fn short_name<'a>(stack: &str, full: &'a str) -> &'a str {
    full.strip_prefix(stack)
        .and_then(|rest| rest.strip_prefix('_'))
        .unwrap_or(full)
}
