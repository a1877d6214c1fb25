//! Members without agents, writing to a real hub.

use std::{path::Path, sync::Arc};

use allot_ledger::{Body, Digest, Leaf, entry::Profile, state::State};
use allot_proto::{
    RemoteError,
    hub::{AppendResponse, FollowRequest, ledger_service_client::LedgerServiceClient},
};
use allot_testkit::{Member, Seat};
use bytes::Bytes;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

use super::{Hub, HubOptions};

/// What a hub that is asked as much as it can answer needs in its configuration.
const NO_HURRY: &str = "[limits]
appends_per_minute = 1000000
calls_per_minute = 1000000
enrolments_per_hour = 1000000
connections = 8192
connections_per_address = 4096
";

/// A hub whose members are in this process.
pub struct Crowd {
    /// The hub.
    pub hub: Hub,
    /// The members, each with one agent.
    pub seats: Vec<Seat>,
    /// Where their calls run.
    pub runtime: Arc<Runtime>,
    dir: TempDir,
}

impl Crowd {
    /// So many founders, with a hub that is never in a hurry.
    ///
    /// # Panics
    /// Something does not come up.
    #[must_use]
    pub fn of(count: usize) -> Self {
        let dir = TempDir::with_prefix("allot-").expect("make a directory");
        Self::in_dir(dir, count, &HubOptions::default())
    }

    /// With other lines at the end of the hub's configuration: what they do not say is as in any hub.
    ///
    /// # Panics
    /// Something does not come up.
    #[must_use]
    pub fn with(count: usize, toml: &str) -> Self {
        let dir = TempDir::with_prefix("allot-").expect("make a directory");
        let options = HubOptions {
            toml: toml.to_owned(),
            ..HubOptions::default()
        };
        Self::in_dir(dir, count, &options)
    }

    /// With the hub's files in `dir`.
    ///
    /// # Panics
    /// Something does not come up.
    #[must_use]
    pub fn in_dir(dir: TempDir, count: usize, options: &HubOptions) -> Self {
        let members: Vec<_> = (0..count)
            .map(|n| Member::new(&format!("member-{n}")))
            .collect();
        let founders: Vec<_> = members.iter().map(Member::founder).collect();
        let mut options = options.clone();
        if options.toml.is_empty() {
            NO_HURRY.clone_into(&mut options.toml);
        }
        let hub = Hub::found(&dir.path().join("hub"), &founders, &options);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let enrolled = members.iter().map(|member| {
            let invite = hub.invite(member.slug.as_str());
            let seat = runtime.block_on(member.enrol(&invite, "swarm-1"));
            seat.expect("a certificate")
        });
        let seats = enrolled.collect();
        Self {
            hub,
            seats,
            runtime: Arc::new(runtime),
            dir,
        }
    }

    /// Writes the `seq`th entry of a member, one that is always allowed; gives its place in the log.
    ///
    /// # Errors
    /// The hub's.
    pub fn write(&self, member: usize, seq: u64) -> Result<u64, RemoteError> {
        let taken = self.say(member, seq, rename(seq))?;
        Ok(taken.index)
    }

    /// Writes the `seq`th entry of a member.
    ///
    /// # Errors
    /// The hub's.
    pub fn say(&self, member: usize, seq: u64, body: Body) -> Result<AppendResponse, RemoteError> {
        let seat = &self.seats[member];
        self.runtime.block_on(async {
            let mut hub = seat.connect().await?;
            seat.append(&mut hub, seq, body).await
        })
    }

    /// How many entries the hub says it has.
    ///
    /// # Panics
    /// It does not say.
    #[must_use]
    pub fn log_size(&self) -> u64 {
        let size = &self.hub.status()["log_size"];
        let number = size.as_u64().or_else(|| size.as_str()?.parse().ok());
        number.expect("a number")
    }

    /// The hub's whole log, as a member gets it.
    ///
    /// # Panics
    /// The hub does not give it.
    #[must_use]
    pub fn log(&self) -> Vec<Bytes> {
        let size = self.log_size();
        self.runtime.block_on(async {
            let mut hub = self.seats[0].connect().await.expect("a connection");
            read(&mut hub, size).await
        })
    }

    /// What the hub's log comes to, for who trusts nobody.
    ///
    /// # Panics
    /// It is against the rules.
    #[must_use]
    pub fn folded(&self) -> State {
        let log = self.log();
        let leaf = |bytes: &Bytes| Leaf::from_bytes(bytes).expect("a leaf");
        let mut state = State::found(&leaf(&log[0]), &log[0]).expect("a genesis");
        for bytes in &log[1..] {
            state.fold(&leaf(bytes)).expect("an entry by the rules");
        }
        state
    }

    /// Which federation it is.
    ///
    /// # Panics
    /// The hub has not said.
    #[must_use]
    pub fn federation(&self) -> Digest {
        self.hub.genesis().parse().expect("a digest")
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// The first `size` leaves of a hub's log.
async fn read(hub: &mut LedgerServiceClient<Channel>, size: u64) -> Vec<Bytes> {
    let request = FollowRequest { from: 0 };
    let mut stream = hub.follow(request).await.expect("a stream").into_inner();
    let mut leaves: Vec<Bytes> = Vec::new();
    let count = |leaves: &[Bytes]| u64::try_from(leaves.len()).expect("a small log");
    while count(&leaves) < size {
        let stretch = stream.message().await.expect("a message");
        let stretch = stretch.expect("a stream without end");
        assert!(
            stretch.leaves.is_empty() || stretch.first == count(&leaves),
            "no gap"
        );
        leaves.extend(stretch.leaves.into_iter().map(Bytes::from));
    }
    leaves
}

/// An entry that is always allowed: what the member is called.
#[must_use]
pub fn rename(seq: u64) -> Body {
    Body::Profile(Profile {
        name: format!("Member {seq}"),
        website: None,
    })
}
