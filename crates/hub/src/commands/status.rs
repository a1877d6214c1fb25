//! `allot-hub status`.

use std::process::ExitCode;

use allot_proto::hub::{GetStatusRequest, GetStatusResponse};

use super::{
    Done, client, print, runtime,
    table::{pairs, table},
};
use crate::home::Home;

/// Says how the hub is doing.
pub(super) fn run(home: &Home, json: bool) -> Done {
    let status = runtime()?.block_on(async {
        let mut hub = client::connect(home).await?;
        let status = hub.get_status(GetStatusRequest {}).await?.into_inner();
        Ok::<_, super::CommandError>(status)
    })?;
    print(json, &status, || text(&status))?;
    Ok(ExitCode::SUCCESS)
}

fn text(status: &GetStatusResponse) -> String {
    let pending = status.pending_hub.as_ref().map(|hub| {
        format!(
            "waits to be accepted: {} of {} members have; keys {}",
            hub.accepted, hub.needed, hub.keys
        )
    });
    let mut text = pairs(&[
        ("federation", status.federation.clone()),
        ("genesis", status.genesis.clone()),
        ("address", status.address.clone()),
        ("CA fingerprint", status.ca.clone()),
        ("version", status.version.clone()),
        ("running since", status.started_at.clone()),
        ("log", format!("{} entries", status.log_size)),
        ("signed clock", status.signed_clock.clone()),
        (
            "witnessed by",
            format!(
                "{} of {} members; {} are needed",
                status.witnesses, status.members, status.witnesses_needed
            ),
        ),
        ("new hub", pending.unwrap_or_default()),
        ("issuer until", status.issuer_not_after.clone()),
        ("certificate until", status.certificate_not_after.clone()),
        ("problem", status.problem.clone()),
    ]);
    for (word, lines) in [("warning", &status.warnings), ("note", &status.notes)] {
        for line in lines {
            text.push_str(&pairs(&[(word, line.clone())]));
        }
    }
    let rows = status.agents.iter().map(|agent| {
        let name = format!("{}/{}", agent.collective, agent.agent);
        vec![name, agent.since.clone(), agent.version.clone()]
    });
    text.push('\n');
    text.push_str(&table(&["AGENT", "SINCE", "VERSION"], rows));
    text
}
