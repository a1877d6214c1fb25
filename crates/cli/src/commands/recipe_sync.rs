//! `allot recipe sync`

use allot_workbench::version::{SyncPlan, VersionError, Versioned, newest, next};
use serde::Serialize;

use crate::{
    args::bench::SyncArgs, context::Context, error::CliError, exit::ExitCode, prompt, render::bench,
};

/// The JSON of the command.
#[derive(Debug, Serialize)]
struct Synced<'a> {
    #[serde(flatten)]
    plan: &'a SyncPlan,
    dry_run: bool,
    written: Vec<String>,
}

/// Writes the next version into the recipe's label.
pub fn run(args: &SyncArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let checkout = super::bench::checkout(&args.clone.dir, ctx)?;
    let work = checkout.work_tree()?;
    let tags = checkout.tags()?;
    let newest = newest(&tags).map(|tag| &tag.version);
    let versioned = Versioned::read(&work)?;
    let wanted = match super::bench::wanted(args.version.as_deref(), args.bump)? {
        Some(wanted) => Some(wanted),
        None => super::bench::ask_step(ctx, newest)?,
    };
    let wanted = wanted.ok_or_else(|| VersionError::NoBump {
        newest: newest.map(ToString::to_string),
    })?;
    let version = next(newest, versioned.upstream.as_deref(), &wanted)?;
    let plan = versioned.sync(&version)?;
    let view = bench::sync(ctx.out.data, &plan, newest);
    if !ctx.out.json {
        ctx.out.data(&view)?;
    }
    let mut written = Vec::new();
    if !plan.labels.is_empty() && !args.dry_run {
        let shown = if ctx.out.json { view.as_str() } else { "" };
        prompt::show_and_confirm(
            ctx,
            shown,
            args.yes,
            "writing the version",
            "Write this version?",
        )?;
        plan.apply(&work)?;
        written = plan.paths();
    }
    if ctx.out.json {
        ctx.out.document(&Synced {
            plan: &plan,
            dry_run: args.dry_run,
            written: written.clone(),
        })?;
    }
    ctx.out.talk(&bench::after_sync(&plan, &written));
    Ok(ExitCode::Done)
}
