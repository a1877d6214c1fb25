//! Apply a plan, watch it to its verdict, and turn that into output and an exit code. Ctrl-C stops the
//! watching only: the operation belongs to the agent.

use std::{
    io::{self, IsTerminal as _},
    pin::{Pin, pin},
};

use allot_proto::{
    RemoteError,
    agent::{
        ApplyPlanRequest, AttachOperationRequest, OperationEvent, Plan, PlanKind, Verdict,
        operation_event::Event,
    },
};
use serde::Serialize;
use tokio_stream::StreamExt as _;
use tonic::Streaming;

use crate::{
    client::Agent,
    context::Context,
    error::CliError,
    exit::ExitCode,
    prompt,
    render::{self, events::PlainLines, live::Live, plan::noun, text::visible, verdict},
};

/// The first line of an operation's JSON.
#[derive(Serialize)]
struct PlanLine<'a> {
    plan: &'a Plan,
}

/// Shows `plan`, asks, applies it and watches.
///
/// # Errors
/// The plan's blockers, a missing or negative confirmation, the agent's errors, and a verdict that is no
/// success.
pub async fn carry_out(
    ctx: &Context,
    agent: &Agent,
    mut plan: Plan,
    yes: bool,
    warning: &str,
) -> Result<ExitCode, CliError> {
    let asks = plan.has_changes && !yes && !ctx.no_input;
    if ctx.out.json {
        ctx.out.document(&PlanLine { plan: &plan })?;
    }
    // What blocks the plan is reported as errors, so the plan itself need not say it too.
    let blockers = std::mem::take(&mut plan.blockers);
    if !ctx.out.json || (asks && ctx.can_ask()) {
        ctx.out.say(&render::plan::plan(ctx.out.talk, &plan));
    }
    if !blockers.is_empty() {
        return Err(CliError::Blocked { blockers });
    }
    let what = format!("the {} of {}", noun(plan.kind()), plan.app);
    if asks {
        let question = format!("{warning}Apply this plan?");
        prompt::confirm(ctx, yes, &what, &question)?;
    }
    let request = ApplyPlanRequest {
        app: plan.app.clone(),
        hash: plan.hash,
    };
    // From here on the agent may have begun, so Ctrl-C must say so instead of just ending.
    let (app, simulated) = (plan.app, plan.engine == "sim");
    let mut interrupt = pin!(interrupted());
    let mut apps = agent.apps();
    let answer = tokio::select! {
        answer = apps.apply_plan(request) => answer?,
        () = &mut interrupt => return detach(ctx, &app, None),
    };
    let watcher = Watcher::new(ctx, app, simulated);
    watch(watcher, answer.into_inner(), interrupt).await
}

/// Watches an operation that was started before.
///
/// # Errors
/// The agent's errors, and a verdict that is no success.
pub async fn attach(ctx: &Context, agent: &Agent, operation: String) -> Result<ExitCode, CliError> {
    let request = AttachOperationRequest { operation };
    let interrupt = pin!(interrupted());
    let answer = agent.apps().attach_operation(request).await?;
    let watcher = Watcher::new(ctx, String::new(), false);
    watch(watcher, answer.into_inner(), interrupt).await
}

/// Follows events to the verdict, or to Ctrl-C.
async fn watch(
    mut watcher: Watcher<'_>,
    mut events: Streaming<OperationEvent>,
    mut interrupt: Pin<&mut impl Future<Output = ()>>,
) -> Result<ExitCode, CliError> {
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) => {
                    if let Some(verdict) = watcher.event(event)? {
                        return watcher.end(&verdict);
                    }
                }
                Some(Err(status)) => return Err(watcher.lost(Some(status))),
                None => return Err(watcher.lost(None)),
            },
            () = &mut interrupt => {
                watcher.view.end();
                return detach(watcher.ctx, &watcher.app, watcher.operation.as_deref());
            }
        }
    }
}

