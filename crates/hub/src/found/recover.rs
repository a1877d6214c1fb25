//! A hub in a lost one's place.

use std::path::PathBuf;

use allot_ledger::{Author, Body, Entry, Envelope, Leaf, entry::HubKeys};
use allot_replica::{Imported, Replica};
use bytes::Bytes;
use jiff::Timestamp;

use super::{FoundError, NewHub};
use crate::{config::Config, home::Home};

/// A lost hub's log, and the hub that goes on with it.
pub struct Recovery {
    /// A member's export, verified whole.
    pub imported: Imported,
    /// The new hub's settings.
    pub config: Config,
    /// Where the root's key goes; into the hub's directory when nobody says.
    pub root_key: Option<PathBuf>,
}

/// A hub that goes on with a lost one's log.
#[derive(Debug)]
pub struct Recovered {
    /// Its keys; members compare their digest before they accept it.
    pub keys: HubKeys,
    /// Entries, its own first one among them.
    pub size: u64,
    /// Where the root's key is.
    pub root_key: PathBuf,
}

/// Makes a hub that goes on with a lost one's log (L9). Its first entry says so, and nothing else is taken before enough
/// members accept it. The configuration is written last: without it there is no hub.
///
/// # Errors
/// There is a hub in that directory, or the disk says no.
pub async fn recover(
    home: &Home,
    recovery: Recovery,
    now: Timestamp,
) -> Result<Recovered, FoundError> {
    let imported = recovery.imported;
    let state = imported.book.state();
    let name = state.name().clone();
    let hub = NewHub::create(home.clone(), &name, &recovery.config.address, now)?;
    // Not before what the lost hub signed last, as far as the export knows.
    let signed = imported.checkpoint.clock(&state.serving_hub().clock);
    let floor = state.time().max(signed.unwrap_or(Timestamp::MIN));
    let time = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    let time = time.max(floor);
    let entry = Entry {
        federation: state.federation().to_string(),
        author: Author::Hub,
        seq: state.next_seq(&Author::Hub),
        at: time,
        body: Body::HubReplaced {
            hub: Box::new(hub.keys.clone()),
        },
    };
    let envelope = Envelope::sign(&entry, &hub.secrets.entries)?;
    let root_key = hub.write(&name, recovery.root_key, now)?;
    imported.write(&home.ledger())?;
    let (replica, _) = Replica::open(&home.ledger())?;
    let mut pen = replica.pen().await;
    let leaf = Bytes::from(Leaf { time, envelope }.to_bytes()?);
    pen.fold(&leaf)?;
    let size = pen.keep().await?;
    recovery.config.write(home)?;
    Ok(Recovered {
        keys: hub.keys,
        size,
        root_key,
    })
}
