//! An operation's progress as plain lines: one for each change, none twice, each with the time since the
//! operation began. For logs, pipes and terminals alike.

use std::collections::HashMap;

use allot_proto::agent::{
    Action, OperationEvent, OperationStarted, ServiceProgress, StepEvent, operation_event::Event,
};
use jiff::Timestamp;

use super::{plan::noun, text::visible};

/// Turns events into lines.
#[derive(Debug, Default)]
pub struct PlainLines {
    began: Option<Timestamp>,
    last: HashMap<String, String>,
}

impl PlainLines {
    /// The line for `event`, if it says something new. Failures and the verdict have views of their own.
    pub fn line(&mut self, event: &OperationEvent) -> Option<String> {
        let at = event.at.parse::<Timestamp>().ok();
        if self.began.is_none() {
            self.began = at;
        }
        let text = match event.event.as_ref()? {
            Event::Started(started) => begun(started),
            Event::Step(step) => self::step(step)?,
            Event::Progress(progress) => {
                let text = format!(
                    "{}  {}",
                    visible(&progress.service),
                    self::progress(progress)
                );
                if self.last.get(&progress.service) == Some(&text) {
                    return None;
                }
                self.last.insert(progress.service.clone(), text.clone());
                text
            }
            Event::Failure(_) | Event::Verdict(_) => return None,
        };
        Some(format!("{:>8}  {text}\n", self.since(at)))
    }

    fn since(&self, at: Option<Timestamp>) -> String {
        match (self.began, at) {
            (Some(began), Some(at)) => {
                let ms = at.duration_since(began).as_millis().max(0);
                format!("+{}.{}s", ms / 1000, ms % 1000 / 100)
            }
            _ => String::new(),
        }
    }
}

/// The sentence with which an operation begins.
#[must_use]
pub fn begun(started: &OperationStarted) -> String {
    let version = match started.version.as_str() {
        "" => String::new(),
        version => format!(" {}", visible(version)),
    };
    format!(
        "{} of {}{version} began (operation {}, by {})",
        noun(started.kind()),
        visible(&started.app),
        visible(&started.operation),
        visible(&started.actor)
    )
}

/// What was done to one object; `None` for what stayed as it was.
#[must_use]
pub fn step(step: &StepEvent) -> Option<String> {
    let done = match step.action() {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Remove => "removed",
        Action::Missing => "missing",
        Action::Unchanged => return None,
        Action::Unspecified => "done",
    };
    let detail = match step.detail.as_str() {
        "" => String::new(),
        detail => format!(" ({})", visible(detail)),
    };
    Some(format!(
        "{} {} {done}{detail}",
        visible(&step.kind),
        visible(&step.name)
    ))
}

/// How far one service is: tasks, state, update state, failures, last error.
#[must_use]
pub fn progress(progress: &ServiceProgress) -> String {
    let mut text = format!(
        "{}/{}  {}",
        progress.running,
        progress.wanted,
        visible(&progress.state)
    );
    if !progress.update_state.is_empty() && !progress.settled {
        text.push_str(&format!(", update {}", visible(&progress.update_state)));
    }
    if progress.failures > 0 {
        let times = if progress.failures == 1 {
            "time"
        } else {
            "times"
        };
        text.push_str(&format!(", failed {} {times}", progress.failures));
    }
    if !progress.last_error.is_empty() {
        text.push_str(&format!(", last error: {}", visible(&progress.last_error)));
    }
    text
}
