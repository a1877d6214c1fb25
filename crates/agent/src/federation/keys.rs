//! The collective's signing key, in its files.
//!
//! A key that takes another one's place is on disk before the log hears of it, and the old one stays until the log has
//! the new one: whenever the agent dies in between, the key that counts is there, and [`Keys::settle`] finds it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use allot_ledger::{BadKey, BadSlug, PublicKey, SecretKey, Slug};
use secrecy::{ExposeSecret as _, SecretString};

use super::home::{FileError, Home};

/// The key that signs.
pub const KEY_FILE: &str = "collective.key";

/// One that is to take its place.
const NEXT_FILE: &str = "collective.key.new";

/// Old ones that are looked through.
const MAX_OLD: u32 = 1_000;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file has something else in it.
    #[error("{} is no collective's signing key", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What of it.
        #[source]
        source: BadKey,
    },
    /// The two halves in the file are of different keys.
    #[error("in {} the secret does not belong to the public key", path.display())]
    Mixed {
        /// Which.
        path: PathBuf,
    },
    /// Its name is none.
    #[error(transparent)]
    Name(#[from] BadSlug),
    /// There is one already.
    #[error("there is a signing key of {collective} already, in {}", path.display())]
    Exists {
        /// Whose.
        collective: Slug,
        /// Where.
        path: PathBuf,
    },
    /// It is another collective's.
    #[error("{} is the key of {theirs}, not of {ours}", path.display())]
    OtherCollective {
        /// Which file.
        path: PathBuf,
        /// Whose key.
        theirs: Slug,
        /// Whose was expected.
        ours: Slug,
    },
    /// There is none.
    #[error("this agent has no signing key of its collective")]
    Missing,
    /// The one that is there was replaced.
    #[error("the key in {} is not the one that counts for {collective}: {counts} is", path.display())]
    Replaced {
        /// Whose.
        collective: Slug,
        /// Which file.
        path: PathBuf,
        /// The verifier key that counts.
        counts: String,
    },
}

impl KeyError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(e) => e.code(),
            Self::Name(e) => e.code(),
            Self::Malformed { .. } | Self::Mixed { .. } | Self::OtherCollective { .. } => "AL-8819",
            Self::Exists { .. } => "AL-8822",
            Self::Missing => "AL-8808",
            Self::Replaced { .. } => "AL-8809",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::File(e) => return e.help(),
            Self::Name(e) => return e.help(),
            Self::Malformed { .. } | Self::Mixed { .. } => {
                "copy the file whole from the agent that has it"
            }
            Self::OtherCollective { .. } => "take the file of the right collective",
            Self::Exists { .. } => {
                "a collective has one key: `allot federation rotate-key` replaces it"
            }
            Self::Missing => {
                "copy the file from the collective's other agent and import it: `allot-agent key import FILE`"
            }
            Self::Replaced { path, .. } => {
                return Some(format!(
                    "copy {} from the agent where the key was replaced, and import it here: \
                     `allot-agent key import FILE`",
                    path.display()
                ));
            }
        };
        Some(text.to_owned())
    }
}

/// A collective's key with its name.
#[derive(Debug, Clone)]
pub struct CollectiveKey {
    /// Whose.
    pub collective: Slug,
    /// The secret half.
    pub secret: SecretKey,
}

impl CollectiveKey {
    /// A new one.
    #[must_use]
    pub fn create(collective: Slug) -> Self {
        let secret = SecretKey::from_seed(&rand::random());
        Self { collective, secret }
    }

    /// The public half, as people exchange it.
    #[must_use]
    pub fn verifier_key(&self) -> String {
        self.secret.public().verifier_key(self.collective.as_str())
    }

    /// Reads one from a file, wherever it is.
    ///
    /// # Errors
    /// The file cannot be read, or is something else.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = fs::read_to_string(path).map_err(|source| FileError::Io {
            doing: "read",
            path: path.to_owned(),
            source,
        })?;
        Self::parse(SecretString::from(text).expose_secret(), path.to_owned())
    }

    fn to_text(&self) -> SecretString {
        format!(
            "# The signing key of {}. Whoever has this file can sign for it.\n{}\n{}\n",
            self.collective,
            self.verifier_key(),
            self.secret.to_hex()
        )
        .into()
    }

    fn parse(text: &str, path: PathBuf) -> Result<Self, KeyError> {
        let mut lines = text
            .lines()
            .filter(|l| !l.trim().is_empty() && !l.starts_with('#'));
        let (public, secret) = (lines.next(), lines.next());
        let malformed = |source| KeyError::Malformed {
            path: path.clone(),
            source,
        };
        let (name, public) =
            PublicKey::from_verifier_key(public.unwrap_or_default()).map_err(malformed)?;
        let secret = SecretKey::from_hex(secret.unwrap_or_default()).map_err(malformed)?;
        if secret.public() != public {
            return Err(KeyError::Mixed { path });
        }
        let collective = name.parse()?;
        Ok(Self { collective, secret })
    }
}

