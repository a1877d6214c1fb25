//! `allot resolution export`

use std::{collections::BTreeSet, path::Path};

use allot_proto::agent::ExportRequest;
use serde_json::json;
use tokio_stream::StreamExt as _;

use crate::{
    args::resolution::ExportArgs, context::Context, error::CliError, exit::ExitCode,
    folder::Folder, render::text::count,
};

/// Writes the federation's Markdown files.
pub async fn run(args: ExportArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = ExportRequest {
        numbers: args.numbers,
        members: args.members,
        members_only: false,
    };
    let agent = ctx.agent().await?;
    let mut files = agent.resolutions().export(request).await?.into_inner();
    let mut folder = Folder::create(&args.dir)?;
    let mut paths = BTreeSet::new();
    while let Some(file) = files.next().await {
        let file = file?;
        folder.piece(&file.path, &file.content)?;
        paths.insert(file.path);
    }
    let written = folder.finish()?;
    let stale = stale(&args.dir, &paths);
    let document = json!({
        "dir": args.dir,
        "files": paths,
        "bytes": written.bytes,
        "stale": stale,
    });
    ctx.out.show(&document, |_| {
        format!("{} in {}\n", count(paths.len(), "file"), args.dir.display())
    })?;
    for path in stale {
        ctx.out.talk(&format!(
            "warning: {path} is of before: the resolution has moved, delete it\n"
        ));
    }
    Ok(ExitCode::Done)
}

/// Files of resolutions that have gone to another folder since. They are named and not deleted: the folder
/// is the person's.
fn stale(dir: &Path, paths: &BTreeSet<String>) -> Vec<String> {
    let folders: BTreeSet<&str> = [
        "drafts",
        "proposed",
        "in-progress",
        "passed",
        "stalled",
        "rejected",
        "withdrawn",
    ]
    .into_iter()
    .chain(paths.iter().filter_map(|p| Some(p.split_once('/')?.0)))
    .collect();
    let mut stale = Vec::new();
    for (_, name) in paths.iter().filter_map(|path| path.split_once('/')) {
        let elsewhere = folders.iter().map(|folder| format!("{folder}/{name}"));
        stale.extend(elsewhere.filter(|old| !paths.contains(old) && dir.join(old).is_file()));
    }
    stale.sort();
    stale.dedup();
    stale
}
