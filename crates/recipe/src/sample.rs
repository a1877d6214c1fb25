//! `.env.sample`: the variables that a recipe offers, and what an app's env lacks of them (reference 2.4 and 3.7).

use std::collections::{BTreeMap, BTreeSet};

use crate::app_name::AppName;
use crate::env::{EnvError, EnvFile, Modifiers};
use crate::reference::RecipeRef;

/// Keys that mean something in every app's env, whatever the recipe offers (reference 2.2).
pub const COMMON_KEYS: &[&str] = &[
    "TYPE",
    "RECIPE",
    "DOMAIN",
    "EXTRA_DOMAINS",
    "LETS_ENCRYPT_ENV",
    "COMPOSE_FILE",
    "STACK_NAME",
    "TIMEOUT",
    "ENABLE_AUTO_UPDATE",
    "ENABLE_BACKUPS",
    "POST_DEPLOY_CMDS",
    "POST_UPGRADE_CMDS",
    "POST_UNDEPLOY_CMDS",
];

/// One variable of the sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleVariable {
    /// Its name.
    pub key: String,
    /// The value that the sample gives, or the text after `=` where the line is commented out.
    pub default: String,
    /// Whether the sample only offers it, commented out.
    pub optional: bool,
    /// The modifiers after it, such as `length=32`.
    pub modifiers: Modifiers,
    /// The line of its first mention, from 1.
    pub line: usize,
}

/// The `.env.sample` of a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvSample {
    file: EnvFile,
    variables: Vec<SampleVariable>,
}

impl EnvSample {
    /// Reads a sample.
    pub fn parse(name: &str, source: &str) -> Result<Self, EnvError> {
        Ok(Self::new(EnvFile::parse(name, source)?))
    }

    /// Takes a dotenv file as a sample.
    pub fn new(file: EnvFile) -> Self {
        let variables = variables(&file);
        Self { file, variables }
    }

    /// The file itself: the text that a new app's env begins with.
    pub fn file(&self) -> &EnvFile {
        &self.file
    }

    /// Each variable once, in the order in which the sample first mentions it.
    pub fn variables(&self) -> &[SampleVariable] {
        &self.variables
    }

    /// The modifiers of a variable: what the sample says, overridden by what the app's own env says.
    pub fn modifiers(&self, app: &EnvFile, key: &str) -> Modifiers {
        let mut all = self
            .variables
            .iter()
            .find(|v| v.key == key)
            .map(|v| v.modifiers.clone())
            .unwrap_or_default();
        all.merge(&app.modifiers(key));
        all
    }

    /// The env that a new app begins with, as `abra app new` writes it: the sample, with the app's domain in the place of
    /// `<recipe>.example.com`, and the recipe with its version in `TYPE` (or in `RECIPE`, where the sample has that).
    pub fn env_for(&self, app: &AppName, recipe: &RecipeRef) -> Result<EnvFile, EnvError> {
        let placeholder = format!("{}.example.com", recipe.short_name());
        let source = self.file.source().replace(&placeholder, app.as_str());
        let mut env = EnvFile::parse(&format!("{app}.env"), &source)?;
        let key = if env.get("TYPE").is_none() && env.get("RECIPE").is_some() {
            "RECIPE"
        } else {
            "TYPE"
        };
        env.set(key, &recipe.to_string())?;
        // Some samples have another domain in the example, or none.
        if env.get("DOMAIN").is_some() {
            env.set("DOMAIN", app.as_str())?;
        }
        Ok(env)
    }

    /// `env check`: the variables that the sample sets and the app's env does not.
    pub fn missing(&self, app: &EnvFile) -> Vec<&SampleVariable> {
        let set: BTreeSet<&str> = app.entries().iter().map(|e| e.key.as_str()).collect();
        let lacks = |v: &&SampleVariable| !v.optional && !set.contains(v.key.as_str());
        self.variables.iter().filter(lacks).collect()
    }

    /// The keys of an app's env that neither the sample nor Co-op Cloud knows: often a misspelt one.
    pub fn unknown<'a>(&self, app: &'a EnvFile) -> Vec<&'a str> {
        let known: BTreeSet<&str> = self
            .variables
            .iter()
            .map(|v| v.key.as_str())
            .chain(COMMON_KEYS.iter().copied())
            .collect();
        let mut seen = BTreeSet::new();
        app.entries()
            .iter()
            .map(|e| e.key.as_str())
            .filter(|key| !known.contains(key) && seen.insert(*key))
            .collect()
    }
}

