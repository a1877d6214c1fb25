//! Where recipes come from: `[catalogue]` in `hub.toml`. From nowhere, unless it says so.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use allot_ledger::RecipeName;
use jiff::fmt::serde::unsigned_duration::friendly::compact;
use serde::{Deserialize, Serialize};

use super::{
    error::CatalogueError,
    limits::{
        MAX_MIRROR_MIB, MAX_NAMES, MAX_PARALLEL, MAX_SOURCES, MIRROR_MIB, PARALLEL, POLL,
        POLL_BETWEEN,
    },
    patterns::Patterns,
    places::{ForgeUrl, GitUrl, recipe_of},
};

/// Where recipes come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogueConfig {
    /// How often sources are looked at.
    #[serde(with = "compact::required")]
    pub poll: Duration,
    /// Repositories that are fetched at the same time.
    pub parallel: usize,
    /// Largest mirror of a repository, MiB.
    pub mirror_mib: u64,
    /// Organisations of Gitea or Forgejo forges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forge: Vec<ForgeConfig>,
    /// Single repositories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub git: Vec<GitConfig>,
    /// Forges' webhooks, at `/webhook` of the hub's plain HTTP; not taken when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookConfig>,
}

/// An organisation of a Gitea or Forgejo forge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgeConfig {
    /// The forge's web address, such as `https://git.coopcloud.tech`.
    pub url: ForgeUrl,
    /// Whose repositories.
    pub organisation: String,
    /// File with an access token for the forge's API; asked as nobody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// Only repositories whose name fits one of these patterns (`*`, `?`, `[…]`, `{a,b}`); all when empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub include: BTreeSet<String>,
    /// Not repositories whose name fits one of these patterns.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub exclude: BTreeSet<String>,
    /// How often it is looked at, if not as often as the others.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "compact::optional"
    )]
    pub poll: Option<Duration>,
}

/// A single repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitConfig {
    /// The recipe's name; the last part of the URL when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<RecipeName>,
    /// Where it is: https, http, git, ssh, or a path.
    pub url: GitUrl,
    /// How often it is looked at, if not as often as the others.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "compact::optional"
    )]
    pub poll: Option<Duration>,
}

/// Forges' webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// File with the secret that the forge signs its webhooks with.
    pub secret_file: PathBuf,
}

impl Default for CatalogueConfig {
    fn default() -> Self {
        Self {
            poll: POLL,
            parallel: PARALLEL,
            mirror_mib: MIRROR_MIB,
            forge: Vec::new(),
            git: Vec::new(),
            webhook: None,
        }
    }
}

impl CatalogueConfig {
    /// Whether there is no source.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.forge.is_empty() && self.git.is_empty()
    }

    /// Looks for what cannot work, before anything is asked for. Files of secrets are read when they are needed.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), CatalogueError> {
        if self.forge.len() + self.git.len() > MAX_SOURCES {
            return wrong(format!("there are more than {MAX_SOURCES} sources"));
        }
        if !(1..=MAX_PARALLEL).contains(&self.parallel) {
            return wrong(format!("`parallel` is 1 to {MAX_PARALLEL}"));
        }
        if !(1..=MAX_MIRROR_MIB).contains(&self.mirror_mib) {
            return wrong(format!("`mirror_mib` is 1 to {MAX_MIRROR_MIB}"));
        }
        let own = self.forge.iter().filter_map(|forge| forge.poll);
        let own = own.chain(self.git.iter().filter_map(|git| git.poll));
        own.chain([self.poll]).try_for_each(check_poll)?;
        self.forge.iter().try_for_each(ForgeConfig::check)?;
        self.check_names()?;
        match &self.webhook {
            Some(webhook) if webhook.secret_file.is_relative() => relative("webhook"),
            _ => Ok(()),
        }
    }

    /// Two repositories cannot be one recipe.
    fn check_names(&self) -> Result<(), CatalogueError> {
        let mut seen = BTreeSet::new();
        for git in &self.git {
            let name = git.name()?;
            if !seen.insert(name.clone()) {
                return wrong(format!("two repositories are the recipe `{name}`"));
            }
        }
        Ok(())
    }
}

