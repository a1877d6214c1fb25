//! `allot-hub status`.

use std::{collections::BTreeMap, process::ExitCode};

use allot_proto::hub::{GetStatusRequest, GetStatusResponse};
use jiff::Timestamp;

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
        ("running since", time(&status.started_at)),
        ("log", format!("{} entries", status.log_size)),
        ("signed clock", time(&status.signed_clock)),
        (
            "witnessed by",
            format!(
                "{} of {} members; {} are needed",
                status.witnesses, status.members, status.witnesses_needed
            ),
        ),
        ("new hub", pending.unwrap_or_default()),
        ("issuer until", time(&status.issuer_not_after)),
        ("certificate until", time(&status.certificate_not_after)),
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
        let until = time(&known.certificate_not_after);
        ((&known.collective, &known.agent), until)
    });
    let mut all: BTreeMap<_, _> = known.collect();
    for there in &status.agents {
        all.entry((&there.collective, &there.agent)).or_default();
    }
    let row = |((collective, agent), until): ((&String, &String), String)| {
        let mut there = status.agents.iter();
        let there = there.find(|a| (&a.collective, &a.agent) == (collective, agent));
        let since = there.map_or_else(|| "no".to_owned(), |a| time(&a.since));
        let version = there.map_or_else(String::new, |a| a.version.clone());
        let name = format!("{collective}/{agent}");
        vec![name, since, version, until]
    };
    all.into_iter().map(row).collect()
}

/// A time for people: whole seconds. What is none stays as it is.
fn time(text: &str) -> String {
    let whole = text.parse::<Timestamp>().ok();
    let whole = whole.and_then(|time| Timestamp::from_second(time.as_second()).ok());
    whole.map_or_else(|| text.to_owned(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_whole_seconds() {
        assert_eq!(
            time("2026-11-01T10:00:00.123456789Z"),
            "2026-11-01T10:00:00Z"
        );
        assert_eq!(time(""), "");
    }
}
