//! The rules of a verdict, one promise a test, on what an engine might say.

mod services;
mod stacks;
mod updates;
mod world;
