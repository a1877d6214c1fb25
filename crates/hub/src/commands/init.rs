//! `allot-hub init`.

use std::{path::Path, process::ExitCode};

use allot_ledger::entry::{RuleChange, Rules};
use jiff::Timestamp;
use serde::Serialize;

use super::{CommandError, print, runtime};
use crate::{
    args::InitArgs,
    found::{FoundError, Founding, found},
    home::{self, Home},
};

/// What was made, for programs.
#[derive(Serialize)]
struct Made {
    federation: String,
    genesis: String,
    ca: String,
    hub_keys: String,
    log_key: String,
    founders: Vec<Member>,
    root_key: String,
    dir: String,
}

#[derive(Serialize)]
struct Member {
    slug: String,
    key: String,
}

/// Founds a federation, with its hub in `home`.
pub(super) fn run(home: &Home, args: InitArgs, json: bool) -> Result<ExitCode, CommandError> {
    let rules = match &args.rules {
        Some(file) => read_rules(file)?,
        None => Rules::default(),
    };
    let founders: Vec<_> = args.founders.into_iter().map(|f| f.0).collect();
    let members = founders.iter().map(|f| Member {
        slug: f.slug.to_string(),
        key: f.key.verifier_key(f.slug.as_str()),
    });
    let members: Vec<_> = members.collect();
    let founding = Founding {
        federation: args.federation.clone(),
        founders,
        rules,
        config: args.at.config()?,
        root_key: args.at.root_key,
    };
    let founded = runtime()?.block_on(found(home, founding, Timestamp::now()))?;
    let made = Made {
        federation: args.federation.to_string(),
        genesis: founded.genesis.to_string(),
        ca: founded.keys.ca.to_string(),
        hub_keys: founded.keys.digest().to_string(),
        log_key: founded.keys.log.verifier_key(&founded.keys.origin),
        founders: members,
        root_key: founded.root_key.display().to_string(),
        dir: home.dir().display().to_string(),
    };
    print(json, &made, || text(&made))?;
    Ok(ExitCode::SUCCESS)
}

fn text(made: &Made) -> String {
    let founders = made.founders.iter().map(|f| format!("  {}\n", f.key));
    let founders: String = founders.collect();
    format!(
        "founded {federation} in {dir}\n\
         genesis: {genesis}\n\
         CA fingerprint: {ca}\n\
         log key: {log_key}\n\
         founders:\n{founders}\
         \n\
         The root's key is in {root_key}.\n\
         Move it to a place that only people reach: whoever has it can make agents of any collective. The hub needs it\n\
         once a year, for `allot-hub issuer rotate --root-key PATH`.\n\
         \n\
         start it with: allot-hub serve --dir {dir}\n\
         then invite each founder: allot-hub invite SLUG",
        federation = made.federation,
        dir = made.dir,
        genesis = made.genesis,
        ca = made.ca,
        log_key = made.log_key,
        root_key = made.root_key,
    )
}

/// The Co-op Cloud federation's rules, with what the file says differently.
fn read_rules(file: &Path) -> Result<Rules, FoundError> {
    let text = home::read(file)?;
    let change: RuleChange = toml::from_str(&text).map_err(Box::new)?;
    Ok(Rules::default().changed(&change))
}
