//! `recipe new`: a recipe that deploys as it is and that the linter has nothing against.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use allot_recipe::RecipeRef;

use crate::checkout::{Checkout, GitError, Identity};
use crate::image::{ImageText, Repository};

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
            Self::Image { .. } => "AL-9462",
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
            Self::Image { .. } => format!("name one as in `--image {IMAGE}`"),
            Self::Git(error) => return error.help(),
        })
    }
}

/// Makes a recipe in a folder that is not there yet, or is empty, as a repository with one commit. Returns the clone.
///
/// # Errors
/// `AL-9460` to `AL-9462` before anything is written; `AL-9402` and `AL-9403` when git or the disk fails, which leaves what
/// was written.
pub fn create(folder: &Path, new: &NewRecipe) -> Result<Checkout, NewError> {
    check_name(&new.name)?;
    let image =
        ImageText::read(&new.image, &std::collections::BTreeMap::new()).map_err(|source| {
            NewError::Image {
                image: shortened(&new.image),
                source,
            }
        })?;
    make_empty(folder)?;
    for (path, template) in FILES {
        let text = fill(template, new, &image);
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

fn make_empty(folder: &Path) -> Result<(), NewError> {
    let file = |source| GitError::File {
        path: folder.to_owned(),
        source,
    };
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(NewError::NotEmpty {
                folder: folder.to_owned(),
            }),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Ok(fs::create_dir_all(folder).map_err(file)?)
        }
        Err(error) => Err(file(error).into()),
    }
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
