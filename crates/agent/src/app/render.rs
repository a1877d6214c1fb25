//! From a recipe at a commit and an app's env to what it asks of the swarm.

use std::collections::BTreeMap;

use allot_recipe::{
    EnvFile, EnvSample, Limits, Recipe, RecipeTree,
    secret::{ComposeSecret, SecretDecl, SecretSpec},
    tree::TreeError,
};
use allot_stack::{
    AppLabels, FileRefusal, FileSource, LoadOptions, Loaded, SourceFile, StackName, StackSpec,
};

use super::{
    desired::{Desired, ExpectedSecret, MissingVariable, Notice, Pin},
    env::{env_name, with_version},
    error::Result,
    model::{App, EnvRevision},
};

/// How long a deploy may take when neither recipe nor env say, seconds. abra waits 50; image pulls and start periods
/// do not count here, and a crash loop is found early, so a longer time costs nothing.
const DEFAULT_TIMEOUT: u32 = 300;

/// Longest timeout that a label can ask for, seconds.
const LONGEST_TIMEOUT: u32 = 24 * 3600;

/// What is rendered.
pub(super) struct Input<'a> {
    pub app: &'a App,
    pub env: &'a EnvRevision,
    pub pin: &'a Pin,
    pub tree: &'a dyn RecipeTree,
}

/// Reads a recipe within the usual limits.
pub(super) fn load(tree: &dyn RecipeTree) -> Result<Recipe> {
    Ok(Recipe::load(tree, &Limits::default())?)
}

/// Renders the whole stack.
pub(super) fn desired(input: &Input<'_>) -> Result<Desired> {
    let Input {
        app,
        env,
        pin,
        tree,
    } = input;
    let recipe = load(*tree)?;
    let version = if pin.version.is_empty() {
        &pin.commit
    } else {
        &pin.version
    };
    let text = with_version(&app.name, &env.text, version)?;
    let file = EnvFile::parse(&env_name(&app.name), &text)?;
    let vars = variables(&recipe, &file, &app.stack);
    let (mut loaded, compose_files) = load_compose(*tree, &recipe, &file, &vars)?;

    let stack: StackName = app.stack.parse()?;
    let labels = AppLabels {
        stack: &stack,
        recipe: &app.recipe,
        version: Some(version.as_str()),
        chaos: None,
        env: &recipe.abra_exports.over(file.vars()),
    };
    let has_app = allot_stack::app_labels(&mut loaded.model, &labels);
    let spec = allot_stack::convert(&loaded.model, &stack)?;
    spec.check()?;
    let models = spec.models()?;
    let secrets = declared(&loaded, &spec, &app.stack, &recipe.env_sample, &file)?;
    let timeout_seconds = timeout(&loaded, &app.stack);
    let mut notices = remarks(&recipe, &loaded);
    if !has_app {
        let text =
            "no service is named `app`, so nothing on the swarm says which version runs".to_owned();
        notices.push(notice("no-app-service", "", text));
    }
    notices.extend(
        secrets
            .iter()
            .filter_map(|s| s.name_warning())
            .map(|text| notice("secret-name", "", text)),
    );

    Ok(Desired {
        app: app.name.clone(),
        stack: app.stack.clone(),
        pin: (*pin).clone(),
        compose_files,
        env_revision: env.revision,
        networks: models.networks,
        secrets: models.secrets,
        configs: models.configs,
        services: models.services,
        external_networks: spec.external.networks,
        external_secrets: secrets.iter().map(expected).collect(),
        external_configs: spec.external.configs,
        env_missing: missing(&recipe.env_sample, &file),
        notices,
        timeout_seconds,
    })
}

/// The secrets that the compose files of an app expect on the swarm.
pub(super) fn secret_decls(
    tree: &dyn RecipeTree,
    app: &str,
    stack: &str,
    env_text: &str,
) -> Result<Vec<SecretDecl>> {
    let recipe = load(tree)?;
    let file = EnvFile::parse(&env_name(app), env_text)?;
    let vars = variables(&recipe, &file, stack);
    let (loaded, _) = load_compose(tree, &recipe, &file, &vars)?;
    let spec = allot_stack::convert(&loaded.model, &stack.parse()?)?;
    declared(&loaded, &spec, stack, &recipe.env_sample, &file)
}

