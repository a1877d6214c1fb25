//! What one version holds, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Secret, Service, Variable, Volume};
use crate::catalogue::CatalogueError;
use crate::compose::{ComposeError, ComposeSet, Definition, expand, references, written};
use crate::env::EnvFile;
use crate::limits::Limits;
use crate::recipe::Recipe;
use crate::secret::{ComposeSecret, SecretDecl, SecretSpec, version_variable};
use crate::tree::RecipeTree;

/// Stands for the stack's name, which no recipe knows.
const STACK: &str = "stack";

#[derive(Debug, Default)]
pub(super) struct Facts {
    pub compose_files: BTreeMap<String, ()>,
    /// By service and compose file.
    pub services: BTreeMap<(String, String), Service>,
    pub variables: BTreeMap<String, Variable>,
    pub secrets: BTreeMap<String, Secret>,
    pub configs: BTreeMap<String, Config>,
    pub volumes: BTreeMap<String, Volume>,
    /// `service port`, for each port that a service opens.
    pub ports: BTreeMap<String, ()>,
    /// Networks that are there before the app.
    pub networks: BTreeMap<String, ()>,
    /// Variables that only say which version of a secret or config is meant.
    pub version_variables: BTreeSet<String>,
    pub warnings: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Config {
    /// The full name, in which the version stands.
    pub full_name: String,
    pub file: Option<String>,
}

impl Facts {
    pub fn read(tree: &dyn RecipeTree, limits: &Limits) -> Result<Self, CatalogueError> {
        let recipe = Recipe::load(tree, limits)?;
        let set = ComposeSet::read(tree, &recipe, limits)?;
        let vars = vars_for_names(&recipe, &set);
        let mut facts = Self {
            compose_files: recipe
                .compose_files
                .iter()
                .map(|file| (file.clone(), ()))
                .collect(),
            warnings: set.warnings.clone(),
            ..Self::default()
        };
        for file in &set.files {
            for (name, image) in &file.services {
                if let Some(image) = image {
                    let service = Service {
                        image: written(image, &set.vars).text,
                        file: file.path.clone(),
                    };
                    facts
                        .services
                        .insert((name.clone(), file.path.clone()), service);
                }
            }
            for (key, definition) in &file.volumes {
                facts.volumes.entry(key.clone()).or_insert_with(|| Volume {
                    external: definition.external,
                    name: definition.name.clone(),
                });
            }
            for (service, ports) in &file.ports {
                for port in ports {
                    let port = expand(port, &vars).text;
                    facts.ports.insert(format!("{service} {port}"), ());
                }
            }
            for (key, definition) in file.networks.iter().filter(|(_, n)| n.external) {
                let name = definition.name.as_deref().unwrap_or(key);
                facts.networks.insert(expand(name, &vars).text, ());
            }
            for (key, definition) in &file.secrets {
                facts.add_secret(key, definition, &file.path, &recipe, &vars);
            }
            for (key, definition) in &file.configs {
                facts.add_config(key, definition, &vars);
            }
            facts.check_size(&file.path, limits)?;
        }
        facts.add_variables(&recipe, &set);
        Ok(facts)
    }

    /// Each file is bounded, and so is what they hold together.
    fn check_size(&self, file: &str, limits: &Limits) -> Result<(), ComposeError> {
        let sizes = [
            ("services", self.services.len()),
            ("secrets", self.secrets.len()),
            ("configs", self.configs.len()),
            ("volumes", self.volumes.len()),
            ("ports", self.ports.len()),
            ("networks", self.networks.len()),
        ];
        match sizes
            .into_iter()
            .find(|(_, size)| *size > limits.max_objects)
        {
            Some((what, _)) => Err(ComposeError::TooMany {
                file: file.to_owned(),
                what,
                limit: limits.max_objects,
            }),
            None => Ok(()),
        }
    }

