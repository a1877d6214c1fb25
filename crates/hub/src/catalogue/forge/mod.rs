//! The organisations of a forge: Gitea and Forgejo, whose API is the same.

mod answer;
mod ask;
mod list;

pub(super) use ask::Client;
pub(super) use list::Repository;
