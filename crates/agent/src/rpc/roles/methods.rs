//! The one table that says which role a method takes. A test holds it against the descriptors: no method without a row,
//! no row without a method.

use super::Role::{self, Admin, Delegate, Operator, Viewer};

/// What a call takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: whoever the socket lets in.
    Open,
    /// A role.
    Held {
        /// Which.
        role: Role,
        /// The service, without its package.
        service: &'static str,
        /// The method's own name.
        method: &'static str,
    },
}

/// Health says one bit, to whatever restarts the agent.
pub(super) const OPEN: (&str, &[&str]) = ("grpc.health.v1.Health", &["Check", "Watch"]);

/// Methods with their roles, by service.
pub(super) const METHODS: &[(&str, &[(&str, Role)])] = &[
    ("allot.agent.v1.AgentService", AGENT),
    ("allot.agent.v1.AppService", APP),
    ("allot.agent.v1.SecretService", SECRET),
    ("allot.agent.v1.RecipeService", RECIPE),
    ("allot.agent.v1.CatalogueService", CATALOGUE),
    ("allot.agent.v1.RecipeTestService", RECIPE_TEST),
    ("allot.agent.v1.FederationService", FEDERATION),
    ("allot.agent.v1.LedgerService", LEDGER),
    ("allot.agent.v1.ResolutionService", RESOLUTION),
    ("grpc.reflection.v1.ServerReflection", REFLECTION),
];

const AGENT: &[(&str, Role)] = &[("GetStatus", Viewer), ("ListOperators", Viewer)];

const APP: &[(&str, Role)] = &[
    ("ListApps", Viewer),
    ("CheckEnv", Viewer),
    ("PlanDeploy", Viewer),
    ("PlanUndeploy", Viewer),
    ("PlanRemove", Viewer),
    ("ListHistory", Viewer),
    ("ListServices", Viewer),
    ("ListTasks", Viewer),
    ("CreateApp", Operator),
    ("UpdateEnv", Operator),
    ("ApplyPlan", Operator),
    // These read, but what apps write into their logs, and what people write into an env, may be secret. An operation
    // that fails tells its services' last log lines.
    ("GetEnv", Operator),
    ("StreamLogs", Operator),
    ("AttachOperation", Operator),
];

const SECRET: &[(&str, Role)] = &[
    // Names only.
    ("ListSecrets", Viewer),
    ("GenerateSecrets", Operator),
    ("InsertSecret", Operator),
    ("RemoveSecrets", Operator),
];

// It has the agent read from whatever address or folder the caller names.
const RECIPE: &[(&str, Role)] = &[("ListVersions", Operator)];

const CATALOGUE: &[(&str, Role)] = &[
    ("ListRecipes", Viewer),
    ("GetRecipe", Viewer),
    ("GetCatalogueStatus", Viewer),
    ("ExportCatalogue", Viewer),
    ("ListReviews", Viewer),
    // These have the agent fetch.
    ("SyncCatalogue", Operator),
    ("VerifyCatalogue", Operator),
    ("ClaimRecipe", Delegate),
    ("ProposeRelease", Delegate),
    ("ReviewRelease", Delegate),
    ("YankVersion", Delegate),
    ("FlagRecipe", Delegate),
    ("UnflagRecipe", Delegate),
];

// It deploys, and its report holds the last log lines of what failed.
const RECIPE_TEST: &[(&str, Role)] = &[
    ("TestRecipe", Operator),
    ("StopTest", Operator),
    ("CleanTests", Operator),
    ("GetTestReport", Operator),
    ("SignTestReport", Delegate),
    ("ListMissingImages", Operator),
    ("LoadImages", Operator),
];

const FEDERATION: &[(&str, Role)] = &[
    ("GetFederationStatus", Viewer),
    ("ListMembers", Viewer),
    ("Join", Admin),
    ("MakeApplication", Delegate),
    ("Vouch", Delegate),
    ("MakeWithdrawal", Delegate),
    ("BringWithdrawal", Delegate),
    ("SetProfile", Delegate),
    ("SetContact", Delegate),
    ("Leave", Delegate),
    ("RotateKey", Delegate),
    ("AcceptHub", Delegate),
    ("RejectHub", Delegate),
];

const LEDGER: &[(&str, Role)] = &[
    ("GetLedgerStatus", Viewer),
    ("ListEntries", Viewer),
    ("VerifyLedger", Viewer),
    ("ExportLedger", Viewer),
    ("CompareCheckpoint", Viewer),
];

const RESOLUTION: &[(&str, Role)] = &[
    ("ListResolutions", Viewer),
    ("GetResolution", Viewer),
    ("Export", Viewer),
    ("Draft", Delegate),
    ("Revise", Delegate),
    ("Propose", Delegate),
    ("Vote", Delegate),
    ("Escalate", Delegate),
    ("Withdraw", Delegate),
    ("Close", Delegate),
    ("Import", Delegate),
];

const REFLECTION: &[(&str, Role)] = &[("ServerReflectionInfo", Viewer)];

/// What a call of `path`, such as `/allot.agent.v1.AppService/ListApps`, takes. `None` for what has no row: nobody may
/// call that.
#[must_use]
pub fn access(path: &str) -> Option<Access> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    if service == OPEN.0 {
        return OPEN.1.contains(&method).then_some(Access::Open);
    }
    let (service, rows) = METHODS.iter().find(|(name, _)| *name == service)?;
    let (method, role) = rows.iter().find(|(name, _)| *name == method)?;
    Some(Access::Held {
        role: *role,
        service: service.rsplit('.').next().unwrap_or(service),
        method,
    })
}
