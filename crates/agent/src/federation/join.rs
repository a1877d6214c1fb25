//! Joining: an invite is spent for a certificate, and the log is fetched and verified.

use std::sync::{Arc, PoisonError};

use allot_identity::{AgentId, AgentKey, invite::Invite, tls::AgentIdentity};
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use super::{
    Federation,
    credential::Credential,
    error::{FederationError, Result},
    follow::clock_hint,
    hub::{Hub, Target},
    member::Member,
    membership::Membership,
    memory::Memory,
    told::Told,
    write::to_the_end,
};

/// What came of joining.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// What the federation is called.
    pub federation: String,
    /// Whose agent this is.
    pub collective: String,
    /// What it is called.
    pub agent: String,
    /// Until when its certificate counts.
    pub not_after: Option<Timestamp>,
    /// Entries of the log.
    pub size: u64,
    /// Members.
    pub members: usize,
    /// What was lost with the hub before, and what became of it.
    pub warnings: Vec<String>,
}

impl Federation {
    /// Spends an invite. An agent that is in that federation comes back with it: with a new certificate, and to another
    /// hub if there is one; its copy of the log stays. What it had at the hub before is kept until enough members have
    /// accepted the other one. `server` names the agent when `agent` is empty.
    ///
    /// # Errors
    /// The invite is damaged, or for somebody else; the hub does not take it, or is not the one that it names; or its
    /// log cannot be believed.
    pub async fn join(self: &Arc<Self>, invite: &str, agent: &str, server: &str) -> Result<Joined> {
        let invite = Invite::read(invite)?;
        let agent = name(agent, server)?;
        let federation = Arc::clone(self);
        to_the_end(async move { federation.spend(invite, agent, false).await }).await
    }

    /// As [`join`](Self::join), at a hub that goes on with a lost one's log and has less of it than this agent. It has to
    /// be accepted already. What is gone is said; own entries are handed in again as they were signed.
    ///
    /// # Errors
    /// As [`join`](Self::join); and when the logs part elsewhere than where the new hub took over.
    pub async fn join_knowing_loss(
        self: &Arc<Self>,
        invite: &str,
        agent: &str,
        server: &str,
    ) -> Result<Joined> {
        let invite = Invite::read(invite)?;
        let agent = name(agent, server)?;
        let federation = Arc::clone(self);
        to_the_end(async move { federation.spend(invite, agent, true).await }).await
    }

    async fn spend(&self, invite: Invite, agent: AgentId, knowing_loss: bool) -> Result<Joined> {
        let _one = self.joining.lock().await;
        self.home.finish_going_back()?;
        let mut before = Membership::read(&self.home)?;
        self.is_for_us(&invite, before.as_ref())?;
        let aside = self.home.before()?;
        if aside.is_some_and(|aside| aside.ca == invite.ca) {
            self.go_back().await?;
            before = Membership::read(&self.home)?;
        }
        let elsewhere = before.as_ref().filter(|before| before.ca != invite.ca);
        let at_risk = match elsewhere.filter(|_| knowing_loss) {
            Some(_) => Some(self.before_loss().await?),
            None => None,
        };
        let joined_at = before.as_ref().filter(|_| at_risk.is_none());
        let membership = Membership {
            joined_at: joined_at.map_or(0, |before| before.joined_at),
            ..Membership::by(&invite, agent)
        };
        if before.is_none() {
            // Before the invite is spent: an agent that dies now can say at its next start what happened.
            membership.write(&self.home)?;
        }
        let enrolled = match (self.enrol(&invite, &membership).await, elsewhere) {
            (Ok(credential), Some(before)) => self.keep_before(before).await.map(|()| credential),
            (enrolled, _) => enrolled,
        };
        let is_kept = enrolled.is_ok() && elsewhere.is_some();
        let enrolled = enrolled.and_then(|credential| {
            credential.write(&self.home)?;
            Ok(membership.write(&self.home)?)
        });
        let enrolled = match (enrolled, &at_risk) {
            (Ok(()), Some(at_risk)) => self.give_up(at_risk).await,
            (enrolled, _) => enrolled,
        };
        if let Err(error) = enrolled {
            if before.is_none() {
                Membership::remove(&self.home)?;
            } else if is_kept {
                self.go_back().await?;
            }
            return Err(error);
        }
        let log = self.end().await.filter(|_| at_risk.is_none());
        self.begin(membership, log)?;
        let member = self.member()?;
        if let Some(at_risk) = at_risk {
            let taken = match member.is_whole().await {
                Ok(()) => member.take_loss(&at_risk).await,
                Err(error) => Err(error),
            };
            return match taken {
                Ok(warnings) => Ok(Joined {
                    warnings,
                    ..member.joined().await?
                }),
                Err(error) => {
                    self.go_back().await?;
                    Err(error)
                }
            };
        }
        if let Err(error) = member.is_whole().await {
            if error.is_distrust() {
                match (&before, elsewhere) {
                    (None, _) => self.forget().await?,
                    (_, Some(_)) => self.go_back().await?,
                    _ => {}
                }
            }
            return Err(match elsewhere.filter(|_| error.is_of_another_log()) {
                Some(_) => FederationError::HasLess {
                    told: Box::new(Told::of(&error)),
                },
                None => error,
            });
        }
        member.joined().await
    }

