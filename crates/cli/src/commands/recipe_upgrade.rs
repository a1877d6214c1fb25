//! `allot recipe upgrade`

use allot_workbench::{
    registry::{OciRegistry, RegistryOptions},
    tags::Step,
    upgrade::{self, UpgradeOptions, UpgradePlan},
    version::Bump,
};
use serde::Serialize;

use crate::{
    args::bench::UpgradeArgs, context::Context, error::CliError, exit::ExitCode, prompt,
    render::bench,
};

/// The JSON of the command.
#[derive(Debug, Serialize)]
struct Upgraded<'a> {
    #[serde(flatten)]
    plan: &'a UpgradePlan,
    dry_run: bool,
    written: Vec<String>,
}

/// Looks for newer images, shows them, and writes them.
pub async fn run(args: UpgradeArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let work = super::bench::work_tree(&args.clone.dir)?;
    let options = UpgradeOptions {
        most: args.most.step().map(|step| match step {
            Bump::Major => Step::Major,
            Bump::Minor => Step::Minor,
            Bump::Patch => Step::Patch,
        }),
        services: args.services,
        set: args.set.into_iter().collect(),
        all_tags: args.all_tags,
    };
    let registry = OciRegistry::new(RegistryOptions::default())?;
    ctx.out.talk("asking the registries ...\n");
    let plan = upgrade::plan(&work, &registry, &options).await?;
    let view = bench::upgrade(ctx.out.data, &plan);
    if !ctx.out.json {
        ctx.out.data(&view)?;
    }
    let mut written = Vec::new();
    if plan.upgrades().next().is_some() && !args.dry_run {
        // With JSON output the plan stands in the document; whoever is asked has to see it before.
        let shown = if ctx.out.json { view.as_str() } else { "" };
        prompt::show_and_confirm(
            ctx,
            shown,
            args.yes,
            "rewriting the compose files",
            "Write these tags?",
        )?;
        written = plan.apply(&work)?;
    }
    if ctx.out.json {
        ctx.out.document(&Upgraded {
            plan: &plan,
            dry_run: args.dry_run,
            written: written.clone(),
        })?;
    }
    ctx.out
        .talk(&bench::after_upgrade(&plan, args.dry_run, &written));
    Ok(match plan.has_failures() {
        true => ExitCode::Failed,
        false => ExitCode::Done,
    })
}
