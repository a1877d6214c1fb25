//! Every bound of the agent, in one place (design section 4.4).

use std::time::Duration;

/// Largest env of an app, bytes. Index values must stay under 32 KiB.
pub const MAX_ENV_BYTES: usize = 24 * 1024;

/// Largest gRPC message that the agent takes or sends, bytes.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// Events kept of one operation.
pub const EVENTS_PER_OPERATION: usize = 2_000;

/// Ended operations whose events stay readable with their details.
pub const FINISHED_OPERATIONS: usize = 8;

/// Longest history that is told at once, entries.
pub const MAX_HISTORY: usize = 1_000;

/// Characters of all services' reasons in a verdict together: a verdict is a value of the index (32 KiB).
pub const VERDICT_CHARS: usize = 12_000;

/// Plans kept for `ApplyPlan`.
pub const MAX_PLANS: usize = 64;

/// How long a plan can be applied.
pub const PLAN_LIFETIME: Duration = Duration::from_secs(3600);

/// Log lines of a failing task in a recap.
pub const RECAP_LINES: u32 = 20;

/// Longest log line in a recap, characters.
pub const RECAP_LINE_CHARS: usize = 500;

/// Services whose failure is told with logs.
pub const RECAP_SERVICES: usize = 8;

/// How long collecting a recap may take.
pub const RECAP_TIME: Duration = Duration::from_secs(5);

/// Requests to the engine under way at once for one operation.
pub const PARALLEL_REQUESTS: usize = 16;

/// Longest secret that swarm takes, bytes.
pub const MAX_SECRET_BYTES: usize = 500 * 1024;

/// Apps that one agent looks after at the most.
pub const MAX_APPS: usize = 10_000;

/// How long what the machine says of its users and groups is taken for true: so soon does `usermod -aG` count.
pub const ROLES_FRESH: Duration = Duration::from_secs(10);

/// Callers whose roles are remembered at once.
pub const MAX_CALLERS: usize = 256;
