//! `recipe new`: a recipe that deploys as it is and that the linter has nothing against.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use allot_recipe::RecipeRef;

use crate::checkout::{Checkout, GitError, Identity};
use crate::image::{ImageText, Repository};
use crate::tags::Shape;

/// The image of a new recipe when nobody names one: it deploys anywhere and shows a page.
pub const IMAGE: &str = "nginx:1.28.0-alpine";

/// The port on which that image serves.
pub const PORT: u16 = 80;

/// The files of a new recipe.
const FILES: [(&str, &str); 5] = [
    (
        "compose.yml",
        include_str!("../../templates/recipe/compose.yml"),
    ),
    (
        ".env.sample",
        include_str!("../../templates/recipe/env.sample"),
    ),
    ("abra.sh", include_str!("../../templates/recipe/abra.sh")),
    (
        "README.md",
        include_str!("../../templates/recipe/README.md"),
    ),
    (
        "release/next",
        include_str!("../../templates/recipe/release/next"),
    ),
];

/// What a new recipe is to be.
#[derive(Debug, Clone)]
pub struct NewRecipe {
    /// Its name.
    pub name: String,
    /// The image of its `app` service, with a tag.
    pub image: String,
    /// The port on which that serves.
    pub port: u16,
    /// Who makes the first commit, and is named as its maintainer; who git thinks it is where not said.
    pub identity: Identity,
}

/// Why a recipe cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// No recipe can be called so.
    #[error("`{name}` is not the name of a recipe")]
    Name {
        /// The name, shortened.
        name: String,
    },
    /// The image cannot be taken as it is.
    #[error("`{image}` is not an image with a tag")]
    Image {
        /// The image, shortened.
        image: String,
        /// What is wrong with it.
        #[source]
        source: crate::image::ImageError,
    },
    /// The image's tag says no version, so neither would the recipe's.
    #[error("the tag of `{image}` says no version")]
    NoVersion {
        /// The image, shortened.
        image: String,
    },
    /// Something is there already.
    #[error("{} is not empty", folder.display())]
    NotEmpty {
        /// The folder.
        folder: std::path::PathBuf,
    },
    /// git or a file failed.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl NewError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "AL-9460",
            Self::NotEmpty { .. } => "AL-9461",
            Self::Image { .. } | Self::NoVersion { .. } => "AL-9462",
            Self::Git(error) => error.code(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Name { .. } => {
                "use 1 to 64 small letters, digits, `-`, `_` and `.`, a letter or digit first"
                    .to_owned()
            }
            Self::NotEmpty { .. } => "name another folder with --dir".to_owned(),
            Self::Image { .. } | Self::NoVersion { .. } => {
                format!("name one as in `--image {IMAGE}`")
            }
            Self::Git(GitError::Failed { what: "commit", .. }) => {
                "say who commits with --git-name and --git-email, or tell git once with \
                   `git config --global user.name` and `user.email`; nothing was left behind"
                    .to_owned()
            }
            Self::Git(error) => return error.help(),
        })
    }
}

/// Makes a recipe in a folder that is not there yet, or is empty, as a repository with one commit. Returns the clone.
///
/// # Errors
/// `AL-9460` to `AL-9462` before anything is written; `AL-9402` and `AL-9403` when git or the disk fails. What was written
/// is taken away again then, so that the same command can be typed once the cause is mended.
pub fn create(folder: &Path, new: &NewRecipe) -> Result<Checkout, NewError> {
    check_name(&new.name)?;
    let image =
        ImageText::read(&new.image, &std::collections::BTreeMap::new()).map_err(|source| {
            NewError::Image {
                image: shortened(&new.image),
                source,
            }
        })?;
    if image.digest().is_none() && Shape::read(image.tag()).is_none() {
        return Err(NewError::NoVersion {
            image: shortened(&new.image),
        });
    }
    let made = make_empty(folder)?;
    let filled = fill_in(folder, new, &image);
    if filled.is_err() {
        clear(folder, made);
    }
    filled
}

fn fill_in(folder: &Path, new: &NewRecipe, image: &ImageText) -> Result<Checkout, NewError> {
    for (path, template) in FILES {
        let text = fill(template, new, image);
        let path = folder.join(path);
        write(&path, &text).map_err(|source| GitError::File { path, source })?;
    }
    let checkout = Checkout::init(folder, &new.identity)?;
    checkout.commit_all(&format!("feat: begin the recipe {}", new.name))?;
    Ok(checkout)
}

/// Names have one form here, in the federation's log and in abra's folders.
fn check_name(name: &str) -> Result<(), NewError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    let first = name.bytes().next();
    let well = name.len() <= 64
        && first.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && name.bytes().all(plain)
        && RecipeRef::parse(name).is_ok_and(|read| read.name() == name);
    match well {
        true => Ok(()),
        false => Err(NewError::Name {
            name: shortened(name),
        }),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Gives back whether it was made.
fn make_empty(folder: &Path) -> Result<bool, NewError> {
    let file = |source| GitError::File {
        path: folder.to_owned(),
        source,
    };
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(false),
            Some(_) => Err(NewError::NotEmpty {
                folder: folder.to_owned(),
            }),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(folder).map_err(file)?;
            Ok(true)
        }
        Err(error) => Err(file(error).into()),
    }
}

/// Takes away what was written into a folder that was empty. What does not go is left: the cause is told anyway.
fn clear(folder: &Path, made: bool) {
    if made {
        let _ = fs::remove_dir_all(folder);
        return;
    }
    let _ = fs::remove_dir_all(folder.join(".git"));
    for (path, _) in FILES {
        let _ = fs::remove_file(folder.join(path));
    }
    let _ = fs::remove_dir(folder.join("release"));
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

fn fill(template: &str, new: &NewRecipe, image: &ImageText) -> String {
    let maintainer = match (&new.identity.name, &new.identity.email) {
        (Some(name), Some(email)) => format!(" {name} ({email})"),
        (Some(one), None) | (None, Some(one)) => format!(" {one}"),
        (None, None) => String::new(),
    };
    // It goes on one line of the README.
    let maintainer = maintainer.replace(char::is_control, " ");
    [
        ("@NAME@", new.name.clone()),
        ("@IMAGE@", new.image.clone()),
        ("@PORT@", new.port.to_string()),
        ("@VERSION@", format!("0.1.0+{}", image.tag())),
        ("@REPOSITORY@", image.repository.to_string()),
        ("@URL@", page(&image.repository)),
        ("@MAINTAINER@", maintainer),
    ]
    .iter()
    .fold(template.to_owned(), |text, (mark, value)| {
        text.replace(mark, value)
    })
}

/// Where people read about an image.
fn page(image: &Repository) -> String {
    match (image.registry.as_str(), image.path.strip_prefix("library/")) {
        ("docker.io", Some(name)) => format!("https://hub.docker.com/_/{name}"),
        ("docker.io", None) => format!("https://hub.docker.com/r/{}", image.path),
        (registry, _) => format!("https://{registry}/{}", image.path),
    }
}
