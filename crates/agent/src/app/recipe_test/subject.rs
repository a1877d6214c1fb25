//! What is tested: the candidate and the release before it, each pinned to a commit.

use std::collections::BTreeSet;

use allot_recipe::{RecipeRef, RecipeVersion, reference::Origin};

use super::{TestRequest, report::Release, scripts::Scripts};
use crate::{
    app::{Agent, apps::recorded_as, blocking, deploy::wanted, error::Result, render},
    git::{Pinned, SharedTree, Version, Wanted},
};

/// What is tested.
pub(super) struct Subject {
    /// Name of the recipe.
    pub(super) recipe: String,
    /// How it was asked for.
    pub(super) reference: String,
    /// Where it comes from.
    pub(super) source: String,
    /// The state that is tested.
    pub(super) candidate: Release,
    /// Its files.
    pub(super) tree: SharedTree,
    /// The release that is upgraded.
    pub(super) previous: Option<Release>,
    /// What the candidate brings for its test.
    pub(super) scripts: Scripts,
}

impl Agent {
    /// Pins what is to be tested, and reads what it brings for its test.
    pub(super) async fn subject(&self, request: &TestRequest) -> Result<Subject> {
        let reference = RecipeRef::parse(&request.recipe)?;
        let source = self.place_of(&reference).await?;
        if !request.offline {
            self.recipes.fetch(&source).await?;
        }
        let pinned = self
            .recipes
            .resolve(&source, &candidate(&reference, &request.version)?)
            .await?;
        let tree = self.recipes.open(&source, &pinned.commit).await?;
        let read = SharedTree::clone(&tree);
        let (recipe, scripts) = blocking("reading a recipe's tests", move || {
            let recipe = render::load(&*read)?;
            let named = recorded_as(&reference, &recipe.env_sample);
            Ok((named.short_name().to_owned(), Scripts::read(&*read)?))
        })
        .await?;
        let previous = self
            .previous(&recipe, &source, &pinned, &request.from)
            .await?;
        Ok(Subject {
            recipe,
            reference: request.recipe.clone(),
            source,
            candidate: release(pinned),
            tree,
            previous,
            scripts,
        })
    }

    async fn previous(
        &self,
        recipe: &str,
        source: &str,
        candidate: &Pinned,
        from: &str,
    ) -> Result<Option<Release>> {
        if !from.is_empty() {
            let pinned = self.recipes.resolve(source, &wanted(from)?).await?;
            return Ok(Some(release(pinned)));
        }
        let known = self.recipes.versions(source).await?;
        // Without a catalogue, or with one that cannot be read, every tag is a release.
        let unpublished = match &self.catalogue {
            Some(catalogue) => catalogue.unpublished(recipe).await.unwrap_or_default(),
            None => BTreeSet::new(),
        };
        let before = newest_before(&known.versions, candidate, &unpublished);
        Ok(before.map(|version| Release {
            version: version.version.to_string(),
            commit: version.commit.clone(),
            tree: version.tree.clone(),
        }))
    }
}

/// A clone's head is what its maintainer is about to release; of a recipe by name the newest version is.
fn candidate(reference: &RecipeRef, version: &str) -> Result<Wanted> {
    let named = reference.pin().map(ToString::to_string);
    match (version, named) {
        ("", None) => Ok(match reference.origin() {
            Origin::Url(_) | Origin::Path(_) => Wanted::Head,
            Origin::Catalogue(_) | Origin::External(_) => Wanted::Latest,
        }),
        ("", Some(named)) => wanted(&named),
        (version, _) => wanted(version),
    }
}

/// The release that operators run before they upgrade: the newest before the candidate. A pre-release, or a version that
/// its stewards have not published, only where there is nothing else.
fn newest_before<'a>(
    versions: &'a [Version],
    candidate: &Pinned,
    unpublished: &BTreeSet<String>,
) -> Option<&'a Version> {
    let is_before = |version: &RecipeVersion| {
        let tagged = candidate.version.as_ref();
        tagged.is_none_or(|candidate| version < candidate)
    };
    let before = || {
        let all = versions.iter().rev();
        all.filter(|v| v.commit != candidate.commit && is_before(&v.version))
    };
    before()
        .find(|v| !v.version.is_prerelease() && !unpublished.contains(&v.commit))
        .or_else(|| before().next())
}

fn release(pinned: Pinned) -> Release {
    Release {
        version: pinned.version.map(|v| v.to_string()).unwrap_or_default(),
        commit: pinned.commit,
        tree: pinned.tree,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version {
            version: text.parse().unwrap(),
            tag: text.to_owned(),
            commit: format!("commit of {text}"),
            tree: String::new(),
            annotated: true,
            date: None,
        }
    }

    fn before(versions: &[&str], candidate: Option<&str>) -> Option<String> {
        before_without(versions, candidate, &[])
    }

    fn before_without(
        versions: &[&str],
        candidate: Option<&str>,
        unpublished: &[&str],
    ) -> Option<String> {
        let versions: Vec<Version> = versions.iter().map(|text| version(text)).collect();
        let pinned = Pinned {
            commit: candidate.map_or("head".to_owned(), |text| format!("commit of {text}")),
            tree: String::new(),
            version: candidate.map(|text| text.parse().unwrap()),
        };
        let unpublished = unpublished.iter().map(|text| format!("commit of {text}"));
        newest_before(&versions, &pinned, &unpublished.collect()).map(|v| v.tag.clone())
    }

    #[test]
    fn what_is_upgraded_is_the_newest_release_before_the_candidate() {
        let all = ["1.0.0+1", "1.1.0+1", "1.2.0-rc1+1", "2.0.0+1"];
        assert_eq!(before(&all, Some("1.1.0+1")).unwrap(), "1.0.0+1");
        assert_eq!(before(&all, Some("2.0.0+1")).unwrap(), "1.1.0+1");
        assert_eq!(before(&all, None).unwrap(), "2.0.0+1");
        assert_eq!(before(&all, Some("1.0.0+1")), None);
        assert_eq!(before(&[], None), None);
    }

    /// Mended, a version is not upgraded from the one that it mends, which nobody runs.
    #[test]
    fn what_stewards_have_not_published_is_not_what_operators_upgrade_from() {
        let all = ["1.0.0+1", "1.1.0+1", "1.1.1+1"];
        let before = |unpublished| before_without(&all, Some("1.1.1+1"), unpublished).unwrap();
        assert_eq!(before(&["1.1.0+1"]), "1.0.0+1");
        assert_eq!(before(&["1.0.0+1", "1.1.0+1"]), "1.1.0+1");
    }
}
