//! The maintainer's bench: what works in a recipe's clone on the maintainer's machine, without an agent and without a hub.
//!
//! | module | what it holds |
//! |---|---|
//! | [`checkout`] | a recipe's clone: work tree, tags, commits, pushes |
//! | [`compose`] | compose files that are edited byte for byte |
//! | [`image`] | what stands after `image:` |
//! | [`tags`] | which image tags are alike, and which is newer |
//! | [`registry`] | which tags an image has, and what a tag is now |
//! | [`upgrade`] | newer images for a recipe |
//! | [`version`] | the next version, and the label that says it |
//! | [`release`] | notes, commit, tag, push |
//! | [`scaffold`] | a new recipe |
//! | [`limits`] | every bound |

pub mod checkout;
pub mod compose;
pub mod image;
pub mod limits;
pub mod registry;
pub mod release;
pub mod scaffold;
pub mod tags;
pub mod upgrade;
pub mod version;
