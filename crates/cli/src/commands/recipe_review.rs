//! `allot recipe review ...`

use allot_proto::agent::{ListReviewsRequest, ReviewReleaseRequest, WaitingReview};

use super::{federation_status, recipe_steward::confirm, recorded, witnesses};
use crate::{
    args::catalogue::{ApproveArgs, ChangesArgs, ReviewArgs, ReviewCommand, ReviewListArgs},
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    render::{catalogue, intent::Intent, text::visible},
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
    if waiting.own && !ctx.out.json {
        ctx.out.talk(&next(&waiting));
    }
    Ok(ExitCode::Done)
}

/// What a reviewer does with a release.
fn next(w: &WaitingReview) -> String {
    let (before, version) = (visible(&w.before), visible(&w.version));
    let of = format!("{} {version}", visible(&w.recipe));
    let diff = match before.is_empty() {
        true => String::new(),
        false => format!("look at it, in a clone: `allot recipe diff {before} {version}`\n"),
    };
    format!(
        "\n{diff}try it: `allot recipe test {of} --sign`\n\
         then `allot recipe review approve {of}`, or `request-changes` with what has to change\n"
    )
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
    let (verb, follows) = match (approve, waiting.security) {
        (true, false) => (
            "Approve",
            "It is published: agents deploy exactly this commit.",
        ),
        (true, true) => (
            "Approve",
            "It is published already; from now on it is shown as reviewed.",
        ),
        (false, false) => (
            "Request changes to",
            "It is not published until a steward approves it.",
        ),
        (false, true) => (
            "Request changes to",
            "It is published all the same; `allot recipe yank` is what stops it.",
        ),
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
