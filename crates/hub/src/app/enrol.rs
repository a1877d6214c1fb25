//! How an agent gets its certificates.

use std::net::IpAddr;

use allot_identity::{AgentId, Certificate, Peer, Refused, SpiffeId, invite::Secret};
use allot_ledger::Slug;
use jiff::Timestamp;

use super::{Hub, error::Result, private::Record, rights};

/// A certificate, and the root that it is known by.
#[derive(Debug)]
pub struct Enrolled {
    /// The certificate.
    pub certificate: Certificate,
    /// The root, DER.
    pub root: Vec<u8>,
}

impl Hub {
    /// Spends an invite. That it is spent is on disk before the certificate is handed out; of many who show the same
    /// invite at once, one gets in.
    ///
    /// # Errors
    /// Too many tries, no such invite, a banned agent, or a request that is none.
    pub async fn enrol(
        &self,
        from: IpAddr,
        collective: &str,
        agent: &str,
        secret: &[u8],
        csr: &[u8],
    ) -> Result<Enrolled> {
        let done = self.try_enrol(from, collective, agent, secret, csr).await;
        match &done {
            Ok(_) => self.metrics.enrolled(),
            Err(error) => self.metrics.refused(error.code()),
        }
        done
    }

    async fn try_enrol(
        &self,
        from: IpAddr,
        collective: &str,
        agent: &str,
        secret: &[u8],
        csr: &[u8],
    ) -> Result<Enrolled> {
        self.attempts.try_take(from)?;
        let collective: Slug = collective.parse()?;
        let agent: AgentId = agent.parse()?;
        let secret = Secret::from_slice(secret)?;
        let deciding = self.private.decide().await;
        let now = self.now();
        let invites = &deciding.facts().invites;
        let used = invites.redeem(&secret, &collective, agent.as_str(), now)?;
        // Only who has a good invite is told more.
        self.may_come(&collective, &agent)?;
        let register = self.rights.register().load_full();
        let at = register.issue_at(&collective, &agent, now);
        let (certificate, record) = self.make(&collective, &agent, csr, at)?;
        deciding.write(vec![Record::Invite(used), record]).await?;
        tracing::info!(%collective, %agent, "an agent has joined");
        let root = self.root();
        Ok(Enrolled { certificate, root })
    }

    /// A fresh certificate for an agent that has one.
    ///
    /// # Errors
    /// Too often, a request that is none, or the agent may not call any more.
    pub async fn renew(&self, peer: &Peer, csr: &[u8]) -> Result<Enrolled> {
        self.renewals.take(&peer.to_string())?;
        let (certificate, record) = {
            // The agent was let in before its request had come, and may have been evicted since. While the log is held,
            // nobody is; and who is later, is so at a later time than that of this certificate.
            let book = self.replica.book().await;
            let now = self.now();
            rights::check(book.state(), peer, now)?;
            self.make(peer.collective(), peer.agent(), csr, now)?
        };
        self.private.decide().await.write(vec![record]).await?;
        let root = self.root();
        Ok(Enrolled { certificate, root })
    }

    fn make(
        &self,
        collective: &Slug,
        agent: &AgentId,
        csr: &[u8],
        at: Timestamp,
    ) -> Result<(Certificate, Record)> {
        let id = SpiffeId::agent(&self.name, collective, agent);
        let certificate = self.authority.sign(csr, &id, at)?;
        let record = Record::Certificate {
            collective: collective.clone(),
            agent: agent.to_string(),
            serial: certificate.serial.clone(),
            not_after: certificate.not_after,
            at,
        };
        Ok((certificate, record))
    }

    /// Whether a new certificate for this agent would count.
    fn may_come(&self, collective: &Slug, agent: &AgentId) -> Result<()> {
        let register = self.rights.register().load_full();
        if !register.collectives.contains(collective) {
            let collective = collective.clone();
            return Err(Refused::NotAdmitted { collective }.into());
        }
        let barred = register.barred.get(collective);
        match barred.and_then(|agents| agents.get(agent.as_str())) {
            Some(barred) if barred.for_good => Err(Refused::Banned {
                peer: format!("{collective}/{agent}"),
            }
            .into()),
            _ => Ok(()),
        }
    }
}
