//! What stands in `TYPE=` (or `RECIPE=`) of an app's env: which recipe, and perhaps which version (reference 2.2).

use std::fmt;
use std::str::FromStr;

use crate::help::excerpt;
use crate::version::RecipeVersion;

/// Where a recipe comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A recipe of the catalogue, by name: `nextcloud`.
    Catalogue(String),
    /// A recipe of another forge, as abra writes it: `mygit.org/myorg/cool-recipe`.
    External(String),
    /// A git URL: `https://…`, `ssh://…`, `git://…`, `file://…` or `git@host:org/recipe.git`.
    Url(String),
    /// A folder of this host: `/srv/recipes/cool-recipe`, `./cool-recipe`.
    Path(String),
}

/// Which state of the recipe is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pin {
    /// A published version.
    Version(RecipeVersion),
    /// A commit, by 7 to 40 hexadecimal digits.
    Commit {
        /// The digits, in lower case.
        hash: String,
        /// Whether there were changes on top of it (abra's `+U` after a chaos deploy). Such a state is nowhere to be found
        /// again.
        dirty: bool,
    },
}

/// A recipe, and perhaps the version or commit of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecipeRef {
    origin: Origin,
    pin: Option<Pin>,
}

/// Why a text names no recipe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` does not name a recipe: {why}")]
pub struct ReferenceError {
    /// The text, shortened.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl ReferenceError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        "AL-1002"
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some("write NAME, HOST/ORG/NAME, a git URL or a path, and after a colon a version or commit, for example traefik:2.0.1+2.9.6".to_owned())
    }
}

impl RecipeRef {
    /// Reads `origin[:version|commit[+U]]`.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let fail = |why| ReferenceError {
            text: excerpt(text),
            why,
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(fail("it is empty"));
        }
        if text.len() > 1024 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(fail(
                "it holds white space or is longer than 1,024 characters",
            ));
        }
        let (origin, pin) = split_pin(text);
        let origin = read_origin(origin).map_err(fail)?;
        let pin = pin
            .map(|p| {
                read_pin(p).ok_or_else(|| {
                    fail("what follows the last colon is neither a version nor a commit")
                })
            })
            .transpose()?;
        Ok(Self { origin, pin })
    }

    /// Where the recipe comes from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The version or commit that is asked for.
    pub fn pin(&self) -> Option<&Pin> {
        self.pin.as_ref()
    }

    /// The same recipe at another version or commit, or at none.
    pub fn with_pin(&self, pin: Option<Pin>) -> Self {
        Self {
            origin: self.origin.clone(),
            pin,
        }
    }

    /// The recipe as abra names it in labels: everything before the version.
    pub fn name(&self) -> &str {
        match &self.origin {
            Origin::Catalogue(name)
            | Origin::External(name)
            | Origin::Url(name)
            | Origin::Path(name) => name,
        }
    }

    /// The last part of the name, without `.git`: what a person calls the recipe.
    pub fn short_name(&self) -> &str {
        let name = self.name().trim_end_matches('/');
        let name = name.strip_suffix(".git").unwrap_or(name);
        name.rsplit(['/', ':']).next().unwrap_or(name)
    }

    /// A name for the recipe's folder: `/` and `.` become `_`, as in abra's `recipes/mygit_org_myorg_cool-recipe`.
    pub fn dir_name(&self) -> String {
        let name = self.name();
        let name = name.split_once("://").map_or(name, |(_, rest)| rest);
        let name = name
            .strip_suffix(".git")
            .unwrap_or(name)
            .trim_matches(['/', '.']);
        name.chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                    c
                } else {
                    '_'
                }
            })
            .collect()
    }

    /// Where git finds the recipe. `catalogue_base` is the URL under which the catalogue's recipes lie, without a slash at
    /// its end, for example `https://git.coopcloud.tech/coop-cloud`.
    pub fn git_url(&self, catalogue_base: &str) -> String {
        match &self.origin {
            Origin::Catalogue(name) => format!("{catalogue_base}/{name}.git"),
            Origin::External(name) if name.ends_with(".git") => format!("https://{name}"),
            Origin::External(name) => format!("https://{name}.git"),
            Origin::Url(url) => url.clone(),
            Origin::Path(path) => path.clone(),
        }
    }
}

/// Splits at the colon before a version: the last one, unless a `/` follows it (a port) or it is the colon of
/// `user@host:path`.
fn split_pin(text: &str) -> (&str, Option<&str>) {
    let Some((origin, pin)) = text.rsplit_once(':') else {
        return (text, None);
    };
    let scp_colon = origin.contains('@') && !origin.contains([':', '/']);
    if pin.contains('/') || scp_colon {
        (text, None)
    } else {
        (origin, Some(pin))
    }
}

fn read_origin(text: &str) -> Result<Origin, &'static str> {
    if text.contains("://") {
        return if ["https://", "http://", "ssh://", "git://", "file://"]
            .iter()
            .any(|s| text.starts_with(s))
        {
            Ok(Origin::Url(text.to_owned()))
        } else {
            Err("the URL is none of https, http, ssh, git and file")
        };
    }
    if text.starts_with(['/', '.']) {
        return Ok(Origin::Path(text.to_owned()));
    }
    if text.split_once(':').is_some_and(|(host, path)| {
        host.contains('@') && !host.starts_with('-') && !path.is_empty()
    }) {
        return Ok(Origin::Url(text.to_owned()));
    }
    read_name(text)
}

