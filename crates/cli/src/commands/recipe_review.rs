//! `allot recipe review ...`

use allot_proto::agent::{ListReviewsRequest, ReviewReleaseRequest, WaitingReview};

use super::{federation_status, recipe_steward::confirm, recorded, witnesses};
use crate::{
    args::catalogue::{ApproveArgs, ChangesArgs, ReviewArgs, ReviewCommand, ReviewListArgs},
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::{catalogue, intent::Intent},
};

/// Runs a verb.
pub async fn run(command: ReviewCommand, ctx: &Context) -> Result<ExitCode, CliError> {
    match command {
        ReviewCommand::List(args) => list(args, ctx).await,
        ReviewCommand::Show(args) => show(args, ctx).await,
        ReviewCommand::Approve(args) => approve(args, ctx).await,
        ReviewCommand::RequestChanges(args) => request_changes(args, ctx).await,
    }
}

async fn list(args: ReviewListArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let request = ListReviewsRequest { all: args.all };
    let answer = agent.catalogue().list_reviews(request).await?.into_inner();
    ctx.out
        .show(&answer, |a| catalogue::reviews(ctx.out.data, &a.reviews))?;
    if answer.reviews.is_empty() {
        ctx.out.talk(if args.all {
            "no release waits for a review\n"
        } else {
            "nothing waits for your review\n"
        });
    }
    Ok(ExitCode::Done)
}

async fn show(args: ReviewArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let Some(waiting) = find(&ctx.agent().await?, &args).await? else {
        ctx.out.talk("no such release waits for a review\n");
        return Ok(ExitCode::Failed);
    };
    ctx.out
        .show(&waiting, |w| catalogue::review(ctx.out.data, w))?;
    Ok(ExitCode::Done)
}

async fn approve(args: ApproveArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let reason = args.reason.unwrap_or_default();
    sign(&args.of, true, reason, args.yes, ctx).await
}

async fn request_changes(args: ChangesArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    sign(&args.of, false, args.reason, args.yes, ctx).await
}

async fn sign(
    of: &ReviewArgs,
    approve: bool,
    reason: String,
    yes: bool,
    ctx: &Context,
) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    // What waits for nobody, the agent refuses by the rules.
    let waiting = find(&agent, of).await?.unwrap_or_default();
    let (verb, follows) = if approve {
        (
            "Approve",
            "It is published: agents deploy exactly this commit.",
        )
    } else {
        (
            "Request changes to",
            "It is not published until a steward approves it.",
        )
    };
    let mut view = Intent::new(format!("{verb} {} {}", of.recipe, of.version))
        .row("commit", waiting.commit)
        .row("released by", waiting.released_by)
        .row("note", waiting.note)
        .row("before it", waiting.before)
        .row("tests passed", waiting.tests_passed.join(", "))
        .row("tests failed", waiting.tests_failed.join(", "))
        .row("reason", &reason)
        .note(follows);
    if approve && waiting.tests_passed.is_empty() {
        view = view.warning("no member's test of it has passed: `allot recipe test`");
    }
    if !waiting.tests_failed.is_empty() {
        view = view.warning("a member's test of it has failed");
    }
    confirm(ctx, &view, yes, "a review")?;
    let request = ReviewReleaseRequest {
        recipe: of.recipe.clone(),
        version: of.version.clone(),
        approve,
        reason,
    };
    witnesses::told(ctx, &status);
    let answer = agent.catalogue().review_release(request).await?;
    recorded::show(ctx, &answer.into_inner())
}

async fn find(agent: &Agent, of: &ReviewArgs) -> Result<Option<WaitingReview>, CliError> {
    let request = ListReviewsRequest { all: true };
    let answer = agent.catalogue().list_reviews(request).await?.into_inner();
    let mut all = answer.reviews.into_iter();
    Ok(all.find(|w| w.recipe == of.recipe && w.version == of.version))
}
