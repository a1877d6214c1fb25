//! The git port against real repositories, made with the `git` program in temporary folders.

mod damage;
mod fixture;
mod hanging;
mod network;
mod reading;
mod server;
mod updating;
