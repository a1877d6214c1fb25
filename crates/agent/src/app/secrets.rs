//! An app's secrets: made or brought, straight into the swarm. Their values are kept nowhere else.

use allot_recipe::secret::{SecretDecl, SecretSpec as Rule, generate};
use allot_stack::spec::SecretSpec;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};

use super::{
    Agent, blocking,
    deploy::DeployRequest,
    error::{AppError, Result},
    model::App,
    plan::Current,
    render::secret_decls,
};
use crate::{
    engine::{EngineError, ObjectKind, ObservedSecret},
    limits::MAX_SECRET_BYTES,
};

/// Which secrets to make.
#[derive(Debug, Clone, Default)]
pub struct GenerateRequest {
    /// The app.
    pub app: String,
    /// Local name; empty means all that may be made.
    pub name: String,
    /// Version; empty takes the env's.
    pub version: String,
    /// Give the values back.
    pub reveal: bool,
}

/// A secret that was made, or why not.
#[derive(Debug)]
pub struct Generated {
    /// Local name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Name on the swarm.
    pub full_name: String,
    /// Why it was not made; `None` when it was.
    pub reason: Option<String>,
    /// Its value, when it was just made and asked for.
    pub value: Option<SecretString>,
}

/// A secret that the app's compose files use.
#[derive(Debug, Clone)]
pub struct SecretRow {
    /// What the recipe says of it.
    pub name: String,
    /// Version.
    pub version: String,
    /// Name on the swarm.
    pub full_name: String,
    /// When it was made, RFC 3339; `None` when it does not exist.
    pub created_at: Option<String>,
    /// Whether the agent may make it up.
    pub generated: bool,
}

impl Agent {
    /// Makes secrets by the rules of the recipe's sample. Those that exist are left alone.
    ///
    /// # Errors
    /// No such app or secret, a secret asked for by name that is not to be made up, or the engine refuses.
    pub async fn generate_secrets(&self, request: GenerateRequest) -> Result<Vec<Generated>> {
        let (app, mut decls) = self.declared_secrets(&request.app).await?;
        let by_name = !request.name.is_empty();
        if by_name {
            decls = vec![find(&app, &decls, &request.name, &request.version)?];
        }
        let present = self.present(&decls).await?;
        let mut made = Vec::with_capacity(decls.len());
        for decl in &decls {
            let exists = present.iter().any(|s| s.name == decl.external_name);
            let left = match decl.spec {
                Rule::Inserted if !by_name => {
                    Some("it is for you to insert (generate=false)".to_owned())
                }
                _ if exists => Some("it exists already".to_owned()),
                _ => None,
            };
            let (left, value) = match left {
                Some(reason) => (Some(reason), None),
                None => match self.generate_one(decl).await {
                    Ok(value) => (None, Some(value)),
                    // Values are shown once: those made before are not lost for the one that failed.
                    Err(error) if made.iter().any(|m: &Generated| m.reason.is_none()) => {
                        (Some(format!("not made: {error}")), None)
                    }
                    Err(error) => return Err(error),
                },
            };
            made.push(Generated {
                name: decl.name.clone(),
                version: decl.version.clone(),
                full_name: decl.external_name.clone(),
                reason: left,
                value: value.filter(|_| request.reveal),
            });
        }
        Ok(made)
    }

    async fn generate_one(&self, decl: &SecretDecl) -> Result<SecretString> {
        let value = generate(decl, &mut rand::rng())?;
        self.put(decl, value.expose_secret().as_bytes()).await?;
        Ok(value)
    }

    /// Puts a value that the operator brings into the swarm. Returns its name there.
    ///
    /// # Errors
    /// No such app or secret, a value that swarm does not take, or a secret of that name and version exists.
    pub async fn insert_secret(
        &self,
        app: &str,
        name: &str,
        version: &str,
        value: SecretSlice<u8>,
    ) -> Result<String> {
        let (app, decls) = self.declared_secrets(app).await?;
        let decl = find(&app, &decls, name, version)?;
        let size = value.expose_secret().len();
        if size == 0 || size > MAX_SECRET_BYTES {
            return Err(AppError::SecretSize {
                name: name.to_owned(),
                size,
                limit: MAX_SECRET_BYTES,
            });
        }
        self.put(&decl, value.expose_secret()).await?;
        Ok(decl.external_name)
    }

