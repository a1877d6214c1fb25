//! The small languages inside compose values: durations, sizes, ports, mounts, shell words.

pub mod cpus;
pub mod duration;
pub mod env_file;
pub mod image;
pub mod port;
pub mod shell;
pub mod size;
pub mod volume;

pub use duration::GoDuration;
