//! `allot resolution export`

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use allot_proto::agent::ExportRequest;
use serde_json::json;
use tokio_stream::StreamExt as _;

use crate::{
    args::resolution::ExportArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    folder::Folder,
    limits,
    marked::{self, Marked},
    prompt::unreadable,
    render::text::count,
};

/// Writes the federation's Markdown files.
pub async fn run(args: ExportArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = ExportRequest {
        numbers: args.numbers,
        members: args.members,
        members_only: false,
    };
    // Before anything is written, so that an export is never half of one.
    marked::NAV.check(&args.dir)?;
    if args.members {
        marked::MEMBERS.check(&args.dir)?;
    }
    let agent = ctx.agent().await?;
    let mut files = agent.resolutions().export(request).await?.into_inner();
    let mut folder = Folder::create(&args.dir)?;
    let mut paths = BTreeSet::new();
    let mut parts: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    while let Some(file) = files.next().await {
        let file = file?;
        match Marked::of(&file.path) {
            Some(marked) => part(&mut parts, marked, &file.content)?,
            None => folder.piece(&file.path, &file.content)?,
        }
        paths.insert(file.path);
    }
    for (path, content) in parts {
        let text = String::from_utf8(content).map_err(|error| unreadable(path, error))?;
        if let Some(marked) = Marked::of(path) {
            let whole = marked.with(&args.dir, &text)?;
            folder.piece(path, whole.as_bytes())?;
        }
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

/// Keeps a piece of what goes between marks.
fn part(
    parts: &mut BTreeMap<&'static str, Vec<u8>>,
    marked: Marked,
    piece: &[u8],
) -> Result<(), CliError> {
    let whole = parts.entry(marked.path).or_default();
    whole.extend_from_slice(piece);
    if whole.len() > limits::MAX_LISTING {
        return Err(unreadable(marked.path, "it is too large"));
    }
    Ok(())
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
