//! How a simulated container behaves: the grammar that the module's page documents.

use std::time::Duration;

use bollard::models::TaskSpecContainerSpec;

use super::exec::Commands;

/// How long a container lives that says only how it ends.
const EXIT_AFTER: Duration = Duration::from_millis(100);
/// How long a slow image takes to arrive.
const SLOW_PULL: Duration = Duration::from_secs(30);

/// What a container will do, read from its image and environment once when its task is made.
#[derive(Debug, Clone, Default)]
pub(super) struct Behaviour {
    /// The image is nowhere to be found.
    pub(super) missing: bool,
    /// The command is not in the image.
    pub(super) bad_command: bool,
    /// Time for the image to arrive.
    pub(super) pull: Duration,
    /// Time from start to a running process.
    pub(super) start: Duration,
    /// When, after it runs, and how the process ends by itself.
    pub(super) exit: Option<(Duration, i64)>,
    /// When, after it runs, the health check begins to pass; `None` for never.
    pub(super) healthy_after: Option<Duration>,
    /// How long the process takes to end when asked.
    pub(super) stop: Duration,
    /// Exit code of a process that was asked to end; 143 for one that SIGTERM kills.
    pub(super) stop_exit: i64,
    /// Lines written once it runs.
    pub(super) stdout: Vec<String>,
    /// Lines written to standard error once it runs.
    pub(super) stderr: Vec<String>,
    /// What a failing health check prints.
    pub(super) health_output: String,
    /// How commands that are run in the container go.
    pub(super) commands: Commands,
}

impl Behaviour {
    /// Reads the image's name first, then the `SIM_*` variables, which have the last word.
    pub(super) fn read(container: &TaskSpecContainerSpec) -> Self {
        let image = container.image.as_deref().unwrap_or_default();
        let mut behaviour = Self::of_image(image);
        for variable in container.env.iter().flatten() {
            if let Some((name, value)) = variable.split_once('=')
                && let Some(name) = name.strip_prefix("SIM_")
            {
                behaviour.set(name, value);
            }
        }
        behaviour
    }

    fn of_image(image: &str) -> Self {
        let mut behaviour = Self {
            healthy_after: Some(Duration::ZERO),
            stop: Duration::from_millis(20),
            stop_exit: 143,
            health_output: "simulated check failed".to_owned(),
            ..Self::default()
        };
        let name = image.split(['@', ':']).next().unwrap_or_default();
        match name.strip_prefix("sim/") {
            Some("missing") => behaviour.missing = true,
            Some("badcommand") => behaviour.bad_command = true,
            Some("slow") => behaviour.pull = SLOW_PULL,
            Some("crash") => behaviour.exit = Some((EXIT_AFTER, 1)),
            Some("done") => behaviour.exit = Some((EXIT_AFTER, 0)),
            Some("unhealthy") => behaviour.healthy_after = None,
            _ => {}
        }
        behaviour
    }

    /// A value that cannot be read changes nothing: a typo must not break a demo.
    fn set(&mut self, name: &str, value: &str) {
        let millis = value.parse().ok().map(Duration::from_millis);
        match (name, millis) {
            ("MISSING", _) => self.missing = value == "1",
            ("BAD_COMMAND", _) => self.bad_command = value == "1",
            ("STDOUT", _) => self.stdout.push(value.to_owned()),
            ("STDERR", _) => self.stderr.push(value.to_owned()),
            ("HEALTH_OUTPUT", _) => value.clone_into(&mut self.health_output),
            ("EXEC_ONLY", _) => value.clone_into(&mut self.commands.only),
            ("EXEC_STDOUT", _) => value.clone_into(&mut self.commands.stdout),
            ("EXEC_EXIT", _) => self.commands.exit = value.parse().unwrap_or_default(),
            ("EXEC_MS", Some(takes)) => self.commands.takes = takes,
            ("HEALTHY_AFTER_MS", None) if value == "never" => self.healthy_after = None,
            ("HEALTHY_AFTER_MS", Some(after)) => self.healthy_after = Some(after),
            ("PULL_MS", Some(pull)) => self.pull = pull,
            ("START_MS", Some(start)) => self.start = start,
            ("STOP_MS", Some(stop)) => self.stop = stop,
            ("STOP_EXIT", _) => self.stop_exit = value.parse().unwrap_or(self.stop_exit),
            ("EXIT", _) => {
                if let Ok(code) = value.parse() {
                    let after = self.exit.map_or(EXIT_AFTER, |(after, _)| after);
                    self.exit = Some((after, code));
                }
            }
            ("EXIT_AFTER_MS", Some(after)) => {
                self.exit = Some((after, self.exit.map_or(0, |(_, code)| code)));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(image: &str, env: &[&str]) -> Behaviour {
        Behaviour::read(&TaskSpecContainerSpec {
            image: Some(image.to_owned()),
            env: Some(env.iter().map(|&line| line.to_owned()).collect()),
            ..Default::default()
        })
    }

    #[test]
    fn an_unknown_image_just_runs() {
        let plain = read("nginx:1.27", &["A=b", "SIM_START_MS=soon"]);
        assert!(!plain.missing && plain.exit.is_none());
        assert_eq!(plain.healthy_after, Some(Duration::ZERO));
        assert_eq!(plain.start, Duration::ZERO);
    }

    #[test]
    fn variables_have_the_last_word_over_the_image() {
        let crash = read("sim/crash:2@sha256:1", &["SIM_EXIT_AFTER_MS=7"]);
        assert_eq!(crash.exit, Some((Duration::from_millis(7), 1)));
        let calm = read("sim/unhealthy", &["SIM_HEALTHY_AFTER_MS=5"]);
        assert_eq!(calm.healthy_after, Some(Duration::from_millis(5)));
    }
}
