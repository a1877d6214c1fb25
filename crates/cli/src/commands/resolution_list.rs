//! `allot resolution list`

use allot_proto::agent::ListResolutionsRequest;
use jiff::Timestamp;

use crate::{
    args::resolution::{ListArgs, State},
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::resolution,
};

/// Lists resolutions.
pub async fn run(args: ListArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = ListResolutionsRequest {
        states: args.states.iter().map(|s| name(*s).to_owned()).collect(),
        awaiting: args.awaiting,
    };
    let agent = ctx.agent().await?;
    let answer = agent.resolutions().list_resolutions(request).await?;
    let answer = answer.into_inner();
    ctx.out.show(&answer, |a| {
        resolution::list(ctx.out.data, &a.resolutions, Timestamp::now())
    })?;
    if answer.resolutions.is_empty() {
        ctx.out.talk(if args.awaiting {
            "nothing waits for your vote\n"
        } else {
            "no such resolutions\n"
        });
    }
    Ok(ExitCode::Done)
}

/// As the agent names it.
fn name(state: State) -> &'static str {
    match state {
        State::Draft => "draft",
        State::Open => "open",
        State::Passed => "passed",
        State::Rejected => "rejected",
        State::Stalled => "stalled",
        State::Withdrawn => "withdrawn",
    }
}
