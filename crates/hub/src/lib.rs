//! `allot-hub`: what the collectives of a federation share.
//!
//! It puts the entries that members sign into one order, signs that order, and hands it to everybody. It decides nothing:
//! who is a member and what was decided follows from the log, which every agent computes for itself.
//!
//! Data goes one way: [`net`] and [`rpc`] (the edge) -> [`app`] (what the hub does) -> the log, the private journal, files.

pub mod app;
pub mod args;
pub mod catalogue;
pub mod commands;
pub mod config;
pub mod found;
pub mod home;
pub mod limits;
pub mod mend;
pub mod metrics;
pub mod net;
pub mod notify;
pub mod rpc;
pub mod server;
pub mod web;
