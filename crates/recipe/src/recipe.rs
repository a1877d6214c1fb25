//! A whole recipe, loaded from its files at one commit.

use crate::abra_sh::AbraExports;
use crate::compose_list::{ComposeListError, DEFAULT_COMPOSE_FILE, compose_files};
use crate::env::{EnvError, EnvFile};
use crate::limits::Limits;
use crate::readme::Metadata;
use crate::release_notes::{self, NoteRef};
use crate::sample::EnvSample;
use crate::tree::{EntryKind, RecipeTree, TreeError, read_optional};

/// The name of the sample.
pub const ENV_SAMPLE: &str = ".env.sample";
/// The name of the script with the exports.
pub const ABRA_SH: &str = "abra.sh";
/// The name of the README.
pub const README: &str = "README.md";

/// What a recipe says at one commit, apart from the content of its compose files.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The variables that it offers. Empty when the recipe has no `.env.sample`.
    pub env_sample: EnvSample,
    /// What its `abra.sh` exports.
    pub abra_exports: AbraExports,
    /// Every compose file that it has in its own folder or names in its sample, in the order of their names.
    pub compose_files: Vec<String>,
    /// What its README says about it.
    pub readme: Option<Metadata>,
    /// The release notes that it has, in the order of their versions.
    pub release_notes: Vec<NoteRef>,
    /// What is odd about it and does not hinder a deploy.
    pub warnings: Vec<String>,
}

/// Why a recipe was refused.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// A file could not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The sample is not dotenv.
    #[error("the recipe's sample of an env is broken")]
    Sample(#[from] EnvError),
    /// The sample names compose files that no recipe can have.
    #[error("{ENV_SAMPLE}: the list of compose files is broken")]
    ComposeList(#[from] ComposeListError),
    /// A compose file that is needed is not there.
    #[error("the recipe has no compose file `{file}`")]
    NoComposeFile {
        /// The file that is named.
        file: String,
        /// The compose files that are there.
        found: Vec<String>,
    },
    /// A script is not text.
    #[error("{file}:{line}: the line holds bytes that are not UTF-8 text")]
    NotText {
        /// The file.
        file: &'static str,
        /// The line, from 1.
        line: usize,
    },
    /// The folder has more entries than are looked at.
    #[error("the recipe's folder has {count} entries; at most {limit} are read")]
    TooManyFiles {
        /// How many it has.
        count: usize,
        /// How many it may have.
        limit: usize,
    },
}

impl RecipeError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Tree(error) => error.code(),
            Self::Sample(error) => error.code(),
            Self::ComposeList(error) => error.code(),
            Self::NoComposeFile { .. } => "AL-1207",
            Self::NotText { .. } => "AL-1102",
            Self::TooManyFiles { .. } => "AL-1208",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Tree(error) => error.help(),
            Self::Sample(error) => error.help(),
            Self::ComposeList(error) => error.help(),
            Self::NoComposeFile { found, .. } if found.is_empty() => Some(
                "check the URL: a recipe is a git repository with a compose.yml in its top folder"
                    .to_owned(),
            ),
            Self::NoComposeFile { found, .. } => {
                Some(format!("set COMPOSE_FILE to some of {}", found.join(", ")))
            }
            Self::NotText { .. } => Some("save the file as UTF-8".to_owned()),
            Self::TooManyFiles { .. } => {
                Some("check the URL: a recipe is a small repository".to_owned())
            }
        }
    }
}

impl Recipe {
    /// Reads a recipe. A missing `.env.sample` is a warning here and an error for the linter, for old recipes deploy
    /// without one.
    pub fn load(tree: &dyn RecipeTree, limits: &Limits) -> Result<Self, RecipeError> {
        let mut warnings = Vec::new();
        let env_sample = load_sample(tree, limits, &mut warnings)?;
        let abra_exports = load_exports(tree, limits, &mut warnings)?;
        let compose_files = find_compose_files(tree, &env_sample, limits)?;
        if compose_files.is_empty() {
            return Err(RecipeError::NoComposeFile {
                file: DEFAULT_COMPOSE_FILE.to_owned(),
                found: compose_files,
            });
        }
        let readme = load_readme(tree, limits, &mut warnings)?;
        let release_notes = release_notes::list(tree, limits)?;
        Ok(Self {
            env_sample,
            abra_exports,
            compose_files,
            readme,
            release_notes,
            warnings,
        })
    }

    /// The compose files that an app's env selects, each of which must be one that the recipe has.
    pub fn selected_compose_files(
        &self,
        tree: &dyn RecipeTree,
        app: &EnvFile,
        limits: &Limits,
    ) -> Result<Vec<String>, RecipeError> {
        let files = compose_files(app.get("COMPOSE_FILE"), limits)?;
        for file in &files {
            if !exists(tree, file)? {
                return Err(RecipeError::NoComposeFile {
                    file: file.clone(),
                    found: self.compose_files.clone(),
                });
            }
        }
        Ok(files)
    }
}