    fn add_secret(
        &mut self,
        key: &str,
        definition: &Definition,
        file: &str,
        recipe: &Recipe,
        vars: &BTreeMap<String, String>,
    ) {
        if self.secrets.contains_key(key) {
            return;
        }
        let full_name = self.full_name(key, definition, vars);
        self.version_variables.insert(version_variable(key));
        let declared = ComposeSecret {
            local: key.to_owned(),
            external_name: full_name,
        };
        let nothing = EnvFile::empty("app.env");
        let (version, made) = match SecretDecl::new(&declared, STACK, &recipe.env_sample, &nothing)
        {
            Ok(secret) => (secret.version, how_made(&secret.spec)),
            // A name without a version, or a modifier that means nothing: the linter says so.
            Err(error) => ("?".to_owned(), error.to_string()),
        };
        let secret = Secret {
            version,
            made,
            file: file.to_owned(),
        };
        self.secrets.insert(key.to_owned(), secret);
    }

    fn add_config(&mut self, key: &str, definition: &Definition, vars: &BTreeMap<String, String>) {
        if self.configs.contains_key(key) {
            return;
        }
        let file = definition
            .file
            .as_deref()
            .map(|file| expand(file, vars).text);
        let config = Config {
            full_name: self.full_name(key, definition, vars),
            file,
        };
        self.configs.insert(key.to_owned(), config);
    }

    /// The name in the swarm. Its variables are about versions and nothing else, so they are remembered.
    fn full_name(
        &mut self,
        key: &str,
        definition: &Definition,
        vars: &BTreeMap<String, String>,
    ) -> String {
        let Some(name) = &definition.name else {
            return format!("{STACK}_{key}");
        };
        let mut mentioned = Vec::new();
        references(name, &mut mentioned);
        self.version_variables
            .extend(mentioned.into_iter().map(|r| r.name));
        let expanded = expand(name, vars);
        if expanded.unknown.is_empty() {
            return expanded.text;
        }
        let mut vars = vars.clone();
        vars.extend(
            expanded
                .unknown
                .into_iter()
                .map(|name| (name, "?".to_owned())),
        );
        expand(name, &vars).text
    }

    fn add_variables(&mut self, recipe: &Recipe, set: &ComposeSet) {
        let exported = recipe.abra_exports.vars();
        let hidden = |name: &str, versions: &BTreeSet<String>| {
            exported.contains_key(name)
                || versions.contains(name)
                || matches!(name, "TYPE" | "RECIPE" | "STACK_NAME" | "COMPOSE_FILE")
        };
        for variable in recipe.env_sample.variables() {
            if !hidden(&variable.key, &self.version_variables) {
                let known = Variable {
                    sample: (!variable.optional).then(|| variable.default.clone()),
                    offered: variable.optional,
                    unset: None,
                };
                self.variables.insert(variable.key.clone(), known);
            }
        }
        for reference in set.files.iter().flat_map(|file| &file.references) {
            if hidden(&reference.name, &self.version_variables) {
                continue;
            }
            let variable = self.variables.entry(reference.name.clone()).or_default();
            variable.unset = match (&reference.fallback, &variable.unset) {
                // Where one place has nothing to put in, something is missing.
                (None, _) => Some(String::new()),
                (Some(_), Some(known)) => Some(known.clone()),
                (Some(fallback), None) if !fallback.is_empty() => Some(fallback.clone()),
                (Some(_), None) => None,
            };
        }
    }
}

/// What stands in names: what the sample and `abra.sh` set, and for what belongs to optional files what the sample offers.
fn vars_for_names(recipe: &Recipe, set: &ComposeSet) -> BTreeMap<String, String> {
    let offered = recipe.env_sample.variables().iter().filter(|v| v.optional);
    let mut vars: BTreeMap<String, String> = offered
        .filter(|v| !v.default.contains(['$', ' ']))
        .map(|v| {
            (
                v.key.clone(),
                v.default.trim_matches(['"', '\'']).to_owned(),
            )
        })
        .collect();
    vars.extend(set.vars.clone());
    vars.insert("STACK_NAME".to_owned(), STACK.to_owned());
    vars
}

fn how_made(spec: &SecretSpec) -> String {
    match spec {
        SecretSpec::Passphrase => "a passphrase".to_owned(),
        SecretSpec::Random { length, .. } => format!("{length} random characters"),
        SecretSpec::Inserted => "inserted by hand".to_owned(),
    }
}
