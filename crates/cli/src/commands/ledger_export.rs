//! `allot ledger export`

use allot_proto::agent::ExportLedgerRequest;
use serde_json::json;
use tokio_stream::StreamExt as _;

use crate::{
    args::ledger::ExportArgs,
    context::Context,
    error::CliError,
    exit::ExitCode,
    folder::Folder,
    render::{progress::Progress, text::count},
};

/// Writes the agent's copy of the log.
pub async fn run(args: ExportArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    let answer = agent.ledger().export_ledger(ExportLedgerRequest {}).await?;
    let mut pieces = answer.into_inner();
    let mut folder = Folder::create(&args.dir)?;
    let mut progress = Progress::begin(ctx, "files written:");
    let written = loop {
        match pieces.next().await {
            None => break folder.finish(),
            Some(Err(status)) => break Err(status.into()),
            Some(Ok(piece)) => {
                if let Err(error) = folder.piece(&piece.path, &piece.content) {
                    break Err(error);
                }
                progress.at(ctx, folder.written().files, 0);
            }
        }
    };
    progress.end();
    let written = written?;
    if written.files == 0 {
        return Err(CliError::Incomplete { what: "log" });
    }
    let document = json!({ "dir": args.dir, "files": written.files, "bytes": written.bytes });
    ctx.out.show(&document, |_| {
        let files = count(usize::try_from(written.files).unwrap_or(usize::MAX), "file");
        format!(
            "{files}, {} bytes in {}\n",
            written.bytes,
            args.dir.display()
        )
    })?;
    Ok(ExitCode::Done)
}
