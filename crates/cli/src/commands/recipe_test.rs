//! `allot recipe test`: watches a test in the agent to its report. Ctrl-C has it stop and clear up.

use std::{
    fs,
    path::{Path, PathBuf},
};

use allot_proto::agent::{
    CleanTestsRequest, SignTestReportRequest, StopTestRequest, TestEnded, TestEvent, TestPhase,
    TestRecipeRequest, TestStarted, test_event::Event,
};
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_stream::StreamExt as _;
use tonic::Streaming;

use super::{federation_status, recorded};
use crate::{
    args::recipe::TestArgs,
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    images,
    prompt::unreadable,
    render::{junit, recipe_test as view, text::visible},
};

/// The JSON form of how it ended.
#[derive(Serialize)]
struct Ended<'a> {
    sha256: &'a str,
    report: serde_json::Value,
}

/// Tests a recipe, or removes what tests left.
pub async fn run(args: TestArgs, ctx: &Context) -> Result<ExitCode, CliError> {
    let agent = ctx.agent().await?;
    if args.clean {
        return clean(&agent, ctx, args.everything).await;
    }
    // What would stop it at its end is told before its beginning: a test takes minutes.
    if args.sign {
        federation_status::for_signing(ctx, &agent).await?;
    }
    if let Some(file) = &args.junit {
        fs::File::create(file).map_err(|source| unwritable(file, source))?;
    }
    let request = TestRecipeRequest {
        recipe: place(&args.recipe)?,
        version: args.version.unwrap_or_default(),
        from: args.from.unwrap_or_default(),
        offline: args.offline,
        set: args.set.into_iter().collect(),
    };
    if let Some(folder) = &args.images {
        images::load(&agent, folder, |line| ctx.out.talk(line)).await?;
    }
    let events = agent.tests().test_recipe(request).await?.into_inner();
    let mut watched = Watched::new(ctx, &agent);
    let Some(ended) = watched.follow(events).await? else {
        return Ok(ExitCode::Interrupted);
    };
    watched.show(&ended)?;
    if let Some(file) = &args.junit {
        watched.write_junit(file)?;
    }
    if args.sign && ended.verdict != "interrupted" {
        let sha256 = ended.sha256.clone();
        let request = SignTestReportRequest { sha256 };
        let answer = agent.tests().sign_test_report(request).await?.into_inner();
        recorded::show(ctx, &answer)?;
    }
    Ok(match ended.verdict.as_str() {
        "passed" => ExitCode::Done,
        "interrupted" => ExitCode::Interrupted,
        _ => ExitCode::Failed,
    })
}

async fn clean(agent: &Agent, ctx: &Context, everything: bool) -> Result<ExitCode, CliError> {
    let request = CleanTestsRequest { everything };
    let answer = agent.tests().clean_tests(request).await?.into_inner();
    ctx.out.show(&answer, |answer| {
        let removed = answer.removed.iter();
        removed.map(|name| format!("{}\n", visible(name))).collect()
    })?;
    if answer.removed.is_empty() {
        ctx.out.talk("no test left anything\n");
    }
    Ok(ExitCode::Done)
}

fn unwritable(file: &Path, source: std::io::Error) -> CliError {
    CliError::Output {
        what: file.display().to_string(),
        source,
    }
}

/// A folder is named to the agent by its whole path: it does not stand where this command was typed. A name without a
/// slash is a recipe's, even if a folder is called so.
fn place(recipe: &str) -> Result<String, CliError> {
    let is_folder = recipe == "." || recipe == ".." || recipe.contains('/');
    if !is_folder || recipe.contains("://") || !Path::new(recipe).is_dir() {
        return Ok(recipe.to_owned());
    }
    let path = Path::new(recipe)
        .canonicalize()
        .map_err(|error| unreadable(recipe, error))?;
    top(path)
        .into_os_string()
        .into_string()
        .map_err(|_| unreadable(recipe, "its path is no UTF-8"))
}

/// The repository that a folder is in.
fn top(path: PathBuf) -> PathBuf {
    let repository = path.ancestors().find(|folder| folder.join(".git").exists());
    repository.map_or_else(|| path.clone(), Path::to_owned)
}

