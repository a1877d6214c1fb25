//! Image references, pinned to digests as `docker stack deploy --resolve-image` does.

use allot_stack::spec::ServiceSpec;
use bollard::models::Platform;
use futures::future::join_all;

use super::services::image;
use crate::{
    app::desired::Notice,
    engine::{Engine, ObservedService, ResolvedImage},
};

/// Label under which the docker CLI keeps the image as the compose file names it.
const IMAGE_LABEL: &str = "com.docker.stack.image";

/// When to ask a registry for an image's digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResolveImage {
    /// For every service.
    #[default]
    Always,
    /// Only where the image that the recipe names differs from the one that runs.
    Changed,
    /// Not at all.
    Never,
}

/// Pins the images of `specs`, in parallel. Where no registry answers, the image that runs is kept if the recipe still
/// names the same, and the bare tag is used otherwise, with a notice.
pub(super) async fn resolve(
    engine: &dyn Engine,
    specs: &mut [ServiceSpec],
    present: &[ObservedService],
    when: ResolveImage,
    notices: &mut Vec<Notice>,
) {
    let pinned = join_all(
        specs
            .iter()
            .map(|spec| pin(engine, spec, running(spec, present), when)),
    )
    .await;
    for (spec, pin) in specs.iter_mut().zip(pinned) {
        match pin {
            Pinned::Keep => {}
            Pinned::Running(reference) => set_image(spec, reference, None),
            Pinned::Resolved(resolved) => {
                set_image(spec, resolved.reference, Some(resolved.platforms))
            }
            Pinned::NoAnswer(running) => {
                notices.push(unresolved(spec, running.is_some()));
                if let Some(reference) = running {
                    set_image(spec, reference, None);
                }
            }
        }
    }
}

enum Pinned {
    Keep,
    Running(String),
    Resolved(ResolvedImage),
    NoAnswer(Option<String>),
}

/// The image that runs, if the recipe still names the same one.
fn running(spec: &ServiceSpec, present: &[ObservedService]) -> Option<String> {
    let service = present
        .iter()
        .find(|s| Some(&s.name) == spec.name.as_ref())?;
    let named = service.spec.labels.as_ref()?.get(IMAGE_LABEL)?;
    (named == image(spec)).then(|| image(&service.spec).to_owned())
}

async fn pin(
    engine: &dyn Engine,
    spec: &ServiceSpec,
    running: Option<String>,
    when: ResolveImage,
) -> Pinned {
    let ask = match when {
        ResolveImage::Always => true,
        ResolveImage::Changed => running.is_none(),
        ResolveImage::Never => false,
    };
    let named = image(spec);
    if !ask || named.contains('@') {
        return running.map_or(Pinned::Keep, Pinned::Running);
    }
    match engine.resolve_image(named, None).await {
        Ok(Some(resolved)) => Pinned::Resolved(resolved),
        Ok(None) | Err(_) => Pinned::NoAnswer(running),
    }
}

fn set_image(spec: &mut ServiceSpec, reference: String, platforms: Option<Vec<(String, String)>>) {
    let Some(template) = &mut spec.task_template else {
        return;
    };
    if let Some(container) = &mut template.container_spec {
        container.image = Some(reference);
    }
    if let Some(platforms) = platforms.filter(|p| !p.is_empty()) {
        let platforms = platforms.into_iter().map(|(architecture, os)| Platform {
            architecture: Some(architecture),
            os: Some(os),
        });
        template.placement.get_or_insert_default().platforms = Some(platforms.collect());
    }
}

fn unresolved(spec: &ServiceSpec, kept: bool) -> Notice {
    let named = image(spec);
    let then = if kept {
        "the image that runs is kept"
    } else {
        "each node takes what it finds under that name"
    };
    Notice {
        rule: "image-not-resolved".to_owned(),
        place: spec.name.clone().unwrap_or_default(),
        text: format!("no registry answered for {named}: {then}"),
    }
}
