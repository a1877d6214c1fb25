//! What stewards and members say of recipes: `claim`, `publish`, `yank`, `flag`, `unflag`. Each shows what it signs.

use allot_proto::agent::{
    CatalogueVersion, ClaimRecipeRequest, FlagRecipeRequest, ProposeReleaseRequest,
    UnflagRecipeRequest, YankVersionRequest,
};

use super::{federation_status, recipe_show, recorded, release_report::TestReport, witnesses};
use crate::{
    args::catalogue::{ClaimArgs, FlagArgs, PublishArgs, UnflagArgs, YankArgs},
    context::Context,
    error::CliError,
    exit::ExitCode,
    prompt,
    render::intent::Intent,
};

/// Claims a recipe that nobody looks after.
pub async fn claim(args: ClaimArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    federation_status::for_signing(ctx, &agent).await?;
    let details = recipe_show::get(&agent, args.recipe.clone(), 1).await?;
    let row = details.row.unwrap_or_default();
    let view = Intent::new(format!("Claim the recipe {}", args.recipe))
        .row("repository", details.repository)
        .row("newest", row.newest_seen)
        .row("stewards", row.stewards.join(", "))
        .note("Your collective looks after it from now on: it publishes its versions.")
        .note("Agents that accept the usual deploy only what you publish.");
    confirm(ctx, &view, args.yes, "a claim")?;
    let request = ClaimRecipeRequest {
        recipe: args.recipe,
    };
    let answer = agent.catalogue().claim_recipe(request).await?;
    recorded::show(ctx, &answer.into_inner())
}

/// Publishes a version that is tagged.
pub async fn publish(args: PublishArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let report = args.report.as_deref().map(TestReport::read).transpose()?;
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    let details = recipe_show::get(&agent, args.recipe.clone(), 1_000).await?;
    let known = find(&details.versions, &args.version);
    let row = details.row.unwrap_or_default();
    let others = row.stewards.iter().filter(|s| **s != status.collective);
    let others: Vec<&str> = others.map(String::as_str).collect();
    let commit = args.commit.clone().unwrap_or_default();
    let pinned = known.map_or(commit.clone(), |v| v.commit.clone());
    if let Some(report) = &report {
        report.is_of(&args.recipe, &args.version, &pinned)?;
    }
    let mut view = Intent::new(format!("Publish {} {}", args.recipe, args.version))
        .row("commit", pinned)
        .row("state", known.map_or("not seen by the hub", |v| &v.state))
        .row("note", args.note.clone().unwrap_or_default())
        .row(
            "report",
            report
                .as_ref()
                .map_or_else(String::new, |r| format!("of a test that {}", r.verdict())),
        );
    let who = match others.as_slice() {
        [one] => (*one).to_owned(),
        several => format!("one of {}", several.join(", ")),
    };
    view = match (others.as_slice(), args.security) {
        ([], _) => view.note("It is published at once."),
        (_, true) => view.note(format!(
            "It is published at once, and shown as not reviewed until {who} approves it."
        )),
        (_, false) => view.note(format!("It is published once {who} approves it.")),
    };
    let tested = report.as_ref().is_some_and(TestReport::passed);
    if !tested && known.is_none_or(|v| v.tests_passed.is_empty()) {
        view = view.warning("no test of it has passed so far: `allot recipe test`");
    }
    confirm(ctx, &view, args.yes, "a release")?;
    let request = ProposeReleaseRequest {
        recipe: args.recipe,
        version: args.version,
        commit,
        tree: args.tree.unwrap_or_default(),
        security: args.security,
        note: args.note.unwrap_or_default(),
        report: report.as_ref().map_or_else(Vec::new, |r| r.bytes.clone()),
    };
    let answer = agent.catalogue().propose_release(request).await?;
    let shown = recorded::show(ctx, &answer.into_inner());
    if let Some(report) = report {
        report.sign(&agent, ctx).await;
    }
    shown
}

/// Says that a version is not to be deployed any more.
pub async fn yank(args: YankArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let status = federation_status::for_signing(ctx, &agent).await?;
    let details = recipe_show::get(&agent, args.recipe.clone(), 1_000).await?;
    let known = find(&details.versions, &args.version);
    let view = Intent::new(format!("Yank {} {}", args.recipe, args.version))
        .row("commit", known.map(|v| v.commit.clone()).unwrap_or_default())
        .row("state", known.map(|v| v.state.clone()).unwrap_or_default())
        .row("reason", &args.reason)
        .note("Agents do not deploy it any more, and those that run it say so. It cannot be taken back.");
    confirm(ctx, &view, args.yes, "a yank")?;
    let request = YankVersionRequest {
        recipe: args.recipe,
        version: args.version,
        reason: args.reason,
    };
    witnesses::told(ctx, &status);
    let answer = agent.catalogue().yank_version(request).await?;
    recorded::show(ctx, &answer.into_inner())
}

/// Tells of a security problem.
pub async fn flag(args: FlagArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    federation_status::for_signing(ctx, &agent).await?;
    let view = Intent::new(format!("Tell of a security problem of {}", args.recipe))
        .row("problem", &args.text)
        .note("Every member sees it, and it stays in the log: say nothing that helps an attacker more.");
    confirm(ctx, &view, args.yes, "a flag")?;
    let request = FlagRecipeRequest {
        recipe: args.recipe,
        text: args.text,
    };
    let answer = agent.catalogue().flag_recipe(request).await?;
    recorded::show(ctx, &answer.into_inner())
}

/// Ends a security problem.
pub async fn unflag(args: UnflagArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    federation_status::for_signing(ctx, &agent).await?;
    let details = recipe_show::get(&agent, args.recipe.clone(), 1).await?;
    let known = details.flags.iter().find(|f| f.number == args.number);
    let view = Intent::new(format!(
        "End security problem {} of {}",
        args.number, args.recipe
    ))
    .row("problem", known.map(|f| f.text.clone()).unwrap_or_default())
    .row("told by", known.map(|f| f.by.clone()).unwrap_or_default())
    .row("reason", &args.reason);
    confirm(ctx, &view, args.yes, "ending a flag")?;
    let request = UnflagRecipeRequest {
        recipe: args.recipe,
        flag: args.number,
        reason: args.reason,
    };
    let answer = agent.catalogue().unflag_recipe(request).await?;
    recorded::show(ctx, &answer.into_inner())
}

/// Shows what would be signed, and asks.
pub fn confirm(ctx: &Context, view: &Intent, yes: bool, what: &str) -> Result<(), CliError> {
    prompt::show_and_confirm(ctx, &view.show(ctx.out.talk), yes, what, "Sign?")
}

fn find<'a>(versions: &'a [CatalogueVersion], version: &str) -> Option<&'a CatalogueVersion> {
    versions.iter().find(|known| known.version == version)
}
