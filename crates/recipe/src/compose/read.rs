//! From bytes to a tree of values, within bounds.

use serde_json::Value;
use serde_saphyr::{MergeKeyPolicy, NonFiniteFloatPolicy, alias_limits, budget, options};

use crate::help::shorten;
use crate::limits::Limits;
use crate::tree::{RecipeTree, TreeError};

/// Why a compose file cannot be looked into.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The file could not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The file is not YAML.
    #[error("{file}: not a compose file: {why}")]
    NotCompose {
        /// The file.
        file: String,
        /// What is wrong, with line and column where they are known.
        why: String,
    },
    /// There is more in the files than is looked at.
    #[error("{file}: more than the {limit} {what} that are looked at")]
    TooMany {
        /// The file.
        file: String,
        /// Of what.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
}

impl ComposeError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Tree(error) => error.code(),
            Self::NotCompose { .. } => "AL-9103",
            Self::TooMany { .. } => "AL-9104",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Tree(error) => error.help(),
            Self::NotCompose { .. } => Some(
                "run `allot recipe render` in a clone of the recipe: it shows what is wrong and where"
                    .to_owned(),
            ),
            Self::TooMany { .. } => {
                Some("check the URL: a recipe is a few compose files with a few services".to_owned())
            }
        }
    }
}

/// Reads one compose file; `left` is how many bytes all files together may still have.
pub(super) fn read(
    tree: &dyn RecipeTree,
    file: &str,
    left: &mut u64,
    limits: &Limits,
) -> Result<Value, ComposeError> {
    let bytes = tree.read(file, limits.max_compose_bytes.min(*left))?;
    *left = left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    let refuse = |why: String| ComposeError::NotCompose {
        file: file.to_owned(),
        why,
    };
    let text =
        std::str::from_utf8(&bytes).map_err(|_| refuse("it is not UTF-8 text".to_owned()))?;
    // Far above any real recipe, far below what a bomb needs.
    let options = options! {
        budget: budget! {
            max_events: 200_000,
            max_nodes: 100_000,
            max_aliases: 5_000,
            max_anchors: 1_000,
            max_recorded_anchor_events: 200_000,
            max_recorded_anchor_bytes: 16 << 20,
            max_documents: 1,
            max_total_scalar_bytes: 16 << 20,
            max_merge_keys: 1_000,
        },
        alias_limits: alias_limits! { max_total_replayed_events: 200_000 },
        merge_keys: MergeKeyPolicy::Merge,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        emit_comments: false,
        with_snippet: false,
    };
    let value: Value = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| refuse(one_line(&error.to_string())))?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(refuse("the top level must be a mapping".to_owned())),
    }
}

fn one_line(text: &str) -> String {
    const LONGEST: usize = 200;
    let line = text.lines().next().unwrap_or_default();
    shorten(line.trim_start_matches("error: "), LONGEST)
}
