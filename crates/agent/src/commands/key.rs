//! `allot-agent key create|show|import`, and the key that `init` makes.

use std::{path::Path, process::ExitCode};

use allot_ledger::Slug;

use super::CommandError;
use crate::{
    args::{InitArgs, KeyCommand},
    federation::{CollectiveKey, FederationError, Home, KeyError, Keys},
};

/// What whoever brings a key should know.
const NO_WITNESS: &str = "an agent whose key was made elsewhere does not witness: the one that made it does \
                          (`[witness] cosign` in agent.toml says otherwise)";

/// What becomes of a replacement.
const WAITS: &str = "send this line to a member that you trust, by another way than the stolen key opens: it proposes \
                     `replace-key`, and the key signs here once that has passed";

/// Makes, shows or brings the key of the collective. The public part is all that goes to standard output.
pub(super) fn run(dir: &Path, command: KeyCommand) -> Result<ExitCode, CommandError> {
    let keys = keys(dir);
    let is_import = matches!(command, KeyCommand::Import { .. });
    let is_replacement = matches!(
        command,
        KeyCommand::Create {
            replacement: true,
            ..
        }
    );
    let key = match command {
        KeyCommand::Create {
            collective,
            replacement: true,
        } => keys.replacement(collective),
        KeyCommand::Create { collective, .. } => keys.create(collective),
        KeyCommand::Show => keys.load().and_then(|key| key.ok_or(KeyError::Missing)),
        KeyCommand::Import { file } => CollectiveKey::read(&file).and_then(|key| {
            keys.import(&key, &file)?;
            Ok(key)
        }),
    };
    println!("{}", key.map_err(refused)?.verifier_key());
    if is_replacement {
        eprintln!("{WAITS} (in {})", keys.next_path().display());
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("the key is in {}", keys.path().display());
    if is_import {
        eprintln!("{NO_WITNESS}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The key that a new agent is to have: one that is brought, or a new one; none when neither is asked for. Nothing is
/// written.
pub(super) fn first(args: &InitArgs) -> Result<Option<CollectiveKey>, CommandError> {
    match (&args.collective_key, &args.collective) {
        (Some(path), wanted) => {
            let key = CollectiveKey::read(path).map_err(refused)?;
            is_for(&key, path, wanted.as_ref())?;
            Ok(Some(key))
        }
        (None, Some(collective)) => Ok(Some(CollectiveKey::create(collective.clone()))),
        (None, None) => Ok(None),
    }
}

fn is_for(key: &CollectiveKey, path: &Path, wanted: Option<&Slug>) -> Result<(), CommandError> {
    match wanted.filter(|wanted| **wanted != key.collective) {
        None => Ok(()),
        Some(ours) => Err(refused(KeyError::OtherCollective {
            path: path.to_owned(),
            theirs: key.collective.clone(),
            ours: ours.clone(),
        })),
    }
}

/// Puts a new agent's key in its place: one that was just made, or brought from another agent's file.
pub(super) fn put(
    dir: &Path,
    key: &CollectiveKey,
    from: Option<&Path>,
) -> Result<(), CommandError> {
    let keys = keys(dir);
    let put = match from {
        Some(from) => keys.import(key, from),
        None => keys.put(key),
    };
    put.map_err(refused)
}

fn keys(dir: &Path) -> Keys {
    Keys::of(Home::of(dir))
}

fn refused(error: KeyError) -> CommandError {
    FederationError::from(error).into()
}
