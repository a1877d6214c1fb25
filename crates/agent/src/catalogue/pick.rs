//! Which version a deploy takes: what the federation pinned, and nothing that this collective does not accept.

use std::collections::BTreeSet;

use allot_git::Wanted;
use allot_ledger::state::{Pinned, Stage, State};
use allot_recipe::RecipeVersion;

use super::{
    Catalogue, CatalogueError, Result, Unmet,
    age::age,
    blocking,
    error::near,
    index::about,
    look::{Look, newest},
    show::outcomes,
};
use crate::{config::Accept, federation::FederationError};

/// What a deploy asks for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The recipe's name.
    pub recipe: &'a str,
    /// Where the app has it from.
    pub place: &'a str,
    /// Where a recipe of that name usually is.
    pub usual: &'a str,
    /// Which version.
    pub wanted: &'a Wanted,
    /// What runs; empty when nothing does.
    pub running: &'a str,
    /// Take a version that was yanked.
    pub yanked: bool,
}

/// Something to tell with a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Stable name.
    pub rule: &'static str,
    /// What is so.
    pub text: String,
}

/// What a deploy takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// The catalogue has no say in it: what the mirror says goes.
    Elsewhere(Vec<Word>),
    /// Exactly this.
    Exact(Exact),
}

/// A version as it was pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    /// As tagged.
    pub version: String,
    /// Its commit.
    pub commit: String,
    /// The commit's tree.
    pub tree: String,
    /// What to tell.
    pub words: Vec<Word>,
    /// The newest entry that this rests on.
    entry: u64,
}

/// What the catalogue says of an app that runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running {
    /// The version that runs was yanked, and why; else empty.
    pub note: String,
    /// Newer versions that would be deployed, newest first.
    pub upgrades: Vec<String>,
}

impl Catalogue {
    /// What a deploy takes.
    ///
    /// # Errors
    /// There is no such version, it is not accepted, it was yanked, or too few have witnessed what it rests on.
    pub async fn pick(&self, ask: Ask<'_>) -> Result<Pick> {
        if let Some(words) = self.is_elsewhere(ask.recipe, ask.place, ask.usual).await? {
            return Ok(Pick::Elsewhere(words));
        }
        let log = self.log()?;
        let mut pick = {
            let book = log.book().await;
            choose(book.state(), &ask, self.config.accept)?
        };
        if let Pick::Exact(exact) = &mut pick {
            self.federation.may_act_on(exact.entry).await?;
            let clock = self.federation.view().await?.clock;
            let age = age(clock, self.clock.now(), self.config.expires);
            exact
                .words
                .extend(age.warning().map(|text| word("catalogue-expired", text)));
        }
        Ok(pick)
    }

    /// Where a recipe's repository is, by the catalogue, if it can be fetched from there.
    ///
    /// # Errors
    /// Files cannot be read.
    pub async fn repository(&self, recipe: &str) -> Result<Option<String>> {
        // Whether there should be one, a deploy finds out.
        let Ok(log) = self.log() else {
            return Ok(None);
        };
        let of = {
            let book = log.book().await;
            book.state().recipe(recipe).map(|known| known.about)
        };
        let Some(of) = of else { return Ok(None) };
        let about = blocking(move || Ok(about(&log, of))).await?;
        // The hub says where, so that it can only be somewhere that anybody can ask: no file and no account of this host.
        let is_public = |url: &String| url.starts_with("https://") || url.starts_with("http://");
        Ok(about.map(|about| about.repository).filter(is_public))
    }

    /// The commits of a recipe's versions that are released and not published: hardly anybody runs those.
    ///
    /// # Errors
    /// The agent is in no federation, or its log cannot be read.
    pub async fn unpublished(&self, recipe: &str) -> Result<BTreeSet<String>> {
        let log = self.log()?;
        let book = log.book().await;
        let versions = book.state().recipe(recipe).map(|known| known.versions());
        let waiting = versions.into_iter().flatten().filter(|pinned| {
            let stage = pinned.stage();
            matches!(stage, Stage::InReview | Stage::ChangesRequested)
        });
        Ok(waiting.map(|pinned| pinned.commit.to_string()).collect())
    }

    /// What there is to say of an app that runs; nothing where the catalogue has no say.
    pub async fn running(
        &self,
        recipe: &str,
        place: &str,
        usual: &str,
        version: &str,
    ) -> Option<Running> {
        let elsewhere = self.is_elsewhere(recipe, place, usual).await;
        if !matches!(elsewhere, Ok(None)) {
            return None;
        }
        let log = self.log().ok()?;
        let book = log.book().await;
        let look = Look::at(book.state(), recipe)?;
        let note = look.recipe.version(version).and_then(yanked);
        let now = RecipeVersion::parse(version).ok();
        let all = look.newest_first();
        let newer = all.iter().filter(|(v, pinned)| {
            now.as_ref().is_some_and(|now| v > now)
                && look.unmet(self.config.accept, pinned).is_none()
        });
        Some(Running {
            note: note.unwrap_or_default(),
            upgrades: newer.map(|(v, _)| v.to_string()).collect(),
        })
    }

