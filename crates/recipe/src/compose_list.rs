//! The `COMPOSE_FILE` list: which compose files make up the stack (reference 2.2).

use crate::limits::Limits;
use crate::tree::{TreeError, normal_path};

/// What is deployed when `COMPOSE_FILE` says nothing.
pub const DEFAULT_COMPOSE_FILE: &str = "compose.yml";

/// Why a `COMPOSE_FILE` list was refused.
#[derive(Debug, thiserror::Error)]
pub enum ComposeListError {
    /// An entry is no path inside the recipe.
    #[error("COMPOSE_FILE names a file that no recipe can have")]
    Path(#[from] TreeError),
    /// The list is too long.
    #[error("COMPOSE_FILE names {count} files; at most {limit} are read")]
    TooMany {
        /// How many it names.
        count: usize,
        /// How many it may name.
        limit: usize,
    },
}

impl ComposeListError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Path(error) => error.code(),
            Self::TooMany { .. } => "AL-1206",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Path(error) => error.help(),
            Self::TooMany { .. } => {
                Some("name each compose file once, with colons between them".to_owned())
            }
        }
    }
}

/// Reads the list: paths relative to the recipe, subfolders included, with colons between them. `None` or an empty list is
/// `compose.yml`. The order is kept, for later files override earlier ones.
pub fn compose_files(
    value: Option<&str>,
    limits: &Limits,
) -> Result<Vec<String>, ComposeListError> {
    let named: Vec<&str> = value
        .unwrap_or_default()
        .split(':')
        .map(str::trim)
        .filter(|f| !f.is_empty())
        .collect();
    if named.is_empty() {
        return Ok(vec![DEFAULT_COMPOSE_FILE.to_owned()]);
    }
    if named.len() > limits.max_compose_files {
        return Err(ComposeListError::TooMany {
            count: named.len(),
            limit: limits.max_compose_files,
        });
    }
    named
        .into_iter()
        .map(|file| normal_path(file).map_err(ComposeListError::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(value: &str) -> Vec<String> {
        compose_files(Some(value), &Limits::default()).expect(value)
    }

    #[test]
    fn reads_lists_with_subfolders_in_order() {
        assert_eq!(
            files("compose.yml:postgres/compose.tune.yml"),
            ["compose.yml", "postgres/compose.tune.yml"]
        );
        assert_eq!(files(":compose.yml: ./b.yml :"), ["compose.yml", "b.yml"]);
    }

    #[test]
    fn falls_back_to_compose_yml() {
        assert_eq!(files(""), ["compose.yml"]);
        assert_eq!(
            compose_files(None, &Limits::default()).expect("default"),
            ["compose.yml"]
        );
    }

    #[test]
    fn refuses_paths_out_of_the_recipe_and_endless_lists() {
        let code = |value: &str| {
            compose_files(Some(value), &Limits::default())
                .expect_err(value)
                .code()
        };
        assert_eq!(code("compose.yml:../other/compose.yml"), "AL-1202");
        assert_eq!(code(&"a.yml:".repeat(200)), "AL-1206");
    }
}