    /// Whether an invite is for this agent's collective, and for the federation that it is in.
    fn is_for_us(&self, invite: &Invite, before: Option<&Membership>) -> Result<()> {
        let own = self.keys.load()?.map(|key| key.collective);
        let own = own.or_else(|| before.map(|before| before.collective.clone()));
        if let Some(ours) = own.filter(|ours| *ours != invite.collective) {
            return Err(FederationError::OtherCollective {
                ours,
                theirs: invite.collective.clone(),
            });
        }
        match before {
            Some(before) if before.genesis != invite.genesis => {
                Err(FederationError::OtherFederation {
                    ours: before.federation.clone(),
                    ours_genesis: before.genesis,
                    theirs: invite.federation.to_string(),
                    theirs_genesis: invite.genesis,
                })
            }
            _ => Ok(()),
        }
    }

    async fn enrol(&self, invite: &Invite, membership: &Membership) -> Result<Credential> {
        let key = AgentKey::create()?;
        let clock = Arc::clone(&self.clock);
        let target = Target {
            federation: invite.federation.clone(),
            ca: invite.ca,
            address: invite.address.clone(),
            now: Arc::new(move || clock.now()),
        };
        let nobody = Arc::new(AgentIdentity::default());
        let hub = Hub::dial(&target, nobody, self.options.dial).await;
        let hub = hub.map_err(FederationError::from).inspect_err(|error| {
            let offset = clock_hint(error);
            *self.offset.lock().unwrap_or_else(PoisonError::into_inner) = offset;
        })?;
        let (collective, agent) = (&membership.collective, membership.agent.as_str());
        let secret = invite.secret.expose();
        let granted = hub.enrol(collective, agent, secret, key.request()?).await?;
        Ok(Credential::granted(key, granted, membership)?)
    }

    /// As if it had never been: for a first join at a hub whose log cannot be believed. Evidence stays.
    async fn forget(&self) -> Result<()> {
        self.end().await;
        self.active.store(None);
        Membership::remove(&self.home)?;
        Memory::remove(&self.home)?;
        Ok(self.home.remove_ledger()?)
    }
}

impl Member {
    /// Waits until the copy has all that the hub has, and all of it was verified.
    async fn is_whole(&self) -> Result<()> {
        let until = Instant::now() + self.options.join;
        let mut link = self.link.subscribe();
        let hopeless = |told: &Told| !told.is_passing;
        let settled =
            link.wait_for(|link| link.at_head || link.problem.as_ref().is_some_and(hopeless));
        let problem = match timeout_at(until, settled).await {
            Ok(Ok(link)) => link.problem.clone().filter(|_| !link.at_head),
            _ => {
                let why = "the hub was reached, and it did not come in time";
                return Err(FederationError::NoLogYet { why });
            }
        };
        problem.map_or(Ok(()), |told| Err(FederationError::Told(Box::new(told))))
    }

    async fn joined(&self) -> Result<Joined> {
        let book = self.log()?.book().await;
        Ok(Joined {
            federation: self.membership.federation.to_string(),
            collective: self.membership.collective.to_string(),
            agent: self.membership.agent.to_string(),
            not_after: self.span().map(|span| span.not_after),
            size: book.size(),
            members: book.state().members().count(),
            warnings: Vec::new(),
        })
    }
}

/// What the agent is called: as said, or as its server.
fn name(agent: &str, server: &str) -> Result<AgentId> {
    if !agent.is_empty() {
        return Ok(agent.parse()?);
    }
    let plain: String = server
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(allot_identity::limits::MAX_AGENT_ID)
        .collect();
    Ok(plain.trim_matches('-').parse()?)
}
