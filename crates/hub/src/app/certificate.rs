//! The hub's CA, as far as it is here: the issuer, and the certificate that the hub shows.

use std::sync::{Arc, Mutex, PoisonError};

use allot_identity::{Certificate, Issuer, Root, SpiffeId, renew_at, tls::HubIdentity};
use allot_ledger::{Digest, Slug};
use arc_swap::ArcSwap;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Hub,
    error::{HubError, Result},
};
use crate::home::{self, Home};

/// Signs certificates.
#[derive(Debug)]
pub(super) struct Authority {
    name: Slug,
    issuer: ArcSwap<Issuer>,
    identity: Arc<HubIdentity>,
    /// When the hub's own certificate began, and when it ends.
    own: Mutex<(Timestamp, Timestamp)>,
}

impl Authority {
    /// Reads the issuer, and makes the hub a certificate. `ca` is the root that the log names.
    pub(super) fn open(home: &Home, name: &Slug, ca: Digest, now: Timestamp) -> Result<Self> {
        let issuer = home.read_issuer()?;
        if Digest::of(issuer.root()) != ca {
            return Err(HubError::NotTheHub);
        }
        let (certificate, key) = issuer.sign_hub(name, now)?;
        Ok(Self {
            name: name.clone(),
            identity: Arc::new(HubIdentity::new(&certificate, key)?),
            own: Mutex::new((certificate.not_before, certificate.not_after)),
            issuer: ArcSwap::from_pointee(issuer),
        })
    }

    /// A certificate for an agent.
    pub(super) fn sign(&self, csr: &[u8], id: &SpiffeId, at: Timestamp) -> Result<Certificate> {
        Ok(self.issuer.load().sign_agent(csr, id, at)?)
    }

    /// The root, DER.
    pub(super) fn root(&self) -> Vec<u8> {
        self.issuer.load().root().to_vec()
    }

    /// When the issuer ends, and when the hub's own certificate does.
    pub(super) fn ends(&self) -> (Timestamp, Timestamp) {
        (self.issuer.load().not_after(), self.own().1)
    }

    fn renew(&self, now: Timestamp) -> Result<()> {
        let (certificate, key) = self.issuer.load().sign_hub(&self.name, now)?;
        self.identity.swap(&certificate, key)?;
        *self.own() = (certificate.not_before, certificate.not_after);
        Ok(())
    }

    fn own(&self) -> std::sync::MutexGuard<'_, (Timestamp, Timestamp)> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a new issuer for the hub in a directory, with the root's key. A running hub is told by its socket instead.
///
/// # Errors
/// The key is not the root's, or the disk says no.
pub fn rotate(home: &Home, name: &Slug, root_key: &SecretString, now: Timestamp) -> Result<Issuer> {
    let certificate = home::read(&home.root())?;
    let root = Root::from_pem(&certificate, root_key.expose_secret())?;
    let issuer = root.make_issuer(name, now)?;
    home.write_issuer(&issuer)?;
    Ok(issuer)
}

impl Hub {
    /// What the hub shows at handshakes.
    #[must_use]
    pub fn identity(&self) -> Arc<HubIdentity> {
        Arc::clone(&self.authority.identity)
    }

    /// The root of the CA, DER.
    #[must_use]
    pub fn root(&self) -> Vec<u8> {
        self.authority.root()
    }

    /// A new issuer, and a certificate of the hub's from it. Agents get theirs when they renew; those that they have
    /// go on counting. Says until when it signs.
    ///
    /// # Errors
    /// The key is not the root's, or the disk says no; then the old one stays.
    pub async fn rotate_issuer(&self, root_key: SecretString) -> Result<Timestamp> {
        let (home, name, now) = (self.home.clone(), self.name.clone(), self.now());
        let made = super::blocking("making an issuer", move || {
            rotate(&home, &name, &root_key, now)
        });
        let issuer = made.await?;
        let until = issuer.not_after();
        self.authority.issuer.store(Arc::new(issuer));
        self.authority.renew(now)?;
        tracing::info!(%until, "the hub has a new issuing certificate");
        Ok(until)
    }

    /// Renews the hub's own certificate when it is time.
    pub(super) fn look_after_certificate(&self) {
        let (begun, ends) = *self.authority.own();
        let now = self.now();
        if now < renew_at(begun, ends, 0.0) {
            return;
        }
        match self.authority.renew(now) {
            Ok(()) => tracing::info!("the hub has a new certificate"),
            Err(error) => {
                tracing::error!(
                    code = error.code(),
                    "the hub's certificate is not renewed: {error}"
                );
            }
        }
    }
}
