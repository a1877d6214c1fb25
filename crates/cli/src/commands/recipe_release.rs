//! `allot recipe release`

use std::path::Path;

use allot_workbench::{
    checkout::Checkout,
    limits::MAX_NOTES_BYTES,
    release::{self, ReleaseError, ReleaseOptions, ReleasePlan, Released, Step},
};

use super::release_report::TestReport;
use crate::{
    args::{bench::ReleaseArgs, catalogue::PublishArgs},
    context::Context,
    editor,
    error::CliError,
    exit::ExitCode,
    prompt,
    render::{bench, lint, text::count},
};

/// What the editor shows before anybody has written anything.
const EMPTY_NOTES: &str =
    "\n# What operators must know before they upgrade. Lines that begin with # are left out.\n";

/// Releases a version: plans, shows, asks, does.
pub async fn run(args: ReleaseArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    // What goes with it is looked at before anything is done.
    let report = args.report.as_deref().map(TestReport::read).transpose()?;
    let Some(released) = release(&args, ctx)? else {
        return Ok(ExitCode::Done);
    };
    if !args.propose {
        return Ok(ExitCode::Done);
    }
    if let Some(report) = report {
        report.is_of(
            &released.recipe,
            released.version.as_str(),
            &released.commit,
        )?;
    }
    let proposal = PublishArgs {
        recipe: released.recipe,
        version: released.version.to_string(),
        commit: Some(released.commit),
        tree: Some(released.tree),
        security: args.security,
        note: None,
        report: args.report,
        yes: args.yes,
    };
    super::recipe_steward::publish(proposal, ctx).await
}

/// What was released; nothing when it was only to be shown.
fn release(args: &ReleaseArgs, ctx: &Context) -> Result<Option<Released>, CliError> {
    let checkout = super::bench::checkout(&args.clone.dir, ctx)?;
    let mut options = ReleaseOptions {
        wanted: super::bench::wanted(args.version.as_deref(), args.bump)?,
        notes: args.notes.as_deref().map(notes).transpose()?,
        no_notes: args.no_notes,
        publish: args.publish,
    };
    let plan = plan(&checkout, &mut options, !args.dry_run && ctx.can_ask())?;
    let makes_tag = plan
        .steps
        .iter()
        .any(|step| matches!(step, Step::Tag { .. }));
    if makes_tag && !args.no_lint {
        passes_lint(checkout.root(), ctx)?;
    }
    let view = bench::release(ctx.out.data, &plan);
    if args.dry_run {
        ctx.out.show(&plan, |_| view)?;
        return Ok(None);
    }
    if !plan.steps.is_empty() {
        let question = format!("Release {} {}?", plan.recipe, plan.version);
        prompt::show_and_confirm(ctx, &view, args.yes, "a release", &question)?;
    }
    let released = release::apply(&checkout, &plan, &mut |step, done| {
        if done {
            ctx.out.talk(&bench::step_done(ctx.out.talk, step));
        }
    })?;
    show(&released, &plan, ctx)?;
    Ok(Some(released))
}

/// Plans; when notes are missing and somebody may be asked for them, opens an editor.
fn plan(
    checkout: &Checkout,
    options: &mut ReleaseOptions,
    may_ask: bool,
) -> Result<ReleasePlan, CliError> {
    match release::plan(checkout, options) {
        Err(ReleaseError::NoNotes { .. }) if may_ask => {
            let most = usize::try_from(MAX_NOTES_BYTES).unwrap_or(usize::MAX);
            let edited = editor::edit(EMPTY_NOTES, ".txt", "--notes FILE", most)?;
            let kept: Vec<&str> = edited
                .text
                .lines()
                .filter(|line| !line.starts_with('#'))
                .collect();
            options.notes = Some(kept.join("\n").trim().to_owned());
            Ok(release::plan(checkout, options)?)
        }
        planned => Ok(planned?),
    }
}

fn notes(path: &Path) -> Result<String, CliError> {
    let most = usize::try_from(MAX_NOTES_BYTES).unwrap_or(usize::MAX);
    prompt::read_text(path, most)
}

/// Refuses what the linter calls an error, and shows it.
fn passes_lint(root: &Path, ctx: &Context) -> Result<(), CliError> {
    let view = super::recipe_lint::look(root)?;
    if !view.failed {
        return Ok(());
    }
    ctx.out.talk(&lint::findings(ctx.out.talk, &view));
    Err(ReleaseError::Lint {
        errors: count(view.errors(), "error"),
    }
    .into())
}

/// What came of it. A proposal to the federation starts from the same document.
fn show(released: &Released, plan: &ReleasePlan, ctx: &Context) -> Result<(), CliError> {
    ctx.out.show(released, bench::released)?;
    ctx.out
        .talk(&bench::after_release(released, plan.steps.is_empty()));
    Ok(())
}
