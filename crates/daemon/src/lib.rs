//! What `allot-agent` and `allot-hub` share as programs. Neither may import the other; this has no opinion on what
//! they do.

pub mod clock;
pub mod http;
mod signals;
pub mod socket;
pub mod telemetry;
mod tell;

pub use clock::{Clock, SystemClock};
pub use signals::told_to_stop;
pub use tell::{in_one_line, tell};
