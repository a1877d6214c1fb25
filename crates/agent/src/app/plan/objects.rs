//! Networks, secrets, configs and volumes of a plan.

use std::collections::BTreeMap;

use allot_stack::spec::{ConfigSpec, NetworkCreateRequest, SecretSpec};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::Blocker;
use crate::{
    app::{
        desired::{Desired, ExpectedSecret},
        event::Action,
    },
    engine::{ObjectKind, ObservedConfig, ObservedNetwork, ObservedSecret},
};

/// Label of a config that stands in for one of another name: its value is that name.
pub const BASE_NAME_LABEL: &str = "allotment.config.name";

/// Longest name that swarm takes for a config.
const MAX_NAME: usize = 64;

/// One object that is not a service.
#[derive(Debug, Clone)]
pub struct ObjectPlan {
    /// What it is.
    pub kind: ObjectKind,
    /// Full name on the swarm.
    pub name: String,
    /// What happens to it.
    pub action: Action,
    /// Why, where the action alone does not say.
    pub detail: String,
    /// The engine's id, when it is there.
    pub id: Option<String>,
    /// The name that the recipe gives to a config with a content-addressed name.
    pub stands_for: Option<String>,
    /// What is sent to make it.
    pub payload: Payload,
}

/// What is sent to make an object.
#[derive(Debug, Clone)]
pub enum Payload {
    /// Nothing is made.
    None,
    /// A network.
    Network(Box<NetworkCreateRequest>),
    /// A secret.
    Secret(Box<SecretSpec>),
    /// A config.
    Config(Box<ConfigSpec>),
}

impl Payload {
    /// The content of a config; `None` for anything else.
    #[must_use]
    pub fn config_data(&self) -> Option<Vec<u8>> {
        match self {
            Self::Config(spec) => Some(content(spec)),
            _ => None,
        }
    }
}

/// What of an object goes into the plan's hash. The digest stands for the content, which may be secret.
#[derive(Serialize)]
pub(super) struct Fingerprint<'a> {
    kind: &'static str,
    name: &'a str,
    action: Action,
    id: Option<&'a str>,
    content: String,
}

impl ObjectPlan {
    pub(super) fn new(kind: ObjectKind, name: &str, action: Action) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            action,
            detail: String::new(),
            id: None,
            stands_for: None,
            payload: Payload::None,
        }
    }

    fn found(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    pub(super) fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    fn made_from(mut self, payload: Payload) -> Self {
        self.payload = payload;
        self
    }

    pub(super) fn with_id(self, id: &str) -> Self {
        self.found(id)
    }

    pub(super) fn fingerprint(&self) -> Fingerprint<'_> {
        let content = match &self.payload {
            Payload::None => serde_json::Value::Null,
            Payload::Network(spec) => serde_json::to_value(spec).unwrap_or_default(),
            Payload::Secret(spec) => serde_json::to_value(spec).unwrap_or_default(),
            Payload::Config(spec) => serde_json::to_value(spec).unwrap_or_default(),
        };
        Fingerprint {
            kind: kind_name(self.kind),
            name: &self.name,
            action: self.action,
            id: self.id.as_deref(),
            content: hex::encode(Sha256::digest(content.to_string())),
        }
    }
}

/// The word for a kind of object.
#[must_use]
pub fn kind_name(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Service => "service",
        ObjectKind::Network => "network",
        ObjectKind::Secret => "secret",
        ObjectKind::Config => "config",
        ObjectKind::Volume => "volume",
    }
}

/// Networks of the stack, and those that must be there already.
pub(super) fn networks(
    desired: &Desired,
    present: &[ObservedNetwork],
    blockers: &mut Vec<Blocker>,
) -> Vec<ObjectPlan> {
    let own =
        desired
            .networks
            .iter()
            .map(|spec| match present.iter().find(|n| n.name == spec.name) {
                Some(n) => {
                    ObjectPlan::new(ObjectKind::Network, &spec.name, Action::Unchanged).found(&n.id)
                }
                None => ObjectPlan::new(ObjectKind::Network, &spec.name, Action::Create)
                    .made_from(Payload::Network(Box::new(spec.clone()))),
            });
    let mut plans: Vec<ObjectPlan> = own.collect();
    for name in desired
        .external_networks
        .iter()
        .filter(|n| !is_predefined(n))
    {
        let found = present.iter().find(|n| &n.name == name);
        let (plan, blocker) = match found {
            Some(n) if n.scope == "swarm" => (
                ObjectPlan::new(ObjectKind::Network, name, Action::Unchanged).found(&n.id),
                None,
            ),
            Some(n) => (
                ObjectPlan::new(ObjectKind::Network, name, Action::Missing).found(&n.id),
                Some(format!(
                    "the external network {name} is of scope {}, services need one of scope swarm",
                    n.scope
                )),
            ),
            None => (
                ObjectPlan::new(ObjectKind::Network, name, Action::Missing),
                Some(format!(
                    "the external network {name} does not exist on this swarm"
                )),
            ),
        };
        blockers.extend(blocker.map(|text| Blocker {
            code: "AL-5010",
            text,
            help: format!("make it once per server with `docker network create -d overlay {name}`"),
        }));
        plans.push(plan.because("external"));
    }
    plans
}

/// Networks that every engine has and that no API call creates.
fn is_predefined(name: &str) -> bool {
    matches!(name, "host" | "bridge" | "none" | "default")
}

