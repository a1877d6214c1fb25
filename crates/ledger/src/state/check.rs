//! What the rules say to an entry, before anything is written.

use jiff::{SignedDuration, Timestamp};

use super::{Collective, Phase, Refused, Resolution, State, Status};
use crate::{
    entry::{
        Application, Author, Body, Choice, Content, Entry, Imported, Kind, Number, Profile, Size,
    },
    ids::Slug,
    key::PublicKey,
    limits::{
        MAX_APPLICATIONS, MAX_IMPORT, MAX_IMPORTED_NUMBER, MAX_LINE, MAX_OPEN_PER_MEMBER,
        MAX_REASON, MAX_STEWARDS, MAX_SUMMARY,
    },
};

/// The longest that a vote can be open.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

impl State {
    /// Whether the rules take an entry now. Changes nothing.
    pub(super) fn check(&self, entry: &Entry) -> Result<(), Refused> {
        self.check_seq(entry)?;
        self.check_pending_hub(entry)?;
        match &entry.author {
            Author::Hub => self.check_hub(&entry.body),
            Author::Collective(slug) => self.check_collective(slug, &entry.body),
        }
    }

    /// L3: each author counts its entries, without gaps.
    fn check_seq(&self, entry: &Entry) -> Result<(), Refused> {
        let (seq, next) = (entry.seq, self.next_seq(&entry.author));
        let author = entry.author.to_string();
        match seq.cmp(&next) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less => Err(Refused::Replayed { author, seq, next }),
            std::cmp::Ordering::Greater => Err(Refused::Gap { author, seq, next }),
        }
    }

    /// L9: while a new hub waits, members accept it and do nothing else.
    fn check_pending_hub(&self, entry: &Entry) -> Result<(), Refused> {
        match (&self.pending_hub, &entry.body) {
            (None, _) | (_, Body::AcceptHub { .. } | Body::HubReplaced { .. }) => Ok(()),
            (Some(pending), _) => Err(Refused::HubPending {
                accepted: pending.accepted.len(),
                needed: self.acceptances_needed(),
            }),
        }
    }

    /// L8: all that a federation admin can write.
    fn check_hub(&self, body: &Body) -> Result<(), Refused> {
        match body {
            Body::Evict {
                collective,
                agent,
                reason,
            }
            | Body::Ban {
                collective,
                agent,
                reason,
            } => {
                self.known(collective)?;
                line("the agent's name", agent)?;
                text("the reason", reason, MAX_REASON)
            }
            Body::Dues { collective, .. } => self.known(collective).map(drop),
            Body::HubReplaced { hub } => {
                for key in [hub.log, hub.clock, hub.entries] {
                    self.key_is_free(&key)?;
                }
                super::found::check_hub_keys(hub)
                    .map_err(|why| malformed("the new hub's keys", why))
            }
            _ => Err(self.not_allowed(&Author::Hub, body, "the hub decides nothing (L8)")),
        }
    }

    fn check_collective(&self, slug: &Slug, body: &Body) -> Result<(), Refused> {
        let author = Author::Collective(slug.clone());
        if let Body::Apply(application) = body {
            return self.check_apply(slug, application);
        }
        let own = self.known(slug)?;
        match body {
            Body::Leave | Body::Profile(_) | Body::RotateKey { .. } => {
                if !matches!(own.status, Status::Member | Status::Suspended) {
                    return Err(self.not_allowed(&author, body, "it is no member (M1)"));
                }
            }
            _ if own.is_voting() => {}
            _ => return Err(self.not_allowed(&author, body, "it is no member with a vote (M1)")),
        }
        match body {
            Body::Leave => Ok(()),
            Body::Profile(profile) => check_profile(profile),
            Body::RotateKey { key, proof } => self.check_rotation(own, key, proof),
            Body::Draft(content) => {
                self.room(slug)?;
                self.check_content(content)
            }
            Body::Revise {
                resolution,
                content,
            } => {
                self.own_draft(slug, *resolution, "revised")?;
                self.check_content(content)
            }
            Body::Propose {
                draft,
                content,
                deadline,
            } => self.check_propose(slug, *draft, content, *deadline),
            Body::Vote {
                resolution,
                choice,
                reason,
            } => self.check_vote(slug, *resolution, *choice, reason.as_deref()),
            Body::Escalate { resolution, reason } => self.check_escalate(*resolution, reason),
            Body::Withdraw { resolution, reason } => {
                self.check_withdraw(slug, *resolution)?;
                reason_given("a withdrawal", reason)
            }
            Body::Close { resolution } => self.check_close(slug, *resolution),
            Body::Import { resolutions } => self.check_import(resolutions),
            Body::AcceptHub { hub } => match &self.pending_hub {
                Some(pending) if pending.keys.digest() == *hub => Ok(()),
                _ => Err(Refused::NoSuchHub),
            },
            _ => Err(self.not_allowed(&author, body, "it is for the hub (L8)")),
        }
    }

    /// M2: who is not in may apply; a name stays with who applied with it first.
    fn check_apply(&self, slug: &Slug, application: &Application) -> Result<(), Refused> {
        check_profile(&application.profile)?;
        text("the summary", &application.summary, MAX_SUMMARY)?;
        if let Some(sponsor) = &application.sponsor {
            self.known(sponsor)?;
        }
        match self.collectives.get(slug) {
            None => {
                let waiting = self.collectives.values();
                let waiting = waiting.filter(|c| c.status == Status::Applied).count();
                if waiting >= MAX_APPLICATIONS {
                    return Err(too_much("open applications", MAX_APPLICATIONS));
                }
                self.key_is_free(&application.key)
            }
            Some(known) => match known.status {
                Status::Member | Status::Suspended => Err(not_that(slug, "is a member already")),
                Status::Applied if known.key != application.key => {
                    Err(not_that(slug, "has applied already, with another key"))
                }
                Status::Applied => Ok(()),
                Status::Left | Status::Excluded if known.key == application.key => Ok(()),
                Status::Left | Status::Excluded => self.key_is_free(&application.key),
            },
        }
    }

    fn check_rotation(
        &self,
        own: &Collective,
        key: &PublicKey,
        proof: &str,
    ) -> Result<(), Refused> {
        self.key_is_free(key)?;
        if super::write::proves_rotation(self.federation, &own.key, key, proof) {
            Ok(())
        } else {
            Err(Refused::BadProof)
        }
    }

    fn check_propose(
        &self,
        slug: &Slug,
        draft: Option<Number>,
        content: &Content,
        deadline: Timestamp,
    ) -> Result<(), Refused> {
        match draft {
            Some(number) => self.own_draft(slug, number, "proposed").map(drop)?,
            None => self.room(slug)?,
        }
        self.check_content(content)?;
        if content.size == Size::Small {
            return Ok(());
        }
        if self.members().next().is_none() {
            return Err(Refused::NoElectorate);
        }
        let why = if deadline <= self.time {
            "in the past"
        } else if deadline.duration_since(self.time) > LONGEST {
            "more than a year away"
        } else {
            return Ok(());
        };
        Err(Refused::BadDeadline { deadline, why })
    }

    /// D1, D2: what is proposed, and that it is large enough a decision.
    fn check_content(&self, content: &Content) -> Result<(), Refused> {
        line("the title", &content.title)?;
        if !content.text.fits() {
            return Err(too_much("the text", crate::limits::MAX_INLINE_TEXT));
        }
        let needed = content.kind.smallest();
        if content.size < needed {
            return Err(Refused::TooSmall {
                kind: content.kind.name(),
                size: content.size,
                needed,
            });
        }
        self.check_kind(&content.kind)
    }

    /// Whether what a resolution would do can be done as of now.
    pub(super) fn check_kind(&self, kind: &Kind) -> Result<(), Refused> {
        let in_status = |slug: &Slug, status: &[Status], is_not| {
            let known = self.known(slug)?;
            if status.contains(&known.status) {
                Ok(())
            } else {
                Err(not_that(slug, is_not))
            }
        };
        let inside = [Status::Member, Status::Suspended];
        match kind {
            Kind::Text => Ok(()),
            Kind::Admit { collective, key } => match self.collectives.get(collective) {
                Some(known) if known.status == Status::Applied && known.key == *key => Ok(()),
                _ => Err(Refused::NotApplied {
                    collective: collective.clone(),
                }),
            },
            Kind::WaiveDues { collective, .. } | Kind::Exclude { collective } => {
                in_status(collective, &inside, "is no member")
            }
            Kind::Suspend { collective } => {
                in_status(collective, &[Status::Member], "is no member with a vote")
            }
            Kind::Reinstate { collective } => {
                in_status(collective, &[Status::Suspended], "is not suspended")
            }
            Kind::ReplaceKey { collective, key } => {
                in_status(collective, &inside, "is no member")?;
                self.key_is_free(key)
            }
            Kind::ChangeRule { change } => {
                let rules = self.rules.changed(change);
                let why = if rules == self.rules {
                    "it changes nothing"
                } else if let Some(problem) = rules.problem() {
                    problem
                } else {
                    return line("the fiscal host", &rules.fiscal_host);
                };
                Err(malformed("the change of rules", why))
            }
            Kind::OpenBudget { budget } => {
                line("the budget's name", &budget.name)?;
                text("who does the work", &budget.who, MAX_REASON)?;
                text("when the work happens", &budget.when, MAX_REASON)?;
                text("what the money is for", &budget.purpose, MAX_REASON)?;
                let currency = &budget.amount.currency;
                if budget.amount.minor <= 0 || *currency != self.rules.hourly_rate.currency {
                    let why = format!(
                        "it is more than nothing, in {}",
                        self.rules.hourly_rate.currency
                    );
                    return Err(malformed("the amount", why));
                }
                if self.budgets.contains_key(&budget.number) {
                    let number = budget.number;
                    let what = "budget";
                    return Err(Refused::NumberTaken { what, number });
                }
                Ok(())
            }
            Kind::Steward {
                recipe,
                collectives,
            } => {
                line("the recipe's name", recipe)?;
                if collectives.is_empty() || collectives.len() > MAX_STEWARDS {
                    return Err(too_much("stewards", MAX_STEWARDS));
                }
                let members = &[Status::Member];
                collectives
                    .iter()
                    .try_for_each(|slug| in_status(slug, members, "is no member with a vote"))
            }
        }
    }

    /// D3 to D6: who votes, until when, and that a block says why.
    fn check_vote(
        &self,
        slug: &Slug,
        number: Number,
        choice: Choice,
        reason: Option<&str>,
    ) -> Result<(), Refused> {
        let resolution = self.find(number)?;
        if let (false, Some(closed), true) = (
            resolution.is_open(),
            resolution.closed,
            resolution.phase != Phase::Withdrawn,
        ) {
            return Err(Refused::VoteClosed { number, closed });
        }
        open(resolution, "voted on")?;
        if !resolution.electorate.contains(slug) {
            return Err(Refused::NotInElectorate {
                collective: slug.clone(),
                number,
            });
        }
        match (choice, reason) {
            (Choice::Against, None) => Err(Refused::NoReason {
                what: "a vote against",
            }),
            (Choice::Against, Some(reason)) => reason_given("a vote against", reason),
            (_, reason) => text("the reason", reason.unwrap_or_default(), MAX_REASON),
        }
    }

    fn check_escalate(&self, number: Number, reason: &str) -> Result<(), Refused> {
        let resolution = self.find(number)?;
        open(resolution, "escalated")?;
        if resolution.size != Some(Size::Medium) {
            return Err(Refused::WrongPhase {
                number,
                is: "large already",
                needed: "medium",
                done: "escalated",
            });
        }
        reason_given("an escalation", reason)
    }

    fn check_withdraw(&self, slug: &Slug, number: Number) -> Result<(), Refused> {
        let resolution = self.proposed_by(slug, number)?;
        if resolution.phase == Phase::Draft && resolution.imported.is_none() {
            return Ok(());
        }
        open(resolution, "withdrawn")
    }

    fn check_close(&self, slug: &Slug, number: Number) -> Result<(), Refused> {
        let resolution = self.own_open(slug, number, "closed")?;
        let voted = |slug: &&Slug| resolution.ballots.contains_key(*slug);
        let electorate = resolution.electorate.len();
        let silent = electorate - resolution.electorate.iter().filter(voted).count();
        if silent > 0 {
            return Err(Refused::NotAllVoted {
                number,
                silent,
                electorate,
            });
        }
        Ok(())
    }

    fn check_import(&self, imported: &[Imported]) -> Result<(), Refused> {
        if imported.is_empty() || imported.len() > MAX_IMPORT {
            return Err(too_much("resolutions of one import", MAX_IMPORT));
        }
        let mut seen = std::collections::BTreeSet::new();
        for one in imported {
            let number = one.number;
            if number == 0 || number > MAX_IMPORTED_NUMBER {
                return Err(malformed("the number", "it is 1 to 9999"));
            }
            if self.resolutions.contains_key(&number) || !seen.insert(number) {
                let what = "resolution";
                return Err(Refused::NumberTaken { what, number });
            }
            line("the title", &one.title)?;
            for date in [&one.date, &one.deadline, &one.passed_on] {
                text("a date", date, MAX_LINE)?;
            }
            if !one.text.fits() {
                return Err(too_much("the text", crate::limits::MAX_INLINE_TEXT));
            }
        }
        Ok(())
    }

    fn room(&self, slug: &Slug) -> Result<(), Refused> {
        let unfinished = self.open.iter().map(|(_, number)| number);
        let own = unfinished
            .chain(&self.drafts)
            .filter_map(|number| self.resolutions.get(number))
            .filter(|r| r.proposer == *slug);
        if own.count() >= MAX_OPEN_PER_MEMBER {
            return Err(too_much(
                "drafts and open resolutions of one member",
                MAX_OPEN_PER_MEMBER,
            ));
        }
        Ok(())
    }

    fn own_draft(
        &self,
        slug: &Slug,
        number: Number,
        done: &'static str,
    ) -> Result<&Resolution, Refused> {
        let resolution = self.proposed_by(slug, number)?;
        if resolution.phase != Phase::Draft || resolution.imported.is_some() {
            return Err(wrong_phase(resolution, "a draft", done));
        }
        Ok(resolution)
    }

    fn own_open(
        &self,
        slug: &Slug,
        number: Number,
        done: &'static str,
    ) -> Result<&Resolution, Refused> {
        let resolution = self.proposed_by(slug, number)?;
        open(resolution, done)?;
        Ok(resolution)
    }

    fn proposed_by(&self, slug: &Slug, number: Number) -> Result<&Resolution, Refused> {
        let resolution = self.find(number)?;
        if resolution.proposer != *slug {
            return Err(Refused::NotProposer {
                number,
                proposer: resolution.proposer.clone(),
            });
        }
        Ok(resolution)
    }

    fn find(&self, number: Number) -> Result<&Resolution, Refused> {
        let found = self.resolutions.get(&number);
        found.ok_or(Refused::NoSuchResolution { number })
    }

    fn known(&self, slug: &Slug) -> Result<&Collective, Refused> {
        let found = self.collectives.get(slug);
        found.ok_or_else(|| not_that(slug, "is not known to the federation"))
    }

    /// M8: a key is one collective's for ever, also when it was replaced.
    fn key_is_free(&self, key: &PublicKey) -> Result<(), Refused> {
        self.keys.get(key).map_or(Ok(()), |owner| {
            Err(Refused::KeyTaken {
                owner: owner.to_string(),
            })
        })
    }

    fn not_allowed(&self, author: &Author, body: &Body, why: &str) -> Refused {
        Refused::NotAllowed {
            author: author.to_string(),
            kind: body.kind(),
            why: why.to_owned(),
        }
    }
}