/// Resolves at Ctrl-C; where the signal cannot be caught, never.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn detach(ctx: &Context, app: &str, operation: Option<&str>) -> Result<ExitCode, CliError> {
    if ctx.out.json {
        let line = serde_json::json!({ "detached": { "app": app, "operation": operation } });
        ctx.out.document(&line)?;
    }
    let mut text = "\ndetached: the operation goes on in the agent\n".to_owned();
    if let Some(id) = operation {
        text.push_str(&format!(
            "help: look again with `allot app deploy --attach {id}`\n"
        ));
    }
    if !app.is_empty() {
        text.push_str(&format!(
            "help: see what became of it with `allot app history {app}`\n"
        ));
    }
    ctx.out.talk(&text);
    Ok(ExitCode::Interrupted)
}

/// How progress is shown.
enum View {
    /// JSON on stdout, nothing on stderr.
    Json,
    /// A line a change.
    Plain(PlainLines),
    /// Rewritten in place.
    Live(Live),
}

impl View {
    fn end(&mut self) {
        if let Self::Live(live) = self {
            live.end();
        }
    }
}

/// What is known of the operation that is watched.
struct Watcher<'a> {
    ctx: &'a Context,
    view: View,
    app: String,
    simulated: bool,
    kind: PlanKind,
    operation: Option<String>,
}

impl<'a> Watcher<'a> {
    fn new(ctx: &'a Context, app: String, simulated: bool) -> Self {
        let view = if ctx.out.json {
            View::Json
        } else if io::stderr().is_terminal() {
            View::Live(Live::new(ctx.out.talk))
        } else {
            View::Plain(PlainLines::default())
        };
        Self {
            ctx,
            view,
            app,
            simulated,
            kind: PlanKind::Unspecified,
            operation: None,
        }
    }

    /// Shows an event; gives the verdict back when it is one.
    fn event(&mut self, event: OperationEvent) -> Result<Option<Verdict>, CliError> {
        if let Some(Event::Started(started)) = &event.event {
            self.operation = Some(started.operation.clone());
            self.app.clone_from(&started.app);
            self.kind = started.kind();
        }
        match &mut self.view {
            View::Json => self.ctx.out.document(&event)?,
            View::Live(live) => live.event(&event),
            View::Plain(lines) => {
                if let Some(line) = lines.line(&event) {
                    self.ctx.out.say(&line);
                }
            }
        }
        match event.event {
            Some(Event::Failure(failure)) => {
                self.view.end();
                let text = verdict::failure(self.ctx.out.talk, &failure);
                self.ctx.out.talk(&text);
                Ok(None)
            }
            Some(Event::Verdict(verdict)) => Ok(Some(verdict)),
            _ => Ok(None),
        }
    }

    /// Shows the verdict.
    fn end(mut self, verdict: &Verdict) -> Result<ExitCode, CliError> {
        self.view.end();
        let out = &self.ctx.out;
        out.talk(&verdict::services(out.talk, verdict));
        if !out.json {
            out.data(&verdict::line(out.data, verdict, self.simulated))?;
        }
        let exit = verdict::exit(verdict.outcome());
        if exit == ExitCode::Done {
            if !verdict.help.is_empty() {
                out.talk(&format!("help: {}\n", visible(&verdict.help)));
            }
            return Ok(exit);
        }
        Err(CliError::Verdict {
            what: format!("{} of {}", noun(self.kind), self.app),
            outcome: verdict::word(verdict.outcome()).to_owned(),
            code: verdict.code.clone(),
            help: Some(verdict.help.clone()).filter(|help| !help.is_empty()),
            exit,
        })
    }

    fn lost(mut self, status: Option<tonic::Status>) -> CliError {
        self.view.end();
        let source = status.map(RemoteError::from);
        match source {
            // An error with a code is the agent's own word, not a broken connection.
            Some(error) if !error.code.is_empty() => CliError::Remote(error),
            source => CliError::Lost {
                app: if self.app.is_empty() {
                    "an operation".into()
                } else {
                    self.app
                },
                operation: self.operation,
                source: source.map(Box::new),
            },
        }
    }
}
