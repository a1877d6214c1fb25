//! The catalogue: what is listed of it, which versions are deployed, and what stewards say.

mod listing;
mod pinning;
mod stewards;
pub mod yard;
