//! Making a new hub: for a new federation, or to go on with a lost hub's log.

use std::{path::PathBuf, str::FromStr};

use allot_identity::{IdentityError, Root};
use allot_ledger::{
    Author, BadKey, BadSlug, Body, Digest, Entry, Envelope, Leaf, PublicKey, Slug,
    entry::{BadEnvelope, BadLeaf, Founder, Genesis, HubKeys, Rules},
};
use allot_replica::{Imported, Replica, ReplicaError};
use bytes::Bytes;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use crate::{
    config::{Config, ConfigError},
    home::{self, Home, HomeError, HubSecrets},
};

/// Why no hub is made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoundError {
    /// There is one.
    #[error("there is a hub in {} already", dir.display())]
    Exists {
        /// Where.
        dir: PathBuf,
    },
    /// There is half of one.
    #[error("{} is there, left by a hub that was never finished or is lost", path.display())]
    Remains {
        /// What.
        path: PathBuf,
    },
    /// A founder that is none.
    #[error("`{text}` names no founder: {why}")]
    Founder {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// The name of the federation.
    #[error(transparent)]
    Name(#[from] BadSlug),
    /// The address is none.
    #[error("`{address}` is not a host and a port, such as `hub.example.org:7480`")]
    Address {
        /// What was given.
        address: String,
    },
    /// The rules in the file.
    #[error("the rules cannot be read")]
    Rules(#[from] Box<toml::de::Error>),
    /// The log.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The first entry.
    #[error(transparent)]
    Envelope(#[from] BadEnvelope),
    /// The first leaf.
    #[error(transparent)]
    Leaf(#[from] BadLeaf),
    /// A file.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The CA.
    #[error(transparent)]
    Certificate(#[from] IdentityError),
}

impl FoundError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } | Self::Remains { .. } => "AL-8725",
            Self::Founder { .. } => "AL-8726",
            Self::Name(e) => e.code(),
            Self::Address { .. } => "AL-8727",
            Self::Rules(_) => "AL-8728",
            Self::Replica(e) => e.code(),
            Self::Envelope(e) => e.code(),
            Self::Leaf(e) => e.code(),
            Self::Home(e) => e.code(),
            Self::Config(e) => e.code(),
            Self::Certificate(e) => e.code(),
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Exists { .. } => "run it with `allot-hub serve`, or choose another directory",
            Self::Remains { .. } => {
                "move it away if it is worth nothing, or choose another directory with `--dir`"
            }
            Self::Founder { .. } => {
                "give `SLUG=KEY` with the key whole, as `allot-agent init --collective SLUG` printed it"
            }
            Self::Name(e) => return e.help(),
            Self::Address { .. } => "give what agents reach the hub at",
            Self::Rules(_) => {
                "GOVERNANCE.md says what the rules are about; the cause names those that there are"
            }
            Self::Replica(e) => return e.help(),
            Self::Envelope(e) => return e.help(),
            Self::Leaf(e) => return e.help(),
            Self::Home(e) => return e.help(),
            Self::Config(e) => return e.help(),
            Self::Certificate(e) => return e.help(),
        };
        Some(text.to_owned())
    }
}

/// A founder as the command line names it: `SLUG=VERIFIER_KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFounder(pub Founder);

impl FromStr for NamedFounder {
    type Err = FoundError;

    fn from_str(text: &str) -> Result<Self, FoundError> {
        let bad = |why: String| FoundError::Founder {
            text: text.chars().take(120).collect(),
            why,
        };
        let (slug, key) = text
            .split_once('=')
            .ok_or_else(|| bad("it has no `=` between name and key".to_owned()))?;
        let slug: Slug = slug.parse().map_err(|e: BadSlug| bad(e.to_string()))?;
        let (name, key) =
            PublicKey::from_verifier_key(key).map_err(|e: BadKey| bad(e.to_string()))?;
        if name != slug.as_str() {
            return Err(bad(format!("the key is the one of `{name}`")));
        }
        Ok(Self(Founder { slug, key }))
    }
}

/// The keys and the CA of a new hub, not on disk yet.
#[derive(Debug)]
pub struct NewHub {
    home: Home,
    secrets: HubSecrets,
    root: Root,
    /// What it proves itself with.
    pub keys: HubKeys,
}

impl NewHub {
    /// Makes the keys of a hub of `federation`, which agents reach at `address`.
    ///
    /// # Errors
    /// There is a hub in that directory, or remains of one; the address is none.
    pub fn create(
        home: Home,
        federation: &Slug,
        address: &str,
        now: Timestamp,
    ) -> Result<Self, FoundError> {
        if home.config().exists() {
            let dir = home.dir().to_owned();
            return Err(FoundError::Exists { dir });
        }
        let remains = [home.ledger(), home.private(), home.issuer(), home.clock()];
        if let Some(path) = remains.into_iter().find(|path| path.exists()) {
            return Err(FoundError::Remains { path });
        }
        let host = host(address)?;
        let secrets = HubSecrets::create();
        let root = Root::create(federation, now)?;
        let keys = HubKeys {
            origin: format!("{host}/{federation}"),
            log: secrets.log.public(),
            clock: secrets.clock.public(),
            entries: secrets.entries.public(),
            ca: root.fingerprint(),
        };
        Ok(Self {
            home,
            secrets,
            root,
            keys,
        })
    }

    /// What it signs with.
    #[must_use]
    pub fn secrets(&self) -> &HubSecrets {
        &self.secrets
    }

    /// Writes the keys and the CA. Says where the root's key is.
    ///
    /// # Errors
    /// The disk says no.
    pub fn write(
        &self,
        federation: &Slug,
        root_key: Option<PathBuf>,
        now: Timestamp,
    ) -> Result<PathBuf, FoundError> {
        self.home.create()?;
        self.home.write_secrets(&self.secrets)?;
        home::write(&self.home.root(), self.root.certificate_pem().as_bytes())?;
        let root_key = root_key.unwrap_or_else(|| self.home.root_key());
        home::write(&root_key, self.root.key_pem().expose_secret().as_bytes())?;
        let issuer = self.root.make_issuer(federation, now)?;
        self.home.write_issuer(&issuer)?;
        Ok(root_key)
    }
}

/// A federation to found.
#[derive(Debug)]
pub struct Founding {
    /// What it is called.
    pub federation: Slug,
    /// Who founds it.
    pub founders: Vec<Founder>,
    /// Its rules.
    pub rules: Rules,
    /// The hub's settings.
    pub config: Config,
    /// Where the root's key goes; into the hub's directory when nobody says.
    pub root_key: Option<PathBuf>,
}

/// A federation that was founded.
#[derive(Debug)]
pub struct Founded {
    /// Which it is, for ever.
    pub genesis: Digest,
    /// The hub's keys.
    pub keys: HubKeys,
    /// Where the root's key is.
    pub root_key: PathBuf,
}

/// Founds a federation, with its hub in a directory. The configuration is written last: without it there is no hub.
///
/// # Errors
/// There is a hub already, the founders or rules are none that could begin, or the disk says no.
pub async fn found(home: &Home, founding: Founding, now: Timestamp) -> Result<Founded, FoundError> {
    let name = &founding.federation;
    let hub = NewHub::create(home.clone(), name, &founding.config.address, now)?;
    let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    let genesis = Genesis {
        name: name.clone(),
        founded: now,
        founders: founding.founders,
        rules: founding.rules,
        hub: hub.keys.clone(),
    };
    let entry = Entry {
        federation: name.to_string(),
        author: Author::Hub,
        seq: 1,
        at: now,
        body: Body::Genesis(Box::new(genesis)),
    };
    let envelope = Envelope::sign(&entry, &hub.secrets.entries)?;
    let first = Bytes::from(
        Leaf {
            time: now,
            envelope,
        }
        .to_bytes()?,
    );
    // Refused before anything is written.
    allot_replica::Book::found(&first)?;
    let root_key = hub.write(name, founding.root_key, now)?;
    let replica = Replica::create(&home.ledger(), first).await?;
    let genesis = replica.book().await.state().federation();
    founding.config.write(home)?;
    Ok(Founded {
        genesis,
        keys: hub.keys,
        root_key,
    })
}

/// A lost hub's log, and the hub that goes on with it.
pub struct Recovery {
    /// A member's export, verified whole.
    pub imported: Imported,
    /// The new hub's settings.
    pub config: Config,
    /// Where the root's key goes; into the hub's directory when nobody says.
    pub root_key: Option<PathBuf>,
}

/// A hub that goes on with a lost one's log.
#[derive(Debug)]
pub struct Recovered {
    /// Its keys; members compare their digest before they accept it.
    pub keys: HubKeys,
    /// Entries, its own first one among them.
    pub size: u64,
    /// Where the root's key is.
    pub root_key: PathBuf,
}

/// Makes a hub that goes on with a lost one's log (L9). Its first entry says so, and nothing else is taken before enough
/// members accept it. The configuration is written last: without it there is no hub.
///
/// # Errors
/// There is a hub in that directory, or the disk says no.
pub async fn recover(
    home: &Home,
    recovery: Recovery,
    now: Timestamp,
) -> Result<Recovered, FoundError> {
    let imported = recovery.imported;
    let state = imported.book.state();
    let name = state.name().clone();
    let hub = NewHub::create(home.clone(), &name, &recovery.config.address, now)?;
    // Not before what the lost hub signed last, as far as the export knows.
    let signed = imported.checkpoint.clock(&state.serving_hub().clock);
    let floor = state.time().max(signed.unwrap_or(Timestamp::MIN));
    let time = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    let time = time.max(floor);
    let entry = Entry {
        federation: state.federation().to_string(),
        author: Author::Hub,
        seq: state.next_seq(&Author::Hub),
        at: time,
        body: Body::HubReplaced {
            hub: Box::new(hub.keys.clone()),
        },
    };
    let envelope = Envelope::sign(&entry, &hub.secrets.entries)?;
    let root_key = hub.write(&name, recovery.root_key, now)?;
    imported.write(&home.ledger())?;
    let (replica, _) = Replica::open(&home.ledger())?;
    let mut pen = replica.pen().await;
    let leaf = Bytes::from(Leaf { time, envelope }.to_bytes()?);
    pen.fold(&leaf)?;
    let size = pen.keep().await?;
    recovery.config.write(home)?;
    Ok(Recovered {
        keys: hub.keys,
        size,
        root_key,
    })
}

/// The host of an address, which names the log.
fn host(address: &str) -> Result<&str, FoundError> {
    let bad = || FoundError::Address {
        address: address.chars().take(120).collect(),
    };
    let (host, port) = address.rsplit_once(':').ok_or_else(bad)?;
    let strange = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '+' | '/' | '@');
    if host.is_empty() || host.contains(strange) || !port.parse().is_ok_and(|port: u16| port > 0) {
        return Err(bad());
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use allot_ledger::SecretKey;

    use super::*;

    #[test]
    fn a_founder_is_a_name_with_its_own_key() {
        let key = SecretKey::from_seed(&[7; 32]).public();
        let line = key.verifier_key("autonomic");
        let good: NamedFounder = format!("autonomic={line}").parse().unwrap();
        assert_eq!(good.0.key, key);
        for bad in [
            line.clone(),
            format!("local-it={line}"),
            format!("Autonomic={line}"),
            format!("autonomic={}", &line[..line.len() - 1]),
            "autonomic=".to_owned(),
        ] {
            let refused = bad.parse::<NamedFounder>().unwrap_err();
            assert_eq!(refused.code(), "AL-8726", "{bad}");
        }
    }

    #[test]
    fn an_address_has_a_host_and_a_port() {
        assert_eq!(host("hub.example.org:7480").unwrap(), "hub.example.org");
        assert_eq!(host("[2001:db8::1]:7480").unwrap(), "[2001:db8::1]");
        for bad in [
            "",
            "hub",
            ":1",
            "hub:",
            "hub:0",
            "hub:99999",
            "a b:1",
            "https://hub:1",
        ] {
            assert_eq!(host(bad).unwrap_err().code(), "AL-8727", "{bad}");
        }
    }
}
