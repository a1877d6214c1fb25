//! Commands in simulated containers: they print and end as the container's variables say.

use std::time::Duration;

use super::objects::refused;
use super::world::World;
use crate::engine::{Command, CommandEnd, Result, TaskState, exec::Tail};

/// How commands in a container go, whatever they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Commands {
    /// Only a command with this text in an argument; any other ends well and says nothing.
    pub(super) only: String,
    /// What it prints.
    pub(super) stdout: String,
    /// Its exit code.
    pub(super) exit: i64,
    /// How long it takes.
    pub(super) takes: Duration,
}

impl World {
    /// How a command in this container ends, and after what time.
    pub(super) fn command(
        &self,
        container: &str,
        command: &Command,
    ) -> Result<(Duration, CommandEnd)> {
        let runs = self.tasks.values().find(|task| {
            task.container_id.as_deref() == Some(container)
                && matches!(task.state, TaskState::Starting | TaskState::Running)
        });
        let Some(task) = runs else {
            let what = format!("running a command in container {container}");
            return Err(refused(&what, &format!("No such container: {container}")));
        };
        let commands = &task.behaviour.commands;
        let meant = command.args.iter().any(|arg| arg.contains(&commands.only));
        if !meant {
            return Ok((
                Duration::ZERO,
                CommandEnd {
                    exit_code: Some(0),
                    output: Vec::new(),
                },
            ));
        }
        let mut tail = Tail::new(command.keep);
        if !commands.stdout.is_empty() {
            tail.push(commands.stdout.as_bytes());
            tail.push(b"\n");
        }
        let in_time = commands.takes <= command.limit;
        let end = CommandEnd {
            exit_code: in_time.then_some(commands.exit),
            output: tail.end(),
        };
        Ok((commands.takes.min(command.limit), end))
    }
}
