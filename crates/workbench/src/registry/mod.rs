//! What image registries say: which tags there are, and what a tag is now.
//!
//! [`Registry`] is the port; [`OciRegistry`] speaks the OCI distribution protocol with `oci-client`, which also does the
//! exchange of tokens. Every answer is bounded in time, every list in length, and nothing that a registry says about
//! its own content is believed without looking at the content.

mod credentials;
mod error;
mod oci;

use async_trait::async_trait;

use crate::image::Repository;

pub use error::RegistryError;
pub use oci::{OciRegistry, RegistryOptions};

/// Where images come from.
#[async_trait]
pub trait Registry: Send + Sync {
    /// Every tag of an image, in no order.
    async fn tags(&self, image: &Repository) -> Result<Vec<String>, RegistryError>;

    /// The digest of what a tag is now: `sha256:` and 64 hexadecimal digits, of the index where there are several platforms.
    async fn digest(&self, image: &Repository, tag: &str) -> Result<String, RegistryError>;
}
