//! `allot-hub dues`.

use std::process::ExitCode;

use allot_proto::hub::RecordDuesRequest;
use serde::Serialize;

use super::{Done, ask::confirm, client, print, runtime, table::visible};
use crate::{args::DuesArgs, home::Home};

/// What stands in the log now, for programs.
#[derive(Serialize)]
struct Recorded {
    collective: String,
    paid_until: String,
    index: u64,
}

/// Writes down how far a collective's dues are paid.
pub(super) fn run(home: &Home, args: DuesArgs, json: bool) -> Done {
    let (whose, until) = (visible(&args.collective), visible(&args.paid_until));
    let plan = format!(
        "write down that the dues of {whose} are paid until {until}\n\
         \x20 In the log, for everybody and for good; a later word takes its place."
    );
    confirm(
        args.yes,
        &format!("to write down the dues of {whose}"),
        &plan,
    )?;
    let asked = RecordDuesRequest {
        collective: args.collective.clone(),
        paid_until: args.paid_until.clone(),
    };
    let index = runtime()?.block_on(async {
        let mut hub = client::connect(home).await?;
        Ok::<_, super::CommandError>(hub.record_dues(asked).await?.into_inner().index)
    })?;
    let recorded = Recorded {
        collective: args.collective,
        paid_until: args.paid_until,
        index,
    };
    print(json, &recorded, || {
        let Recorded {
            collective,
            paid_until,
            ..
        } = &recorded;
        format!("dues of {collective} are paid until {paid_until}, entry {index} of the log")
    })?;
    Ok(ExitCode::SUCCESS)
}
