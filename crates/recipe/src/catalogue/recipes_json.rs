//! `recipes.json`: the catalogue in abra's format (reference 5).
//!
//! An object with a recipe under each name. What is not known is an empty string and never `null`, the status is an integer,
//! and versions are a list of objects with one key each, the oldest first. The order of the fields is the reference's.
//! Reading is forgiving: files of the last six years lack fields, hold `null` for a list and numbers as text.

mod lenient;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{About, CatalogueError, VersionDocument, document};
use crate::limits::Limits;
use crate::version::RecipeVersion;
use lenient::{integer, map, object, text, versions};

const WHAT: &str = "recipes.json";

/// A whole `recipes.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RecipesJson {
    /// Each recipe by its name.
    pub recipes: BTreeMap<String, Entry>,
}

/// One recipe.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Its name.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// `Apps`, `Development`, `Utilities`…
    #[serde(deserialize_with = "text")]
    pub category: String,
    /// A sentence or two.
    #[serde(deserialize_with = "text")]
    pub description: String,
    /// The branch on which work goes on.
    #[serde(deserialize_with = "text")]
    pub default_branch: String,
    /// Where it is cloned from.
    #[serde(deserialize_with = "text")]
    pub repository: String,
    /// Where a maintainer pushes to.
    #[serde(deserialize_with = "text")]
    pub ssh_url: String,
    /// The address of an icon.
    #[serde(deserialize_with = "text")]
    pub icon: String,
    /// Upstream's site.
    #[serde(deserialize_with = "text")]
    pub website: String,
    /// What its README says about it.
    #[serde(deserialize_with = "object")]
    pub features: Features,
    /// Its versions, the oldest first: objects with one key each.
    #[serde(deserialize_with = "versions")]
    pub versions: Vec<BTreeMap<String, Services>>,
}

/// The services of a version, by name.
pub type Services = BTreeMap<String, ServiceMeta>;

/// The features of a recipe, as its README has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Features {
    /// Whether it can be backed up.
    #[serde(deserialize_with = "text")]
    pub backups: String,
    /// How far mail is set up by variables.
    #[serde(deserialize_with = "text")]
    pub email: String,
    /// Whether it has a health check.
    #[serde(deserialize_with = "text")]
    pub healthcheck: String,
    /// How far single sign-on is set up by variables.
    #[serde(deserialize_with = "text")]
    pub sso: String,
    /// How far it is tested.
    #[serde(deserialize_with = "text")]
    pub tests: String,
    /// The status score; 0 when there is none.
    #[serde(deserialize_with = "integer")]
    pub status: i64,
    /// The image of its `app` service.
    #[serde(deserialize_with = "object")]
    pub image: ImageMeta,
}

/// The `Image` line of a README.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageMeta {
    /// The image's name.
    #[serde(deserialize_with = "text")]
    pub image: String,
    /// The rating as written.
    #[serde(deserialize_with = "text")]
    pub rating: String,
    /// Who makes it.
    #[serde(deserialize_with = "text")]
    pub source: String,
    /// Where it is described.
    #[serde(deserialize_with = "text")]
    pub url: String,
}

/// The image of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceMeta {
    /// Its name.
    #[serde(deserialize_with = "text")]
    pub image: String,
    /// Its tag; empty when it has none.
    #[serde(deserialize_with = "text")]
    pub tag: String,
    /// Its digest, which only older catalogues have, and recipes that pin one.
    #[serde(deserialize_with = "text", skip_serializing_if = "String::is_empty")]
    pub digest: String,
}

impl RecipesJson {
    /// Adds a recipe, or replaces it.
    pub fn insert(&mut self, entry: Entry) {
        self.recipes.insert(entry.name.clone(), entry);
    }

