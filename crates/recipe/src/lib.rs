//! What a Co-op Cloud recipe is.
//!
//! This crate knows the formats and nothing else: it opens no file, no socket and no repository. Bytes come in through
//! [`RecipeTree`] or as text, values go out.
//!
//! | module | what it holds |
//! |---|---|
//! | [`version`] | `x.y.z+upstream`, its order, the versions near one that does not exist |
//! | [`mod@reference`] | what stands in `TYPE=`: a name, a URL or a path, and perhaps a version or a commit |
//! | [`app_name`] | the name of an app, which is its domain |
//! | [`mod@env`] | dotenv files: read, resolve, edit one line |
//! | [`sample`] | `.env.sample` and what an app's env lacks |
//! | [`abra_sh`] | the exports of `abra.sh`, without a shell |
//! | [`secret`] | which secrets an app needs, and making them |
//! | [`readme`] | what a README says: description, metadata, maintainers |
//! | [`release_notes`] | which notes lie between two versions |
//! | [`compose_list`] | the `COMPOSE_FILE` list |
//! | [`catalogue`] | what is known of a recipe and of a version, as documents; `recipes.json` |
//! | [`mod@diff`] | what an operator must know between two versions |
//! | [`level`] | stable, testing or unstable, with the reasons |
//! | [`tree`] | a recipe's files at one commit, as a trait |
//! | [`recipe`] | all of the above, loaded and checked |

pub mod abra_sh;
pub mod app_name;
pub mod catalogue;
mod compose;
pub mod compose_list;
pub mod diff;
pub mod env;
mod help;
pub mod level;
pub mod limits;
pub mod readme;
pub mod recipe;
pub mod reference;
pub mod release_notes;
pub mod sample;
pub mod secret;
pub mod tree;
pub mod version;

pub use app_name::AppName;
pub use env::EnvFile;
pub use limits::Limits;
pub use recipe::Recipe;
pub use reference::RecipeRef;
pub use sample::EnvSample;
pub use tree::{MemoryTree, RecipeTree};
pub use version::RecipeVersion;
