//! Making a new hub: for a new federation, or to go on with a lost hub's log.

mod error;
mod recover;

pub use error::FoundError;
pub use recover::{Recovered, Recovery, recover};

use std::{
    net::{Ipv6Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use allot_identity::Root;
use allot_ledger::{
    Author, BadKey, BadSlug, Body, Digest, Entry, Envelope, Leaf, PublicKey, Slug,
    entry::{Founder, Genesis, HubKeys, Rules},
};
use allot_replica::Replica;
use bytes::Bytes;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use crate::{
    config::Config,
    home::{self, Home, HubSecrets},
};

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
        let (host, _) = host_and_port(address)?;
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
    /// There is something already where the root's key is to go, or the disk says no.
    pub fn write(
        &self,
        federation: &Slug,
        root_key: Option<PathBuf>,
        now: Timestamp,
    ) -> Result<PathBuf, FoundError> {
        let root_key = root_key.unwrap_or_else(|| self.home.root_key());
        if root_key.exists() {
            // It may be another federation's, and there is no second one.
            return Err(FoundError::Remains { path: root_key });
        }
        self.home.create()?;
        self.home.write_secrets(&self.secrets)?;
        home::write(&self.home.root(), self.root.certificate_pem().as_bytes())?;
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

/// The host of an address, which names the log, and its port.
fn host_and_port(address: &str) -> Result<(&str, u16), FoundError> {
    let bad = || FoundError::Address {
        address: address.chars().take(120).collect(),
    };
    let (host, port) = address.rsplit_once(':').ok_or_else(bad)?;
    let strange = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '+' | '/' | '@');
    let port: u16 = port.parse().map_err(|_| bad())?;
    if host.is_empty() || host.contains(strange) || port == 0 {
        return Err(bad());
    }
    Ok((host, port))
}

/// Where a hub listens that agents reach at `address`, unless an admin says otherwise: at the same port, on all of the
/// machine's addresses.
///
/// # Errors
/// The address is none.
pub fn listen_at(address: &str) -> Result<SocketAddr, FoundError> {
    let (_, port) = host_and_port(address)?;
    Ok((Ipv6Addr::UNSPECIFIED, port).into())
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
        assert_eq!(
            host_and_port("hub.example.org:7480").unwrap(),
            ("hub.example.org", 7480)
        );
        assert_eq!(
            host_and_port("[2001:db8::1]:7480").unwrap(),
            ("[2001:db8::1]", 7480)
        );
        assert_eq!(
            listen_at("hub.example.org:7443").unwrap().to_string(),
            "[::]:7443"
        );
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
            assert_eq!(host_and_port(bad).unwrap_err().code(), "AL-8727", "{bad}");
        }
    }
}
