//! Request bodies of the engine's API, as `docker stack deploy` would send them.

pub use bollard_stubs::models::{ConfigSpec, NetworkCreateRequest, SecretSpec, ServiceSpec};
