//! What one version of a recipe holds.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::remarks::bounded;
use super::{CatalogueError, FORMAT, document};
use crate::compose::{ComposeSet, ServiceFacts};
use crate::help::shorten;
use crate::limits::Limits;
use crate::readme::{Metadata, Readme};
use crate::recipe::{README, Recipe};
use crate::release_notes::FOLDER;
use crate::tree::{RecipeTree, TreeError, read_optional};
use crate::version::RecipeVersion;

const WHAT: &str = "a version's document";

/// The most bytes of an env sample in a document. The largest seen has 12 KiB.
const LONGEST_SAMPLE: usize = 96 * 1024;

/// The most characters of an image's name, tag or digest. Docker takes 255 of a name and 128 of a tag.
const LONGEST_NAME: usize = 400;

/// What one version of a recipe holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct VersionDocument {
    /// The format of this document.
    pub format: u32,
    /// The recipe's name.
    pub recipe: String,
    /// The version, exactly as it was tagged.
    pub version: RecipeVersion,
    /// The commit that the tag points to.
    pub commit: String,
    /// That commit's tree.
    pub tree: String,
    /// When it was tagged, by the tagger's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tagged_at: Option<Timestamp>,
    /// Every compose file that it has.
    #[serde(default)]
    pub compose_files: Vec<String>,
    /// Each service with its image.
    #[serde(default)]
    pub services: BTreeMap<String, ServiceImage>,
    /// A sentence or two from its README.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The metadata block of its README.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// The text of its env sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_sample: Option<String>,
    /// The release note of exactly this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_notes: Option<String>,
    /// What is odd about it and does not hinder a deploy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The image of a service. Variables have the values that a new app begins with; what nobody sets stays as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ServiceImage {
    /// Its name in docker's familiar form: `docker.io/library/nginx` is `nginx`, other registries stay.
    pub image: String,
    /// Its tag; empty when it has none.
    #[serde(default)]
    pub tag: String,
    /// Its digest, when the compose file pins one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Images that the service has with other compose files than a new app's: file -> image.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, String>,
}

/// What the caller knows of a version from its repository.
#[derive(Debug, Clone, Copy)]
pub struct VersionFacts<'a> {
    /// The recipe's name.
    pub recipe: &'a str,
    /// The version, as tagged.
    pub version: &'a RecipeVersion,
    /// The commit that the tag points to, as lower-case hex.
    pub commit: &'a str,
    /// That commit's tree, as lower-case hex.
    pub tree: &'a str,
    /// When it was tagged.
    pub tagged_at: Option<Timestamp>,
}

/// Takes a part out of a document.
type Drop = fn(&mut VersionDocument);

impl VersionDocument {
    /// Makes the document of a version from its files.
    ///
    /// # Errors
    /// No app could be deployed from it: it has no compose file, its sample is broken, a compose file that a new app needs
    /// is missing or is not YAML, or something is out of bounds. Whatever else is odd becomes a warning.
    pub fn read(
        tree: &dyn RecipeTree,
        facts: &VersionFacts<'_>,
        limits: &Limits,
    ) -> Result<Self, CatalogueError> {
        let recipe = Recipe::load(tree, limits)?;
        let set = ComposeSet::read(tree, &recipe, limits)?;
        let mut warnings = recipe.warnings.clone();
        warnings.extend(set.warnings.iter().cloned());
        let services = services(&set, limits, &mut warnings);
        let description = description(tree, limits, &mut warnings)?;
        let release_notes = note(tree, facts.version, limits, &mut warnings);
        let document = Self {
            format: FORMAT,
            recipe: facts.recipe.to_owned(),
            version: facts.version.clone(),
            commit: facts.commit.to_owned(),
            tree: facts.tree.to_owned(),
            tagged_at: facts.tagged_at,
            compose_files: recipe.compose_files,
            services,
            description,
            metadata: recipe.readme,
            env_sample: sample(recipe.env_sample.file().source(), &mut warnings),
            release_notes,
            warnings: bounded(warnings, limits.max_remarks),
        };
        document.fitted(limits)
    }

    /// Whether the document is about exactly this version. Whoever reads one that the ledger names asks this, for a document
    /// is only what somebody wrote down.
    pub fn is_of(&self, recipe: &str, version: &str, commit: &str, tree: &str) -> bool {
        self.recipe == recipe
            && self.version.as_str() == version
            && self.commit == commit
            && self.tree == tree
    }

