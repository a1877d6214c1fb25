//! Drafts, proposals, votes, and how a vote ends (D1 to D16).

use jiff::{SignedDuration, Timestamp};

use super::words::{line, reason_given, text, too_much};
use crate::{
    entry::{Choice, Content, Kind, Number, Size},
    ids::Slug,
    limits::{MAX_BEGUN_PER_DAY, MAX_INLINE_TEXT, MAX_OPEN_PER_MEMBER, MAX_REASON},
    state::{Phase, Refused, Resolution, State},
};

/// The longest that a vote can be open.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

impl State {
    /// D1, D2: what is proposed, and that it is large enough a decision.
    pub(super) fn check_content(&self, content: &Content) -> Result<(), Refused> {
        line("the title", &content.title)?;
        if !content.text.fits() {
            return Err(too_much("the text", MAX_INLINE_TEXT));
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

    pub(super) fn check_propose(
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
        } else if self.takes_over(slug, &content.kind)
            && deadline.duration_since(self.time) < self.usual_days()
        {
            "sooner than the rules' days, which a recipe's stewards have before others take their place (D15)"
        } else {
            return Ok(());
        };
        Err(Refused::BadDeadline { deadline, why })
    }

    /// D3 to D6: who votes, until when, and that a block says why.
    pub(super) fn check_vote(
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

    pub(super) fn check_escalate(&self, number: Number, reason: &str) -> Result<(), Refused> {
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

    pub(super) fn check_withdraw(&self, slug: &Slug, number: Number) -> Result<(), Refused> {
        let resolution = self.proposed_by(slug, number)?;
        if resolution.phase == Phase::Draft && resolution.imported.is_none() {
            return Ok(());
        }
        open(resolution, "withdrawn")
    }

    pub(super) fn check_close(&self, slug: &Slug, number: Number) -> Result<(), Refused> {
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

    /// D15: whether it takes a recipe from stewards that are not its proposer.
    fn takes_over(&self, proposer: &Slug, kind: &Kind) -> bool {
        let Kind::Steward { recipe, .. } = kind else {
            return false;
        };
        let mut present = self.stewards.get(recipe).into_iter().flatten();
        present.any(|slug| slug != proposer && self.is_voting(slug))
    }

    /// D14, D16: what a member can have unfinished, and begin in a day.
    pub(super) fn room(&self, slug: &Slug) -> Result<(), Refused> {
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
        if self.begun_today(slug) >= MAX_BEGUN_PER_DAY {
            return Err(too_much(
                "resolutions that one member begins in a day",
                MAX_BEGUN_PER_DAY,
            ));
        }
        Ok(())
    }

    pub(super) fn own_draft(
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