    /// Whether there is nothing to ask, however long one waits, and the collective has not said what it wants of versions:
    /// then apps are looked after as if there were no federation.
    async fn is_given_up(&self, error: &CatalogueError) -> bool {
        let is_broken = match error {
            CatalogueError::Federation(FederationError::Unusable { .. }) => true,
            // It is being read for a moment after the start.
            _ => match self.federation.view().await {
                Ok(view) => view.problem.is_some_and(|told| !told.is_passing),
                Err(_) => false,
            },
        };
        is_broken && self.config.accept == Accept::Default
    }

    /// Whether a recipe is none of the catalogue's; then what to tell about that.
    async fn is_elsewhere(
        &self,
        recipe: &str,
        place: &str,
        usual: &str,
    ) -> Result<Option<Vec<Word>>> {
        let log = match self.log() {
            Ok(log) => log,
            Err(CatalogueError::Federation(FederationError::NotJoined)) => {
                return Ok(Some(Vec::new()));
            }
            Err(error) if self.is_given_up(&error).await => {
                let text = format!(
                    "the catalogue cannot be read, and nothing is held against it: {error}"
                );
                return Ok(Some(vec![word("not-pinned", text)]));
            }
            Err(error) => return Err(error),
        };
        let is_known = log.book().await.state().recipe(recipe).is_some();
        if !is_known {
            let text = format!(
                "{recipe} is not in the federation's catalogue: its versions are tags, which can be moved"
            );
            return Ok(Some(vec![word("not-pinned", text)]));
        }
        if same_place(place, usual) {
            return Ok(None);
        }
        let theirs = self.repository(recipe).await?;
        if theirs.is_some_and(|theirs| same_place(place, &theirs)) {
            return Ok(None);
        }
        let text = format!(
            "it comes from another place than the catalogue's {recipe}: its versions are tags, which can be moved"
        );
        Ok(Some(vec![word("not-pinned", text)]))
    }
}

fn same_place(a: &str, b: &str) -> bool {
    let plain = |url: &str| {
        let url = url.trim_end_matches('/');
        url.strip_suffix(".git").unwrap_or(url).to_owned()
    };
    plain(a) == plain(b)
}

fn word(rule: &'static str, text: String) -> Word {
    Word { rule, text }
}

fn choose(state: &State, ask: &Ask<'_>, accept: Accept) -> Result<Pick> {
    let look = Look::must(state, ask.recipe)?;
    let all = look.newest_first();
    let is_good = |pinned: &Pinned| look.unmet(accept, pinned).is_none();
    let pinned = match ask.wanted {
        Wanted::Latest => match newest(&all, is_good) {
            Some(pinned) => pinned,
            None => return Err(none_accepted(&look, accept)),
        },
        Wanted::Version(wanted) => {
            let exact = look.recipe.version(wanted.as_str());
            let answers = || {
                let fitting: Vec<_> = all
                    .iter()
                    .filter(|(v, _)| v.answers(wanted))
                    .cloned()
                    .collect();
                newest(&fitting, is_good).or_else(|| fitting.first().map(|(_, p)| *p))
            };
            match exact.or_else(answers) {
                Some(pinned) => pinned,
                None if ask.running == wanted.as_str() => {
                    return Ok(elsewhere(format!(
                        "{} {wanted} runs already, and is not in the catalogue: it is not held against any commit",
                        look.name
                    )));
                }
                None => return Err(no_version(&look, wanted.as_str(), &all)),
            }
        }
        Wanted::Commit(digits) => {
            let digits = digits.to_lowercase();
            let mut at = all
                .iter()
                .filter(|(_, p)| p.commit.to_string().starts_with(&digits));
            match at.next() {
                Some((_, pinned)) => pinned,
                None => return commit(&look, accept, &digits, ask.running),
            }
        }
        Wanted::Head => return commit(&look, accept, "HEAD", ask.running),
    };
    exact(&look, accept, pinned, ask).map(Pick::Exact)
}

fn elsewhere(text: String) -> Pick {
    Pick::Elsewhere(vec![word("not-pinned", text)])
}

/// A commit that is no version: whoever only takes what stewards published does not take it.
fn commit(look: &Look<'_>, accept: Accept, commit: &str, running: &str) -> Result<Pick> {
    if look.asked(accept) == Accept::Observed || running == commit {
        return Ok(elsewhere(format!(
            "{commit} is no version of {} that the catalogue knows",
            look.name
        )));
    }
    Err(CatalogueError::NotAccepted {
        recipe: look.name.to_string(),
        version: commit.to_owned(),
        why: "it is no version, and only published ones are".to_owned(),
        help: format!(
            "choose a version (`allot recipe versions {}`), or set `[catalogue] accept = \"observed\"` in agent.toml",
            look.name
        ),
    })
}

