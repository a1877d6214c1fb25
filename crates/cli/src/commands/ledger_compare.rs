//! `allot ledger compare`

use allot_proto::agent::CompareCheckpointRequest;

use crate::{
    args::ledger::CompareArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    limits,
    prompt::{self, unreadable},
    render::{ledger, text::visible},
};

/// The ledger's code for a hub that has signed two histories.
const FORK: &str = "AL-8105";

/// Holds somebody's checkpoint against the agent's copy; prints the proof of a fork.
pub async fn run(args: CompareArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let checkpoint = prompt::read_text(&args.file, limits::MAX_CHECKPOINT)?;
    if checkpoint.trim().is_empty() {
        return Err(unreadable("the checkpoint", "it is empty"));
    }
    let agent = ctx.agent().await?;
    let request = CompareCheckpointRequest { checkpoint };
    let answer = agent.ledger().compare_checkpoint(request).await?;
    let answer = answer.into_inner();
    let forked = answer.verdict == "forked";
    ctx.out.show(&answer, |a| {
        if forked {
            format!("{}\n", a.proof.trim_end())
        } else {
            ledger::compared(ctx.out.data, a)
        }
    })?;
    if !forked {
        return Ok(ExitCode::Done);
    }
    let kept = match answer.kept_in.as_str() {
        "" => String::new(),
        path => format!("; it is kept in {}", visible(path)),
    };
    Err(CliError::Domain {
        code: FORK,
        message: format!(
            "the hub has signed two histories: one of {} entries, and another of {}",
            answer.own_size, answer.other_size
        ),
        causes: Vec::new(),
        help: Some(format!("send the proof to the other members{kept}")),
        exit: ExitCode::Refused,
    })
}
