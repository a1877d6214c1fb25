//! Where recipes come from, and what is known of it while the hub runs.

use std::time::Duration;

use allot_ledger::RecipeName;

use super::{
    config::{CatalogueConfig, ForgeConfig, GitConfig},
    error::CatalogueError,
    forge::Repository,
    webhook,
};

/// A source, as the configuration names it.
#[derive(Debug)]
pub(super) struct Source {
    /// Its place among the sources: of two that have the same recipe, the first counts.
    pub(super) place: usize,
    /// As people call it.
    pub(super) name: String,
    pub(super) poll: Duration,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// An organisation of a forge.
    Forge(ForgeConfig),
    /// A single repository.
    Git(Origin),
}

/// A repository, and the recipe that it is.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) recipe: RecipeName,
    /// To fetch from; a password in it is shown nowhere.
    pub(super) url: String,
    /// For everybody.
    pub(super) shown: String,
    /// What the forge says of it; nothing where there is none.
    pub(super) forge: Option<Repository>,
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Origin({} at {})", self.recipe, self.shown)
    }
}

impl Source {
    /// All sources, in the order of the configuration: single repositories are named on purpose, so they come first.
    pub(super) fn all(config: &CatalogueConfig) -> Result<Vec<Self>, CatalogueError> {
        let mut kinds = Vec::new();
        for git in &config.git {
            kinds.push((git.poll, Kind::Git(Origin::of(git)?)));
        }
        let forges = config.forge.iter().cloned();
        kinds.extend(forges.map(|forge| (forge.poll, Kind::Forge(forge))));
        let source = |(place, (poll, kind)): (usize, (Option<Duration>, Kind))| Self {
            place,
            name: match &kind {
                Kind::Forge(forge) => forge.name(),
                Kind::Git(origin) => origin.shown.clone(),
            },
            poll: poll.unwrap_or(config.poll),
            kind,
        };
        Ok(kinds.into_iter().enumerate().map(source).collect())
    }

    /// Whether a repository is one of this source's, by the address that everybody sees.
    pub(super) fn has(&self, shown: &str) -> bool {
        match &self.kind {
            Kind::Git(origin) => origin.shown == shown,
            Kind::Forge(_) => shown
                .strip_prefix(self.name.as_str())
                .is_some_and(|rest| rest.starts_with('/')),
        }
    }

    /// Whether a webhook is about a repository of this source.
    pub(super) fn concerns(&self, about: &webhook::About) -> bool {
        match &self.kind {
            Kind::Git(origin) => about.is_at(&origin.shown),
            Kind::Forge(forge) => forge.organisation.eq_ignore_ascii_case(&about.owner),
        }
    }
}

impl Origin {
    fn of(git: &GitConfig) -> Result<Self, CatalogueError> {
        Ok(Self {
            recipe: git.name()?,
            url: git.url.whole().to_owned(),
            shown: git.url.to_string(),
            forge: None,
        })
    }

    pub(super) fn of_forge(recipe: RecipeName, repository: Repository) -> Self {
        let url = repository.url.clone();
        Self {
            recipe,
            shown: url.clone(),
            url,
            forge: Some(repository),
        }
    }
}
