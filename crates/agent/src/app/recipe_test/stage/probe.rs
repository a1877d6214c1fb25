//! Asking the stack from outside. Only ports that it publishes itself are asked, and only on this server: a recipe cannot
//! make the agent speak to anything else.

use std::time::Duration;

use allot_recipe::EnvFile;
use bytes::Bytes;
use http::{Request, StatusCode, header::HOST};
use http_body_util::Empty;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout_at},
};

use super::Stage;
use crate::{
    app::{
        env::env_name,
        error::Result,
        recipe_test::{book::End, report::PhaseVerdict, setup::Probe},
    },
    engine::{EngineKind, ObservedService},
    limits::TEST_PROBE_TIME,
};

/// Pause between two tries.
const TRY_EVERY: Duration = Duration::from_millis(250);

/// How long one try may take.
const TRY_TIME: Duration = Duration::from_secs(10);

impl Stage {
    /// Tries each probe until it is answered as it should be.
    pub(in crate::app::recipe_test) async fn probe(&self) -> Result<End> {
        let probes = &self.subject.scripts.setup.probe;
        if probes.is_empty() {
            let text = "the recipe names no probe in tests/test.toml";
            return Ok(End::new(PhaseVerdict::Skipped, text));
        }
        if self.agent.engine.info().await?.kind == EngineKind::Sim {
            let text = "nothing listens on a simulated engine";
            return Ok(End::new(PhaseVerdict::Skipped, text));
        }
        let published = published(&self.agent.engine.services(&self.name).await?);
        let mut log = Vec::new();
        for probe in probes {
            match self.answered(probe, &published).await? {
                Ok(line) => log.push(line),
                Err(why) => return Ok(End::failed(why).with_log(log)),
            }
        }
        Ok(End::passed(format!("{} probes answered", probes.len())).with_log(log))
    }

    async fn answered(
        &self,
        probe: &Probe,
        published: &[u16],
    ) -> Result<std::result::Result<String, String>> {
        let port = self.port(&probe.port)?;
        let Some(port) = port.parse().ok().filter(|port| published.contains(port)) else {
            return Ok(Err(format!(
                "`{}` is {port}, which is no port that the stack publishes; those are {published:?}",
                probe.port
            )));
        };
        let deadline = Instant::now() + TEST_PROBE_TIME;
        loop {
            let end = deadline.min(Instant::now() + TRY_TIME);
            let tried = match timeout_at(end, attempt(port, probe, &self.name)).await {
                Ok(tried) => tried,
                Err(_) => Err("no answer in time".to_owned()),
            };
            match tried {
                Err(why) if Instant::now() > deadline => {
                    return Ok(Err(format!("port {port}: {why}")));
                }
                Err(_) => sleep(TRY_EVERY).await,
                Ok(line) => return Ok(Ok(line)),
            }
        }
    }

    /// A port as it is written, or the value of the variable that is.
    fn port(&self, written: &str) -> Result<String> {
        let variable = written
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        let Some(variable) = variable else {
            return Ok(written.to_owned());
        };
        let (app, env) = self.agent.env(&self.name, 0)?;
        let file = EnvFile::parse(&env_name(&app.name), &env.text)?;
        Ok(file.get(variable).unwrap_or("not set").to_owned())
    }
}

/// TCP ports that services publish.
fn published(services: &[ObservedService]) -> Vec<u16> {
    let ports = services
        .iter()
        .filter_map(|s| s.spec.endpoint_spec.as_ref()?.ports.as_ref())
        .flatten();
    ports
        .filter_map(|port| u16::try_from(port.published_port?).ok())
        .collect()
}

async fn attempt(port: u16, probe: &Probe, host: &str) -> std::result::Result<String, String> {
    let Some(path) = &probe.http else {
        let connected = TcpStream::connect(("127.0.0.1", port)).await;
        return connected
            .map(|_| format!("port {port} takes connections"))
            .map_err(|error| error.to_string());
    };
    let request = Request::get(format!("http://127.0.0.1:{port}{path}"))
        .header(HOST, host)
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client
        .request(request)
        .await
        .map_err(|error| root(&error))?;
    let status = answer.status();
    if fits(status, probe.status) {
        Ok(format!("GET {path} on port {port}: {status}"))
    } else {
        Err(format!("GET {path}: {status}"))
    }
}

fn fits(status: StatusCode, wanted: Option<u16>) -> bool {
    match wanted {
        Some(wanted) => status.as_u16() == wanted,
        None => status.as_u16() < 400,
    }
}

/// The innermost cause, which is the one that says something.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
