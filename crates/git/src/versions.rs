//! Tags into versions.

use allot_recipe::RecipeVersion;
use gix::objs::Kind;
use jiff::Timestamp;

use super::{OtherTag, Version, Versions};

const TAGS: &str = "refs/tags/";

/// Reads every tag of a mirror.
pub(super) fn read(repository: &gix::Repository) -> gix::Result<Versions> {
    let mut all = Versions::default();
    for reference in repository.references()?.tags()? {
        let mut reference = reference?;
        let name = reference.name().as_bstr().to_string();
        let tag = name.strip_prefix(TAGS).unwrap_or(&name).to_owned();
        match RecipeVersion::parse(&tag) {
            Err(error) => all.others.push(OtherTag {
                tag,
                why: error.to_string(),
            }),
            Ok(version) => match read_tag(&mut reference, tag.clone(), version)? {
                Some(version) => all.versions.push(version),
                None => all.others.push(OtherTag {
                    tag,
                    why: "it does not lead to a commit".to_owned(),
                }),
            },
        }
    }
    all.versions.sort_by(|a, b| a.version.cmp(&b.version));
    all.others.sort_by(|a, b| a.tag.cmp(&b.tag));
    Ok(all)
}

fn read_tag(
    reference: &mut gix::Reference<'_>,
    tag: String,
    version: RecipeVersion,
) -> gix::Result<Option<Version>> {
    let object = reference.follow_to_object()?.object()?;
    let annotated = object.kind == Kind::Tag;
    let tagged = match annotated {
        true => object
            .clone()
            .into_tag()
            .tagger()?
            .and_then(|who| seconds(who.time().ok()?.seconds)),
        false => None,
    };
    let Ok(peeled) = object.peel_tags_to_end() else {
        return Ok(None);
    };
    if peeled.kind != Kind::Commit {
        return Ok(None);
    }
    let commit = peeled.into_commit();
    let date = match tagged {
        Some(date) => Some(date),
        None => seconds(commit.time()?.seconds),
    };
    Ok(Some(Version {
        version,
        tag,
        commit: commit.id().to_string(),
        tree: commit.tree_id()?.to_string(),
        annotated,
        date,
    }))
}

fn seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}
