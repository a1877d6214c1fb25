//! Who is calling: the federation's CA, certificates that live a day, invites, and rustls configurations that can
//! be changed while connections are open.

pub mod invite;