/// No app needs the README: one that is too large or leads nowhere hinders none.
fn load_readme(
    tree: &dyn RecipeTree,
    limits: &Limits,
    warnings: &mut Vec<String>,
) -> Result<Option<Metadata>, RecipeError> {
    match read_optional(tree, README, limits.max_text_bytes) {
        Ok(bytes) => Ok(bytes.and_then(|b| Metadata::parse(&String::from_utf8_lossy(&b)))),
        Err(error @ TreeError::Unreadable { .. }) => Err(error.into()),
        Err(error) => {
            warnings.push(error.to_string());
            Ok(None)
        }
    }
}

fn load_sample(
    tree: &dyn RecipeTree,
    limits: &Limits,
    warnings: &mut Vec<String>,
) -> Result<EnvSample, RecipeError> {
    let Some(bytes) = read_optional(tree, ENV_SAMPLE, limits.max_text_bytes)? else {
        warnings.push(format!(
            "the recipe has no {ENV_SAMPLE}, so nothing is known about the variables that it takes"
        ));
        return Ok(EnvSample::new(EnvFile::empty(ENV_SAMPLE)));
    };
    let file = EnvFile::parse_bytes(ENV_SAMPLE, &bytes, limits.max_text_bytes)?;
    for undefined in file.undefined() {
        warnings.push(format!(
            "{ENV_SAMPLE}:{}: {} refers to {}, which is not set",
            undefined.line, undefined.key, undefined.name
        ));
    }
    Ok(EnvSample::new(file))
}

fn load_exports(
    tree: &dyn RecipeTree,
    limits: &Limits,
    warnings: &mut Vec<String>,
) -> Result<AbraExports, RecipeError> {
    let Some(bytes) = read_optional(tree, ABRA_SH, limits.max_text_bytes)? else {
        return Ok(AbraExports::default());
    };
    let text = std::str::from_utf8(&bytes).map_err(|e| {
        let good = bytes.get(..e.valid_up_to()).unwrap_or_default();
        RecipeError::NotText {
            file: ABRA_SH,
            line: 1 + good.iter().filter(|b| **b == b'\n').count(),
        }
    })?;
    let exports = AbraExports::parse(text);
    warnings.extend(
        exports
            .warnings()
            .iter()
            .map(|w| format!("{ABRA_SH}:{}: export {}: {}", w.line, w.key, w.note)),
    );
    Ok(exports)
}

/// The compose files in the recipe's folder and those that the sample names, as long as they are there.
fn find_compose_files(
    tree: &dyn RecipeTree,
    sample: &EnvSample,
    limits: &Limits,
) -> Result<Vec<String>, RecipeError> {
    let entries = tree.list("")?;
    if entries.len() > limits.max_folder_entries {
        return Err(RecipeError::TooManyFiles {
            count: entries.len(),
            limit: limits.max_folder_entries,
        });
    }
    let is_file = |kind| matches!(kind, EntryKind::File | EntryKind::Symlink);
    let mut files: Vec<String> = entries
        .into_iter()
        .filter(|e| is_file(e.kind) && is_compose_name(&e.name))
        .map(|e| e.name)
        .collect();
    // Files in subfolders are known only by being named, and usually in a line that is commented out.
    let offered = sample
        .file()
        .optional_entries()
        .iter()
        .filter(|e| e.key == "COMPOSE_FILE")
        .map(|e| e.raw.as_str());
    let named = compose_files(sample.file().get("COMPOSE_FILE"), limits)?;
    let offered = offered
        .flat_map(|raw| raw.trim_matches(['"', '\'']).split(':'))
        .filter(|f| !f.contains('$'))
        .map(str::to_owned);
    for file in named.into_iter().chain(offered) {
        if !files.contains(&file)
            && crate::tree::normal_path(&file).is_ok_and(|f| !f.is_empty())
            && exists(tree, &file)?
        {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn is_compose_name(name: &str) -> bool {
    (name.starts_with("compose") || name.starts_with("docker-compose"))
        && (name.ends_with(".yml") || name.ends_with(".yaml"))
}

/// Whether a file is there, without reading it: its folder lists it.
fn exists(tree: &dyn RecipeTree, path: &str) -> Result<bool, TreeError> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match tree.list(folder) {
        Ok(entries) => Ok(entries
            .iter()
            .any(|e| e.name == name && e.kind != EntryKind::Folder)),
        Err(TreeError::NotFound { .. } | TreeError::WrongKind { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
