//! What a federation admin does. Nothing here admits, votes or releases for anybody.

use allot_identity::{
    AgentId,
    invite::{self, Invite, LIFETIME, Record as Fact, Secret, State},
};
use allot_ledger::{Body, Digest, Slug};
use jiff::{SignedDuration, Timestamp, civil::Date};

use super::{
    Hub, Row,
    error::{HubError, Result},
    private::{KnownAgent, Record},
};
use crate::limits::ISSUER_SOON;

/// An invite, told this once.
#[derive(Debug)]
pub struct InviteMade {
    /// What it is called.
    pub id: String,
    /// The invite itself; its text holds the secret.
    pub invite: Invite,
}

/// An invite in the book.
#[derive(Debug, Clone)]
pub struct InviteRow {
    /// What it is called.
    pub id: String,
    /// For whom.
    pub collective: Slug,
    /// When it was made.
    pub issued: Timestamp,
    /// Until when it can be used.
    pub expires: Timestamp,
    /// Who made it.
    pub by: String,
    /// `open`, `used`, `revoked` or `expired`.
    pub state: &'static str,
    /// The agent that used it; empty otherwise.
    pub agent: String,
}

/// How the hub is doing.
#[derive(Debug, Clone)]
pub struct Status {
    /// What the federation is called.
    pub federation: Slug,
    /// Which it is.
    pub genesis: Digest,
    /// Where agents reach the hub.
    pub address: String,
    /// SHA-256 of the CA's root.
    pub ca: Digest,
    /// Since when it runs.
    pub started: Timestamp,
    /// Entries.
    pub size: u64,
    /// Members with a vote.
    pub members: usize,
    /// Who follows the log.
    pub agents: Vec<Row>,
    /// Every agent that has, or had, a certificate.
    pub known: Vec<KnownAgent>,
    /// The clock that was signed last.
    pub signed: Timestamp,
    /// Witnesses of the newest checkpoint, and how many careful members want.
    pub witnesses: (usize, usize),
    /// Digest of the keys of a hub that waits to be accepted, by how many it was, and by how many it must be.
    pub pending: Option<(Digest, usize, usize)>,
    /// When the certificates end that sign agents' and the hub's.
    pub issuer_ends: Timestamp,
    /// When the hub's own does.
    pub certificate_ends: Timestamp,
    /// Why nothing can be written; empty when it can.
    pub problem: String,
    /// What was mended at the start.
    pub notes: Vec<String>,
    /// What an admin should do something about.
    pub warnings: Vec<String>,
}

impl Hub {
    /// Makes an invite (M4). `lifetime` is a week unless somebody says otherwise.
    ///
    /// # Errors
    /// The collective may not be invited, has too many open ones, or the time is too long.
    pub async fn create_invite(
        &self,
        collective: &str,
        lifetime: Option<SignedDuration>,
        by: String,
    ) -> Result<InviteMade> {
        let collective: Slug = collective.parse()?;
        self.replica
            .book()
            .await
            .state()
            .may_be_invited(&collective)?;
        let secret = Secret::from_random(rand::random());
        let id = uuid::Uuid::now_v7().simple().to_string();
        let (lifetime, now) = (lifetime.unwrap_or(LIFETIME), self.now());
        let deciding = self.private.decide().await;
        let invites = &deciding.facts().invites;
        let fact = invites.issue(id.clone(), collective.clone(), &secret, now, lifetime, by)?;
        let invite = Invite {
            federation: self.name.clone(),
            genesis: self.genesis,
            address: self.config.address.clone(),
            ca: Digest::of(&self.root()),
            collective,
            secret,
            expires: now.checked_add(lifetime).unwrap_or(Timestamp::MAX),
        };
        // An address that no invite can carry is better known before it counts.
        invite.to_text()?;
        deciding.write(vec![Record::Invite(fact)]).await?;
        tracing::info!(id, collective = %invite.collective, "an invite was made");
        Ok(InviteMade { id, invite })
    }

