//! The gRPC interface between `allot`, `allot-agent` and `allot-hub`: code generated from `proto/`,
//! its JSON form, and how errors travel.
//!
//! Messages serialise with serde under their proto field names, enums as lower-case names: that is the
//! schema of `--output json`.

mod error;
mod gate;
mod json;
mod redact;
mod skew;

pub use error::{ErrorKind, RemoteError, status};
pub use gate::{Gate, Gated, Guard, methods};
pub use skew::newer_server_needed;

/// Generated messages, clients and servers.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod allot {
    /// What the agent offers.
    pub mod agent {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("allot.agent.v1");
        }
    }
    /// What the hub offers.
    pub mod hub {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("allot.hub.v1");
        }
    }
}

pub use allot::agent::v1 as agent;
pub use allot::hub::v1 as hub;

/// The encoded `FileDescriptorSet` of everything above, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Metadata key under which a client says its version.
pub const CLIENT_VERSION: &str = "allot-client-version";

/// Metadata key under which a client says the oldest server it can work with.
pub const MIN_SERVER_VERSION: &str = "allot-min-server-version";

/// Version of this build.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Oldest server that this build's client works with.
pub const MIN_SERVER: &str = "0.1.0";
