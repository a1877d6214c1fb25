//! A recipe as the checks see it: its text with places, and its stack in every combination that the sample offers.

mod combinations;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use allot_recipe::recipe::{ABRA_SH, ENV_SAMPLE};
use allot_recipe::tree::{RecipeTree, TreeError, read_optional};
use allot_recipe::{EnvFile, Recipe, compose_list::DEFAULT_COMPOSE_FILE};
use allot_stack::error::{Place, StackError};
use allot_stack::model::{Compose, Service};
use allot_stack::outline::{Fallback, Step, Written};
use allot_stack::{FileRefusal, FileSource, LoadOptions, Loaded, SourceFile, load};

use crate::LintError;
use crate::limits::Limits;

pub(crate) use combinations::{Combination, Offer};
pub(crate) use written::{Label, Use};

/// The stack's name in all that is loaded here; no real name looks like it.
pub(crate) const STACK: &str = "lint-0stack";

/// Where relative bind mounts end up; no recipe has it.
pub(crate) const WORKING_DIR: &str = "/lint-0recipe";

/// A recipe, read.
pub(crate) struct Subject<'a> {
    pub tree: &'a dyn RecipeTree,
    pub recipe: Recipe,
    pub has_sample: bool,
    /// The text of `abra.sh`.
    pub abra_sh: Option<String>,
    /// The compose files that are YAML, by name.
    pub files: BTreeMap<String, ComposeFile>,
    /// The compose files that are not.
    pub broken: Vec<String>,
    /// The compose files that an app of the sample has.
    pub default_files: Vec<String>,
    /// The lists of compose files that the sample offers.
    pub offers: Vec<Offer>,
    /// The stacks that come of them; the sample's own is the first.
    pub stacks: Vec<Stack>,
    /// Combinations that were left out because there are too many.
    pub left_out: usize,
}

/// A compose file as it is written.
pub(crate) struct ComposeFile {
    bytes: Vec<u8>,
    pub written: Vec<Written>,
    /// Where the values of `services.app`, `configs.page` and so on are in it: a file may have thousands of them.
    parts: BTreeMap<(String, String), Vec<usize>>,
    pub uses: Vec<Use>,
    pub labels: Vec<Label>,
}

impl ComposeFile {
    /// The line at which a second document begins. A marker at the margin is one wherever it stands.
    pub fn second_document(&self) -> Option<usize> {
        let text = String::from_utf8_lossy(&self.bytes);
        let is_marker = |line: &str| {
            line.strip_prefix("---")
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        };
        let is_nothing = |line: &str| {
            line.trim().is_empty() || line.trim_start().starts_with('#') || line.starts_with('%')
        };
        let lines = text.lines().enumerate();
        let mut content = lines.skip_while(|(_, line)| is_nothing(line) || is_marker(line));
        content
            .find(|(_, line)| is_marker(line))
            .map(|(at, _)| at + 1)
    }
}

/// One combination of compose files, loaded.
pub(crate) struct Stack {
    pub combination: Combination,
    pub loaded: Result<Loaded, StackError>,
}

impl Stack {
    /// The model, when it could be loaded.
    pub fn model(&self) -> Option<&Compose> {
        self.loaded.as_ref().ok().map(|loaded| &loaded.model)
    }
}

impl<'a> Subject<'a> {
    /// Reads and loads a recipe.
    pub fn read(tree: &'a dyn RecipeTree, limits: &Limits) -> Result<Self, LintError> {
        let recipe = Recipe::load(tree, &limits.recipe)?;
        let most = limits.recipe.max_text_bytes;
        let has_sample = read_optional(tree, ENV_SAMPLE, most)?.is_some();
        let abra_sh = read_optional(tree, ABRA_SH, most)?
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let default_files = default_files(&recipe);
        let offers = combinations::offers(&recipe, &default_files);
        let mut subject = Self {
            tree,
            recipe,
            has_sample,
            abra_sh,
            files: BTreeMap::new(),
            broken: Vec::new(),
            default_files,
            offers,
            stacks: Vec::new(),
            left_out: 0,
        };
        let broken = subject.read_files(limits)?;
        subject.broken = broken.keys().cloned().collect();
        subject.load_all(broken, limits);
        Ok(subject)
    }

    /// Reads every compose file; returns what is wrong with those that are no YAML.
    fn read_files(&mut self, limits: &Limits) -> Result<BTreeMap<String, StackError>, TreeError> {
        let mut broken = BTreeMap::new();
        for name in &self.recipe.compose_files {
            let bytes = self.tree.read(name, limits.recipe.max_file_bytes)?;
            match allot_stack::outline::outline(name, &bytes, &limits.stack) {
                Ok(written) => {
                    let file = ComposeFile {
                        uses: written::uses(&written),
                        labels: written::labels(&written),
                        parts: written::parts(&written),
                        bytes,
                        written,
                    };
                    self.files.insert(name.clone(), file);
                }
                Err(error) => {
                    broken.insert(name.clone(), error);
                }
            }
        }
        Ok(broken)
    }

    fn load_all(&mut self, broken: BTreeMap<String, StackError>, limits: &Limits) {
        let mut all = combinations::all(&self.recipe, &self.default_files, &self.offers);
        self.left_out = all.len().saturating_sub(limits.combinations);
        all.truncate(limits.combinations);
        let stacks = all.into_iter().map(|combination| {
            let error = combination.files.iter().find_map(|file| broken.get(file));
            let loaded = match error {
                Some(error) => Err(error.clone()),
                None => self.load(&combination, limits),
            };
            Stack {
                combination,
                loaded,
            }
        });
        self.stacks = stacks.collect();
    }

