//! `allot-hub recover`.

use std::process::ExitCode;

use allot_replica::Imported;
use jiff::Timestamp;
use serde::Serialize;

use super::{Done, ask::confirm, print, runtime};
use crate::{
    args::RecoverArgs,
    found::{Recovery, recover},
    home::Home,
};

/// What was made, for programs.
#[derive(Serialize)]
struct Made {
    federation: String,
    genesis: String,
    hub_keys: String,
    ca: String,
    log_size: u64,
    accepted_by: usize,
    root_key: String,
    dir: String,
}

/// Makes a new hub that goes on with a lost one's log.
pub(super) fn run(home: &Home, args: RecoverArgs, json: bool) -> Done {
    let imported = Imported::read(&args.from, Some(args.genesis))?;
    let state = imported.book.state();
    let (federation, needed) = (state.name().clone(), state.acceptances_needed());
    let mut plan = format!(
        "make a new hub of {federation} in {dir}\n\
         \x20 It goes on after the {size} entries of the export, the last of {last}.\n\
         \x20 Who has seen more than these will take the new hub for one that hides something:\n\
         \x20 use the export of the member that has seen most.\n\
         \x20 It gets new keys and a new CA, so that every agent needs a new invite.\n\
         \x20 Nothing is taken before {needed} members have accepted it.",
        dir = home.dir().display(),
        size = imported.book.size(),
        last = state.time(),
    );
    let witnesses = imported.checkpoint.witnesses(&state.witnesses()).len();
    if witnesses < needed {
        plan.push_str(&format!(
            "\nwarning: {witnesses} members have witnessed exactly these entries, {needed} would be enough to know that \
             this is what\n\x20 everybody was shown: compare it with other members' exports."
        ));
    }
    if let Some(pending) = state.pending_hub() {
        // Anybody can make keys and let a log go on with them: cut off where it suits, it would look whole.
        plan.push_str(&format!(
            "\nwarning: these entries are not signed by a hub that members accepted, but by one that waits for it, with \
             the keys\n\x20 {}. If you have not made that hub, take another member's export.",
            pending.keys.digest()
        ));
    }
    confirm(args.yes, "to make a new hub", &plan)?;
    let recovery = Recovery {
        imported,
        config: args.at.config()?,
        root_key: args.at.root_key,
    };
    let recovered = runtime()?.block_on(recover(home, recovery, Timestamp::now()))?;
    let made = Made {
        federation: federation.to_string(),
        genesis: args.genesis.to_string(),
        hub_keys: recovered.keys.digest().to_string(),
        ca: recovered.keys.ca.to_string(),
        log_size: recovered.size,
        accepted_by: needed,
        root_key: recovered.root_key.display().to_string(),
        dir: home.dir().display().to_string(),
    };
    print(json, &made, || text(&made))?;
    Ok(ExitCode::SUCCESS)
}

fn text(made: &Made) -> String {
    format!(
        "made a new hub of {federation} in {dir}, with {size} entries\n\
         digest of its keys: {keys}\n\
         CA fingerprint: {ca}\n\
         \n\
         The root's key is in {root_key}. Move it to a place that only people reach.\n\
         start it with: allot-hub serve --dir {dir}\n\
         then invite each member again: allot-hub invite SLUG\n\
         {needed} members have to accept it before anything else is taken. Tell them the digest on another way than by\n\
         the hub; each runs: allot federation accept-hub {keys}",
        federation = made.federation,
        dir = made.dir,
        size = made.log_size,
        keys = made.hub_keys,
        ca = made.ca,
        root_key = made.root_key,
        needed = made.accepted_by,
    )
}
