//! From nodes to the typed model, with the place of whatever is wrong.

mod context;
mod cursor;
mod deploy;
mod lists;
mod mounts;
mod objects;
mod service;

pub(crate) use context::Context;

use crate::error::StackError;
use crate::model::Compose;
use crate::yaml::Node;
use cursor::Cursor;

/// Services with the options that need a second look once all is known.
pub(crate) struct Decoded {
    pub compose: Compose,
}

/// Reads one file's tree.
///
/// # Errors
/// The first wrong type or value, with its place.
pub(crate) fn decode(node: &Node, ctx: &Context) -> Result<Decoded, StackError> {
    let root = Cursor::root(node, ctx);
    let mut compose = Compose {
        version: version(&root)?,
        ..Compose::default()
    };
    root.each(|key, value| {
        match key {
            "version" => {}
            "services" => compose.services = value.named(service::service)?,
            // The schema of docker checks the names of all but networks.
            "networks" => compose.networks = value.keyed(objects::network)?,
            "volumes" => compose.volumes = value.named(objects::volume)?,
            "secrets" => compose.secrets = value.named(objects::secret)?,
            "configs" => compose.configs = value.named(objects::config)?,
            "include" => {
                return Err(value.forbidden(
                    "include",
                    "Name the other file with `-f`, or in COMPOSE_FILE.",
                ));
            }
            _ => value.unknown(),
        }
        Ok(())
    })?;
    compose.extras = root.extras();
    Ok(Decoded { compose })
}

/// The version of a file; `3`, empty and absent mean the newest.
fn version(root: &Cursor<'_>) -> Result<String, StackError> {
    let Some(cursor) = root.get("version") else {
        return Ok("3.13".to_owned());
    };
    let text = cursor.string()?;
    match text.as_str() {
        "" | "3" => Ok("3.13".to_owned()),
        text if known_version(text) => Ok(text.to_owned()),
        _ => Err(StackError::Version {
            file: root.ctx.file.clone(),
            reason: format!(
                "compose file version {text:?} is not one that swarm stacks have (3.0 to 3.13)"
            ),
        }),
    }
}

fn known_version(text: &str) -> bool {
    text.strip_prefix("3.")
        .is_some_and(|minor| (0..=13).any(|m| minor == m.to_string()))
}
