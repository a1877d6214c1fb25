//! How well a recipe is kept, from what the log and its documents say.

use allot_ledger::{
    entry::DocumentRef,
    state::{Pinned, Stage},
};
use allot_recipe::{
    catalogue::{About, VersionDocument},
    level::{Assessment, Evidence, Reports, assess},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::look::Look;
use crate::config::Accept;

/// What the log says that a level rests on. Documents are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    today: Date,
    /// The document of the newest release.
    pub released: Option<DocumentRef>,
    /// The day on which it was published, where stewards did.
    published: Option<Date>,
    flags: Vec<Date>,
    reports: (u32, u32),
}

impl Said {
    /// The newest release is the same for all members: what one of them accepts does not count.
    pub fn of(look: &Look<'_>, today: Date) -> Self {
        let newest = look.newest(Accept::Default);
        Self {
            today,
            released: newest.and_then(|p| p.observed).map(|seen| seen.document),
            published: newest.and_then(published).map(day),
            flags: look.recipe.flags().values().map(|f| day(f.since)).collect(),
            reports: newest.map_or((0, 0), |pinned| {
                let passed = look.state.tested_by(pinned).count();
                let failed = pinned.reports().filter(|(_, r)| !r.passed).count();
                (small(passed), small(failed))
            }),
        }
    }

    /// The level with its reasons. `newest` is the document of the newest release.
    pub fn assess(&self, about: &About, newest: Option<&VersionDocument>) -> Assessment {
        let tagged = newest.and_then(|document| document.tagged_at).map(day);
        let (passed, failed) = self.reports;
        assess(&Evidence {
            today: self.today,
            maintainers: &about.maintainers,
            metadata: about.metadata.as_ref(),
            // A tagger's clock may be ahead of everybody's.
            released: self.published.or(tagged).map(|day| day.min(self.today)),
            newer_upstream: None,
            flags: &self.flags,
            reports: Reports { passed, failed },
            upstream_active: None,
            unanswered: None,
        })
    }
}

fn published(pinned: &Pinned) -> Option<Timestamp> {
    let published = pinned.released()?.published?.0;
    (pinned.stage() != Stage::Yanked).then_some(published)
}

pub fn day(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

pub fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