/// The key files of an agent.
#[derive(Debug, Clone)]
pub struct Keys(Home);

impl Keys {
    /// Those in `home`.
    #[must_use]
    pub fn of(home: Home) -> Self {
        Self(home)
    }

    /// The file of the key that signs.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.0.path(KEY_FILE)
    }

    /// The key that signs, if there is one.
    ///
    /// # Errors
    /// The file cannot be read, or is something else.
    pub fn load(&self) -> Result<Option<CollectiveKey>, KeyError> {
        self.load_from(KEY_FILE)
    }

    /// Makes a collective's first key.
    ///
    /// # Errors
    /// There is one already, or the disk says no.
    pub fn create(&self, collective: Slug) -> Result<CollectiveKey, KeyError> {
        let key = CollectiveKey::create(collective);
        self.put(&key)?;
        Ok(key)
    }

    /// Takes the key that another agent of the collective has. A key of the same collective that is here already stays as
    /// an old one.
    ///
    /// # Errors
    /// It is of another collective than the one that is here, or the disk says no.
    pub fn import(&self, key: &CollectiveKey, from: &Path) -> Result<(), KeyError> {
        match self.load()? {
            None => self.put(key),
            Some(old) if old.collective != key.collective => Err(KeyError::OtherCollective {
                path: from.to_owned(),
                theirs: key.collective.clone(),
                ours: old.collective,
            }),
            Some(old) if old.secret.public() == key.secret.public() => Ok(()),
            Some(old) => {
                self.keep_old(&old)?;
                self.write(KEY_FILE, key)
            }
        }
    }

    /// The key that is to take the place of the one that signs; made when there is none yet. It is on disk when this
    /// returns. One that an earlier try left is used again: that try may still come into the log.
    ///
    /// # Errors
    /// The disk says no.
    pub fn next(&self, collective: &Slug) -> Result<CollectiveKey, KeyError> {
        if let Some(next) = self.load_from(NEXT_FILE)? {
            return Ok(next);
        }
        let next = CollectiveKey::create(collective.clone());
        self.write(NEXT_FILE, &next)?;
        Ok(next)
    }

    /// The key of which the log says that it counts, brought into its place wherever it lies.
    ///
    /// # Errors
    /// None of the keys here is that one, or the disk says no.
    pub fn settle(&self, collective: &Slug, counts: PublicKey) -> Result<CollectiveKey, KeyError> {
        let own = self.load()?;
        if let Some(own) = own.as_ref().filter(|own| own.secret.public() == counts) {
            return Ok(own.clone());
        }
        let others = [NEXT_FILE.to_owned()].into_iter().chain(self.old_names());
        for name in others {
            let Some(key) = self.load_from(&name)? else {
                continue;
            };
            if key.secret.public() != counts || key.collective != *collective {
                continue;
            }
            if let Some(own) = &own {
                self.keep_old(own)?;
            }
            self.write(KEY_FILE, &key)?;
            if name == NEXT_FILE {
                self.0.remove(NEXT_FILE)?;
            }
            return Ok(key);
        }
        Err(match own {
            None => KeyError::Missing,
            Some(own) => KeyError::Replaced {
                path: self.path(),
                counts: counts.verifier_key(own.collective.as_str()),
                collective: own.collective,
            },
        })
    }

    fn put(&self, key: &CollectiveKey) -> Result<(), KeyError> {
        if let Some(old) = self.load()? {
            return Err(KeyError::Exists {
                collective: old.collective,
                path: self.path(),
            });
        }
        self.write(KEY_FILE, key)
    }

    fn keep_old(&self, key: &CollectiveKey) -> Result<(), KeyError> {
        for name in self.old_names() {
            if let Some(old) = self.load_from(&name)?
                && old.secret.public() == key.secret.public()
            {
                return Ok(());
            }
        }
        let free = (1..MAX_OLD)
            .map(old_name)
            .find(|name| !self.0.path(name).exists());
        let name = free.unwrap_or_else(|| old_name(MAX_OLD));
        self.write(&name, key)
    }

    fn old_names(&self) -> impl Iterator<Item = String> {
        (1..=MAX_OLD)
            .map(old_name)
            .take_while(|name| self.0.path(name).exists())
    }

    fn load_from(&self, name: &str) -> Result<Option<CollectiveKey>, KeyError> {
        let text = self.0.read(name)?.map(SecretString::from);
        let parse =
            |text: SecretString| CollectiveKey::parse(text.expose_secret(), self.0.path(name));
        text.map(parse).transpose()
    }

    fn write(&self, name: &str, key: &CollectiveKey) -> Result<(), KeyError> {
        Ok(self.0.write(name, key.to_text().expose_secret())?)
    }
}