    /// The file, in as few bytes as it goes: what a hub serves.
    ///
    /// # Errors
    /// It cannot be written as JSON, which no value of this type is known to cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CatalogueError> {
        serde_json::to_vec(self)
            .map_err(|source| CatalogueError::NotADocument { what: WHAT, source })
    }

    /// The file with line ends and an indent, as abra's catalogue repository holds it: what people put under git.
    ///
    /// # Errors
    /// As [`Self::to_bytes`].
    pub fn to_pretty_bytes(&self) -> Result<Vec<u8>, CatalogueError> {
        let mut bytes = Vec::new();
        let indent = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut writer = serde_json::Serializer::with_formatter(&mut bytes, indent);
        self.serialize(&mut writer)
            .map_err(|source| CatalogueError::NotADocument { what: WHAT, source })?;
        Ok(bytes)
    }

    /// Reads a `recipes.json` of any age. A recipe in it that makes no sense at all is left out and named in the second
    /// value, for one bad entry must not hide the others.
    ///
    /// # Errors
    /// The bytes are too many or no JSON object, or there are too many recipes.
    pub fn from_bytes(
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<(Self, Vec<String>), CatalogueError> {
        document::check_size(WHAT, bytes.len(), limits.max_recipes_json_bytes)?;
        let all: BTreeMap<String, serde_json::Value> =
            map(bytes).map_err(|source| CatalogueError::NotADocument { what: WHAT, source })?;
        if all.len() > limits.max_recipes {
            return Err(CatalogueError::TooMany {
                what: WHAT,
                count: all.len(),
                limit: limits.max_recipes,
            });
        }
        let mut read = Self::default();
        let mut left_out = Vec::new();
        for (name, value) in all {
            match Entry::deserialize(value) {
                Ok(mut entry) => {
                    if entry.name.is_empty() {
                        entry.name.clone_from(&name);
                    }
                    read.recipes.insert(name, entry);
                }
                Err(_) => left_out.push(name),
            }
        }
        Ok((read, left_out))
    }
}

impl Entry {
    /// A recipe without versions.
    pub fn new(about: &About) -> Self {
        let known = |text: &Option<String>| text.clone().unwrap_or_default();
        let metadata = about.metadata.clone().unwrap_or_default();
        let image = metadata.image.unwrap_or_default();
        Self {
            name: about.recipe.clone(),
            category: known(&metadata.category),
            description: known(&about.description),
            default_branch: about.default_branch.clone(),
            repository: about.repository.clone(),
            ssh_url: known(&about.ssh_url),
            icon: known(&about.icon),
            website: known(&about.website),
            features: Features {
                backups: known(&metadata.backups),
                email: known(&metadata.email),
                healthcheck: known(&metadata.healthcheck),
                sso: known(&metadata.sso),
                tests: known(&metadata.tests),
                status: metadata.status_score.map_or(0, i64::from),
                image: ImageMeta {
                    image: image.name,
                    rating: known(&image.rating),
                    source: known(&image.source),
                    url: known(&image.url),
                },
            },
            versions: Vec::new(),
        }
    }

    /// Adds a version at its place: the oldest stands first.
    pub fn add(&mut self, document: &VersionDocument) {
        let services = document.services.iter().map(|(name, service)| {
            let meta = ServiceMeta {
                image: service.image.clone(),
                tag: service.tag.clone(),
                digest: service.digest.clone().unwrap_or_default(),
            };
            (name.clone(), meta)
        });
        let version = document.version.clone();
        let one = BTreeMap::from([(version.to_string(), services.collect())]);
        let at = self
            .versions
            .iter()
            .rposition(|known| tag(known).is_none_or(|known| known <= version))
            .map_or(0, |at| at + 1);
        self.versions.insert(at, one);
    }

    /// The versions with their services, flat, in the order of the file.
    pub fn versions(&self) -> impl Iterator<Item = (&str, &Services)> {
        self.versions
            .iter()
            .flatten()
            .map(|(tag, services)| (tag.as_str(), services))
    }
}

/// The version in an object with one key; `None` for a tag that is none.
fn tag(one: &BTreeMap<String, Services>) -> Option<RecipeVersion> {
    RecipeVersion::parse(one.keys().next()?).ok()
}

#[cfg(test)]
mod tests;