    async fn put(&self, decl: &SecretDecl, value: &[u8]) -> Result<()> {
        let spec = SecretSpec {
            name: Some(decl.external_name.clone()),
            data: Some(BASE64_STANDARD.encode(value)),
            ..SecretSpec::default()
        };
        match self.engine.create_secret(&spec).await {
            Ok(_) => Ok(()),
            Err(EngineError::AlreadyExists { .. }) => Err(AppError::SecretExists {
                name: decl.name.clone(),
                full_name: decl.external_name.clone(),
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// Lists the secrets that the app's compose files use.
    ///
    /// # Errors
    /// No such app, or its recipe or the engine cannot be read.
    pub async fn list_secrets(&self, app: &str) -> Result<Vec<SecretRow>> {
        let (_, decls) = self.declared_secrets(app).await?;
        let present = self.present(&decls).await?;
        let rows = decls.into_iter().map(|decl| SecretRow {
            created_at: present
                .iter()
                .find(|s| s.name == decl.external_name)
                .map(|s| s.created_at.clone()),
            generated: !matches!(decl.spec, Rule::Inserted),
            name: decl.name,
            version: decl.version,
            full_name: decl.external_name,
        });
        Ok(rows.collect())
    }

    /// Removes one secret, or all, from the swarm. Returns the names that were removed.
    ///
    /// # Errors
    /// No such app or secret, or a service still uses it.
    pub async fn remove_secrets(&self, app: &str, name: &str, all: bool) -> Result<Vec<String>> {
        let (app, mut decls) = self.declared_secrets(app).await?;
        if !all {
            decls = vec![find(&app, &decls, name, "")?];
        }
        let present = self.present(&decls).await?;
        for secret in &present {
            self.engine.remove(ObjectKind::Secret, &secret.id).await?;
        }
        Ok(present.into_iter().map(|s| s.name).collect())
    }

    /// Names of all secrets of an app, in every version that an env revision of it has named.
    pub(super) async fn secret_names_ever(&self, app: &App) -> Vec<String> {
        let mut names = std::collections::BTreeSet::new();
        let Ok(revisions) = self.registry.env_revisions(app) else {
            return Vec::new();
        };
        for revision in revisions {
            match self.secrets_of_text(app, revision.text).await {
                Ok(decls) => names.extend(decls.into_iter().map(|d| d.external_name)),
                Err(error) => tracing::info!(
                    app = app.name,
                    revision = revision.revision,
                    "no secrets known: {error}"
                ),
            }
        }
        names.retain(|name| name.starts_with(&format!("{}_", app.stack)));
        names.into_iter().collect()
    }

    async fn declared_secrets(&self, app: &str) -> Result<(App, Vec<SecretDecl>)> {
        let (app, env) = self.env(app, 0)?;
        let decls = self.secrets_of_text(&app, env.text).await?;
        Ok((app, decls))
    }

    async fn secrets_of_text(&self, app: &App, text: String) -> Result<Vec<SecretDecl>> {
        let version = super::deploy::version_in(&text, &app.name)?;
        let request = DeployRequest {
            version,
            offline: true,
            ..DeployRequest::default()
        };
        let pin = self
            .choose_version(app, &request, &Current::default())
            .await?;
        let tree = self.recipes.open(&app.source, &pin.commit).await?;
        let (name, stack) = (app.name.clone(), app.stack.clone());
        blocking("reading a recipe's secrets", move || {
            secret_decls(&*tree, &name, &stack, &text)
        })
        .await
    }

    async fn present(&self, decls: &[SecretDecl]) -> Result<Vec<ObservedSecret>> {
        let names: Vec<String> = decls.iter().map(|d| d.external_name.clone()).collect();
        Ok(self.engine.secrets_named(&names).await?)
    }
}

/// A declared secret by its local name, at another version if one is given.
fn find(app: &App, decls: &[SecretDecl], name: &str, version: &str) -> Result<SecretDecl> {
    let found = decls.iter().find(|d| d.name == name || d.local == name);
    let mut decl = found.cloned().ok_or_else(|| AppError::NoSuchSecret {
        app: app.name.clone(),
        name: name.to_owned(),
        known: decls.iter().map(|d| d.name.clone()).collect(),
    })?;
    if !version.is_empty() && version != decl.version {
        let stem = decl
            .external_name
            .strip_suffix(&decl.version)
            .unwrap_or(&decl.external_name);
        decl.external_name = format!("{stem}{version}");
        version.clone_into(&mut decl.version);
    }
    Ok(decl)
}
