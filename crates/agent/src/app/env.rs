//! An app's env: revisions, edits against a known revision, and what the recipe's sample says.

use allot_recipe::{EnvFile, RecipeRef};

use super::{
    Agent,
    error::{AppError, Result},
    model::{Actor, App, EnvRevision},
    record::Record,
};
use crate::limits::MAX_ENV_BYTES;

/// Names of the variable that says which recipe at which version, newest spelling first.
const TYPE_KEYS: [&str; 2] = ["TYPE", "RECIPE"];

/// Names and values, in their order.
pub type Variables = Vec<(String, String)>;

/// A change to an env.
#[derive(Debug, Clone, Default)]
pub struct EnvEdit {
    /// Variables to set, in order.
    pub set: Vec<(String, String)>,
    /// Variables to take out.
    pub unset: Vec<String>,
    /// The whole new text, instead of the two above.
    pub text: Option<String>,
}

/// One variable held against the sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvCheck {
    /// Its name.
    pub name: String,
    /// Whether the app has it.
    pub present: bool,
    /// Whether the sample has it.
    pub in_sample: bool,
    /// The sample's value.
    pub sample: String,
}

impl Agent {
    /// An app and a revision of its env; 0 is the newest.
    ///
    /// # Errors
    /// There is no such app or revision.
    pub fn env(&self, app: &str, revision: u64) -> Result<(App, EnvRevision)> {
        let app = self.registry.app(app)?;
        let env = self.registry.env(&app, revision)?;
        Ok((app, env))
    }

    /// An app, a revision of its env (0: the newest), and its variables after expansion, in their order.
    ///
    /// # Errors
    /// There is no such app or revision.
    pub fn read_env(&self, app: &str, revision: u64) -> Result<(App, EnvRevision, Variables)> {
        let (app, env) = self.env(app, revision)?;
        let file = EnvFile::parse(&env_name(&app.name), &env.text)?;
        let mut variables = Variables::new();
        for entry in file.entries() {
            if !variables.iter().any(|(name, _)| *name == entry.key) {
                variables.push((
                    entry.key.clone(),
                    file.get(&entry.key).unwrap_or_default().to_owned(),
                ));
            }
        }
        Ok((app, env, variables))
    }

    /// Changes an env, if it is still at `base` (0: whatever it is). Returns the revision that holds now, and whether
    /// it is a new one.
    ///
    /// # Errors
    /// Somebody else changed it, the new text is no env, or it is too long. Then nothing has changed.
    pub async fn edit_env(
        &self,
        app: &str,
        base: u64,
        edit: EnvEdit,
        actor: Actor,
    ) -> Result<(u64, bool)> {
        let _one_at_a_time = self.creating.lock().await;
        let app = self.registry.app(app)?;
        if base != 0 && base != app.env_revision {
            return Err(AppError::EnvConflict {
                app: app.name,
                base,
                newest: app.env_revision,
            });
        }
        let old = self.registry.env(&app, 0)?.text;
        let text = edited(&app.name, &old, edit)?;
        same_recipe_and_stack(&app, &text)?;
        if text == old {
            return Ok((app.env_revision, false));
        }
        let revision = self.store_env(&app, text, actor).await?;
        Ok((revision, true))
    }

    /// Names the deployed version in the env.
    pub(super) async fn write_env_version(
        &self,
        app: &App,
        version: &str,
        actor: &Actor,
    ) -> Result<()> {
        let _one_at_a_time = self.creating.lock().await;
        let old = self.registry.env(app, 0)?.text;
        let text = with_version(&app.name, &old, version)?;
        if text != old {
            self.store_env(app, text, actor.clone()).await?;
        }
        Ok(())
    }

    async fn store_env(&self, app: &App, text: String, actor: Actor) -> Result<u64> {
        let env_version = named_version(&EnvFile::parse(&env_name(&app.name), &text)?);
        let env = EnvRevision {
            revision: app.env_revision + 1,
            text,
            at: self.clock.now(),
            by: actor,
        };
        let revision = env.revision;
        self.registry
            .commit(Record::EnvChanged {
                app: app.name.clone(),
                env_version,
                env,
            })
            .await?;
        Ok(revision)
    }

