//! How a secret is made: what the comment after its version variable asks for.

use super::{SecretError, version_variable};
use crate::env::{EnvFile, Modifiers};
use crate::help::excerpt;
use crate::sample::EnvSample;

/// The most characters of a generated secret.
pub(super) const LONGEST_SECRET: usize = 4096;

/// How a secret is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSpec {
    /// Words joined by `-`, when the sample asks for no length.
    Passphrase,
    /// Random characters.
    Random {
        /// How many.
        length: usize,
        /// Which.
        charset: Charset,
    },
    /// Not made at all: somebody inserts it (`generate=false`).
    Inserted,
}

/// The characters that a random secret is drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset {
    alnum: bool,
    special: bool,
    safe_special: bool,
    hex: bool,
}

const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SPECIAL: &str = "!@#$%^&*_-+=";
/// Without `$`, which compose and shells would expand.
const SAFE_SPECIAL: &str = "!@#%^&*_-+=";
const HEX: &str = "0123456789abcdef";

impl Charset {
    /// The names that `charset=` takes, alone or joined by commas. `alnum` is what some samples write for `default`.
    pub const NAMES: [&'static str; 5] = ["default", "alnum", "special", "safespecial", "hex"];

    /// Letters and digits.
    pub const DEFAULT: Self = Self {
        alnum: true,
        special: false,
        safe_special: false,
        hex: false,
    };

    /// Reads the value of `charset=`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut set = Self {
            alnum: false,
            special: false,
            safe_special: false,
            hex: false,
        };
        for name in text.split(',') {
            match name.trim().to_ascii_lowercase().as_str() {
                "default" | "alnum" => set.alnum = true,
                "special" => set.special = true,
                "safespecial" => set.safe_special = true,
                "hex" => set.hex = true,
                _ => return None,
            }
        }
        Some(set)
    }

    /// The characters, each once.
    pub fn characters(&self) -> Vec<char> {
        let sets = [
            (self.alnum, ALNUM),
            (self.special, SPECIAL),
            (self.safe_special, SAFE_SPECIAL),
            (self.hex, HEX),
        ];
        let mut all: Vec<char> = sets
            .iter()
            .filter(|(wanted, _)| *wanted)
            .flat_map(|(_, text)| text.chars())
            .collect();
        // A character in two sets must not come up twice as often.
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl SecretSpec {
    /// Finds the modifiers under the version variable of any of `names` and reads them.
    pub(super) fn find(
        names: &[&str],
        sample: &EnvSample,
        app: &EnvFile,
    ) -> Result<Self, SecretError> {
        for name in names {
            let variable = version_variable(name);
            let modifiers = sample.modifiers(app, &variable);
            if !modifiers.is_empty() {
                return Self::read(&variable, &modifiers);
            }
        }
        Ok(Self::Passphrase)
    }

    /// Reads `length=`, `charset=` and `generate=`; `variable` is named in errors.
    pub fn read(variable: &str, modifiers: &Modifiers) -> Result<Self, SecretError> {
        let wrong = |modifier, value: &str, why: &str| SecretError::Modifier {
            modifier,
            value: excerpt(value),
            variable: variable.to_owned(),
            why: why.to_owned(),
        };
        match modifiers.get("generate") {
            None | Some("true") => {}
            Some("false") => return Ok(Self::Inserted),
            Some(other) => return Err(wrong("generate", other, "is neither true nor false")),
        }
        let charset = match modifiers.get("charset") {
            Some(text) => Charset::parse(text)
                .ok_or_else(|| wrong("charset", text, "names no set of characters"))?,
            None => Charset::DEFAULT,
        };
        match modifiers.get("length") {
            None => Ok(Self::Passphrase),
            Some(text) => match text.parse::<usize>() {
                Ok(length) if (1..=LONGEST_SECRET).contains(&length) => {
                    Ok(Self::Random { length, charset })
                }
                _ => Err(wrong(
                    "length",
                    text,
                    "is not a length that a secret can have",
                )),
            },
        }
    }
}
