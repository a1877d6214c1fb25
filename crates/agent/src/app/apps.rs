//! Registering and listing apps.

use std::collections::BTreeMap;

use allot_recipe::{AppName, EnvFile, EnvSample, RecipeRef, RecipeVersion, reference::Origin};
use allot_stack::StackName;

use super::{
    Agent, blocking,
    env::check_env_text,
    error::{AppError, Result},
    model::{Actor, App, EnvRevision},
    pinned::{Chosen, Wish},
    record::Record,
    render,
};
use crate::{engine::ObservedService, git::Wanted, limits::MAX_APPS};

/// What an operator asks to be registered.
#[derive(Debug, Clone, Default)]
pub struct NewApp {
    /// Recipe name, git URL or path, perhaps with `:version`.
    pub recipe: String,
    /// Version or commit; empty takes the latest.
    pub version: String,
    /// Name of the app; empty makes `<recipe>.<server>`.
    pub domain: String,
    /// Variables to set at once.
    pub set: BTreeMap<String, String>,
    /// Do not ask the git server.
    pub offline: bool,
    /// It is tried out on a throw-away stack, before its stewards stand behind it: the catalogue has no say. No message
    /// sets this.
    pub trial: bool,
}

/// What was registered.
#[derive(Debug, Clone)]
pub struct Created {
    /// The app.
    pub app: App,
    /// Version, or commit where there is none.
    pub version: String,
    /// Secrets that it will need, by local name.
    pub secrets: Vec<String>,
    /// What is odd about the recipe.
    pub warnings: Vec<String>,
}

/// An app and what runs of it.
#[derive(Debug, Clone)]
pub struct AppRow {
    /// The app.
    pub app: App,
    /// `deployed`, `unknown` or `undeployed`; empty when the swarm was not asked.
    pub status: &'static str,
    /// Version that runs, or `unknown`.
    pub version: String,
    /// Whether an uncommitted or unpublished state runs.
    pub chaos: bool,
    /// Which one.
    pub chaos_version: String,
    /// Newer versions, newest first.
    pub upgrades: Vec<String>,
    /// What the catalogue says of the version that runs, where that matters.
    pub note: String,
}

impl Agent {
    /// Registers an app. The engine is not touched.
    ///
    /// # Errors
    /// The name is bad or taken, the recipe cannot be read, or the env would be no env.
    pub async fn create_app(&self, request: NewApp, actor: Actor) -> Result<Created> {
        let reference = RecipeRef::parse(&request.recipe)?;
        let source = self.place_of(&reference).await?;
        let Chosen { pinned, notices } = self.pin_for_new(&reference, &source, &request).await?;
        let version = pinned
            .version
            .as_ref()
            .map_or_else(|| pinned.commit.clone(), ToString::to_string);
        let name = app_name(&reference, &request.domain, &self.config.server)?;

        let tree = self.recipes.open(&source, &pinned.commit).await?;
        let (set, named, pin) = (request.set, name.clone(), version.parse().ok());
        let (env, recipe_name, secrets, mut warnings) = blocking("making an env", move || {
            let recipe = render::load(&*tree)?;
            let recorded = recorded_as(&reference, &recipe.env_sample).with_pin(pin);
            let mut env = recipe.env_sample.env_for(&named, &recorded)?;
            for (name, value) in &set {
                env.set(name, value)?;
            }
            let stack = stack_name(named.as_str(), &env)?;
            let secrets =
                render::secret_decls(&*tree, named.as_str(), stack.as_str(), env.source())?;
            let secrets = secrets.into_iter().map(|s| s.name).collect();
            Ok((
                env,
                recorded.short_name().to_owned(),
                secrets,
                recipe.warnings,
            ))
        })
        .await?;

        warnings.splice(0..0, notices.into_iter().map(|notice| notice.text));
        let text = env.source().to_owned();
        let app = self
            .register(
                name.to_string(),
                recipe_name,
                source,
                text,
                version.clone(),
                actor,
            )
            .await?;
        Ok(Created {
            app,
            version,
            secrets,
            warnings,
        })
    }

    async fn register(
        &self,
        name: String,
        recipe: String,
        source: String,
        text: String,
        version: String,
        actor: Actor,
    ) -> Result<App> {
        let file = check_env_text(&name, &text)?;
        let stack = stack_name(&name, &file)?.to_string();
        let _one_at_a_time = self.creating.lock().await;
        if self.registry.has_app(&name)? {
            return Err(AppError::AppExists { name });
        }
        let apps = self.registry.apps()?;
        if apps.len() >= MAX_APPS {
            return Err(AppError::TooManyApps { limit: MAX_APPS });
        }
        if let Some(by) = apps.into_iter().find(|a| a.stack == stack) {
            return Err(AppError::StackTaken {
                name,
                stack,
                by: by.name,
            });
        }
        let now = self.clock.now();
        let app = App {
            name,
            stack,
            recipe,
            source,
            env_revision: 1,
            env_version: version,
            created_at: now,
            created_by: actor.clone(),
        };
        let env = EnvRevision {
            revision: 1,
            text,
            at: now,
            by: actor,
        };
        self.registry
            .commit(Record::AppCreated {
                app: app.clone(),
                env,
            })
            .await?;
        Ok(app)
    }