    /// Holds an app's env against the sample of its recipe.
    ///
    /// # Errors
    /// There is no such app, or its recipe cannot be read.
    pub async fn check_env(&self, app: &str, offline: bool) -> Result<Vec<EnvCheck>> {
        let (app, env) = self.env(app, 0)?;
        let file = EnvFile::parse(&env_name(&app.name), &env.text)?;
        let sample = self.sample_of(&app, offline).await?;
        let mut checks: Vec<EnvCheck> = sample
            .variables()
            .iter()
            .map(|v| EnvCheck {
                name: v.key.clone(),
                present: file.get(&v.key).is_some(),
                in_sample: true,
                sample: v.default.clone(),
            })
            .collect();
        checks.extend(sample.unknown(&file).into_iter().map(|name| EnvCheck {
            name: name.to_owned(),
            present: true,
            in_sample: false,
            sample: String::new(),
        }));
        Ok(checks)
    }
}

fn edited(app: &str, old: &str, edit: EnvEdit) -> Result<String> {
    let text = match edit.text {
        Some(text) => text,
        None => {
            let mut file = EnvFile::parse(&env_name(app), old)?;
            for (name, value) in &edit.set {
                file.set(name, value)?;
            }
            for name in &edit.unset {
                file.unset(name)?;
            }
            file.source().to_owned()
        }
    };
    check_env_text(app, &text)?;
    Ok(text)
}

/// An app keeps its recipe and its stack for life: another one would be deployed beside what runs, or not at all.
fn same_recipe_and_stack(app: &App, text: &str) -> Result<()> {
    let file = EnvFile::parse(&env_name(&app.name), text)?;
    let named = recipe_value(&file).and_then(|value| RecipeRef::parse(value).ok());
    let refused = |what: String| AppError::BadRequest {
        what,
        help: "make a new app with `allot app new` for that".to_owned(),
    };
    if let Some(other) = named.filter(|named| named.short_name() != app.recipe) {
        let (name, recipe) = (&app.name, &app.recipe);
        let other = other.short_name();
        return Err(refused(format!(
            "{name} is an app of the recipe {recipe}, its env cannot name {other}"
        )));
    }
    let stack = super::apps::stack_name(&app.name, &file)?;
    if stack.as_str() != app.stack {
        let (name, old) = (&app.name, &app.stack);
        return Err(refused(format!(
            "the stack of {name} is {old}, its env cannot make it {}",
            stack.as_str()
        )));
    }
    Ok(())
}

/// Refuses a text that is too long, is no env, or names no recipe.
pub(super) fn check_env_text(app: &str, text: &str) -> Result<EnvFile> {
    if text.len() > MAX_ENV_BYTES {
        return Err(AppError::EnvTooLarge {
            app: app.to_owned(),
            size: text.len(),
            limit: MAX_ENV_BYTES,
        });
    }
    let file = EnvFile::parse(&env_name(app), text)?;
    if let Some(value) = recipe_value(&file) {
        RecipeRef::parse(value)?;
    }
    Ok(file)
}

/// The env with its recipe at `version`.
pub(super) fn with_version(app: &str, text: &str, version: &str) -> Result<String> {
    let mut file = EnvFile::parse(&env_name(app), text)?;
    let Some((key, value)) = TYPE_KEYS
        .iter()
        .find_map(|key| Some((*key, file.get(key)?.to_owned())))
    else {
        return Ok(text.to_owned());
    };
    let reference = RecipeRef::parse(&value)?;
    let pin = version.parse().ok();
    file.set(key, &reference.with_pin(pin).to_string())?;
    Ok(file.source().to_owned())
}

/// Version or commit that an env names; empty when it names none.
pub(super) fn named_version(file: &EnvFile) -> String {
    let reference = recipe_value(file).and_then(|value| RecipeRef::parse(value).ok());
    reference
        .and_then(|r| r.pin().map(ToString::to_string))
        .unwrap_or_default()
}

/// What the env says of the recipe: `name[:version]`.
pub(super) fn recipe_value(file: &EnvFile) -> Option<&str> {
    TYPE_KEYS.iter().find_map(|key| file.get(key))
}

/// How errors call an app's env.
pub(super) fn env_name(app: &str) -> String {
    format!("{app}.env")
}
