//! `tests/test.toml`: how a recipe wants to be tested.

use std::{collections::BTreeMap, net::TcpListener, time::Duration};

use serde::Deserialize;

use super::error::TestError;
use crate::limits::{TEST_PROBES, TEST_SCRIPT_TIME, TEST_VARIABLES};

/// Where it is.
pub(super) const FILE: &str = "tests/test.toml";

/// What stands for a free port of the server in a value of `[env]`; `${FREE_PORT_2}` and so on for more.
const FREE_PORT: &str = "FREE_PORT";

/// Most free ports that one test may ask for.
const FREE_PORTS: usize = 9;

/// How a recipe wants to be tested.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Setup {
    /// Whether the data must still be there after the previous release is deployed again.
    pub(super) rollback: Rollback,
    /// How long a script may take, seconds.
    script_seconds: Option<u64>,
    /// Variables of the throw-away app, over those of the sample.
    pub(super) env: BTreeMap<String, String>,
    /// What is asked from outside once the stack has converged.
    pub(super) probe: Vec<Probe>,
}

/// What is asked of the way back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Rollback {
    /// It is told whether the data is found, no more.
    #[default]
    MayLoseData,
    /// The test fails when the data is not found.
    MustKeepData,
}

/// A port that must answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Probe {
    /// A port that the stack publishes: a number, or a variable of the env such as `${HTTP_PORT}`.
    pub(super) port: String,
    /// Path that is asked for over HTTP; without one a connection is enough.
    pub(super) http: Option<String>,
    /// Status that is expected; without one any below 400.
    pub(super) status: Option<u16>,
}

impl Setup {
    /// Reads it.
    ///
    /// # Errors
    /// It is no such file.
    pub(super) fn parse(text: &str) -> Result<Self, TestError> {
        let setup: Self = toml::from_str(text).map_err(|error| bad(error.message()))?;
        if setup.env.len() > TEST_VARIABLES {
            return Err(bad(&format!(
                "it sets more than {TEST_VARIABLES} variables"
            )));
        }
        if setup.probe.len() > TEST_PROBES {
            return Err(bad(&format!("it has more than {TEST_PROBES} probes")));
        }
        let off = setup.probe.iter().filter_map(|probe| probe.http.as_ref());
        if let Some(path) = off.into_iter().find(|path| !path.starts_with('/')) {
            return Err(bad(&format!("the path `{path}` does not begin with `/`")));
        }
        Ok(setup)
    }

    /// How long a script may take.
    pub(super) fn script_time(&self) -> Duration {
        let wanted = self.script_seconds.map(Duration::from_secs);
        wanted.map_or(TEST_SCRIPT_TIME, |wanted| wanted.min(TEST_SCRIPT_TIME))
    }

    /// The variables, with free ports of this server put in.
    ///
    /// # Errors
    /// The system has no free port.
    pub(super) fn variables(&self) -> Result<BTreeMap<String, String>, TestError> {
        let ports = FreePorts::find(&self.env)?;
        let put_in = |value: &String| ports.put_in(value);
        Ok(self
            .env
            .iter()
            .map(|(name, value)| (name.clone(), put_in(value)))
            .collect())
    }
}

fn bad(why: &str) -> TestError {
    TestError::BadTests {
        path: FILE.to_owned(),
        why: why.to_owned(),
    }
}

/// Free ports by the text that stands for them.
struct FreePorts(Vec<(String, u16)>);

impl FreePorts {
    /// Finds a port for each text that is used. All are held until all are found, so that no two are the same.
    fn find(env: &BTreeMap<String, String>) -> Result<Self, TestError> {
        let mut held = Vec::new();
        for number in 1..=FREE_PORTS {
            let text = match number {
                1 => format!("${{{FREE_PORT}}}"),
                number => format!("${{{FREE_PORT}_{number}}}"),
            };
            if env.values().any(|value| value.contains(&text)) {
                let listener = TcpListener::bind(("0.0.0.0", 0))
                    .map_err(|error| bad(&format!("there is no free port: {error}")))?;
                held.push((text, listener));
            }
        }
        let ports = held.iter().map(|(text, listener)| {
            let address = listener
                .local_addr()
                .map_err(|error| bad(&error.to_string()))?;
            Ok((text.clone(), address.port()))
        });
        ports.collect::<Result<_, TestError>>().map(Self)
    }

    fn put_in(&self, value: &str) -> String {
        self.0.iter().fold(value.to_owned(), |value, (text, port)| {
            value.replace(text, &port.to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setup_is_read_whole_and_a_misspelt_one_is_refused() {
        let text = r#"
            rollback = "must-keep-data"
            script-seconds = 20
            [env]
            HTTP_PORT = "${FREE_PORT}"
            [[probe]]
            port = "${HTTP_PORT}"
            http = "/health"
            status = 204
            [[probe]]
            port = "25"
        "#;
        let setup = Setup::parse(text).unwrap();
        assert_eq!(setup.rollback, Rollback::MustKeepData);
        assert_eq!(setup.script_time(), Duration::from_secs(20));
        assert_eq!(setup.probe[0].status, Some(204));
        assert_eq!(setup.probe[1].http, None);
        assert_eq!(Setup::parse("").unwrap(), Setup::default());
        for bad in [
            "rollback = 1",
            "roll-back = \"must-keep-data\"",
            "[[probe]]\nhttp = \"/\"",
            "[[probe]]\nport = \"80\"\nhttp = \"http://elsewhere/\"",
            "[env]\nA = 1",
            "=",
        ] {
            assert_eq!(Setup::parse(bad).unwrap_err().code(), "AL-9503", "{bad}");
        }
    }

    #[test]
    fn free_ports_differ_and_one_text_is_one_port() {
        let setup = Setup::parse(
            "[env]\nA = \"${FREE_PORT}\"\nB = \"x:${FREE_PORT_2}:${FREE_PORT}\"\nC = \"plain\"",
        )
        .unwrap();
        let variables = setup.variables().unwrap();
        let a: u16 = variables["A"].parse().unwrap();
        let parts: Vec<&str> = variables["B"].split(':').collect();
        assert_eq!(parts[2], a.to_string());
        assert_ne!(parts[1].parse::<u16>().unwrap(), a);
        assert_eq!(variables["C"], "plain");
    }

    #[test]
    fn a_script_never_gets_more_time_than_the_bound() {
        let setup = Setup::parse("script-seconds = 999999999").unwrap();
        assert_eq!(setup.script_time(), TEST_SCRIPT_TIME);
    }
}