fn variables(file: &EnvFile) -> Vec<SampleVariable> {
    let mut all: BTreeMap<&str, SampleVariable> = BTreeMap::new();
    for entry in file.entries() {
        let variable = all.entry(&entry.key).or_insert_with(|| SampleVariable {
            key: entry.key.clone(),
            default: String::new(),
            optional: false,
            modifiers: Modifiers::default(),
            line: entry.line,
        });
        variable.default.clone_from(&entry.value);
        variable.modifiers.merge(&entry.modifiers);
    }
    for entry in file.optional_entries() {
        all.entry(&entry.key).or_insert_with(|| SampleVariable {
            key: entry.key.clone(),
            default: entry.raw.clone(),
            optional: true,
            modifiers: entry.modifiers.clone(),
            line: entry.line,
        });
    }
    let mut all: Vec<SampleVariable> = all.into_values().collect();
    all.sort_by_key(|v| v.line);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "TYPE=web\nDOMAIN=web.example.com\n#EXTRA_DOMAINS=', `www.web.example.com`'\nCOMPOSE_FILE=compose.yml\n# COMPOSE_FILE=\"$COMPOSE_FILE:compose.pg.yml\"\nSECRET_KEY_VERSION=v1 # length=64\n#SECRET_OIDC_VERSION=v1 # generate=false\n#LOG=info\n";

    fn app(text: &str) -> EnvFile {
        EnvFile::parse("app.env", text).expect("dotenv")
    }

    fn sample() -> EnvSample {
        EnvSample::parse(".env.sample", SAMPLE).expect("dotenv")
    }

    #[test]
    fn lists_each_variable_once_in_order() {
        let sample = sample();
        let names: Vec<_> = sample
            .variables()
            .iter()
            .map(|v| (v.key.as_str(), v.optional))
            .collect();
        assert_eq!(
            names,
            [
                ("TYPE", false),
                ("DOMAIN", false),
                ("EXTRA_DOMAINS", true),
                ("COMPOSE_FILE", false),
                ("SECRET_KEY_VERSION", false),
                ("SECRET_OIDC_VERSION", true),
                ("LOG", true)
            ]
        );
    }

    #[test]
    fn names_what_an_app_lacks() {
        let sample = sample();
        let app = app("TYPE=web\nDOMAIN=x.org\nSECRET_KEY_VERSION=v1\n");
        let missing: Vec<_> = sample.missing(&app).iter().map(|v| v.key.clone()).collect();
        assert_eq!(missing, ["COMPOSE_FILE"]);
    }

    #[test]
    fn writes_the_env_of_a_new_app_as_abra_does() {
        let app = AppName::parse("shop.example.org").expect("a domain");
        let recipe = RecipeRef::parse("web:1.2.0+3").expect("a recipe");
        let env = sample().env_for(&app, &recipe).expect("an env");
        let wanted = SAMPLE
            .replace("TYPE=web", "TYPE=web:1.2.0+3")
            .replace("web.example.com", "shop.example.org");
        assert_eq!(env.source(), wanted);
        let odd =
            EnvSample::parse("s", "RECIPE=x\nDOMAIN=other.example.net # here\n").expect("dotenv");
        let env = odd.env_for(&app, &recipe).expect("an env");
        assert_eq!(
            env.source(),
            "RECIPE=web:1.2.0+3\nDOMAIN=shop.example.org # here\n"
        );
        let bare = EnvSample::parse("s", "")
            .expect("dotenv")
            .env_for(&app, &recipe)
            .expect("an env");
        assert_eq!(bare.source(), "TYPE=web:1.2.0+3\n");
    }

    #[test]
    fn names_keys_that_nobody_knows() {
        let app = app("TYPE=web\nLOG=debug\nTIMEOUT=9\nDOMIAN=x\nDOMIAN=y\n");
        assert_eq!(sample().unknown(&app), ["DOMIAN"]);
    }

    #[test]
    fn takes_modifiers_from_the_sample_unless_the_app_says_otherwise() {
        let sample = sample();
        let old = app("SECRET_KEY_VERSION=v1\n");
        assert_eq!(
            sample.modifiers(&old, "SECRET_KEY_VERSION").get("length"),
            Some("64")
        );
        let own = app("SECRET_KEY_VERSION=v1 # length=8\n");
        assert_eq!(
            sample.modifiers(&own, "SECRET_KEY_VERSION").get("length"),
            Some("8")
        );
        assert_eq!(
            sample
                .modifiers(&old, "SECRET_OIDC_VERSION")
                .get("generate"),
            Some("false")
        );
    }
}