impl ForgeConfig {
    /// As logs and people call it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.url, self.organisation)
    }

    /// What to take.
    pub(super) fn include(&self) -> Result<Patterns, CatalogueError> {
        Patterns::of(&self.include, &self.name())
    }

    /// What to leave.
    pub(super) fn exclude(&self) -> Result<Patterns, CatalogueError> {
        Patterns::of(&self.exclude, &self.name())
    }

    fn check(&self) -> Result<(), CatalogueError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let organisation = &self.organisation;
        let dots = organisation.chars().all(|c| c == '.');
        if dots || organisation.len() > 100 || !organisation.chars().all(plain) {
            return wrong(format!(
                "an organisation of {} is no name: letters, digits, `-`, `_` and `.`",
                self.url
            ));
        }
        if self.include.len() > MAX_NAMES || self.exclude.len() > MAX_NAMES {
            return wrong(format!("{} names too many repositories", self.name()));
        }
        self.include()?;
        self.exclude()?;
        match &self.token_file {
            Some(path) if path.is_relative() => relative(&self.name()),
            Some(_) if !self.url.is_private() => wrong(format!(
                "{} has no https: everybody on the way would read the token",
                self.url
            )),
            _ => Ok(()),
        }
    }
}

impl GitConfig {
    /// The recipe that it is.
    ///
    /// # Errors
    /// It is not named, and its URL does not end with a recipe's name.
    pub fn name(&self) -> Result<RecipeName, CatalogueError> {
        match &self.recipe {
            Some(name) => Ok(name.clone()),
            None => recipe_of(self.url.last_part()).map_err(|why| CatalogueError::Config {
                why: format!("{}: {why}; name it with `recipe = \"…\"`", self.url),
            }),
        }
    }
}

fn check_poll(poll: Duration) -> Result<(), CatalogueError> {
    let (shortest, longest) = POLL_BETWEEN;
    if (shortest..=longest).contains(&poll) {
        return Ok(());
    }
    wrong("`poll` is between one minute and one day".to_owned())
}

fn relative(what: &str) -> Result<(), CatalogueError> {
    wrong(format!(
        "the file of the secret of `{what}` needs its whole path, from `/` on"
    ))
}

fn wrong(why: String) -> Result<(), CatalogueError> {
    Err(CatalogueError::Config { why })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
poll = "15m"

[[forge]]
url = "https://git.coopcloud.tech"
organisation = "coop-cloud"
token_file = "/etc/allot/forge-token"
exclude = ["abra"]
poll = "1h"

[[git]]
url = "https://me:canary@git.autonomic.zone/recipes/wordpress.git"

[[git]]
recipe = "guestbook"
url = "/srv/git/recipe-7"

[webhook]
secret_file = "/etc/allot/webhook-secret"
"#;

    fn read(text: &str) -> CatalogueConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn there_is_no_source_by_default() {
        let config = read("");
        assert_eq!(config, CatalogueConfig::default());
        assert!(config.is_off());
        config.check().unwrap();
    }

    #[test]
    fn what_was_written_reads_back_and_shows_no_password() {
        let config = read(WHOLE);
        config.check().unwrap();
        let names: Vec<_> = config.git.iter().map(|git| git.name().unwrap()).collect();
        assert_eq!(
            (names[0].as_str(), names[1].as_str()),
            ("wordpress", "guestbook")
        );
        assert_eq!(
            config.forge[0].name(),
            "https://git.coopcloud.tech/coop-cloud"
        );
        assert_eq!(read(&toml::to_string(&config).unwrap()), config);
        assert!(!format!("{config:?}").contains("canary"));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for bad in [
            "sources = []",
            "poll = \"soon\"",
            "[[git]]\nurl = \"ftp://canary.example/r\"",
            "[[git]]\nrecipe = \"Not One\"\nurl = \"/srv/r\"",
            "[[forge]]\nurl = \"file:///srv\"\norganisation = \"x\"",
            "[[forge]]\nurl = \"https://u:canary@f.example\"\norganisation = \"x\"",
            "[[forge]]\nurl = \"https://f.example\"\norganisation = \"x\"\ntoken = \"canary\"",
        ] {
            assert!(toml::from_str::<CatalogueConfig>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused() {
        for (from, to) in [
            ("\"15m\"", "\"1s\""),
            ("\"1h\"", "\"1000h\""),
            ("\"coop-cloud\"", "\"../admin\""),
            ("\"coop-cloud\"", "\"\""),
            ("\"coop-cloud\"", "\"..\""),
            ("/etc/allot/forge", "forge"),
            ("/etc/allot/webhook", "webhook"),
            ("https://git.coopcloud", "http://git.coopcloud"),
            ("\"guestbook\"", "\"wordpress\""),
            ("/wordpress.git", "/"),
            ("[\"abra\"]", "[\"abra[\"]"),
            ("[\"abra\"]", "[\"\"]"),
            ("poll = \"15m\"", "parallel = 0"),
            ("poll = \"15m\"", "mirror_mib = 0"),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            let refused = read(&WHOLE.replace(from, to)).check().expect_err(to);
            assert_eq!(refused.code(), "AL-9201", "{to}");
            assert!(!refused.to_string().contains("canary"), "{refused}");
        }
    }
}
