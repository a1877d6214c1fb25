//! `allot-hub status`.

use std::{collections::BTreeMap, process::ExitCode};

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
    text.push('\n');
    text.push_str(&table(
        &["AGENT", "CONNECTED", "VERSION", "CERTIFICATE UNTIL"],
        agents(status),
    ));
    text
}

/// Everybody who has a certificate, and whether they are there.
fn agents(status: &GetStatusResponse) -> Vec<Vec<String>> {
    let known = status.known.iter().map(|known| {
        let until = known.certificate_not_after.clone();
        ((&known.collective, &known.agent), until)
    });
    let mut all: BTreeMap<_, _> = known.collect();
    for there in &status.agents {
        all.entry((&there.collective, &there.agent)).or_default();
    }
    let row = |((collective, agent), until): ((&String, &String), String)| {
        let mut there = status.agents.iter();
        let there = there.find(|a| (&a.collective, &a.agent) == (collective, agent));
        let (since, version) = there.map_or(("no", ""), |a| (&a.since, &a.version));
        let name = format!("{collective}/{agent}");
        vec![name, since.to_owned(), version.to_owned(), until]
    };
    all.into_iter().map(row).collect()
}
