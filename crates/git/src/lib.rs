//! Recipes as git objects, never as a work tree: what the agent deploys from, and what the hub reads its catalogue from.
//!
//! [`RecipeSource`] is the port that both know. [`GixMirrors`] keeps one bare mirror for each URL and reads objects
//! at a commit, so two operations on one recipe at two versions never meet. Fetches of one mirror come one after the other;
//! readers never wait for them.
//!
//! | file | what it holds |
//! |---|---|
//! | [`types`](self) | versions, pins, what a fetch brought |
//! | `location` | what a URL is, and the folder of its mirror |
//! | `mirror` | a bare mirror on disk: made, opened, checked, replaced |
//! | `fetch/` | bringing a mirror up to date, over the network or from a folder of this host |
//! | `versions`, `resolve` | tags into versions, a wish into a commit |
//! | `tree` | the files of a recipe at a commit |
//! | `opened` | a mirror that is opened once for many reads |
//! | `mirrors` | the port itself: locks, deadlines, repair |

mod error;
mod fetch;
mod interrupt;
mod location;
mod mirror;
mod mirrors;
mod opened;
mod resolve;
mod tree;
mod types;
mod versions;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use allot_recipe::RecipeTree;
use async_trait::async_trait;

pub use error::GitError;
pub use location::shown;
pub use mirrors::{GixMirrors, MirrorOptions};
pub use opened::Opened;
pub use tree::GitTree;
pub use types::{Fetched, OtherTag, Pinned, Version, Versions, Wanted};

/// A recipe's files, shared between the steps of an operation.
pub type SharedTree = Arc<dyn RecipeTree + Send + Sync>;

/// Where recipes come from.
///
/// A URL is anything that [`allot_recipe::RecipeRef::git_url`] returns: https, http, git, ssh, `user@host:path`, `file://`
/// or the path of a repository on this host, bare or not.
#[async_trait]
pub trait RecipeSource: Send + Sync {
    /// Asks the repository for what is new. Offline, it only checks that there is a mirror.
    async fn fetch(&self, url: &str) -> Result<Fetched, GitError>;

    /// The versions that the mirror knows, ascending. Fetches first when there is no mirror yet.
    async fn versions(&self, url: &str) -> Result<Versions, GitError>;

    /// Turns a wish into a commit. Fetches when the mirror does not know it yet; the newest version and the head are those
    /// that the mirror knows, so whoever wants today's calls [`RecipeSource::fetch`] before.
    async fn resolve(&self, url: &str, wanted: &Wanted) -> Result<Pinned, GitError>;

    /// The files at a commit, given by its full hash as [`Pinned::commit`] holds it.
    async fn open(&self, url: &str, commit: &str) -> Result<SharedTree, GitError>;
}

/// Makes ring the TLS implementation of this process, which has to happen before the first fetch over https. May be called
/// many times, and does nothing when the process has chosen one already.
pub fn init_tls() {
    // The only error is that a provider is installed, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
