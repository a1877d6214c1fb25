//! `allot app logs`

use allot_proto::agent::StreamLogsRequest;
use tokio_stream::StreamExt as _;

use crate::{
    args::app::LogsArgs, context::Context, error::CliError, exit::ExitCode, render::logs::LogLines,
};

/// Prints log lines as they come; ends when the reader of stdout goes away.
pub async fn run(args: LogsArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let request = StreamLogsRequest {
        app: args.domain,
        services: args.services,
        follow: args.follow,
        tail: args.tail,
        since: args.since.unwrap_or_default(),
        stderr_only: args.stderr,
    };
    let answer = ctx.agent().await?.apps().stream_logs(request).await?;
    let mut stream = answer.into_inner();
    let mut lines = LogLines::default();
    while let Some(line) = stream.next().await {
        let line = line?;
        ctx.out.show(&line, |l| lines.line(ctx.out.data, l))?;
        if ctx.out.closed() {
            break;
        }
    }
    Ok(ExitCode::Done)
}