/// Secrets that the recipe brings, and those that must be there already.
pub(super) fn secrets(
    desired: &Desired,
    present: &[ObservedSecret],
    blockers: &mut Vec<Blocker>,
) -> Vec<ObjectPlan> {
    let find = |name: &str| present.iter().find(|s| s.name == name);
    let own = desired.secrets.iter().map(|spec| {
        let name = spec.name.as_deref().unwrap_or_default();
        match find(name) {
            Some(s) => ObjectPlan::new(ObjectKind::Secret, name, Action::Unchanged)
                .found(&s.id)
                .because("swarm does not give secrets back: its content was not compared"),
            None => ObjectPlan::new(ObjectKind::Secret, name, Action::Create)
                .made_from(Payload::Secret(Box::new(spec.clone()))),
        }
    });
    let mut plans: Vec<ObjectPlan> = own.collect();
    for secret in &desired.external_secrets {
        let name = &secret.full_name;
        match find(name) {
            Some(s) => plans.push(
                ObjectPlan::new(ObjectKind::Secret, name, Action::Unchanged)
                    .found(&s.id)
                    .because("external"),
            ),
            None => {
                plans.push(
                    ObjectPlan::new(ObjectKind::Secret, name, Action::Missing).because("external"),
                );
                blockers.push(missing_secret(&desired.app, secret));
            }
        }
    }
    plans
}

fn missing_secret(app: &str, secret: &ExpectedSecret) -> Blocker {
    let ExpectedSecret {
        name,
        full_name,
        generated,
    } = secret;
    let (what, help) = if *generated {
        (
            "not generated",
            format!("run `allot app secret generate {app} {name}`, or `--all`"),
        )
    } else {
        (
            "not inserted",
            format!("run `allot app secret insert {app} {name} VERSION --file PATH`"),
        )
    };
    Blocker {
        code: "AL-5011",
        text: format!("secret {what}: {name} ({full_name} is not on this swarm)"),
        help,
    }
}

/// Configs of the stack, and those that must be there already. Where a config of that name has other content, one
/// with a content-addressed name is used instead; `renames` then says which stands for which.
pub(super) fn configs(
    desired: &Desired,
    present: &[ObservedConfig],
    renames: &mut BTreeMap<String, String>,
    blockers: &mut Vec<Blocker>,
) -> Vec<ObjectPlan> {
    let find = |name: &str| present.iter().find(|c| c.name == name);
    let mut plans = Vec::new();
    for spec in &desired.configs {
        let name = spec.name.as_deref().unwrap_or_default();
        let wanted = content(spec);
        match find(name) {
            None => plans.push(
                ObjectPlan::new(ObjectKind::Config, name, Action::Create)
                    .made_from(Payload::Config(Box::new(spec.clone()))),
            ),
            Some(c) if c.data == wanted => {
                plans.push(
                    ObjectPlan::new(ObjectKind::Config, name, Action::Unchanged).found(&c.id),
                );
            }
            Some(_) => {
                let addressed = addressed_name(name, &wanted);
                renames.insert(name.to_owned(), addressed.clone());
                plans.push(stand_in(spec, name, &addressed, find(&addressed)));
            }
        }
    }
    for name in &desired.external_configs {
        match find(name) {
            Some(c) => plans.push(
                ObjectPlan::new(ObjectKind::Config, name, Action::Unchanged)
                    .found(&c.id)
                    .because("external"),
            ),
            None => {
                plans.push(
                    ObjectPlan::new(ObjectKind::Config, name, Action::Missing).because("external"),
                );
                blockers.push(Blocker {
                    code: "AL-5012",
                    text: format!("the external config {name} does not exist on this swarm"),
                    help: format!("make it with `docker config create {name} FILE`"),
                });
            }
        }
    }
    plans
}

fn stand_in(
    spec: &ConfigSpec,
    name: &str,
    addressed: &str,
    present: Option<&ObservedConfig>,
) -> ObjectPlan {
    let plan = |action| ObjectPlan {
        stands_for: Some(name.to_owned()),
        ..ObjectPlan::new(ObjectKind::Config, addressed, action)
    };
    if let Some(c) = present {
        return plan(Action::Unchanged)
            .found(&c.id)
            .because(format!("stands for {name}"));
    }
    let mut spec = spec.clone();
    spec.name = Some(addressed.to_owned());
    spec.labels
        .get_or_insert_default()
        .insert(BASE_NAME_LABEL.to_owned(), name.to_owned());
    plan(Action::Create)
        .because(format!("{name} exists with other content and cannot be changed; the old one goes after convergence"))
        .made_from(Payload::Config(Box::new(spec)))
}

/// Names of configs that may be looked for: as the recipe says, and content-addressed.
pub(super) fn config_names(desired: &Desired) -> Vec<String> {
    let own = desired.configs.iter().flat_map(|spec| {
        let name = spec.name.clone().unwrap_or_default();
        let addressed = addressed_name(&name, &content(spec));
        [name, addressed]
    });
    own.chain(desired.external_configs.iter().cloned())
        .collect()
}

fn content(spec: &ConfigSpec) -> Vec<u8> {
    BASE64_STANDARD
        .decode(spec.data.as_deref().unwrap_or_default())
        .unwrap_or_default()
}

/// `<name>_<8 hex digits of the content's hash>`, the name cut where both would not fit.
fn addressed_name(name: &str, content: &[u8]) -> String {
    let digest = hex::encode(Sha256::digest(content));
    let suffix = digest.get(..8).unwrap_or_default();
    let kept: String = name.chars().take(MAX_NAME - suffix.len() - 1).collect();
    format!("{kept}_{suffix}")
}
