//! The line that people paste: Bech32m, so that a wrong character is found and not just felt.

use allot_ledger::{Digest, Slug};
use bech32::{Bech32m, Hrp, primitives::decode::CheckedHrpstring};
use jiff::Timestamp;

use super::Secret;

/// What every invite begins with, before the `1`.
const PREFIX: &str = "allot";

/// The format's version.
const VERSION: u8 = 1;

/// Longest address, bytes.
const MAX_ADDRESS: usize = 128;

/// Longest text that is looked at: Bech32m finds errors in up to 1023 characters.
const MAX_TEXT: usize = 1_023;

/// Characters that Bech32 is made of.
const ALPHABET: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// What an agent needs to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// What the federation is called.
    pub federation: Slug,
    /// SHA-256 of its first entry: which federation it is.
    pub genesis: Digest,
    /// Host and port of the hub.
    pub address: String,
    /// SHA-256 of the root of the hub's CA.
    pub ca: Digest,
    /// For whom it is.
    pub collective: Slug,
    /// What is spent.
    pub secret: Secret,
    /// Until when.
    pub expires: Timestamp,
}

/// Why a text is no invite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadInvite {
    /// It does not begin like one.
    #[error("this is no invite: it does not begin with `allot1`")]
    NotOne,
    /// A character that no invite has.
    #[error("character {position} is `{found}`, which no invite has")]
    Foreign {
        /// Where, from 1.
        position: usize,
        /// What is there.
        found: char,
    },
    /// Upper and lower case are mixed.
    #[error("capital and small letters are mixed")]
    MixedCase,
    /// Exactly one character is another one.
    #[error("character {position} is wrong: it is `{found}` and should be `{right}`")]
    Typo {
        /// Where, from 1.
        position: usize,
        /// What is there.
        found: char,
        /// What should be.
        right: char,
    },
    /// More is wrong than can be found.
    #[error("the invite is damaged: characters are missing, too many, or several are wrong")]
    Damaged,
    /// Too long or too short to be one.
    #[error(
        "the invite has {characters} characters; a part is missing, or something else was pasted with it"
    )]
    Length {
        /// How many it has.
        characters: usize,
    },
    /// Made by a newer version.
    #[error("the invite is of version {version}, which this agent does not know")]
    Version {
        /// Which.
        version: u8,
    },
    /// Its address is none.
    #[error("the hub's address `{address}` is not a host and a port")]
    Address {
        /// What it says.
        address: String,
    },
}

impl BadInvite {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOne | Self::Length { .. } => "AL-8301",
            Self::Foreign { .. } | Self::MixedCase | Self::Typo { .. } => "AL-8302",
            Self::Damaged => "AL-8303",
            Self::Version { .. } => "AL-8304",
            Self::Address { .. } => "AL-8305",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Typo { .. } => "correct that character, or copy the invite whole",
            Self::Version { .. } => "upgrade Allotment",
            Self::Address { .. } => "tell the federation's admins: `address` in hub.toml is wrong",
            _ => "copy it whole from where `allot-hub invite` printed it",
        };
        Some(text.to_owned())
    }
}

impl Invite {
    /// The line to paste.
    ///
    /// # Errors
    /// The address is none, or too long.
    pub fn to_text(&self) -> Result<String, BadInvite> {
        check_address(&self.address)?;
        let seconds = self.expires.as_second().to_be_bytes();
        let mut body = vec![VERSION];
        for part in [
            self.federation.as_str().as_bytes(),
            &self.genesis.0,
            self.address.as_bytes(),
            &self.ca.0,
            self.collective.as_str().as_bytes(),
            self.secret.expose(),
            &seconds,
        ] {
            // All parts are bounded: slugs, hashes, an address of at most 128 bytes.
            body.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
            body.extend(part);
        }
        let prefix = Hrp::parse(PREFIX).map_err(|_| BadInvite::NotOne)?;
        bech32::encode::<Bech32m>(prefix, &body).map_err(|_| BadInvite::Damaged)
    }

    /// Reads it back; blanks, line ends and quotes around it do no harm.
    ///
    /// # Errors
    /// It is none; and where the typo is, when there is exactly one.
    pub fn read(pasted: &str) -> Result<Self, BadInvite> {
        let text: String = pasted
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '`'))
            .take(MAX_TEXT + 1)
            .collect();
        check_characters(&text)?;
        let text = text.to_ascii_lowercase();
        let body = match CheckedHrpstring::new::<Bech32m>(&text) {
            Ok(read) => read.byte_iter().collect::<Vec<_>>(),
            Err(_) => return Err(locate(&text)),
        };
        parse(&body)
    }
}