/// A test that is watched.
struct Watched<'a> {
    ctx: &'a Context,
    agent: &'a Agent,
    started: TestStarted,
    phases: Vec<TestPhase>,
}

impl<'a> Watched<'a> {
    fn new(ctx: &'a Context, agent: &'a Agent) -> Self {
        Self {
            ctx,
            agent,
            started: TestStarted::default(),
            phases: Vec::new(),
        }
    }

    /// Follows it to its report; `None` when Ctrl-C was pressed a second time.
    async fn follow(
        &mut self,
        mut events: Streaming<TestEvent>,
    ) -> Result<Option<TestEnded>, CliError> {
        let mut stopping = false;
        let mut interrupts = Interrupts::new();
        loop {
            tokio::select! {
                event = events.next() => {
                    let event = event.ok_or(CliError::Incomplete { what: "report" })??;
                    if let Some(ended) = self.event(event) {
                        return Ok(Some(ended));
                    }
                }
                () = interrupts.next() => {
                    if stopping {
                        self.ctx.out.talk("the agent goes on clearing up by itself\n");
                        return Ok(None);
                    }
                    stopping = true;
                    self.stop().await?;
                }
            }
        }
    }

    async fn stop(&self) -> Result<(), CliError> {
        self.ctx.out.talk(
            "\nstopping: the throw-away stack is removed; Ctrl-C again leaves that to the agent\n",
        );
        let run = self.started.run.clone();
        self.agent
            .tests()
            .stop_test(StopTestRequest { run })
            .await?;
        Ok(())
    }

    /// Shows an event; gives the end back when it is one.
    fn event(&mut self, event: TestEvent) -> Option<TestEnded> {
        let (out, style) = (&self.ctx.out, self.ctx.out.talk);
        match event.event? {
            Event::Started(started) => {
                out.talk(&view::started(style, &started));
                self.started = started;
            }
            Event::Phase(name) => out.talk(&view::begins(style, &name)),
            Event::Line(text) => out.talk(&view::line(style, &text)),
            Event::Ended(phase) => {
                out.talk(&view::ended(style, &phase));
                self.phases.push(phase);
            }
            Event::Report(ended) => return Some(ended),
        }
        None
    }

    fn write_junit(&self, file: &Path) -> Result<(), CliError> {
        let candidate = self.started.candidate.as_ref();
        let release = candidate.map(view::release).unwrap_or_default();
        let suite = format!("{} {release}", self.started.recipe);
        let xml = junit::junit(&suite, &self.phases)
            .map_err(|error| unwritable(file, std::io::Error::other(error)))?;
        fs::write(file, xml).map_err(|source| unwritable(file, source))
    }

    fn show(&self, ended: &TestEnded) -> Result<(), CliError> {
        let out = &self.ctx.out;
        if out.json {
            let report = serde_json::from_slice(&ended.report)
                .map_err(|error| unreadable("the agent's report", error))?;
            return out.document(&Ended {
                sha256: &ended.sha256,
                report,
            });
        }
        out.data(&view::phases(out.data, &self.phases))?;
        out.talk(&format!(
            "\n{}: report {}\n",
            view::verdict(out.talk, &ended.verdict),
            visible(&ended.sha256)
        ));
        Ok(())
    }
}

/// Ctrl-C, counted from the beginning so that none is missed; where the signal cannot be caught, never.
struct Interrupts(Option<Signal>);

impl Interrupts {
    fn new() -> Self {
        Self(signal(SignalKind::interrupt()).ok())
    }

    async fn next(&mut self) {
        let caught = match &mut self.0 {
            Some(signal) => signal.recv().await,
            None => None,
        };
        if caught.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_whole_and_a_name_stays_a_name() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("recipe/.git")).unwrap();
        fs::create_dir_all(root.join("recipe/tests")).unwrap();
        let inner = root.join("recipe/tests");
        let placed = place(inner.to_str().unwrap()).unwrap();
        assert_eq!(placed, root.join("recipe").to_str().unwrap());
        for name in [
            "guestbook",
            "https://git.example.org/a/b.git",
            "/nonexistent/a",
        ] {
            assert_eq!(place(name).unwrap(), name);
        }
    }
}
