//! Checkpoints: how many entries the log has, and their root, signed (C2SP `tlog-checkpoint`), with the hub's clock and
//! members' cosignatures (C2SP `tlog-cosignature`, `cosignature/v1`).

use std::fmt;

use jiff::Timestamp;
use signed_note::{Note, Signature, StandardVerifier, VerifierList};
use tlog_tiles::Hash;

use super::Refused;
use crate::{
    ids::{Digest, Slug},
    key::{PublicKey, SecretKey},
    limits::{MAX_CHECKPOINT_BYTES, MAX_COSIGNATURES},
};

/// The type byte of a cosigner's key.
const COSIGNER: u8 = 4;

/// The type byte of a log's key.
const SIGNER: u8 = 1;

/// The name that the hub's clock cosigns under.
#[must_use]
pub fn clock_name(origin: &str) -> String {
    format!("{origin}/clock")
}

/// The name that a member cosigns under.
#[must_use]
pub fn witness_name(origin: &str, slug: &Slug) -> String {
    format!("{origin}/member/{slug}")
}

/// A state of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of their tree.
    pub root: Digest,
}

impl Checkpoint {
    /// The text that is signed.
    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, Hash(self.root.0))
    }

    fn parse(text: &[u8]) -> Result<Self, Refused> {
        let why = "its text is not origin, size and root";
        let read = tlog_tiles::Checkpoint::from_bytes(text);
        let read = read.map_err(|_| Refused::Malformed { why })?;
        if !read.extension().is_empty() {
            return Err(Refused::Malformed {
                why: "it has lines that nobody knows",
            });
        }
        Ok(Self {
            origin: read.origin().to_owned(),
            size: read.size(),
            root: Digest(read.hash().0),
        })
    }
}

/// A checkpoint with the log's signature, and what others have put below it.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    own: Signature,
    cosignatures: Vec<Signature>,
}

impl SignedCheckpoint {
    /// Signs with the log's key.
    ///
    /// # Errors
    /// The origin is no name that a key can have.
    pub fn sign(checkpoint: &Checkpoint, key: &SecretKey) -> Result<Self, Refused> {
        let id = key_id(&checkpoint.origin, SIGNER, &key.public());
        let signature = key.sign(checkpoint.text().as_bytes()).to_vec();
        Ok(Self {
            own: named(&checkpoint.origin, id, signature)?,
            checkpoint: checkpoint.clone(),
            cosignatures: Vec::new(),
        })
    }

    /// Reads a signed note and verifies the log's signature. Cosignatures are kept, and verified when they are asked
    /// for: whose keys count is known from the log itself.
    ///
    /// # Errors
    /// It is not one, of another log, or not signed with that key.
    pub fn read(note: &[u8], origin: &str, key: &PublicKey) -> Result<Self, Refused> {
        let malformed = |why| Refused::Malformed { why };
        if note.len() > MAX_CHECKPOINT_BYTES {
            return Err(malformed("it is too long"));
        }
        let note = Note::from_bytes(note).map_err(|_| malformed("it is no signed note"))?;
        let checkpoint = Checkpoint::parse(note.text())?;
        if checkpoint.origin != origin {
            return Err(Refused::OtherLog {
                theirs: checkpoint.origin,
                ours: origin.to_owned(),
            });
        }
        let not_signed = || Refused::NotSigned {
            origin: origin.to_owned(),
        };
        let verifier = StandardVerifier::new(&key.verifier_key(origin));
        let known = VerifierList::new(vec![Box::new(verifier.map_err(|_| not_signed())?)]);
        let (own, cosignatures) = note.verify(&known).map_err(|_| not_signed())?;
        let own = own.into_iter().next().ok_or_else(not_signed)?;
        if cosignatures.len() > MAX_COSIGNATURES {
            return Err(malformed("it has too many signatures"));
        }
        Ok(Self {
            checkpoint,
            own,
            cosignatures,
        })
    }

