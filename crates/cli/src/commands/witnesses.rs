//! What is said while an agent waits for witnesses.

use allot_proto::agent::FederationStatus;

use super::federation_status;
use crate::{client::Agent, context::Context, error::CliError};

/// Says that the agent waits a while, if it will: it signs nothing about what too few members have witnessed, where its
/// collective wants that.
pub fn told(ctx: &Context, status: &FederationStatus) {
    if status.requires_witnesses {
        ctx.out.talk(&format!(
            "waiting a few seconds until {} of {} members have witnessed it ({} have witnessed the newest)\n",
            status.witnesses_needed, status.members, status.witnesses
        ));
    }
}

/// As [`told`], unless it is witnessed.
pub async fn tell(ctx: &Context, agent: &Agent, is_witnessed: bool) -> Result<(), CliError> {
    if !is_witnessed {
        told(ctx, &federation_status::get(agent).await?);
    }
    Ok(())
}
