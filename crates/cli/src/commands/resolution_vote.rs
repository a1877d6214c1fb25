//! `allot resolution vote`

use allot_proto::agent::{GetResolutionResponse, VoteRequest};
use jiff::Timestamp;

use super::{recorded, resolution_show, witnesses};
use crate::{
    args::resolution::{Choice, VoteArgs},
    context::Context,
    error::CliError,
    exit::ExitCode,
    prompt,
    render::{
        intent::Intent,
        text::{left, number, time},
    },
};

/// Casts the collective's vote, after asking.
pub async fn run(args: VoteArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let resolution = resolution_show::get(&agent, args.number).await?;
    let choice = name(args.choice);
    let reason = match args.reason {
        Some(reason) => reason,
        None if args.choice != Choice::Against => String::new(),
        None if ctx.can_ask() => prompt::ask("Why? A block says so, for everybody to read", "")?,
        None => {
            return Err(CliError::MissingArgument {
                argument: "--reason",
                example: format!(
                    "allot resolution vote {} against --reason 'the amount is not explained'",
                    args.number
                ),
            });
        }
    };
    let view = intent(&resolution, choice, &reason, Timestamp::now()).show(ctx.out.talk);
    let what = format!("a vote on resolution {}", number(args.number));
    prompt::show_and_confirm(ctx, &view, args.yes, &what, "Sign this vote?")?;
    let request = VoteRequest {
        number: args.number,
        choice: choice.to_owned(),
        reason,
    };
    let is_witnessed = resolution.resolution.as_ref().is_some_and(|r| r.witnessed);
    witnesses::tell(ctx, &agent, is_witnessed).await?;
    let answer = agent.resolutions().vote(request).await?;
    recorded::show(ctx, &answer.into_inner())
}

fn name(choice: Choice) -> &'static str {
    match choice {
        Choice::For => "for",
        Choice::Against => "against",
        Choice::Abstain => "abstain",
    }
}

fn intent(
    resolution: &GetResolutionResponse,
    choice: &str,
    reason: &str,
    now: Timestamp,
) -> Intent {
    let verb = match choice {
        "abstain" => "Abstain on".to_owned(),
        choice => format!("Vote {choice}"),
    };
    let intent = about(&verb, resolution, now).row("reason", reason);
    let own = resolution.resolution.as_ref().map(|r| r.own_vote.as_str());
    match own.unwrap_or_default() {
        "" => intent,
        before if before == choice => intent.note(format!(
            "Your collective has voted {before} before; this is said again."
        )),
        before => intent.warning(format!(
            "it takes the place of your collective's vote {before}"
        )),
    }
}

/// Which resolution something is done to, and how it stands.
pub fn about(verb: &str, answer: &GetResolutionResponse, now: Timestamp) -> Intent {
    let r = answer.resolution.clone().unwrap_or_default();
    let tally = r.tally.unwrap_or_default();
    let votes = match tally.electorate {
        0 => String::new(),
        _ => format!(
            "{} for (needs {}), {} against, {} abstained, {} silent",
            tally.votes_for,
            tally.needed,
            tally.votes_against,
            tally.abstained,
            answer.silent.len()
        ),
    };
    let deadline = match (time(&r.deadline), left(&r.deadline, now)) {
        (at, left) if left.is_empty() => at,
        (at, left) => format!("{at}, {left}"),
    };
    Intent::new(format!("{verb} resolution {}", number(r.number)))
        .row("title", &r.title)
        .row("size", &r.size)
        .row("effect", &answer.effect)
        .row("state", &r.state)
        .row("deadline", deadline)
        .row("votes", votes)
}
