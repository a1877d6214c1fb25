//! Asking an image's registry for its digest, the way `docker stack deploy --resolve-image always` does.

use bollard::auth::DockerCredentials;

use super::DockerEngine;
use super::call::{Call, with_deadline};
use super::objects::with_auth;
use crate::engine::reference::{Reference, ReferenceError};
use crate::engine::{EngineError, ResolvedImage, Result};

impl DockerEngine {
    pub(super) async fn resolve(
        &self,
        image: &str,
        registry_auth: Option<&str>,
    ) -> Result<Option<ResolvedImage>> {
        let reference =
            Reference::parse(image).map_err(|ReferenceError(reason)| EngineError::Refused {
                what: format!("the image reference {image}"),
                reason,
            })?;
        let docker = with_auth(self.connection.client().await?, registry_auth)?;
        let what = format!("asking the registry for {image}");
        let call = Call::new(self.connection.endpoint(), what);
        let asked = reference.familiar();
        let answer = with_deadline(
            &call,
            self.connection.timeouts().registry,
            docker.inspect_registry_image(&asked, None::<DockerCredentials>),
        )
        .await;
        match self.noted(answer) {
            Ok(found) => Ok(found.descriptor.digest.map(|digest| ResolvedImage {
                reference: reference.with_digest(&digest),
                platforms: found.platforms.into_iter().map(platform).collect(),
            })),
            Err(error @ (EngineError::Unreachable { .. } | EngineError::NoSwarm { .. })) => {
                Err(error)
            }
            Err(error) => {
                tracing::debug!(image, %error, "no registry vouches for the image");
                Ok(None)
            }
        }
    }
}

/// The docker CLI leaves the architecture of 32-bit ARM out, as swarm's matching of its variants is off
/// (moby/swarmkit issue 2294).
fn platform(platform: bollard::models::OciPlatform) -> (String, String) {
    let architecture = platform
        .architecture
        .filter(|name| !name.eq_ignore_ascii_case("arm"))
        .unwrap_or_default();
    (architecture, platform.os.unwrap_or_default())
}