fn exact(look: &Look<'_>, accept: Accept, pinned: &Pinned, ask: &Ask<'_>) -> Result<Exact> {
    let mut words = Vec::new();
    let version = pinned.version.to_string();
    match look.unmet(accept, pinned) {
        None => {}
        Some(Unmet::Yanked { by, reason }) if ask.yanked => {
            let text = format!("{version} was yanked by {by}: {reason}. It is taken all the same");
            words.push(word("yanked", text));
        }
        Some(Unmet::Yanked { by, reason }) => {
            return Err(CatalogueError::Yanked {
                recipe: look.name.to_string(),
                version,
                by,
                reason,
            });
        }
        // It was accepted when it came here: an app is not stuck because somebody claims its recipe.
        Some(Unmet::Policy { why, .. }) if ask.running == version => {
            let text =
                format!("{version} runs already, and stays; it would not be taken anew: {why}");
            words.push(word("not-accepted", text));
        }
        Some(Unmet::Policy { why, help }) => {
            return Err(CatalogueError::NotAccepted {
                recipe: look.name.to_string(),
                version,
                why,
                help,
            });
        }
    }
    words.extend(told(look, accept, pinned, ask.running));
    let released = pinned.released();
    let published = released.and_then(|r| r.published).map(|(_, entry)| entry);
    let entry = published.or(pinned.observed.map(|seen| seen.entry));
    Ok(Exact {
        version,
        commit: pinned.commit.to_string(),
        tree: pinned.tree.to_string(),
        words,
        entry: entry.or(released.map(|r| r.entry)).unwrap_or_default(),
    })
}

/// What an operator should know of a version before it is deployed.
fn told(look: &Look<'_>, accept: Accept, pinned: &Pinned, running: &str) -> Vec<Word> {
    let mut words = Vec::new();
    if accept == Accept::Default && look.asked(accept) == Accept::Observed {
        let text = format!(
            "{} has no stewards: nobody has published this version, the hub saw its tag",
            look.name
        );
        words.push(word("only-observed", text));
    }
    if pinned.stage() == Stage::ReviewOutstanding {
        let text = "a security release: no other steward has reviewed it so far".to_owned();
        words.push(word("review-outstanding", text));
    }
    let flags = look.recipe.flags().values();
    words.extend(flags.map(|flag| {
        let text = format!(
            "an open security problem, told by {}: {}",
            flag.by, flag.text
        );
        word("security", text)
    }));
    if running != pinned.version.as_str() {
        let now = look.recipe.version(running).and_then(yanked);
        words.extend(now.map(|text| word("yanked", format!("what runs, {running}, was {text}"))));
        words.extend(elsewhere_went(look, pinned));
    }
    words
}

fn yanked(pinned: &Pinned) -> Option<String> {
    let yanked = pinned.yanked()?;
    Some(format!("yanked by {}: {}", yanked.by, yanked.reason))
}

/// How upgrades to it went at other collectives.
fn elsewhere_went(look: &Look<'_>, pinned: &Pinned) -> Option<Word> {
    let went = outcomes(look, pinned);
    let told: Vec<String> = went
        .iter()
        .map(|(from, verdict, count)| {
            format!("{count} {} (from {from})", verdict.replace('_', " "))
        })
        .collect();
    let text = format!("upgrades to it elsewhere: {}", told.join(", "));
    (!told.is_empty()).then(|| word("outcomes", text))
}

fn none_accepted(look: &Look<'_>, accept: Accept) -> CatalogueError {
    let all = look.newest_first();
    let (why, help) = match all.first() {
        None => (
            "the hub has seen no version of it".to_owned(),
            "name a commit, or wait until it is tagged".to_owned(),
        ),
        Some((version, pinned)) => match look.unmet(accept, pinned) {
            Some(Unmet::Policy { why, help }) => (format!("of the newest, {version}: {why}"), help),
            Some(Unmet::Yanked { by, reason }) => (
                format!("the newest, {version}, was yanked by {by}: {reason}"),
                "name an older version, or wait for a newer one".to_owned(),
            ),
            None => (String::new(), String::new()),
        },
    };
    CatalogueError::NoneAccepted {
        recipe: look.name.to_string(),
        why,
        help,
    }
}

fn no_version(look: &Look<'_>, wanted: &str, all: &[(RecipeVersion, &Pinned)]) -> CatalogueError {
    CatalogueError::NoSuchVersion {
        recipe: look.name.to_string(),
        version: wanted.to_owned(),
        near: near(wanted, all.iter().map(|(v, _)| v.as_str())),
    }
}