    fn load(&self, combination: &Combination, limits: &Limits) -> Result<Loaded, StackError> {
        let mut inputs = Vec::new();
        for name in &combination.files {
            let file = self.files.get(name).ok_or_else(|| missing(name))?;
            inputs.push(SourceFile {
                name: name.clone(),
                bytes: file.bytes.clone(),
            });
        }
        let options = LoadOptions {
            working_dir: Some(WORKING_DIR.to_owned()),
            limits: limits.stack.clone(),
        };
        let env = self.env(&combination.files);
        load(&inputs, &env, &Files { tree: self.tree }, &options)
    }

    /// What an app has in its env that is made from the sample: the sample's values, those of lines that are commented
    /// out where nothing else gives one, and the exports.
    fn env(&self, files: &[String]) -> BTreeMap<String, String> {
        let sample = &self.recipe.env_sample;
        let mut env = self.recipe.abra_exports.over(sample.file().vars());
        env.insert("STACK_NAME".to_owned(), STACK.to_owned());
        let uses = files
            .iter()
            .filter_map(|f| self.files.get(f))
            .flat_map(|f| &f.uses);
        for variable in uses.filter(|u| !u.bare && u.fallback != Fallback::Given) {
            if env.get(&variable.name).is_some_and(|v| !v.is_empty()) {
                continue;
            }
            let offered = sample
                .variables()
                .iter()
                .find(|v| v.key == variable.name && v.optional)
                .and_then(|v| unquoted(&v.default));
            match (offered, variable.fallback) {
                (Some(value), _) => env.insert(variable.name.clone(), value),
                // A value that a number, a port and a duration can have: what it is does not matter here.
                (None, Fallback::Refused) => env.insert(variable.name.clone(), "0".to_owned()),
                (None, _) => None,
            };
        }
        env
    }

    /// The models that could be loaded, the sample's own first.
    pub fn models(&self) -> impl Iterator<Item = &Compose> {
        self.stacks.iter().filter_map(Stack::model)
    }

    /// Every service of every model.
    pub fn services(&self) -> impl Iterator<Item = (&Compose, &str, &Service)> {
        self.models().flat_map(|model| {
            let named = move |(name, service)| (model, String::as_str(name), service);
            model.services.iter().map(named)
        })
    }

    /// Every variable of every compose file.
    pub fn uses(&self) -> impl Iterator<Item = &Use> {
        self.files.values().flat_map(|file| &file.uses)
    }

    /// Every label of every compose file.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.files.values().flat_map(|file| &file.labels)
    }

    /// Every value of every compose file.
    pub fn written(&self) -> impl Iterator<Item = &Written> {
        self.files.values().flat_map(|file| &file.written)
    }

    /// Every value below one service, config or the like, of every compose file.
    pub fn part(&self, section: &str, name: &str) -> impl Iterator<Item = &Written> {
        let key = (section.to_owned(), name.to_owned());
        self.files.values().flat_map(move |file| {
            let at = file.parts.get(&key).into_iter().flatten();
            at.filter_map(|at| file.written.get(*at))
        })
    }

    /// The first place below a field of a service whose text fits.
    pub fn place_of(
        &self,
        service: &str,
        field: &str,
        fits: impl Fn(&str) -> bool,
    ) -> Option<Place> {
        self.part("services", service)
            .filter(|w| w.path.get(2).and_then(Step::key) == Some(field))
            .find(|w| w.text.as_deref().is_some_and(&fits))
            .map(|w| w.place.clone())
    }

    /// Names that the sample sets or offers.
    pub fn sample_keys(&self) -> BTreeSet<&str> {
        let variables = self.recipe.env_sample.variables();
        variables.iter().map(|v| v.key.as_str()).collect()
    }

    /// Whether `abra.sh` exports a variable.
    pub fn exports(&self, name: &str) -> bool {
        self.recipe.abra_exports.vars().contains_key(name)
    }
}

/// What `COMPOSE_FILE` of the sample says, or the default. A list that is broken was refused before.
fn default_files(recipe: &Recipe) -> Vec<String> {
    let listed = recipe.env_sample.file().get("COMPOSE_FILE");
    combinations::split(listed.unwrap_or(DEFAULT_COMPOSE_FILE))
}

/// The value of an assignment that is commented out, when it has one.
fn unquoted(raw: &str) -> Option<String> {
    let file = EnvFile::parse(ENV_SAMPLE, &format!("X={raw}\n")).ok()?;
    file.get("X").filter(|v| !v.is_empty()).map(str::to_owned)
}

fn missing(file: &str) -> StackError {
    StackError::File {
        place: None,
        path: "COMPOSE_FILE".to_owned(),
        file: file.to_owned(),
        reason: FileRefusal::Missing,
    }
}

/// A recipe's files, for the loader.
struct Files<'a> {
    tree: &'a dyn RecipeTree,
}

impl FileSource for Files<'_> {
    fn read(&self, path: &str, limit: usize) -> Result<Vec<u8>, FileRefusal> {
        let most = u64::try_from(limit).unwrap_or(u64::MAX);
        self.tree.read(path, most).map_err(|error| match error {
            TreeError::NotFound { .. } => FileRefusal::Missing,
            TreeError::Escapes { .. } => FileRefusal::LinkOutsideRecipe,
            TreeError::WrongKind { .. } => FileRefusal::NotAFile,
            TreeError::TooLarge { .. } => FileRefusal::TooLarge { limit },
            error @ TreeError::Unreadable { .. } => FileRefusal::System(error.to_string()),
        })
    }
}
