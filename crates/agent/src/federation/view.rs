//! What there is to see of a membership at one moment.

use std::sync::PoisonError;

use allot_ledger::{Digest, PublicKey, Slug, log::SignedCheckpoint};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    Federation,
    error::{FederationError, Result},
    member::{Link, Member, Span},
    membership::Membership,
    memory::Memory,
    notices::Notice,
    told::Told,
};

/// A membership, as its people may look at it.
#[derive(Debug, Clone)]
pub struct View {
    /// What the federation is called.
    pub federation: Slug,
    /// Which it is.
    pub genesis: Digest,
    /// Whose agent this is.
    pub collective: Slug,
    /// What it is called.
    pub agent: String,
    /// Where the hub is.
    pub hub: String,
    /// The hub can be reached.
    pub is_reachable: bool,
    /// Why not.
    pub hub_problem: Option<Told>,
    /// Since when it can, or when it could last.
    pub hub_since: Option<Timestamp>,
    /// Entries.
    pub size: u64,
    /// Root of their tree.
    pub root: Option<Digest>,
    /// Digest of the state right after the newest.
    pub state: Option<Digest>,
    /// The hub's newest signed clock.
    pub clock: Option<Timestamp>,
    /// How long ago that is.
    pub age_seconds: Option<i64>,
    /// How far this machine's clock is ahead of the hub's.
    pub offset_seconds: Option<i64>,
    /// The newest signed checkpoint.
    pub checkpoint: Option<String>,
    /// Members that have witnessed it.
    pub witnesses: Vec<Slug>,
    /// Members that have witnessed the newest one that has enough.
    pub enough: Vec<Slug>,
    /// How many are enough.
    pub witnesses_needed: usize,
    /// Nothing is signed because of an entry that fewer have witnessed.
    pub requires_witnesses: bool,
    /// Members.
    pub members: usize,
    /// Entries that enough members have witnessed.
    pub witnessed_size: u64,
    /// Until when enough members say that there were no others.
    pub witnessed_time: Option<Timestamp>,
    /// The certificate.
    pub certificate: Option<Span>,
    /// What is wrong with the log.
    pub problem: Option<Told>,
    /// The collective's key as the log has it, or the one that is here.
    pub key: Option<PublicKey>,
    /// What delegates should know.
    pub notices: Vec<Notice>,
    /// When this was.
    pub now: Timestamp,
}

/// An agent that is in no federation.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Its collective and that one's verifier key, when it has one.
    pub key: Option<(Slug, String)>,
    /// Why what is on disk is of no use.
    pub problem: Option<Told>,
    /// How far this machine's clock is ahead of a hub's that was not joined for that reason.
    pub offset_seconds: Option<i64>,
}

impl Federation {
    /// What there is to see now.
    ///
    /// # Errors
    /// The agent is in no federation.
    pub async fn view(&self) -> Result<View> {
        Ok(self.member()?.view().await)
    }

    /// What there is to see of an agent in none.
    #[must_use]
    pub fn outside(&self) -> Outside {
        let key = self.keys.load().map_err(FederationError::from);
        let problem = key.as_ref().err().map(Told::of);
        let key = key.ok().flatten();
        Outside {
            key: key.map(|key| (key.collective.clone(), key.verifier_key())),
            problem: self.unusable().clone().or(problem),
            offset_seconds: *self.offset.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Which day it is.
    #[must_use]
    pub fn today(&self) -> Date {
        TimeZone::UTC.to_datetime(self.clock.now()).date()
    }

    /// How often each problem with the log was met since the start, by code.
    #[must_use]
    pub fn problems(&self) -> Vec<(String, u64)> {
        let member = self.member();
        member.map_or_else(|_| Vec::new(), |m| m.problems().into_iter().collect())
    }
}

impl Member {
    pub(super) async fn view(&self) -> View {
        let memory = self.memory.lock().await.clone();
        let link = self.link.borrow().clone();
        let mut view = self.without_log(&memory, link);
        if let Some(log) = self.has_log() {
            let book = log.book().await;
            let state = book.state();
            let hub = state.serving_hub();
            let read =
                |note: &str| SignedCheckpoint::read(note.as_bytes(), &hub.origin, &hub.log).ok();
            let witnesses = |note: &str| -> Vec<Slug> {
                let found = read(note).map(|signed| signed.witnesses(&state.witnesses()));
                found
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(slug, _)| slug)
                    .collect()
            };
            view.size = book.size();
            view.root = Some(book.root());
            view.witnesses = memory
                .checkpoint
                .as_deref()
                .map(witnesses)
                .unwrap_or_default();
            view.enough = match &memory.witnessed {
                Some(witnessed) => witnesses(&witnessed.checkpoint),
                None => view.witnesses.clone(),
            };
            view.witnesses_needed = self.witnesses_needed(state);
            view.members = state.members().count();
            view.key = state
                .collective(&self.membership.collective)
                .map(|c| c.key)
                .or(view.key);
            view.problem = self.problem(&memory, Some(hub));
            view.notices.splice(0..0, self.about_the_key(state));
        }
        view
    }

    fn without_log(&self, memory: &Memory, link: Link) -> View {
        let Membership {
            federation,
            genesis,
            collective,
            agent,
            hub,
            ..
        } = self.membership.clone();
        let now = self.clock.now();
        let clock = memory.seen.beat.map(|(clock, _)| clock);
        View {
            federation,
            genesis,
            collective,
            agent: agent.to_string(),
            hub,
            is_reachable: link.hub.is_some(),
            hub_problem: link.problem,
            hub_since: link.since,
            size: 0,
            root: None,
            state: self.state_digest(),
            clock,
            age_seconds: clock.map(|clock| now.duration_since(clock).as_secs()),
            offset_seconds: self.offset(),
            checkpoint: memory.checkpoint.clone(),
            witnesses: Vec::new(),
            enough: Vec::new(),
            witnesses_needed: 0,
            requires_witnesses: self.options.require_witnesses,
            members: 0,
            witnessed_size: memory.witnessed.as_ref().map_or(0, |w| w.size),
            witnessed_time: memory.witnessed.as_ref().map(|w| w.time),
            certificate: self.span(),
            problem: self.problem(memory, None),
            key: self
                .keys
                .load()
                .ok()
                .flatten()
                .map(|key| key.secret.public()),
            notices: self.notices.news(now),
            now,
        }
    }

    /// Whether this agent can sign is known from its files, and not from what has happened.
    fn about_the_key(&self, state: &allot_ledger::state::State) -> Option<Notice> {
        let error = self.signing_key(state).err()?;
        let help = error.help().unwrap_or_default();
        Some(Notice {
            time: self.clock.now(),
            text: format!("this agent cannot sign: {error}; {help}"),
        })
    }
}
