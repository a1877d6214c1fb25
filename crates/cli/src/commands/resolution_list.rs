//! `allot resolution list`

use allot_proto::agent::{ListResolutionsRequest, Resolution};
use jiff::Timestamp;

use crate::{
    args::resolution::{ListArgs, State},
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    limits::MAX_RESOLUTIONS,
    render::resolution,
};

/// Lists resolutions.
pub async fn run(args: ListArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = ListResolutionsRequest {
        states: args.states.iter().map(|s| name(*s).to_owned()).collect(),
        awaiting: args.awaiting,
        ..Default::default()
    };
    let all = all(&ctx.agent().await?, request).await?;
    let document = serde_json::json!({ "resolutions": all });
    ctx.out.show(&document, |_| {
        resolution::list(ctx.out.data, &all, Timestamp::now())
    })?;
    if all.is_empty() {
        ctx.out.talk(if args.awaiting {
            "nothing waits for your vote\n"
        } else {
            "no such resolutions\n"
        });
    }
    Ok(ExitCode::Done)
}

/// All pages as one list.
pub async fn all(
    agent: &Agent,
    mut request: ListResolutionsRequest,
) -> Result<Vec<Resolution>, CliError> {
    let mut whole = Vec::new();
    loop {
        let page = agent
            .resolutions()
            .list_resolutions(request.clone())
            .await?;
        let page = page.into_inner();
        whole.extend(page.resolutions);
        if page.next_after == 0 {
            return Ok(whole);
        }
        // Each page begins after the one before, so that there is an end.
        if page.next_after <= request.after || whole.len() > MAX_RESOLUTIONS {
            return Err(CliError::Incomplete {
                what: "end of the list",
            });
        }
        request.after = page.next_after;
    }
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