    async fn pin_for_new(
        &self,
        reference: &RecipeRef,
        source: &str,
        request: &NewApp,
    ) -> Result<Chosen> {
        if !request.offline {
            self.recipes.fetch(source).await?;
        }
        let named = reference.pin().map(ToString::to_string).unwrap_or_default();
        let text = if request.version.is_empty() {
            named
        } else {
            request.version.clone()
        };
        let wanted = if text.is_empty() {
            Wanted::Latest
        } else {
            super::deploy::wanted(&text)?
        };
        if request.trial {
            return Ok(Chosen {
                pinned: self.recipes.resolve(source, &wanted).await?,
                notices: Vec::new(),
            });
        }
        self.pin(&Wish {
            recipe: reference.short_name(),
            source,
            wanted: &wanted,
            running: "",
            yanked: false,
        })
        .await
    }

    /// Where a recipe's repository is: of one that is named, where the catalogue says.
    pub(super) async fn place_of(&self, reference: &RecipeRef) -> Result<String> {
        match reference.origin() {
            Origin::Catalogue(name) => self.catalogued_place(name).await,
            _ => Ok(self.source_of(reference)),
        }
    }

    /// Where a recipe's repository is.
    #[must_use]
    pub fn source_of(&self, reference: &RecipeRef) -> String {
        match reference.origin() {
            Origin::Url(url) => url.clone(),
            Origin::Path(path) => path.clone(),
            Origin::Catalogue(_) | Origin::External(_) => {
                reference.git_url(&self.config.recipes.base_url)
            }
        }
    }

    /// Lists apps, perhaps of one recipe only; with `status`, asks the swarm what runs and the mirrors what is newer.
    ///
    /// # Errors
    /// The index cannot be read, or the engine does not answer.
    pub async fn list_apps(&self, recipe: &str, status: bool) -> Result<Vec<AppRow>> {
        let mut apps = self.registry.apps()?;
        apps.retain(|app| recipe.is_empty() || app.recipe == recipe);
        if !status {
            return Ok(apps.into_iter().map(AppRow::unasked).collect());
        }
        let services = self.engine.stack_services().await?;
        let mut rows = Vec::with_capacity(apps.len());
        let mut known: BTreeMap<String, Vec<RecipeVersion>> = BTreeMap::new();
        for app in apps {
            if !known.contains_key(&app.source) {
                let versions = self.recipes.versions(&app.source).await.unwrap_or_default();
                known.insert(
                    app.source.clone(),
                    versions.versions.into_iter().map(|v| v.version).collect(),
                );
            }
            let versions = known
                .get(&app.source)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let mut row = AppRow::asked(app, &services, versions);
            if let Some(said) = self.said_of_running(&row.app, &row.version).await {
                (row.note, row.upgrades) = (said.note, said.upgrades);
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

impl AppRow {
    fn unasked(app: App) -> Self {
        Self {
            app,
            status: "",
            version: String::new(),
            chaos: false,
            chaos_version: String::new(),
            upgrades: Vec::new(),
            note: String::new(),
        }
    }

    /// abra's reading of a stack's labels (reference 3.2).
    fn asked(app: App, services: &[ObservedService], versions: &[RecipeVersion]) -> Self {
        let prefix = format!("{}_", app.stack);
        let own = services
            .iter()
            .filter(|s| s.name.starts_with(&prefix) && namespace(s) == Some(&app.stack));
        let labels: Vec<_> = own.filter_map(|s| s.spec.labels.as_ref()).collect();
        let read = |what: &str| {
            let key = format!("coop-cloud.{}.{what}", app.stack);
            labels.iter().find_map(|l| l.get(&key)).cloned()
        };
        let running = read("version");
        let now = running
            .as_deref()
            .and_then(|v| RecipeVersion::parse(v).ok());
        let newer = versions
            .iter()
            .filter(|v| now.as_ref().is_some_and(|now| *v > now));
        let mut upgrades: Vec<&RecipeVersion> = newer.collect();
        upgrades.sort_by(|a, b| b.cmp(a));
        Self {
            status: if labels.is_empty() {
                "undeployed"
            } else {
                "deployed"
            },
            version: running.unwrap_or_else(|| "unknown".to_owned()),
            chaos: read("chaos").as_deref() == Some("true"),
            chaos_version: read("chaos-version").unwrap_or_else(|| "unknown".to_owned()),
            upgrades: upgrades.into_iter().map(ToString::to_string).collect(),
            note: String::new(),
            app,
        }
    }
}

fn namespace(service: &ObservedService) -> Option<&String> {
    service
        .spec
        .labels
        .as_ref()?
        .get(allot_stack::convert::NAMESPACE_LABEL)
}

fn app_name(reference: &RecipeRef, domain: &str, server: &str) -> Result<AppName> {
    let text = if domain.is_empty() {
        format!("{}.{server}", reference.short_name())
    } else {
        domain.to_owned()
    };
    Ok(AppName::parse(&text)?)
}

/// What the env calls the recipe. A URL or path says where it is, not what it is called; then its own sample knows.
pub(super) fn recorded_as(reference: &RecipeRef, sample: &EnvSample) -> RecipeRef {
    let own = matches!(reference.origin(), Origin::Url(_) | Origin::Path(_))
        .then(|| super::env::recipe_value(sample.file()))
        .flatten()
        .and_then(|value| RecipeRef::parse(value).ok());
    own.unwrap_or_else(|| reference.clone())
}

/// The name of the stack: pinned in the env, or made from the domain.
pub(super) fn stack_name(app: &str, env: &EnvFile) -> Result<StackName> {
    let pinned = env.get("STACK_NAME").filter(|name| !name.is_empty());
    Ok(pinned.map_or_else(|| StackName::from_domain(app), str::parse)?)
}