fn read_name(text: &str) -> Result<Origin, &'static str> {
    let good = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['-', '.'])
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let mut parts = text.split('/');
    if !parts.clone().all(good) {
        return Err("a name is made of letters, digits, `-`, `_` and `.`");
    }
    match (parts.next(), parts.next()) {
        (Some(_), None) => Ok(Origin::Catalogue(text.to_owned())),
        (Some(host), Some(_)) if host.contains('.') => Ok(Origin::External(text.to_owned())),
        _ => Err("a name with a `/` must begin with a host"),
    }
}

fn read_pin(text: &str) -> Option<Pin> {
    let (hash, dirty) = text
        .strip_suffix("+U")
        .map_or((text, false), |hash| (hash, true));
    if (7..=40).contains(&hash.len()) && hash.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(Pin::Commit {
            hash: hash.to_ascii_lowercase(),
            dirty,
        });
    }
    RecipeVersion::parse(text).ok().map(Pin::Version)
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => version.fmt(f),
            Self::Commit { hash, dirty: false } => f.write_str(hash),
            Self::Commit { hash, dirty: true } => write!(f, "{hash}+U"),
        }
    }
}

impl fmt::Display for RecipeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.pin.as_ref().map_or(Ok(()), |pin| write!(f, ":{pin}"))
    }
}

impl FromStr for Pin {
    type Err = ReferenceError;

    /// Reads a version or a commit, as a person gives it to `deploy APP [VERSION]`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read_pin(text).ok_or_else(|| ReferenceError {
            text: excerpt(text),
            why: "it is neither a version nor a commit",
        })
    }
}

impl FromStr for RecipeRef {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl serde::Serialize for RecipeRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for RecipeRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Origin, Option<String>) {
        let reference = RecipeRef::parse(text).expect(text);
        assert_eq!(reference.to_string(), text, "shown as written");
        (
            reference.origin().clone(),
            reference.pin().map(ToString::to_string),
        )
    }

    #[test]
    fn reads_every_form_that_type_may_hold() {
        let catalogue = |name: &str| Origin::Catalogue(name.to_owned());
        let url = |name: &str| Origin::Url(name.to_owned());
        assert_eq!(parsed("traefik"), (catalogue("traefik"), None));
        assert_eq!(
            parsed("custom-html:1.7.1+1.27.2"),
            (catalogue("custom-html"), Some("1.7.1+1.27.2".to_owned()))
        );
        assert_eq!(
            parsed("immich:eb96de94"),
            (catalogue("immich"), Some("eb96de94".to_owned()))
        );
        assert_eq!(
            parsed("immich:eb96de94+U"),
            (catalogue("immich"), Some("eb96de94+U".to_owned()))
        );
        assert_eq!(
            parsed("mygit.org/myorg/cool-recipe:1.0.0+2"),
            (
                Origin::External("mygit.org/myorg/cool-recipe".to_owned()),
                Some("1.0.0+2".to_owned())
            )
        );
        assert_eq!(
            parsed("https://h.org:8443/o/r.git"),
            (url("https://h.org:8443/o/r.git"), None)
        );
        assert_eq!(
            parsed("ssh://git@h.org:2222/o/r.git:1.0.0"),
            (
                url("ssh://git@h.org:2222/o/r.git"),
                Some("1.0.0".to_owned())
            )
        );
        assert_eq!(
            parsed("git@h.org:o/r.git"),
            (url("git@h.org:o/r.git"), None)
        );
        assert_eq!(
            parsed("git@h.org:o/r.git:1.0.0"),
            (url("git@h.org:o/r.git"), Some("1.0.0".to_owned()))
        );
        assert_eq!(parsed("git@h.org:r"), (url("git@h.org:r"), None));
        assert_eq!(
            parsed("/srv/r:1.0.0+1"),
            (
                Origin::Path("/srv/r".to_owned()),
                Some("1.0.0+1".to_owned())
            )
        );
        assert_eq!(parsed("file:///srv/r"), (url("file:///srv/r"), None));
    }

    #[test]
    fn names_the_folder_as_abra_does() {
        let dir = |text| RecipeRef::parse(text).expect(text).dir_name();
        assert_eq!(
            dir("mygit.org/myorg/cool-recipe:1.0.0"),
            "mygit_org_myorg_cool-recipe"
        );
        assert_eq!(dir("traefik"), "traefik");
        assert_eq!(dir("https://h.org/o/r.git"), "h_org_o_r");
        assert_eq!(dir("/srv/recipes/r"), "srv_recipes_r");
    }

    #[test]
    fn knows_where_git_finds_the_recipe() {
        let url = |text| {
            RecipeRef::parse(text)
                .expect(text)
                .git_url("https://forge/coop-cloud")
        };
        assert_eq!(url("traefik:1.0.0"), "https://forge/coop-cloud/traefik.git");
        assert_eq!(url("mygit.org/o/r"), "https://mygit.org/o/r.git");
        assert_eq!(url("/srv/r"), "/srv/r");
    }

    #[test]
    fn calls_the_recipe_what_a_person_does() {
        let short = |text| RecipeRef::parse(text).expect(text).short_name().to_owned();
        assert_eq!(short("git@h.org:cool.git"), "cool");
        assert_eq!(short("mygit.org/o/cool:1.0.0"), "cool");
        assert_eq!(short("/srv/cool/"), "cool");
    }

    #[test]
    fn refuses_what_names_no_recipe() {
        for text in [
            "",
            "a b",
            "traefik:",
            "traefik:latest",
            "../../etc/passwd:nonsense",
            "ext::sh -c",
            "ext://x",
            "org/recipe",
            "-x",
            "a//b",
            "-oProxyCommand=x@h:r",
        ] {
            let error = RecipeRef::parse(text).expect_err(text);
            assert_eq!(error.code(), "AL-1002");
        }
    }
}
