//! Commands in containers of this node, and images that come as an archive.

use std::time::Duration;

use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use bollard::query_parameters::ImportImageOptions;
use futures::StreamExt as _;

use super::DockerEngine;
use super::call::Call;
use crate::engine::{Archive, Command, CommandEnd, EngineError, Result, exec::Tail};

/// How long after the end of its output a command may take to be known as ended.
const ENDING: Duration = Duration::from_secs(5);
/// How often to ask for that.
const ASK_EVERY: Duration = Duration::from_millis(50);

impl DockerEngine {
    pub(super) async fn run_in(&self, container: &str, command: &Command) -> Result<CommandEnd> {
        let docker = self.connection.client().await?;
        let what = format!("running a command in container {container}");
        let wanted = CreateExecOptions {
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            env: Some(command.env.clone()),
            cmd: Some(command.args.clone()),
            ..CreateExecOptions::default()
        };
        let id = self
            .ask(&what, docker.create_exec(container, wanted))
            .await?
            .id;
        let began = tokio::time::Instant::now();
        let attached = StartExecOptions {
            detach: false,
            ..StartExecOptions::default()
        };
        let started = self
            .ask(&what, docker.start_exec(&id, Some(attached)))
            .await?;
        let mut tail = Tail::new(command.keep);
        if let StartExecResults::Attached { mut output, .. } = started {
            let reading = async {
                while let Some(piece) = output.next().await {
                    let piece = piece.map_err(|error| self.failed(&what, error))?;
                    tail.push(&piece.into_bytes());
                }
                Ok::<(), EngineError>(())
            };
            let left = command.limit.saturating_sub(began.elapsed());
            match tokio::time::timeout(left, reading).await {
                Ok(read) => self.noted(read)?,
                Err(_) => return Ok(late(tail)),
            }
        }
        // The output ends a moment before the engine knows the exit code; a command that put itself into the
        // background has no output any more and still runs.
        let left = command.limit.saturating_sub(began.elapsed()).max(ENDING);
        let deadline = tokio::time::Instant::now() + left;
        loop {
            let ended = self.ask(&what, docker.inspect_exec(&id)).await?;
            if ended.running != Some(true) {
                return Ok(CommandEnd {
                    exit_code: ended.exit_code,
                    output: tail.end(),
                });
            }
            if tokio::time::Instant::now() > deadline {
                return Ok(late(tail));
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    pub(super) async fn id_of_image(&self, reference: &str) -> Result<Option<String>> {
        let docker = self.connection.client().await?;
        let what = format!("looking for the image {reference}");
        match self.ask(&what, docker.inspect_image(reference)).await {
            Ok(image) => Ok(image.id),
            Err(EngineError::Refused { reason, .. }) if reason.contains("No such image") => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Each piece of the engine's answer has the time of one call; the whole takes as long as the archive is large.
    pub(super) async fn take_images(&self, archive: Archive) -> Result<()> {
        let docker = self.connection.client().await?;
        let what = "loading images";
        let options = ImportImageOptions {
            quiet: true,
            ..ImportImageOptions::default()
        };
        let mut answers = std::pin::pin!(docker.import_image_stream(options, archive, None));
        while let Some(answer) = answers.next().await {
            answer.map_err(|error| self.failed(what, error))?;
        }
        Ok(())
    }

    fn failed(&self, what: &str, error: bollard::errors::Error) -> EngineError {
        let error = Call::new(self.connection.endpoint(), what).error(error);
        self.connection.note(&error);
        error
    }
}

/// A command whose time was over.
fn late(tail: Tail) -> CommandEnd {
    CommandEnd {
        exit_code: None,
        output: tail.end(),
    }
}