    /// The bytes that are stored and hashed.
    ///
    /// # Errors
    /// It is too large.
    pub fn to_bytes(&self, limits: &Limits) -> Result<Vec<u8>, CatalogueError> {
        document::to_bytes(WHAT, self, limits.max_document_bytes)
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// The bytes are too many, something else, or of a newer program.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, CatalogueError> {
        document::from_bytes(WHAT, bytes, limits.max_document_bytes)
    }

    /// The document itself when it fits, or else without the texts that can be read in the recipe as well.
    fn fitted(mut self, limits: &Limits) -> Result<Self, CatalogueError> {
        let dropped: [(&str, Drop); 3] = [
            ("the env sample", |d| d.env_sample = None),
            ("the release note", |d| d.release_notes = None),
            ("the README's metadata", |d| d.metadata = None),
        ];
        for (what, drop) in dropped {
            if self.to_bytes(limits).is_ok() {
                return Ok(self);
            }
            drop(&mut self);
            self.warnings.push(format!(
                "{what} is left out here, for the document would be too large"
            ));
        }
        self.to_bytes(limits)?;
        Ok(self)
    }
}

fn services(
    set: &ComposeSet,
    limits: &Limits,
    warnings: &mut Vec<String>,
) -> BTreeMap<String, ServiceImage> {
    let all = set.services();
    for name in set.without_image() {
        warnings.push(format!("the service {name} has no image"));
    }
    if !set
        .files
        .iter()
        .any(|file| file.services.contains_key("app"))
    {
        warnings.push("there is no service named app".to_owned());
    }
    if all.len() > limits.max_objects {
        warnings.push(format!(
            "{} of its {} services are left out here",
            all.len() - limits.max_objects,
            all.len()
        ));
    }
    all.into_iter()
        .take(limits.max_objects)
        .map(|(name, facts)| {
            warn_about(&name, &facts, warnings);
            let image = ServiceImage::from_facts(facts);
            (name, image)
        })
        .collect()
}

fn warn_about(name: &str, facts: &ServiceFacts, warnings: &mut Vec<String>) {
    if !facts.unknown.is_empty() {
        warnings.push(format!(
            "{}: the image of {name} depends on {}, which neither the sample nor abra.sh sets",
            facts.file,
            facts.unknown.join(", ")
        ));
    } else if facts.image.tag.is_none() && facts.image.digest.is_none() {
        warnings.push(format!("{}: the image of {name} has no tag", facts.file));
    }
}

impl ServiceImage {
    fn from_facts(facts: ServiceFacts) -> Self {
        let others = facts.others.into_iter();
        Self {
            image: shorten(&facts.image.name, LONGEST_NAME),
            tag: shorten(&facts.image.tag.unwrap_or_default(), LONGEST_NAME),
            digest: facts
                .image
                .digest
                .map(|digest| shorten(&digest, LONGEST_NAME)),
            others: others
                .map(|(file, image)| (file, shorten(&image, LONGEST_NAME)))
                .collect(),
        }
    }
}

fn description(
    tree: &dyn RecipeTree,
    limits: &Limits,
    warnings: &mut Vec<String>,
) -> Result<Option<String>, CatalogueError> {
    let readme = match Readme::read(tree, limits) {
        Ok(Some(readme)) => readme,
        Ok(None) => {
            warnings.push(format!("it has no {README}"));
            return Ok(None);
        }
        Err(error @ TreeError::Unreadable { .. }) => return Err(error.into()),
        Err(error) => {
            warnings.push(error.to_string());
            return Ok(None);
        }
    };
    if readme.lossy {
        warnings.push(format!("{README} holds bytes that are not UTF-8 text"));
    }
    Ok(readme.description)
}

fn sample(source: &str, warnings: &mut Vec<String>) -> Option<String> {
    if source.len() > LONGEST_SAMPLE {
        warnings.push("the env sample is too large to be shown here".to_owned());
        return None;
    }
    (!source.is_empty()).then(|| source.to_owned())
}

/// The note of exactly this version. One that cannot be read is shown by the deploy, too, so here a word is enough.
fn note(
    tree: &dyn RecipeTree,
    version: &RecipeVersion,
    limits: &Limits,
    warnings: &mut Vec<String>,
) -> Option<String> {
    match read_optional(tree, &format!("{FOLDER}/{version}"), limits.max_note_bytes) {
        Ok(bytes) => bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => {
            warnings.push(error.to_string());
            None
        }
    }
}
