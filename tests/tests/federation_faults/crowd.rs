//! Members without agents, writing to a real hub.

use std::{path::Path, sync::Arc};

use allot_ledger::{Body, Digest, entry::Profile};
use allot_proto::{
    RemoteError,
    hub::{FollowRequest, ledger_service_client::LedgerServiceClient},
};
use allot_testkit::{Member, Seat};
use allot_tests::{Hub, HubOptions};
use bytes::Bytes;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

/// What a hub that is written to as fast as it can needs in its configuration.
const NO_HURRY: &str = "[limits]\nappends_per_minute = 1000000\n";

/// A hub whose members are in this process.
pub struct Crowd {
    pub hub: Hub,
    pub seats: Vec<Seat>,
    pub runtime: Arc<Runtime>,
    pub dir: TempDir,
}

impl Crowd {
    pub fn of(count: usize) -> Self {
        Self::in_dir(
            TempDir::with_prefix("allot-").unwrap(),
            count,
            &HubOptions::default(),
        )
    }

    /// With the hub's files in `dir`.
    pub fn in_dir(dir: TempDir, count: usize, options: &HubOptions) -> Self {
        let members: Vec<_> = (0..count)
            .map(|n| Member::new(&format!("member-{n}")))
            .collect();
        let founders: Vec<_> = members.iter().map(Member::founder).collect();
        let options = HubOptions {
            toml: NO_HURRY.to_owned() + &options.toml,
            ..options.clone()
        };
        let hub = Hub::found(&dir.path().join("hub"), &founders, &options);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let seats = members.iter().map(|member| {
            let invite = hub.invite(member.slug.as_str());
            runtime.block_on(member.enrol(&invite, "swarm-1")).unwrap()
        });
        let seats = seats.collect();
        Self {
            hub,
            seats,
            runtime: Arc::new(runtime),
            dir,
        }
    }

    /// Writes the `seq`th entry of a member; gives its place in the log.
    pub fn write(&self, member: usize, seq: u64) -> Result<u64, RemoteError> {
        let seat = &self.seats[member];
        self.runtime.block_on(async {
            let mut hub = seat.connect().await?;
            Ok(seat.append(&mut hub, seq, rename(seq)).await?.index)
        })
    }

    /// How many entries the hub says it has.
    pub fn log_size(&self) -> u64 {
        let size = &self.hub.status()["log_size"];
        size.as_u64()
            .or_else(|| size.as_str()?.parse().ok())
            .unwrap()
    }

    /// The hub's whole log, as a member gets it.
    pub fn log(&self) -> Vec<Bytes> {
        let size = self.log_size();
        self.runtime.block_on(async {
            let mut hub = self.seats[0].connect().await.unwrap();
            read(&mut hub, size).await
        })
    }

    pub fn federation(&self) -> Digest {
        self.hub.genesis().parse().unwrap()
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// The first `size` leaves of a hub's log.
pub async fn read(hub: &mut LedgerServiceClient<Channel>, size: u64) -> Vec<Bytes> {
    let mut stream = hub
        .follow(FollowRequest { from: 0 })
        .await
        .unwrap()
        .into_inner();
    let mut leaves: Vec<Bytes> = Vec::new();
    while u64::try_from(leaves.len()).unwrap() < size {
        let stretch = stream
            .message()
            .await
            .unwrap()
            .expect("a stream without end");
        assert!(
            stretch.leaves.is_empty() || stretch.first == leaves.len() as u64,
            "no gap"
        );
        leaves.extend(stretch.leaves.into_iter().map(Bytes::from));
    }
    leaves
}

/// An entry that is always allowed: what the member is called.
pub fn rename(seq: u64) -> Body {
    Body::Profile(Profile {
        name: format!("Member {seq}"),
        website: None,
    })
}