fn check_characters(text: &str) -> Result<(), BadInvite> {
    let lower = text.to_ascii_lowercase();
    let characters = text.chars().count();
    if characters > MAX_TEXT {
        return Err(BadInvite::Length { characters });
    }
    let Some(data) = lower.strip_prefix("allot1") else {
        return Err(BadInvite::NotOne);
    };
    for (at, found) in (7..).zip(data.chars()) {
        if !ALPHABET.contains(found) {
            let position = at;
            return Err(BadInvite::Foreign { position, found });
        }
    }
    if text.contains(char::is_uppercase) && text.contains(char::is_lowercase) {
        return Err(BadInvite::MixedCase);
    }
    if data.len() < 100 {
        return Err(BadInvite::Length { characters });
    }
    Ok(())
}

/// Looks for the one character that makes it right. Bech32m's distance makes that one unique.
fn locate(text: &str) -> BadInvite {
    let mut tried = text.as_bytes().to_vec();
    for at in PREFIX.len() + 1..tried.len() {
        let Some(found) = tried.get(at).copied() else {
            break;
        };
        for right in ALPHABET.bytes().filter(|c| *c != found) {
            if let Some(place) = tried.get_mut(at) {
                *place = right;
            }
            let fits = std::str::from_utf8(&tried)
                .is_ok_and(|text| CheckedHrpstring::new::<Bech32m>(text).is_ok());
            if fits {
                return BadInvite::Typo {
                    position: at + 1,
                    found: char::from(found),
                    right: char::from(right),
                };
            }
        }
        if let Some(place) = tried.get_mut(at) {
            *place = found;
        }
    }
    BadInvite::Damaged
}

fn parse(body: &[u8]) -> Result<Invite, BadInvite> {
    let (version, mut rest) = body.split_first().ok_or(BadInvite::Damaged)?;
    if *version != VERSION {
        return Err(BadInvite::Version { version: *version });
    }
    let mut next = || {
        let (length, after) = rest.split_first()?;
        let (part, after) = after.split_at_checked(usize::from(*length))?;
        rest = after;
        Some(part)
    };
    let mut parts = [&[][..]; 7];
    for part in &mut parts {
        *part = next().ok_or(BadInvite::Damaged)?;
    }
    if !rest.is_empty() {
        return Err(BadInvite::Damaged);
    }
    let [
        federation,
        genesis,
        address,
        ca,
        collective,
        secret,
        expires,
    ] = parts;
    let text = |part: &[u8]| String::from_utf8(part.to_vec()).map_err(|_| BadInvite::Damaged);
    let slug = |part: &[u8]| text(part)?.parse::<Slug>().map_err(|_| BadInvite::Damaged);
    let hash = |part: &[u8]| <[u8; 32]>::try_from(part).map_err(|_| BadInvite::Damaged);
    let seconds = <[u8; 8]>::try_from(expires).map_err(|_| BadInvite::Damaged)?;
    let expires = Timestamp::from_second(i64::from_be_bytes(seconds));
    let address = text(address)?;
    check_address(&address)?;
    Ok(Invite {
        federation: slug(federation)?,
        genesis: Digest(hash(genesis)?),
        address,
        ca: Digest(hash(ca)?),
        collective: slug(collective)?,
        secret: Secret::from_random(hash(secret)?),
        expires: expires.map_err(|_| BadInvite::Damaged)?,
    })
}

/// A host and a port: `hub.example.org:7443`, `192.0.2.1:7443`, `[2001:db8::1]:7443`.
fn check_address(address: &str) -> Result<(), BadInvite> {
    let good = || {
        let (host, port) = address.rsplit_once(':')?;
        port.parse::<u16>().ok().filter(|port| *port > 0)?;
        let host_fits = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                !host.is_empty()
                    && host
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            }
        };
        (host_fits && address.len() <= MAX_ADDRESS).then_some(())
    };
    good().ok_or_else(|| BadInvite::Address {
        address: address.chars().take(MAX_ADDRESS).collect(),
    })
}
