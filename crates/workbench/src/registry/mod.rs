//! What image registries say: which tags there are, and what a tag is now.
//!
//! [`Registry`] is the port; [`OciRegistry`] speaks the OCI distribution protocol. Every answer is bounded in time and in
//! bytes, every list in length, and nothing that a registry says about its own content is believed without looking at the
//! content. That is why the questions are asked here: `oci-client` reads whatever comes into memory.
//!
//! | file | what it holds |
//! |---|---|
//! | `oci` | the two questions, and how patiently they are asked |
//! | `http` | one question: sent, with a token where one is wanted, and read up to its bound |
//! | `challenge` | what a registry wants to see first |
//! | `credentials` | what `docker login` left |

mod challenge;
mod credentials;
mod error;
mod http;
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