fn open(resolution: &Resolution, done: &'static str) -> Result<(), Refused> {
    if resolution.is_open() {
        return Ok(());
    }
    Err(wrong_phase(resolution, "open", done))
}

fn wrong_phase(resolution: &Resolution, needed: &'static str, done: &'static str) -> Refused {
    Refused::WrongPhase {
        number: resolution.number,
        is: if resolution.imported.is_some() {
            "history"
        } else {
            resolution.phase.name()
        },
        needed,
        done,
    }
}

fn check_profile(profile: &Profile) -> Result<(), Refused> {
    line("the name", &profile.name)?;
    text(
        "the web site",
        profile.website.as_deref().unwrap_or_default(),
        MAX_LINE,
    )
}

fn reason_given(what: &'static str, reason: &str) -> Result<(), Refused> {
    if reason.trim().is_empty() {
        return Err(Refused::NoReason { what });
    }
    text("the reason", reason, MAX_REASON)
}

/// One line that says something.
fn line(what: &'static str, text: &str) -> Result<(), Refused> {
    if text.trim().is_empty() {
        return Err(malformed(what, "it is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(malformed(
            what,
            "it is one line, without control characters",
        ));
    }
    if text.chars().count() > MAX_LINE {
        return Err(too_much(what, MAX_LINE));
    }
    Ok(())
}

fn text(what: &'static str, text: &str, limit: usize) -> Result<(), Refused> {
    if text.len() > limit {
        return Err(too_much(what, limit));
    }
    Ok(())
}

fn too_much(what: &'static str, limit: usize) -> Refused {
    Refused::TooMuch { what, limit }
}

fn malformed(what: &'static str, why: impl Into<String>) -> Refused {
    let why = why.into();
    Refused::Malformed { what, why }
}

fn not_that(slug: &Slug, is_not: &'static str) -> Refused {
    Refused::NotThat {
        collective: slug.clone(),
        is_not,
    }
}
