//! `allot-hub issuer rotate`.

use std::{path::Path, process::ExitCode};

use allot_proto::hub::RotateIssuerRequest;
use allot_replica::Replica;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::{CommandError, Done, client, print, runtime};
use crate::{
    app::{private::Private, rotate},
    config::Config,
    home::{self, Home},
};

/// The new issuer, for programs.
#[derive(Serialize)]
struct Rotated {
    not_after: String,
}

/// Makes a new issuing certificate: in the running hub, or in the files of one that does not run.
pub(super) fn run(home: &Home, root_key: &Path, json: bool) -> Done {
    let key = SecretString::from(home::read(root_key)?);
    let socket = Config::read(home)?.socket_path(home);
    let until = runtime()?.block_on(async {
        match client::reach(&socket).await {
            Ok(mut hub) => {
                let root_key = key.expose_secret().to_owned();
                let made = hub.rotate_issuer(RotateIssuerRequest { root_key }).await?;
                Ok(made.into_inner().not_after)
            }
            // Also an issuer that has ended: then no hub can start.
            Err(CommandError::Unreachable { .. }) => offline(home, &key).await,
            Err(error) => Err(error),
        }
    })?;
    let rotated = Rotated { not_after: until };
    print(json, &rotated, || {
        let until = &rotated.not_after;
        format!(
            "the hub has a new issuing certificate, until {until}; agents get theirs from it when they renew"
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn offline(home: &Home, key: &SecretString) -> Result<String, CommandError> {
    // Whoever has these open is the only one to look after the hub.
    let _lock = Private::open(&home.private())?;
    let (replica, _) = Replica::open(&home.ledger())?;
    let name = replica.book().await.state().name().clone();
    let issuer = rotate(home, &name, key, Timestamp::now())?;
    Ok(issuer.not_after().to_string())
}
