//! Image references, pinned to digests as `docker stack deploy --resolve-image` does.

use std::collections::{BTreeMap, BTreeSet};

use allot_stack::spec::ServiceSpec;
use bollard::models::Platform;
use futures::{StreamExt as _, stream};

use super::services::image;
use crate::{
    app::desired::Notice,
    engine::{Engine, ObservedService, Reference, ResolvedImage},
    limits::PARALLEL_REQUESTS,
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

/// What registries said: image as the recipe names it -> what it resolves to, `None` where nobody answered.
///
/// Kept with a plan: applying it uses the same answers. A tag that moves, or a registry that answers late, must not
/// make another plan of the one that was shown.
pub type Answers = BTreeMap<String, Option<ResolvedImage>>;

/// Asks registries for the images of `specs` that need it, each image once.
pub async fn ask(
    engine: &dyn Engine,
    specs: &[ServiceSpec],
    present: &[ObservedService],
    when: ResolveImage,
) -> Answers {
    let open: BTreeSet<String> = specs
        .iter()
        .filter(|spec| needs_answer(spec, running(spec, present).as_deref(), when))
        .map(|spec| image(spec).to_owned())
        .collect();
    stream::iter(open)
        .map(|name| async move {
            let answer = engine.resolve_image(&name, None).await;
            (name, answer.ok().flatten())
        })
        .buffer_unordered(PARALLEL_REQUESTS)
        .collect()
        .await
}

/// Pins the images of `specs`. Where no registry answered, the image that runs is kept if the recipe still names the
/// same, and the bare tag is used otherwise, with a notice.
pub(super) fn pin_all(
    specs: &mut [ServiceSpec],
    present: &[ObservedService],
    when: ResolveImage,
    answers: &Answers,
    notices: &mut Vec<Notice>,
) {
    for spec in specs {
        match pin(spec, running(spec, present), when, answers) {
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

/// The image that runs, if the recipe still names the same one and nobody has put another one in its place by hand
/// (`docker service update --image` leaves the label alone).
fn running(spec: &ServiceSpec, present: &[ObservedService]) -> Option<String> {
    let service = present
        .iter()
        .find(|s| Some(&s.name) == spec.name.as_ref())?;
    let before = service.spec.labels.as_ref()?.get(IMAGE_LABEL)?;
    let runs = image(&service.spec);
    (before == named(spec) && familiar(before) == familiar(runs)).then(|| runs.to_owned())
}

/// The image as the compose file names it: requests say `:latest` where it says nothing.
pub(super) fn named(spec: &ServiceSpec) -> &str {
    let label = spec.labels.as_ref().and_then(|l| l.get(IMAGE_LABEL));
    label.map_or_else(|| image(spec), String::as_str)
}

/// The reference as the docker CLI shortens it, without a digest; digests differ where the tag has moved.
fn familiar(reference: &str) -> String {
    let bare = reference.split('@').next().unwrap_or(reference);
    Reference::parse(bare).map_or_else(|_| bare.to_owned(), |parsed| parsed.familiar())
}

fn needs_answer(spec: &ServiceSpec, running: Option<&str>, when: ResolveImage) -> bool {
    let wanted = match when {
        ResolveImage::Always => true,
        ResolveImage::Changed => running.is_none(),
        ResolveImage::Never => false,
    };
    wanted && !image(spec).contains('@')
}

fn pin(
    spec: &ServiceSpec,
    running: Option<String>,
    when: ResolveImage,
    answers: &Answers,
) -> Pinned {
    if image(spec).contains('@') {
        return Pinned::Keep;
    }
    if !needs_answer(spec, running.as_deref(), when) {
        return running.map_or(Pinned::Keep, Pinned::Running);
    }
    match answers.get(image(spec)) {
        Some(Some(resolved)) => Pinned::Resolved(resolved.clone()),
        Some(None) | None => Pinned::NoAnswer(running),
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
