//! The list of an organisation's repositories.

use std::collections::{BTreeMap, BTreeSet};

use allot_ledger::RecipeName;
use reqwest::Url;
use secrecy::SecretString;

use super::{
    super::{
        config::ForgeConfig,
        error::CatalogueError,
        limits::{MAX_PAGES, MAX_RECIPES, MAX_TOLD, PAGE},
        patterns::Patterns,
        places::recipe_of,
        secret,
    },
    answer::{Item, Page},
    ask::{Asked, Client},
};

/// A repository of a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Repository {
    /// Where it is fetched from: below the forge's own address, wherever the forge says that it is.
    pub(in super::super) url: String,
    /// Where people with a key push to.
    pub(in super::super) ssh_url: String,
    pub(in super::super) description: String,
    pub(in super::super) website: String,
    pub(in super::super) icon: String,
    /// Nothing can be pushed any more.
    pub(in super::super) archived: bool,
}

/// What an organisation has.
#[derive(Debug, Default)]
pub(in super::super) struct Listing {
    pub(in super::super) recipes: BTreeMap<RecipeName, Repository>,
    /// What was left out that might have been a recipe, and why.
    pub(in super::super) left_out: Vec<String>,
}

impl Client {
    /// Lists the repositories of an organisation.
    ///
    /// # Errors
    /// The forge does not answer, says no, or answers with something else.
    pub(in super::super) async fn list(
        &self,
        config: &ForgeConfig,
    ) -> Result<Listing, CatalogueError> {
        let forge = config.name();
        let token = match &config.token_file {
            Some(path) => Some(secret::read(path)?),
            None => None,
        };
        let mut gathered = Gathered {
            config,
            include: config.include()?,
            exclude: config.exclude()?,
            listing: Listing::default(),
            names: BTreeSet::new(),
        };
        let mut total = None;
        let mut url = Some(page_at(config, 1)?);
        for number in 2..MAX_PAGES + 2 {
            let Some(here) = url else {
                break;
            };
            let page = self.page(&forge, token.as_ref(), &here).await?;
            let (count, known) = (page.items.len(), gathered.names.len());
            page.items.into_iter().for_each(|item| gathered.take(item));
            total = page.total.or(total);
            if count > 0 && gathered.names.len() == known {
                return Err(too_much(&forge, "its pages go on and say nothing new"));
            }
            if gathered.names.len() > MAX_RECIPES {
                return Err(too_much(
                    &forge,
                    &format!("more than {MAX_RECIPES} repositories"),
                ));
            }
            let is_more = total.is_some_and(|total| total > gathered.names.len());
            url = match page.next {
                _ if count == 0 => None,
                // A proxy may have taken the link away.
                None if is_more => Some(page_at(config, number)?),
                next => next,
            };
        }
        if url.is_some() {
            return Err(too_much(&forge, &format!("more than {MAX_PAGES} pages")));
        }
        Ok(gathered.finish(total))
    }

    async fn page(
        &self,
        forge: &str,
        token: Option<&SecretString>,
        url: &Url,
    ) -> Result<Page, CatalogueError> {
        let answer = self.get(&Asked { forge, token }, url).await?;
        Page::read(forge, url, &answer)
    }
}

fn page_at(config: &ForgeConfig, number: usize) -> Result<Url, CatalogueError> {
    let parts = ["api", "v1", "orgs", &config.organisation, "repos"];
    let url = config.url.below(parts);
    let mut url = url.ok_or_else(|| CatalogueError::Config {
        why: format!("nothing can be below {}", config.url),
    })?;
    url.query_pairs_mut()
        .append_pair("page", &number.to_string())
        .append_pair("limit", &PAGE.to_string());
    Ok(url)
}

fn too_much(forge: &str, what: &str) -> CatalogueError {
    CatalogueError::TooMuch {
        forge: forge.to_owned(),
        what: what.to_owned(),
    }
}

/// A list that is being read.
struct Gathered<'a> {
    config: &'a ForgeConfig,
    include: Patterns,
    exclude: Patterns,
    listing: Listing,
    /// Every name that was seen, as the forge writes it.
    names: BTreeSet<String>,
}

impl Gathered<'_> {
    fn take(&mut self, item: Item) {
        let name = item.name.clone();
        if name.is_empty() || !self.names.insert(name.clone()) || !self.is_wanted(&name) {
            return;
        }
        // What members only may see has no place in a log that everybody reads, not even its name.
        if item.private || item.internal {
            return;
        }
        if item.empty {
            return self.leave_out(format!("`{}` is empty", short(&name)));
        }
        let recipe = match recipe_of(&name) {
            Ok(recipe) => recipe,
            Err(why) => return self.leave_out(why),
        };
        let Some(repository) = self.repository(&name, item) else {
            return;
        };
        if self.listing.recipes.contains_key(&recipe) {
            let why = format!("`{}` is the recipe `{recipe}` a second time", short(&name));
            return self.leave_out(why);
        }
        self.listing.recipes.insert(recipe, repository);
    }

    fn is_wanted(&self, name: &str) -> bool {
        (self.include.is_empty() || self.include.fit(name)) && !self.exclude.fit(name)
    }

    fn repository(&self, name: &str, item: Item) -> Option<Repository> {
        let folder = format!("{name}.git");
        let url = self
            .config
            .url
            .below([self.config.organisation.as_str(), &folder])?;
        Some(Repository {
            url: url.into(),
            ssh_url: ssh(item.ssh_url),
            description: line(item.description),
            website: web(item.website),
            icon: web(item.avatar_url),
            archived: item.archived,
        })
    }

    fn leave_out(&mut self, why: String) {
        self.listing.left_out.push(why);
    }

    fn finish(mut self, total: Option<usize>) -> Listing {
        let idle: Vec<_> = self.include.idle(&self.names).map(short).collect();
        for pattern in idle {
            self.leave_out(format!("`{pattern}` of `include` fits no repository"));
        }
        let seen = self.names.len();
        if let Some(total) = total.filter(|total| *total > seen) {
            self.leave_out(format!(
                "the forge counts {total} repositories and lists {seen}"
            ));
        }
        self.listing
    }
}

fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// A line that somebody wrote, without what is none.
fn line(text: Option<String>) -> String {
    let text = text.unwrap_or_default();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_TOLD)
        .collect()
}

fn web(text: Option<String>) -> String {
    let text = line(text);
    match text.starts_with("https://") || text.starts_with("http://") {
        true => text,
        false => String::new(),
    }
}

fn ssh(text: Option<String>) -> String {
    let text = line(text);
    match text.starts_with("ssh://") || (text.contains('@') && text.contains(':')) {
        true if !text.contains(' ') => text,
        _ => String::new(),
    }
}
