//! What a command says once its entry is in the log.

use allot_proto::agent::Recorded;

use crate::{
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::{federation, text::visible},
};

/// Shows the entry, and what the caller should know about it.
pub fn show(ctx: &Context, recorded: &Recorded) -> Result<ExitCode, CliError> {
    ctx.out
        .show(recorded, |r| federation::recorded(ctx.out.data, r))?;
    warn(ctx, &recorded.warnings);
    Ok(ExitCode::Done)
}

/// Warnings, a line each.
pub fn warn(ctx: &Context, warnings: &[String]) {
    for warning in warnings {
        ctx.out.talk(&format!("warning: {}\n", visible(warning)));
    }
}
