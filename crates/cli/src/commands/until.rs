//! Until when votes count on what is about to be opened, and who has one.

use allot_proto::agent::FederationStatus;
use jiff::Timestamp;

use crate::{
    args::proposal::DeadlineArgs,
    deadline,
    render::{
        intent::Intent,
        text::{count, left, time},
    },
};

/// A deadline, and what the federation's rules say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Until {
    /// `None` leaves it to the agent, whose rules are not known here.
    deadline: Option<Timestamp>,
    usual: u32,
    voters: u32,
    now: Timestamp,
}

impl Until {
    /// What was asked for, else the rules' days from `now`.
    #[must_use]
    pub fn of(args: &DeadlineArgs, status: &FederationStatus, now: Timestamp) -> Self {
        let usual = Some(status.days_open).filter(|days| *days > 0);
        let days = args.days.or(usual);
        Self {
            deadline: args.deadline.or_else(|| deadline::after(days?, now)),
            usual: status.days_open,
            voters: status.electorate,
            now,
        }
    }

    /// As it is sent.
    #[must_use]
    pub fn message(&self) -> String {
        self.deadline.map(|at| at.to_string()).unwrap_or_default()
    }

    /// Tells the deadline and the voters, and warns of a short one.
    #[must_use]
    pub fn told(&self, intent: Intent) -> Intent {
        let voters = match self.voters {
            0 => String::new(),
            n => count(usize::try_from(n).unwrap_or(usize::MAX), "member"),
        };
        let intent = intent.row("deadline", self.shown()).row("may vote", voters);
        match self.deadline {
            Some(at) if deadline::is_short(at, self.usual, self.now) => intent.warning(format!(
                "the rules' {} days are not kept: the deadline is nearer, and everybody is told",
                self.usual
            )),
            _ => intent,
        }
    }

    fn shown(&self) -> String {
        match self.message().as_str() {
            "" => "after the rules' days".to_owned(),
            at => format!("{}, {}", time(at), left(at, self.now)),
        }
    }
}