/// The env, the stack's name, and what `abra.sh` exports, which wins (reference 3.4).
fn variables(recipe: &Recipe, file: &EnvFile, stack: &str) -> BTreeMap<String, String> {
    let mut vars = file.vars();
    vars.insert("STACK_NAME".to_owned(), stack.to_owned());
    recipe.abra_exports.over(vars)
}

fn load_compose(
    tree: &dyn RecipeTree,
    recipe: &Recipe,
    file: &EnvFile,
    vars: &BTreeMap<String, String>,
) -> Result<(Loaded, Vec<String>)> {
    let limits = Limits::default();
    let names = recipe.selected_compose_files(tree, file, &limits)?;
    let read = |name: &String| -> Result<SourceFile> {
        Ok(SourceFile {
            name: name.clone(),
            bytes: tree.read(name, limits.max_file_bytes)?,
        })
    };
    let sources: Vec<SourceFile> = names.iter().map(read).collect::<Result<_>>()?;
    let loaded = allot_stack::load(&sources, vars, &Files(tree), &LoadOptions::default())?;
    Ok((loaded, names))
}

/// What compose files name is read from the same commit.
struct Files<'a>(&'a dyn RecipeTree);

impl FileSource for Files<'_> {
    fn read(&self, path: &str, limit: usize) -> std::result::Result<Vec<u8>, FileRefusal> {
        self.0
            .read(path, limit as u64)
            .map_err(|error| match error {
                TreeError::NotFound { .. } => FileRefusal::Missing,
                TreeError::Escapes { .. } => FileRefusal::LinkOutsideRecipe,
                TreeError::WrongKind { .. } => FileRefusal::NotAFile,
                TreeError::TooLarge { .. } => FileRefusal::TooLarge { limit },
                TreeError::Unreadable { .. } => FileRefusal::System(error.to_string()),
            })
    }
}

/// Declarations of the external secrets that services use.
fn declared(
    loaded: &Loaded,
    spec: &StackSpec,
    stack: &str,
    sample: &EnvSample,
    file: &EnvFile,
) -> Result<Vec<SecretDecl>> {
    let used = loaded
        .model
        .secrets
        .iter()
        .filter(|(_, s)| s.external && spec.external.secrets.contains(&s.name));
    let secrets: Vec<ComposeSecret> = used
        .map(|(local, s)| ComposeSecret {
            local: local.clone(),
            external_name: s.name.clone(),
        })
        .collect();
    Ok(SecretDecl::all(&secrets, stack, sample, file)?)
}

fn expected(secret: &SecretDecl) -> ExpectedSecret {
    ExpectedSecret {
        name: secret.name.clone(),
        full_name: secret.external_name.clone(),
        generated: !matches!(secret.spec, SecretSpec::Inserted),
    }
}

fn missing(sample: &EnvSample, file: &EnvFile) -> Vec<MissingVariable> {
    let lacking = sample.missing(file).into_iter();
    lacking
        .map(|v| MissingVariable {
            name: v.key.clone(),
            sample: v.default.clone(),
        })
        .collect()
}

/// `coop-cloud.<stack>.timeout` of any service (reference 3.2).
fn timeout(loaded: &Loaded, stack: &str) -> u32 {
    let key = format!("coop-cloud.{stack}.timeout");
    let labels = loaded
        .model
        .services
        .values()
        .filter_map(|s| s.deploy.labels.as_ref());
    let said = labels
        .filter_map(|l| l.get(&key))
        .filter_map(|v| v.trim().parse().ok())
        .next();
    said.filter(|seconds| *seconds > 0)
        .unwrap_or(DEFAULT_TIMEOUT)
        .min(LONGEST_TIMEOUT)
}

fn remarks(recipe: &Recipe, loaded: &Loaded) -> Vec<Notice> {
    let of_recipe = recipe
        .warnings
        .iter()
        .map(|text| notice("recipe", "", text.clone()));
    let of_stack = loaded.warnings.iter().map(|warning| {
        let place = warning
            .place
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let rule = serde_json::to_value(warning.kind)
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned));
        let text = if warning.path.is_empty() {
            warning.message.clone()
        } else {
            format!("{}: {}", warning.path, warning.message)
        };
        notice(&rule.unwrap_or_default(), &place, text)
    });
    of_recipe.chain(of_stack).collect()
}

fn notice(rule: &str, place: &str, text: String) -> Notice {
    Notice {
        rule: rule.to_owned(),
        place: place.to_owned(),
        text,
    }
}
