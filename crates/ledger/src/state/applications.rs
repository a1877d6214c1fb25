//! How an application begins and ends (M2, M9 to M11).

use jiff::Timestamp;

use super::{Collective, Ended, Event, Phase, Resolution, State, Status};
use crate::{
    entry::{Application, Author, Kind},
    ids::Slug,
};

impl State {
    /// M9: an application that is changed while it waits does not wait anew.
    pub(super) fn apply_to_join(
        &mut self,
        slug: &Slug,
        application: &Application,
        events: &mut Vec<Event>,
    ) {
        let before = self.collectives.get(slug);
        let waiting = before.filter(|c| c.status == Status::Applied);
        let since = waiting.map_or(self.time, |c| c.since);
        let joined = before.and_then(|c| c.joined);
        let applied = Collective::applied(slug.clone(), application.clone(), since, joined);
        let author = Author::Collective(slug.clone());
        self.keys.insert(application.key, author);
        self.waiting
            .extend(applied.application_ends().map(|ends| (ends, slug.clone())));
        self.collectives.insert(slug.clone(), applied);
        events.push(Event::Applied {
            collective: slug.clone(),
        });
    }

    /// M9: the vote that would have admitted an applicant has ended without that. One that was too short for members to
    /// talk about it says nothing unless it was blocked: otherwise any member could turn an applicant away in a minute.
    pub(super) fn decline(&mut self, ended: &Resolution, events: &mut Vec<Event>) {
        if ended.phase == Phase::Stalled && !self.had_its_days(ended) {
            return;
        }
        let Kind::Admit { collective, .. } = &ended.kind else {
            return;
        };
        let Some(applicant) = self.collectives.get(collective) else {
            return;
        };
        let meant = would_admit(ended, applicant);
        let mut open = self
            .open
            .iter()
            .filter_map(|(_, n)| self.resolutions.get(n));
        if meant && !open.any(|other| would_admit(other, applicant)) {
            self.end_application(collective, Status::Declined, Ended::Declined, events);
        }
    }

    /// Whether members had the rules' days for a vote, or needed none of them because all of them voted.
    fn had_its_days(&self, ended: &Resolution) -> bool {
        let open = ended.deadline.zip(ended.proposed);
        let days = open.map(|(deadline, proposed)| deadline.duration_since(proposed));
        let voted = |slug| ended.ballots.contains_key(slug);
        days.is_some_and(|days| days >= self.usual_days()) || ended.electorate.iter().all(voted)
    }

    /// M11: how many applications that name the same sponsor, or none, wait beside this one's.
    pub(super) fn waiting_beside(&self, slug: &Slug, sponsor: Option<&Slug>) -> usize {
        let others = self.waiting.iter().map(|(_, waits)| waits);
        let others = others.filter(|waits| *waits != slug);
        let applications = others
            .filter_map(|waits| self.collectives.get(waits))
            .filter_map(|applicant| applicant.application.as_ref());
        let same = applications.filter(|other| other.sponsor.as_ref() == sponsor);
        same.count()
    }

    /// M9: nobody proposed to admit the applicant in time.
    pub(super) fn expire(&mut self, slug: &Slug, at: Timestamp, events: &mut Vec<Event>) {
        self.time = self.time.max(at);
        self.end_application(slug, Status::Expired, Ended::Expired, events);
    }

    /// M9: the applicant takes it back.
    pub(super) fn take_back(&mut self, slug: &Slug, events: &mut Vec<Event>) {
        self.end_application(slug, Status::Left, Ended::TakenBack, events);
    }

    fn end_application(
        &mut self,
        slug: &Slug,
        status: Status,
        how: Ended,
        events: &mut Vec<Event>,
    ) {
        self.become_status(slug, status);
        let collective = slug.clone();
        events.push(Event::ApplicationEnded { collective, how });
    }

    /// Whether a resolution that is open, or a draft of somebody who could open it, would admit this applicant.
    pub(super) fn is_taken_up(&self, slug: &Slug) -> bool {
        let Some(applicant) = self.collectives.get(slug) else {
            return false;
        };
        let could_open = |r: &&Resolution| self.is_voting(&r.proposer);
        let open = self
            .open
            .iter()
            .filter_map(|(_, n)| self.resolutions.get(n));
        let drafts = self.drafts.iter().filter_map(|n| self.resolutions.get(n));
        open.chain(drafts.filter(could_open))
            .any(|r| would_admit(r, applicant))
    }
}

/// M3: a resolution names a key, and an application that has another one is another application.
fn would_admit(resolution: &Resolution, applicant: &Collective) -> bool {
    let waits = applicant.status == Status::Applied;
    let Kind::Admit { collective, key } = &resolution.kind else {
        return false;
    };
    waits && *collective == applicant.slug && *key == applicant.key
}
