//! The collective's signing key, in its files.
//!
//! A key that takes another one's place is on disk before the log hears of it, and the old one stays until the log has
//! the new one: whenever the agent dies in between, the key that counts is there, and [`Keys::settle`] finds it.

mod error;
mod file;
#[cfg(test)]
mod tests;

pub use error::KeyError;
pub use file::CollectiveKey;

use std::path::{Path, PathBuf};

use allot_ledger::{PublicKey, Slug};
use secrecy::{ExposeSecret as _, SecretString};

use super::home::Home;

/// The key that signs.
pub const KEY_FILE: &str = "collective.key";

/// One that is to take its place.
const NEXT_FILE: &str = "collective.key.new";

/// The verifier keys of those that were made elsewhere, one a line.
const IMPORTED_FILE: &str = "collective.key.imported";

/// Old ones that are looked through.
const MAX_OLD: u32 = 1_000;

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

    /// The file of the one that is to take its place.
    #[must_use]
    pub fn next_path(&self) -> PathBuf {
        self.0.path(NEXT_FILE)
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

    /// Whether a key was made elsewhere and brought here.
    ///
    /// # Errors
    /// The disk says no.
    pub fn is_imported(&self, key: &CollectiveKey) -> Result<bool, KeyError> {
        let known = self.0.read(IMPORTED_FILE)?.unwrap_or_default();
        let wanted = key.verifier_key();
        Ok(known.lines().any(|line| line == wanted))
    }

    /// Takes the key that another agent of the collective has. A key of the same collective that is here already stays as
    /// an old one.
    ///
    /// # Errors
    /// It is of another collective than the one that is here, or the disk says no.
    pub fn import(&self, key: &CollectiveKey, from: &Path) -> Result<(), KeyError> {
        match self.load()? {
            None => {
                self.is_from_elsewhere(key)?;
                self.put(key)
            }
            Some(old) if old.collective != key.collective => Err(KeyError::OtherCollective {
                path: from.to_owned(),
                theirs: key.collective.clone(),
                ours: old.collective,
            }),
            Some(old) if old.secret.public() == key.secret.public() => Ok(()),
            Some(old) => {
                self.is_from_elsewhere(key)?;
                self.keep_old(&old)?;
                self.write(KEY_FILE, key)
            }
        }
    }

    /// Notes that a key was not made here, before it is here. One that was made here and comes back stays an own one.
    fn is_from_elsewhere(&self, key: &CollectiveKey) -> Result<(), KeyError> {
        if self.is_imported(key)? || self.was_made_here(key)? {
            return Ok(());
        }
        let known = self.0.read(IMPORTED_FILE)?.unwrap_or_default();
        let more = format!("{known}{}\n", key.verifier_key());
        Ok(self.0.write(IMPORTED_FILE, &more)?)
    }

    fn was_made_here(&self, key: &CollectiveKey) -> Result<bool, KeyError> {
        for name in [NEXT_FILE.to_owned()].into_iter().chain(self.old_names()) {
            if let Some(own) = self.load_from(&name)?
                && own.secret.public() == key.secret.public()
            {
                return Ok(true);
            }
        }
        Ok(false)
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

    /// Makes a key for the federation to give the collective, beside the one that is here: that one was stolen, and
    /// replaced by whoever has it. Each call makes another, since the last one may have been stolen too; those before
    /// stay as old ones, and whichever the log says will sign.
    ///
    /// # Errors
    /// The key that is here is another collective's, or the disk says no.
    pub fn replacement(&self, collective: Slug) -> Result<CollectiveKey, KeyError> {
        if let Some(own) = self.load()?.filter(|own| own.collective != collective) {
            return Err(KeyError::OtherCollective {
                path: self.path(),
                theirs: own.collective,
                ours: collective,
            });
        }
        if let Some(before) = self.load_from(NEXT_FILE)? {
            self.keep_old(&before)?;
        }
        let key = CollectiveKey::create(collective);
        self.write(NEXT_FILE, &key)?;
        Ok(key)
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

    /// Puts a key that was just made in its place.
    ///
    /// # Errors
    /// There is one already, or the disk says no.
    pub fn put(&self, key: &CollectiveKey) -> Result<(), KeyError> {
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
