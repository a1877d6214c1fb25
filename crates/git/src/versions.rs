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
                Ok(version) => all.versions.push(version),
                Err(why) => all.others.push(OtherTag {
                    tag,
                    why: why.to_owned(),
                }),
            },
        }
    }
    all.versions.sort_by(|a, b| a.version.cmp(&b.version));
    all.others.sort_by(|a, b| a.tag.cmp(&b.tag));
    Ok(all)
}

/// A tag, or why it is no version. A tag or commit that nobody can make sense of is one of them: whoever made it may have
/// meant others to trip over it.
fn read_tag(
    reference: &mut gix::Reference<'_>,
    tag: String,
    version: RecipeVersion,
) -> gix::Result<Result<Version, &'static str>> {
    let object = reference.follow_to_object()?.object()?;
    let annotated = object.kind == Kind::Tag;
    let tagged = annotated.then(|| tagged_at(object.clone())).flatten();
    let peeled = object.peel_tags_to_end();
    let commit = match peeled.map(gix::Object::try_into_commit) {
        Ok(Ok(commit)) => commit,
        _ => return Ok(Err("it does not lead to a commit")),
    };
    let Ok(tree) = commit.tree_id() else {
        return Ok(Err("it leads to a commit that cannot be read"));
    };
    let committed = || seconds(commit.time().ok()?.seconds);
    Ok(Ok(Version {
        version,
        tag,
        annotated,
        date: tagged.or_else(committed),
        tree: tree.to_string(),
        commit: commit.id().to_string(),
    }))
}

fn tagged_at(tag: gix::Object<'_>) -> Option<Timestamp> {
    let tag = tag.try_into_tag().ok()?;
    seconds(tag.tagger().ok()??.time().ok()?.seconds)
}

fn seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}
