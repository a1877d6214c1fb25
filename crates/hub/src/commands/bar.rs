//! `allot-hub evict` and `allot-hub ban`.

use std::process::ExitCode;

use allot_proto::hub::{BanRequest, EvictRequest, GetStatusRequest};
use serde::Serialize;

use super::{Done, ask::confirm, client, print, runtime, table::visible};
use crate::{args::BarArgs, home::Home};

/// What stands in the log now, for programs.
#[derive(Serialize)]
struct Barred<'a> {
    collective: &'a str,
    agent: &'a str,
    /// The hub has given an agent of that name a certificate, or it is there now.
    known: bool,
    for_good: bool,
    index: u64,
}

/// Ends what an agent may do; for good, or until it comes back with a new invite.
pub(super) fn run(home: &Home, args: &BarArgs, for_good: bool, json: bool) -> Done {
    let (collective, agent) = (visible(&args.collective), visible(&args.agent));
    let (verb, back) = match for_good {
        true => ("ban", "It may not come back, with no invite."),
        false => ("evict", "It may come back with a new invite."),
    };
    let runtime = runtime()?;
    let known = runtime.block_on(is_known(home, args))?;
    let mut plan = format!(
        "{verb} the agent {agent} of {collective}\n\
         \x20 Its connections end within two seconds, and its certificates count no more. {back}\n\
         \x20 In the log, for everybody and for good: {}",
        visible(&args.reason)
    );
    if !known {
        // Who mistypes a name must not believe that the agent is out.
        plan.push_str(
            "\nwarning: this hub knows no agent of that name, so nobody is cut off by it; `allot-hub status` lists them",
        );
    }
    confirm(args.yes, &format!("to {verb} {collective}/{agent}"), &plan)?;
    let index = runtime.block_on(async {
        let mut hub = client::connect(home).await?;
        let (collective, agent) = (args.collective.clone(), args.agent.clone());
        let reason = args.reason.clone();
        let index = match for_good {
            true => {
                let asked = BanRequest {
                    collective,
                    agent,
                    reason,
                };
                hub.ban(asked).await?.into_inner().index
            }
            false => {
                let asked = EvictRequest {
                    collective,
                    agent,
                    reason,
                };
                hub.evict(asked).await?.into_inner().index
            }
        };
        Ok::<_, super::CommandError>(index)
    })?;
    let barred = Barred {
        collective: &args.collective,
        agent: &args.agent,
        known,
        for_good,
        index,
    };
    let done = if for_good { "banned" } else { "evicted" };
    print(json, &barred, || {
        format!("{done} {collective}/{agent}, entry {index} of the log")
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the agent has, or had, a certificate of this hub.
async fn is_known(home: &Home, args: &BarArgs) -> Result<bool, super::CommandError> {
    let mut hub = client::connect(home).await?;
    let status = hub.get_status(GetStatusRequest {}).await?.into_inner();
    let is_it =
        |collective: &str, agent: &str| collective == args.collective && agent == args.agent;
    let mut known = status.known.iter();
    let mut there = status.agents.iter();
    Ok(known.any(|row| is_it(&row.collective, &row.agent))
        || there.any(|row| is_it(&row.collective, &row.agent)))
}
