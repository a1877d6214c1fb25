//! Every way in which the agent says no, with code, kind and remedy.

use allot_proto::ErrorKind;
use allot_recipe::{
    app_name::AppNameError, compose_list::ComposeListError, env::EnvError, recipe::RecipeError,
    reference::ReferenceError, secret::SecretError, tree::TreeError,
};
use allot_stack::StackError;
use allot_store::{BlobError, IndexError, JournalError, StoreError};

use super::{model::Moment, plan::Blocker, recipe_test::TestError};
use crate::{catalogue::CatalogueError, engine::EngineError, git::GitError};

/// Result of something the agent was asked for.
pub type Result<T> = std::result::Result<T, AppError>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "fields are the words of the messages")]
pub enum AppError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Catalogue(#[from] Box<CatalogueError>),
    #[error(transparent)]
    Stack(#[from] Box<StackError>),
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    #[error(transparent)]
    AppName(#[from] AppNameError),
    #[error(transparent)]
    Env(#[from] EnvError),
    #[error(transparent)]
    ComposeList(#[from] ComposeListError),
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error(transparent)]
    Test(#[from] TestError),

    #[error("there is no app named {name}")]
    NoSuchApp { name: String, known: Vec<String> },
    #[error("there is an app named {name} already")]
    AppExists { name: String },
    #[error("the stack name {stack} of {name} is taken by the app {by}")]
    StackTaken {
        name: String,
        stack: String,
        by: String,
    },
    #[error("{app} is not deployed")]
    NotDeployed { app: String },
    #[error("{app} is still deployed: {services} services run")]
    StillDeployed { app: String, services: usize },
    #[error(
        "{app} is off the swarm, but {left} of its tasks or networks are still there after their time"
    )]
    StillStopping { app: String, left: usize },
    #[error("{app} is held by a {kind} that {actor} began at {since} (operation {operation})")]
    Busy {
        app: String,
        kind: &'static str,
        operation: String,
        actor: String,
        since: Moment,
    },
    #[error("no plan {hash} was made in the last hour by this agent")]
    NoSuchPlan { hash: String },
    #[error("the world changed since the plan for {app} was made")]
    PlanStale { app: String },
    #[error("{app} cannot be deployed yet: {}", first_text(blockers))]
    Blocked { app: String, blockers: Vec<Blocker> },
    #[error("the env of {app} is at revision {newest}, the change was made against {base}")]
    EnvConflict { app: String, base: u64, newest: u64 },
    #[error("the env of {app} would have {size} bytes, at most {limit} are kept")]
    EnvTooLarge {
        app: String,
        size: usize,
        limit: usize,
    },
    #[error("{app} has no env revision {revision}; the newest is {newest}")]
    NoSuchRevision {
        app: String,
        revision: u64,
        newest: u64,
    },
    #[error("there is no operation {id}")]
    NoSuchOperation { id: String },
    #[error("{app} has no service {service}")]
    NoSuchService {
        app: String,
        service: String,
        known: Vec<String>,
    },
    #[error("{app} uses no secret {name}")]
    NoSuchSecret {
        app: String,
        name: String,
        known: Vec<String>,
    },
    #[error("the secret {full_name} exists already")]
    SecretExists { name: String, full_name: String },
    #[error("the value for secret {name} has {size} bytes, swarm takes 1 to {limit}")]
    SecretSize {
        name: String,
        size: usize,
        limit: usize,
    },
    #[error("{what}")]
    BadRequest { what: String, help: String },
    #[error("this agent is {server}, the client needs at least {wanted}")]
    TooOld { server: String, wanted: String },
    #[error("{limit} apps is the most one agent looks after")]
    TooManyApps { limit: usize },
    #[error("a record could not be written down")]
    Encode { source: serde_json::Error },
    #[error("journal record {seq} is not one this version understands")]
    Decode { seq: u64, source: serde_json::Error },
    #[error("a worker of the agent died: {what}")]
    Worker { what: String },
}

fn first_text(blockers: &[Blocker]) -> &str {
    blockers.first().map_or("", |b| b.text.as_str())
}

impl From<StackError> for AppError {
    fn from(error: StackError) -> Self {
        Self::Stack(Box::new(error))
    }
}

impl From<CatalogueError> for AppError {
    fn from(error: CatalogueError) -> Self {
        Self::Catalogue(Box::new(error))
    }
}

impl AppError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Engine(e) => e.code(),
            Self::Git(e) => e.code(),
            Self::Catalogue(e) => e.code(),
            Self::Stack(e) => e.code(),
            Self::Recipe(e) => e.code(),
            Self::Reference(e) => e.code(),
            Self::AppName(e) => e.code(),
            Self::Env(e) => e.code(),
            Self::ComposeList(e) => e.code(),
            Self::Tree(e) => e.code(),
            Self::Secret(e) => e.code(),
            Self::Store(e) => e.code(),
            Self::Journal(e) => e.code(),
            Self::Index(e) => e.code(),
            Self::Blob(e) => e.code(),
            Self::Test(e) => e.code(),
            Self::NoSuchApp { .. } => "AL-5001",
            Self::AppExists { .. } => "AL-5002",
            Self::StackTaken { .. } => "AL-5003",
            Self::NotDeployed { .. } => "AL-5004",
            Self::StillDeployed { .. } => "AL-5005",
            Self::StillStopping { .. } => "AL-5029",
            Self::Busy { .. } => "AL-5006",
            Self::NoSuchPlan { .. } => "AL-5007",
            Self::PlanStale { .. } => "AL-5008",
            Self::Blocked { blockers, .. } => blockers.first().map_or("AL-5009", |b| b.code),
            Self::EnvConflict { .. } => "AL-5013",
            Self::EnvTooLarge { .. } => "AL-5014",
            Self::NoSuchRevision { .. } => "AL-5015",
            Self::NoSuchOperation { .. } => "AL-5016",
            Self::NoSuchService { .. } => "AL-5017",
            Self::NoSuchSecret { .. } => "AL-5018",
            Self::SecretExists { .. } => "AL-5019",
            Self::SecretSize { .. } => "AL-5024",
            Self::BadRequest { .. } => "AL-5025",
            Self::TooOld { .. } => "AL-6010",
            Self::TooManyApps { .. } => "AL-5026",
            Self::Encode { .. } | Self::Decode { .. } => "AL-5027",
            Self::Worker { .. } => "AL-5028",
        }
    }

    /// What the operator can do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Engine(e) => return e.help(),
            Self::Git(e) => return e.help(),
            Self::Catalogue(e) => return e.help(),
            Self::Stack(e) => return e.help(),
            Self::Recipe(e) => return e.help(),
            Self::Reference(e) => return e.help(),
            Self::AppName(e) => return e.help(),
            Self::Env(e) => return e.help(),
            Self::ComposeList(e) => return e.help(),
            Self::Tree(e) => return e.help(),
            Self::Secret(e) => return e.help(),
            Self::Store(e) => return e.help(),
            Self::Journal(e) => return e.help(),
            Self::Index(e) => return e.help(),
            Self::Blob(e) => return e.help(),
            Self::Test(e) => e.help(),
            Self::NoSuchApp { name, known } => {
                choose("apps", name, known, "`allot app new` makes one")
            }
            Self::AppExists { name } => {
                format!("choose another name, or deploy it with `allot app deploy {name}`")
            }
            Self::StackTaken { .. } => {
                "choose another name, or set STACK_NAME in the new app's env".to_owned()
            }
            Self::NotDeployed { app } => format!("deploy it with `allot app deploy {app}`"),
            Self::StillDeployed { app, .. } => {
                format!("take it off the swarm first: `allot app undeploy {app}`")
            }
            Self::StillStopping { app, .. } => format!(
                "see what hangs with `docker stack ps`, then run `allot app undeploy {app}` again"
            ),
            Self::Busy { operation, .. } => {
                format!("wait for it, or watch it: `allot app deploy --attach {operation}`")
            }
            Self::NoSuchPlan { .. } | Self::PlanStale { .. } => {
                "make a new plan and look at it again".to_owned()
            }
            Self::Blocked { blockers, .. } => return blockers.first().map(|b| b.help.clone()),
            Self::EnvConflict { app, .. } => {
                format!(
                    "read the newest with `allot app env list {app}` and make your change again"
                )
            }
            Self::EnvTooLarge { .. } => {
                "move long values into a config or a secret of the recipe".to_owned()
            }
            Self::NoSuchRevision { app, .. } => format!("see `allot app history {app}`"),
            Self::NoSuchOperation { .. } => "see `allot app history DOMAIN` for the ids".to_owned(),
            Self::NoSuchService { service, known, .. } => choose("services", service, known, ""),
            Self::NoSuchSecret { name, known, .. } => choose("secrets", name, known, ""),
            Self::SecretExists { name, .. } => {
                format!(
                    "swarm's secrets never change: use the next version, and set SECRET_{}_VERSION in the env",
                    name.to_uppercase()
                )
            }
            Self::SecretSize { .. } => {
                "bring the value in a file with `--file`, or on standard input".to_owned()
            }
            Self::BadRequest { help, .. } => help.clone(),
            Self::TooOld { .. } => {
                "bring the agent up to date, or use the client that came with it".to_owned()
            }
            Self::TooManyApps { .. } => {
                "remove apps that are not used, or run a second agent".to_owned()
            }
            Self::Encode { .. } | Self::Worker { .. } => {
                "this is a fault of the agent: please report it with its log".to_owned()
            }
            Self::Decode { .. } => {
                "a newer agent wrote this store: run that version, or a newer one".to_owned()
            }
        })
    }

    /// How the caller should take it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Engine(e) => engine_kind(e),
            Self::Git(e) => git_kind(e),
            Self::Catalogue(e) => e.kind(),
            Self::Test(e) => e.kind(),
            Self::Stack(_)
            | Self::Recipe(_)
            | Self::Reference(_)
            | Self::AppName(_)
            | Self::Env(_) => ErrorKind::Invalid,
            Self::ComposeList(_) | Self::Tree(_) | Self::Secret(_) | Self::BadRequest { .. } => {
                ErrorKind::Invalid
            }
            Self::EnvTooLarge { .. } | Self::SecretSize { .. } => ErrorKind::Invalid,
            Self::Store(_) | Self::Journal(_) | Self::Index(_) | Self::Blob(_) => {
                ErrorKind::Internal
            }
            Self::Encode { .. } | Self::Decode { .. } | Self::Worker { .. } => ErrorKind::Internal,
            Self::NoSuchApp { .. } | Self::NoSuchPlan { .. } | Self::NoSuchRevision { .. } => {
                ErrorKind::NotFound
            }
            Self::NoSuchOperation { .. }
            | Self::NoSuchService { .. }
            | Self::NoSuchSecret { .. } => ErrorKind::NotFound,
            Self::AppExists { .. } | Self::StackTaken { .. } | Self::SecretExists { .. } => {
                ErrorKind::Exists
            }
            Self::Busy { .. } => ErrorKind::Busy,
            Self::StillStopping { .. } => ErrorKind::Timeout,
            Self::TooManyApps { .. } => ErrorKind::Exhausted,
            Self::NotDeployed { .. } | Self::StillDeployed { .. } | Self::PlanStale { .. } => {
                ErrorKind::Precondition
            }
            Self::Blocked { .. } | Self::EnvConflict { .. } | Self::TooOld { .. } => {
                ErrorKind::Precondition
            }
        }
    }
}

