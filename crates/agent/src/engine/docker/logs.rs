//! Log lines, each with the task that wrote it.

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptions;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::DockerEngine;
use super::call::Call;
use super::streams::open;
use crate::engine::{
    LogLine, LogQuery, LogStream, LogTarget, MAX_LOG_LINE, ObjectKind, Result, text::cut,
};

/// Attribute of a line that names its task.
const TASK_ID: &str = "com.docker.swarm.task.id=";
/// Lines that are held back to be put in order, at most; longer logs are passed on as they come.
const MAX_SORTED: u32 = 10_000;

impl DockerEngine {
    pub(super) async fn open_logs(
        &self,
        query: &LogQuery,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        let (docker, answered) = self.connection.streaming_client().await?;
        let options = Some(LogsOptions {
            follow: query.follow,
            stdout: query.stdout,
            stderr: query.stderr,
            since: query
                .since
                .and_then(|since| since.try_into().ok())
                .unwrap_or_default(),
            until: 0,
            timestamps: true,
            tail: query
                .tail
                .map_or_else(|| "all".to_owned(), |tail| tail.to_string()),
        });
        let endpoint = self.connection.endpoint().to_owned();
        let deadline = self.connection.timeouts().call;
        let (what, opened) = match &query.target {
            LogTarget::Service(id) => {
                let call = Call::about(&endpoint, "reading the log of", ObjectKind::Service, id);
                let what = call.what().to_owned();
                let requested = docker.service_logs(id, options);
                (what, open(&call, deadline, requested, answered).await)
            }
            LogTarget::Task(id) => {
                let what = format!("reading the log of task {id}");
                let call = Call::new(&endpoint, what.clone());
                let requested = docker.task_logs(id, options);
                (what, open(&call, deadline, requested, answered).await)
            }
        };
        let lines = self
            .noted(opened)?
            .map_ok(line)
            .map_err(move |error| Call::new(&endpoint, what.clone()).error(error))
            .boxed();
        match query.tail {
            Some(tail) if !query.follow && tail <= MAX_SORTED => in_order(lines).await,
            _ => Ok(lines),
        }
    }
}

/// The engine sends each task's lines in order, but tasks and streams side by side.
async fn in_order(
    lines: BoxStream<'static, Result<LogLine>>,
) -> Result<BoxStream<'static, Result<LogLine>>> {
    let mut lines: Vec<LogLine> = lines.try_collect().await?;
    lines.sort_by(|a, b| a.timestamp.cmp(&b.timestamp));
    Ok(stream::iter(lines.into_iter().map(Ok)).boxed())
}

fn line(output: LogOutput) -> LogLine {
    let stream = match output {
        LogOutput::StdErr { .. } => LogStream::Stderr,
        _ => LogStream::Stdout,
    };
    parse(stream, output.into_bytes())
}

/// `<timestamp> <key=value,key=value> <text>`; either of the first two may be missing.
fn parse(stream: LogStream, bytes: Bytes) -> LogLine {
    let whole = String::from_utf8_lossy(&bytes);
    let mut rest = whole.trim_end_matches(['\n', '\r']);
    let mut timestamp = "";
    let mut task_id = None;
    if let Some((first, after)) = rest.split_once(' ')
        && first.ends_with('Z')
        && first.contains('T')
    {
        (timestamp, rest) = (first, after);
    }
    let (details, after) = rest.split_once(' ').unwrap_or((rest, ""));
    if let Some(id) = details
        .split(',')
        .find_map(|detail| detail.strip_prefix(TASK_ID))
    {
        task_id = Some(id.to_owned());
        rest = after;
    }
    LogLine {
        task_id,
        timestamp: timestamp.to_owned(),
        stream,
        text: cut(rest, MAX_LOG_LINE).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_task_and_keeps_its_text() {
        let bytes = "2026-11-23T22:03:46.755359356Z com.docker.swarm.node.id=n,com.docker.swarm.service.id=s,com.docker.swarm.task.id=t  two  spaces\n";
        let line = parse(LogStream::Stderr, Bytes::from_static(bytes.as_bytes()));
        assert_eq!(line.task_id.as_deref(), Some("t"));
        assert_eq!(line.timestamp, "2026-11-23T22:03:46.755359356Z");
        assert_eq!(line.text, " two  spaces");
    }

    #[test]
    fn an_empty_line_and_a_long_line_are_lines() {
        let empty = Bytes::from_static(b"2026-11-23T22:03:46Z com.docker.swarm.task.id=t \n");
        assert_eq!(parse(LogStream::Stdout, empty).text, "");
        let long = Bytes::from("\u{e9}".repeat(MAX_LOG_LINE));
        let text = parse(LogStream::Stdout, long).text;
        assert!(text.len() <= MAX_LOG_LINE && text.ends_with('\u{e9}'));
    }
}