    /// All invites, the newest first.
    pub async fn invites(&self) -> Vec<InviteRow> {
        let deciding = self.private.decide().await;
        let now = self.now();
        let mut rows: Vec<_> = deciding
            .facts()
            .invites
            .list()
            .map(|(issued, state)| InviteRow {
                id: issued.id.clone(),
                collective: issued.collective.clone(),
                issued: issued.at,
                expires: issued.expires,
                by: issued.by.clone(),
                state: match state {
                    State::Open if issued.expires <= now => "expired",
                    State::Open => "open",
                    State::Used { .. } => "used",
                    State::Revoked => "revoked",
                },
                agent: match state {
                    State::Used { agent, .. } => agent.clone(),
                    _ => String::new(),
                },
            })
            .collect();
        rows.reverse();
        rows
    }

    /// Takes an invite back.
    ///
    /// # Errors
    /// There is no open one of that name.
    pub async fn revoke_invite(&self, id: &str, by: String) -> Result<()> {
        let deciding = self.private.decide().await;
        let fact: std::result::Result<Fact, invite::Refused> =
            deciding.facts().invites.revoke(id, by, self.now());
        deciding.write(vec![Record::Invite(fact?)]).await
    }

    /// Ends what an agent may do; for good, or until it comes back with a new invite. Says where in the log it stands.
    ///
    /// # Errors
    /// The collective is not known, or the entry cannot be written.
    pub async fn bar(
        &self,
        collective: &str,
        agent: &str,
        reason: &str,
        for_good: bool,
    ) -> Result<u64> {
        let collective: Slug = collective.parse()?;
        let agent = agent.parse::<AgentId>()?.to_string();
        let reason = reason.to_owned();
        let body = match for_good {
            true => Body::Ban {
                collective,
                agent,
                reason,
            },
            false => Body::Evict {
                collective,
                agent,
                reason,
            },
        };
        Ok(self.append_own(body).await?.index)
    }

    /// Writes down how far a collective's dues are paid. Says where in the log it stands.
    ///
    /// # Errors
    /// The collective or the day is none, or the entry cannot be written.
    pub async fn record_dues(&self, collective: &str, paid_until: &str) -> Result<u64> {
        let collective: Slug = collective.parse()?;
        let paid_until: Date = paid_until.parse().map_err(|_| HubError::Malformed {
            what: "the day",
            why: "it has the form YYYY-MM-DD".to_owned(),
        })?;
        let body = Body::Dues {
            collective,
            paid_until,
        };
        Ok(self.append_own(body).await?.index)
    }

    /// How the hub is doing.
    pub async fn status(&self) -> Status {
        let head = self.published.head();
        let (issuer_ends, certificate_ends) = self.authority.ends();
        let mut warnings = self.warnings(issuer_ends);
        let known = self.private.agents().unwrap_or_else(|error| {
            warnings.push(format!(
                "agents that are not connected are not shown: {error}"
            ));
            Vec::new()
        });
        let book = self.replica.book().await;
        let state = book.state();
        let pending = state.pending_hub().map(|pending| {
            let accepted = pending.accepted.len();
            (pending.keys.digest(), accepted, state.acceptances_needed())
        });
        Status {
            federation: self.name.clone(),
            genesis: self.genesis,
            address: self.config.address.clone(),
            ca: Digest::of(&self.root()),
            started: self.started,
            size: head.size,
            members: state.members().count(),
            agents: self.seats.list(),
            known,
            signed: head.time,
            witnesses: (head.witnesses, state.witnesses_needed()),
            pending,
            issuer_ends,
            certificate_ends,
            problem: self.trouble.text(),
            notes: self.notes.clone(),
            warnings,
        }
    }

    fn warnings(&self, issuer_ends: Timestamp) -> Vec<String> {
        let mut warnings = Vec::new();
        let root_key = self.home.root_key();
        if root_key.exists() {
            warnings.push(format!(
                "the root's key is still on this machine: move {} to a place that only people reach",
                root_key.display()
            ));
        }
        if issuer_ends.duration_since(self.now()) < ISSUER_SOON {
            warnings.push(format!(
                "the issuing certificate ends {issuer_ends}: `allot-hub issuer rotate --root-key PATH` makes a new one"
            ));
        }
        warnings
    }
}