fn engine_kind(error: &EngineError) -> ErrorKind {
    match error {
        EngineError::Unreachable { .. } => ErrorKind::Unavailable,
        EngineError::NoSwarm { .. }
        | EngineError::NotManager { .. }
        | EngineError::InUse { .. } => ErrorKind::Precondition,
        EngineError::NotFound { .. } => ErrorKind::NotFound,
        EngineError::AlreadyExists { .. } => ErrorKind::Exists,
        EngineError::OutOfSequence { .. } => ErrorKind::Precondition,
        EngineError::Refused { .. } => ErrorKind::Invalid,
        EngineError::Failed { .. } => ErrorKind::Internal,
        EngineError::Timeout { .. } => ErrorKind::Timeout,
    }
}

fn git_kind(error: &GitError) -> ErrorKind {
    if matches!(error, GitError::Timeout { .. }) {
        ErrorKind::Timeout
    } else {
        ErrorKind::Precondition
    }
}

/// "did you mean", from names that exist.
fn choose(what: &str, wanted: &str, known: &[String], otherwise: &str) -> String {
    let mut near: Vec<&String> = known.iter().collect();
    near.sort_by_key(|name| std::cmp::Reverse(common_start(name, wanted)));
    near.truncate(5);
    if near.is_empty() {
        return otherwise.to_owned();
    }
    let names = near.into_iter().cloned().collect::<Vec<_>>().join(", ");
    format!("{what} there are: {names}")
}

fn common_start(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count()
}