fn old_name(n: u32) -> String {
    format!("{KEY_FILE}.old-{n}")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;

    fn keys() -> (TempDir, Keys) {
        let dir = TempDir::new().unwrap();
        let keys = Keys::of(Home::of(dir.path()));
        (dir, keys)
    }

    fn slug() -> Slug {
        "autonomic".parse().unwrap()
    }

    #[test]
    fn a_key_is_private_and_reads_back() {
        let (_dir, keys) = keys();
        let made = keys.create(slug()).unwrap();
        let mode = std::fs::metadata(keys.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = keys.load().unwrap().unwrap();
        assert_eq!(read.verifier_key(), made.verifier_key());
        assert_eq!(keys.create(slug()).unwrap_err().code(), "AL-8822");
    }

    #[test]
    fn a_damaged_key_file_is_told() {
        let (_dir, keys) = keys();
        keys.create(slug()).unwrap();
        let text = std::fs::read_to_string(keys.path()).unwrap();
        let other = CollectiveKey::create(slug());
        let mut lines: Vec<_> = text.lines().collect();
        let hex = other.secret.to_hex();
        lines[2] = &hex;
        for bad in ["", "x", &text[..text.len() - 10], &lines.join("\n")] {
            std::fs::write(keys.path(), bad).unwrap();
            assert_eq!(keys.load().unwrap_err().code(), "AL-8819", "{bad}");
        }
    }

    #[test]
    fn whichever_key_the_log_says_is_used_wherever_a_crash_left_it() {
        let (_dir, keys) = keys();
        let old = keys.create(slug()).unwrap().secret.public();
        let next = keys.next(&slug()).unwrap().secret.public();
        assert_eq!(
            keys.next(&slug()).unwrap().secret.public(),
            next,
            "made once"
        );
        // Before the log has the new key, the old one signs.
        assert_eq!(keys.settle(&slug(), old).unwrap().secret.public(), old);
        // After it, the new one does, and the old one is kept.
        assert_eq!(keys.settle(&slug(), next).unwrap().secret.public(), next);
        assert_eq!(keys.load().unwrap().unwrap().secret.public(), next);
        assert!(!keys.0.path(NEXT_FILE).exists());
        // A log that says the old one all the same finds it.
        assert_eq!(keys.settle(&slug(), old).unwrap().secret.public(), old);
        assert_eq!(keys.settle(&slug(), next).unwrap().secret.public(), next);
        let unknown = CollectiveKey::create(slug()).secret.public();
        assert_eq!(keys.settle(&slug(), unknown).unwrap_err().code(), "AL-8809");
    }

    #[test]
    fn a_colleagues_key_is_taken_and_another_collectives_is_not() {
        let ((_one, here), (_two, there)) = (keys(), keys());
        let first = here.create(slug()).unwrap();
        let theirs = there.create(slug()).unwrap();
        let taken = CollectiveKey::read(&there.path()).unwrap();
        here.import(&taken, &there.path()).unwrap();
        assert_eq!(taken.verifier_key(), theirs.verifier_key());
        let now = here.load().unwrap().unwrap();
        assert_eq!(now.verifier_key(), theirs.verifier_key());
        let first = first.secret.public();
        assert_eq!(here.settle(&slug(), first).unwrap().secret.public(), first);
        let (_three, other) = keys();
        let other = other.create("sutty".parse().unwrap()).unwrap();
        let refused = here.import(&other, Path::new("x")).unwrap_err();
        assert_eq!(refused.code(), "AL-8819");
    }
}
