//! A hub in a process, over real TLS on loopback, with agents that have real certificates.

mod admins;
mod attacks;
mod clocks;
mod enrolling;
mod faults;
mod found;
mod ledger;
mod members;
mod mending;
mod roles;
mod streams;
mod witnesses;
