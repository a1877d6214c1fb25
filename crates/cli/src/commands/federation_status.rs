//! `allot federation status`

use allot_proto::agent::{FederationStatus, GetFederationStatusRequest};
use jiff::Timestamp;

use crate::{
    args::federation::StatusArgs,
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::{federation, text::visible},
};

/// Shows how hub, log and membership are.
pub async fn run(args: StatusArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let status = get(&ctx.agent().await?).await?;
    ctx.out.show(&status, |s| {
        federation::status(ctx.out.data, s, Timestamp::now())
    })?;
    if status.federation.is_empty() {
        ctx.out
            .talk("in no federation; `allot federation join` takes an invite\n");
    }
    Ok(if args.exit_code {
        health(&status)
    } else {
        ExitCode::Done
    })
}

/// Asks the agent.
pub async fn get(agent: &Agent) -> Result<FederationStatus, CliError> {
    let request = GetFederationStatusRequest {};
    let answer = agent.federation().get_federation_status(request).await?;
    Ok(answer.into_inner())
}

/// The role without which an agent signs nothing.
const DELEGATE: &str = "delegate";

/// As [`get`], for a command that makes the agent sign: who may not is told before a long text is written.
/// The agent decides.
pub async fn for_signing(ctx: &Context, agent: &Agent) -> Result<FederationStatus, CliError> {
    let status = get(agent).await?;
    if status.federation.is_empty() {
        ctx.out
            .talk("warning: this agent is in no federation: it will refuse to sign\n");
    }
    // An agent that tells no roles is older than they are.
    if !status.roles.is_empty() && !status.roles.iter().any(|role| role == DELEGATE) {
        ctx.out.talk(&format!(
            "warning: only a delegate can sign, and you are {}: the agent will refuse it\n",
            visible(&status.roles.join(", "))
        ));
    }
    Ok(status)
}

/// A log that is not what it should be weighs more than a hub that is away.
fn health(status: &FederationStatus) -> ExitCode {
    if status.federation.is_empty() {
        ExitCode::Failed
    } else if !status.problem.is_empty() {
        ExitCode::Refused
    } else if !status.hub_reachable {
        ExitCode::Unreachable
    } else {
        ExitCode::Done
    }
}