    /// What was signed.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Makes a cosignature: "at this time, to me, the log was this, and consistent with all I saw before".
    ///
    /// # Errors
    /// The name is none that a key can have.
    pub fn cosignature(
        &self,
        name: &str,
        key: &SecretKey,
        time: Timestamp,
    ) -> Result<String, Refused> {
        let seconds = u64::try_from(time.as_second()).unwrap_or(0);
        let signature = key.sign(&self.cosigned(seconds));
        let timed = [&seconds.to_be_bytes()[..], &signature].concat();
        let line = named(name, key_id(name, COSIGNER, &key.public()), timed)?;
        String::from_utf8(line.to_bytes()).map_err(|_| Refused::Malformed {
            why: "a name is UTF-8",
        })
    }

    /// Puts a cosignature below, in place of an older one by the same key.
    ///
    /// # Errors
    /// It is not one by any of `cosigners`.
    pub fn add(&mut self, line: &str, cosigners: &[(String, PublicKey)]) -> Result<(), Refused> {
        let line = Signature::from_bytes(line.trim_end_matches('\n').as_bytes());
        let line = line.map_err(|_| Refused::Malformed {
            why: "the cosignature is no signature line",
        })?;
        let by = cosigners.iter().find(|(name, _)| name == line.name());
        if by.is_none_or(|(name, key)| self.verified(&line, name, key).is_none()) {
            let name = line.name().chars().take(200).collect();
            return Err(Refused::NoWitness { name });
        }
        self.cosignatures
            .retain(|old| (old.name(), old.id()) != (line.name(), line.id()));
        if self.cosignatures.len() < MAX_COSIGNATURES {
            self.cosignatures.push(line);
        }
        Ok(())
    }

    /// The time that the hub's clock gives it, if it has signed it.
    #[must_use]
    pub fn clock(&self, key: &PublicKey) -> Option<Timestamp> {
        self.time_by(&clock_name(&self.checkpoint.origin), key)
    }

    /// The members that cosigned it, each once, and when.
    #[must_use]
    pub fn witnesses(&self, members: &[(Slug, PublicKey)]) -> Vec<(Slug, Timestamp)> {
        let cosigned = |(slug, key): &(Slug, PublicKey)| {
            let name = witness_name(&self.checkpoint.origin, slug);
            Some((slug.clone(), self.time_by(&name, key)?))
        };
        members.iter().filter_map(cosigned).collect()
    }

    fn time_by(&self, name: &str, key: &PublicKey) -> Option<Timestamp> {
        let lines = self.cosignatures.iter();
        let times = lines.filter_map(|line| self.verified(line, name, key));
        times.max()
    }

    fn verified(&self, line: &Signature, name: &str, key: &PublicKey) -> Option<Timestamp> {
        if line.name() != name || line.id() != key_id(name, COSIGNER, key) {
            return None;
        }
        let (seconds, signature) = line.signature().split_first_chunk::<8>()?;
        let seconds = u64::from_be_bytes(*seconds);
        let signature = <&[u8; 64]>::try_from(signature).ok()?;
        if !key.verifies(&self.cosigned(seconds), signature) {
            return None;
        }
        Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
    }

    fn cosigned(&self, seconds: u64) -> Vec<u8> {
        format!("cosignature/v1\ntime {seconds}\n{}", self.checkpoint.text()).into_bytes()
    }
}

impl fmt::Display for SignedCheckpoint {
    /// The signed note.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.checkpoint.text())?;
        f.write_str("\n")?;
        for line in std::iter::once(&self.own).chain(&self.cosignatures) {
            f.write_str(&String::from_utf8_lossy(&line.to_bytes()))?;
        }
        Ok(())
    }
}

fn named(name: &str, id: u32, signature: Vec<u8>) -> Result<Signature, Refused> {
    Signature::new(name.to_owned(), id, signature).map_err(|_| Refused::Malformed {
        why: "the name is none that a key can have",
    })
}

fn key_id(name: &str, kind: u8, key: &PublicKey) -> u32 {
    signed_note::key_id(name, &[&[kind][..], key.as_bytes()].concat())
}
