//! `allot resolution import`: checked whole before anything is signed.

use allot_proto::agent::{ImportRequest, ImportResponse};

use super::recorded;
use crate::{
    args::resolution::ImportArgs,
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    markdown::{self, Found},
    prompt::{self, unreadable},
    render::{
        progress::Progress,
        resolution,
        text::{count, visible},
    },
};

/// Imports resolutions of before the log.
pub async fn run(args: ImportArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let found = markdown::find(&args.paths)?;
    if found.files.is_empty() && found.refused.is_empty() {
        return Err(unreadable(
            "the resolutions",
            "there are no Markdown files in folders such as `passed` or `in-progress`",
        ));
    }
    let agent = ctx.agent().await?;
    let checked = send(ctx, &agent, &found, true).await?;
    told(ctx, &checked);
    if checked.numbers.is_empty() {
        if ctx.out.json {
            ctx.out.document(&checked)?;
        }
        return nothing(ctx, &checked);
    }
    if args.check {
        ctx.out.show(&checked, resolution::imported)?;
        return Ok(ExitCode::Done);
    }
    let view = format!(
        "{}\nThey become history: without votes, and without effect.\n\n",
        resolution::imported(&checked)
    );
    prompt::show_and_confirm(ctx, &view, args.yes, "an import", "Sign?")?;
    let done = send(ctx, &agent, &found, false).await?;
    ctx.out.show(&done, |done| {
        done.recorded
            .iter()
            .map(|r| crate::render::federation::recorded(ctx.out.data, r))
            .chain([resolution::imported(done)])
            .collect()
    })?;
    Ok(ExitCode::Done)
}

/// Says which files were refused, and what was odd about others.
fn told(ctx: &Context, checked: &ImportResponse) {
    recorded::warn(ctx, &checked.warnings);
    for refused in &checked.refused {
        ctx.out.talk(&format!("refused: {}\n", visible(refused)));
    }
}

fn nothing(ctx: &Context, checked: &ImportResponse) -> Result<ExitCode, CliError> {
    if checked.refused.is_empty() {
        ctx.out.talk("nothing to import: the log has them all\n");
        return Ok(ExitCode::Done);
    }
    Err(CliError::NothingImported {
        refused: checked.refused.len(),
    })
}

/// Sends all files, a batch at a time, and puts the answers together.
async fn send(
    ctx: &Context,
    agent: &Agent,
    found: &Found,
    check: bool,
) -> Result<ImportResponse, CliError> {
    let mut all = ImportResponse {
        refused: found.refused.clone(),
        ..Default::default()
    };
    let whole = u64::try_from(found.files.len()).unwrap_or(u64::MAX);
    let mut sent: u64 = 0;
    let mut progress = Progress::begin(ctx, if check { "checked" } else { "imported" });
    for batch in found.batches() {
        let request = ImportRequest {
            files: batch.to_vec(),
            check,
        };
        let answer = agent.resolutions().import(request).await;
        let answer = match answer {
            Ok(answer) => answer.into_inner(),
            Err(status) => {
                progress.end();
                if !check && !all.numbers.is_empty() {
                    let done = count(all.numbers.len(), "resolution");
                    ctx.out.say(&format!(
                        "{done} imported before this; the others were not\n"
                    ));
                }
                return Err(status.into());
            }
        };
        all.recorded.extend(answer.recorded);
        all.numbers.extend(answer.numbers);
        all.warnings.extend(answer.warnings);
        all.refused.extend(answer.refused);
        sent = sent.saturating_add(u64::try_from(batch.len()).unwrap_or(u64::MAX));
        progress.at(ctx, sent, whole);
    }
    progress.end();
    Ok(all)
}
