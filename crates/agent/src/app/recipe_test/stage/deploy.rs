//! Deploying a release on the throw-away stack: the way of every deploy, with an env and secrets made up.

use std::collections::HashMap;

use allot_recipe::{
    EnvFile,
    secret::{Charset, SecretDecl, SecretSpec as Rule, generate},
};
use allot_stack::spec::SecretSpec;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures::StreamExt as _;
use secrecy::ExposeSecret as _;

use super::Stage;
use crate::{
    app::{
        EnvEdit, NewApp, blocking,
        deploy::DeployRequest,
        env::env_name,
        error::Result,
        event::{Failure, Progress, What},
        model::Verdict,
        plan::{DeployOptions, ResolveImage},
        recipe_test::{book::End, report::Release},
        render,
    },
    engine::NAMESPACE_LABEL,
};

/// Length of the secrets that an operator would bring.
const BROUGHT: usize = 32;

/// Shortest value that is looked for in what is told: a shorter one would blot out half of it.
const SHORTEST_HIDDEN: usize = 6;

impl Stage {
    /// Deploys a release and waits for its verdict.
    pub(in crate::app::recipe_test) async fn deploy(&self, release: &Release) -> Result<End> {
        if self.agent.registry.has_app(&self.name)? {
            self.complete_env().await?;
        } else {
            self.register(release).await?;
        }
        self.make_secrets(release).await?;
        let request = DeployRequest {
            app: self.name.clone(),
            version: release.commit.clone(),
            offline: true,
            trial: true,
            options: DeployOptions {
                // Images that are on the node are used as they are.
                resolve_image: ResolveImage::Never,
                ..DeployOptions::default()
            },
            ..DeployRequest::default()
        };
        let plan = self.agent.plan_deploy(request).await?;
        if let Some(first) = plan.blockers.first() {
            let text = format!("it cannot be deployed: {}", first.text);
            let blockers = plan.blockers.iter();
            let log = blockers.map(|b| format!("{}: {} ({})", b.code, b.text, b.help));
            return Ok(End::failed(text).with_log(log.collect()));
        }
        let (verdict, log) = self.carry_out(&plan.hash).await?;
        let end = if verdict.outcome.is_success() {
            End::passed(verdict.text)
        } else {
            End::failed(format!("{}: {}", verdict.outcome.name(), verdict.text))
        };
        Ok(end.with_log(log))
    }

    /// The app, with the env that the sample makes, what the recipe's test sets, and what the caller sets.
    async fn register(&self, release: &Release) -> Result<()> {
        let mut set = self.subject.scripts.setup.variables()?;
        set.extend(self.set.clone());
        set.insert("STACK_NAME".to_owned(), self.name.clone());
        let new = NewApp {
            recipe: self.subject.reference.clone(),
            version: release.commit.clone(),
            domain: self.name.clone(),
            set,
            offline: true,
            trial: true,
        };
        self.agent
            .create_app(new, self.actor.clone())
            .await
            .map(|_| ())
    }

    /// Adds the variables that are new in the candidate, as an operator does who reads its release notes.
    async fn complete_env(&self) -> Result<()> {
        let (_, env) = self.agent.env(&self.name, 0)?;
        let (tree, name) = (self.subject.tree.clone(), self.name.clone());
        let missing = blocking("reading a recipe's sample", move || {
            let sample = render::load(&*tree)?.env_sample;
            let file = EnvFile::parse(&env_name(&name), &env.text)?;
            let missing = sample.missing(&file).into_iter();
            Ok(missing
                .map(|v| (v.key.clone(), v.default.clone()))
                .collect::<Vec<_>>())
        })
        .await?;
        if missing.is_empty() {
            return Ok(());
        }
        for (name, value) in &missing {
            self.teller
                .line(&format!("env: {name}={value}, as in the sample"));
        }
        let edit = EnvEdit {
            set: missing,
            ..EnvEdit::default()
        };
        self.agent
            .edit_env(&self.name, 0, edit, self.actor.clone())
            .await?;
        Ok(())
    }

    /// Makes the secrets that are not there yet, also those that an operator would bring. They carry the stack's
    /// label, so that whatever becomes of this test they can be told to be its own.
    async fn make_secrets(&self, release: &Release) -> Result<()> {
        let source = &self.subject.source;
        let tree = self.agent.recipes.open(source, &release.commit).await?;
        let (_, env) = self.agent.env(&self.name, 0)?;
        let name = self.name.clone();
        let mut decls = blocking("reading a recipe's secrets", move || {
            render::secret_decls(&*tree, &name, &name, &env.text)
        })
        .await?;
        let own = format!("{}_", self.name);
        decls.retain(|decl| decl.external_name.starts_with(&own));
        let names: Vec<String> = decls.iter().map(|d| d.external_name.clone()).collect();
        let there = self.agent.engine.secrets_named(&names).await?;
        decls.retain(|decl| !there.iter().any(|s| s.name == decl.external_name));
        for decl in decls {
            self.make_secret(decl).await?;
        }
        Ok(())
    }

    async fn make_secret(&self, mut decl: SecretDecl) -> Result<()> {
        if matches!(decl.spec, Rule::Inserted) {
            decl.spec = Rule::Random {
                length: BROUGHT,
                charset: Charset::DEFAULT,
            };
        }
        let value = generate(&decl, &mut rand::rng())?;
        let label = (NAMESPACE_LABEL.to_owned(), self.name.clone());
        let spec = SecretSpec {
            name: Some(decl.external_name),
            labels: Some(HashMap::from([label])),
            data: Some(BASE64_STANDARD.encode(value.expose_secret())),
            ..SecretSpec::default()
        };
        if value.expose_secret().len() >= SHORTEST_HIDDEN {
            self.teller.hide(value);
        }
        self.agent.engine.create_secret(&spec).await?;
        Ok(())
    }

    /// Applies a plan and follows it to its verdict. Gives what was told on the way.
    pub(super) async fn carry_out(&self, hash: &str) -> Result<(Verdict, Vec<String>)> {
        let live = self
            .agent
            .apply(&self.name, hash, self.actor.clone())
            .await?;
        let mut events = std::pin::pin!(live.follow());
        let mut log = Vec::new();
        let mut told = HashMap::new();
        while let Some(event) = events.next().await {
            match event.what {
                What::Verdict(verdict) => return Ok((*verdict, log)),
                What::Failure(failure) => log.extend(failed(&failure)),
                What::Progress(progress) => {
                    let line = progressed(&progress);
                    if told.insert(progress.service, line.clone()).as_ref() != Some(&line) {
                        self.teller.line(&line);
                    }
                }
                What::Started { .. } | What::Step(_) => {}
            }
        }
        Err(crate::app::AppError::Worker {
            what: format!(
                "the operation {} ended without a verdict",
                live.operation.id
            ),
        })
    }
}

fn progressed(progress: &Progress) -> String {
    let Progress {
        service,
        running,
        wanted,
        state,
        ..
    } = progress;
    format!("{service}: {state} ({running}/{wanted})")
}

fn failed(failure: &Failure) -> Vec<String> {
    let service = &failure.service;
    let mut lines = vec![format!("{service}: {}", failure.error)];
    lines.extend(failure.log.iter().map(|line| format!("{service} | {line}")));
    if !failure.health_output.is_empty() {
        lines.push(format!(
            "{service}: health check: {}",
            failure.health_output
        ));
    }
    lines
}
