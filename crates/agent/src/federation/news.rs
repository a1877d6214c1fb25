//! What in the entries that came is news to this agent's people.

use allot_ledger::{
    Author, Body, Envelope, Leaf, Slug,
    entry::Choice,
    state::{Change, Event},
};
use jiff::Timestamp;

use super::{member::Member, notices::Notice, sent::Folded};

/// Collected while entries are folded, and told once they are on disk.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Entries that somebody may wait for: the own collective's, and applicants'.
    pub written: Vec<(Envelope, Folded)>,
    /// What delegates should know.
    pub notices: Vec<Notice>,
    /// What they should know once a day, and what it begins with.
    pub daily: Vec<(String, Notice)>,
    /// The own collective has another key.
    pub key_replaced: bool,
}

impl News {
    /// An entry was folded.
    pub fn folded(&mut self, member: &Member, index: u64, leaf: &Leaf, events: &[Event]) {
        let collective = &member.membership.collective;
        self.rights(member, events, leaf.time, &format!("entry {index}"));
        if member.joined_at().is_some() {
            self.claims(collective, events, leaf.time, index);
        }
        let Ok(entry) = leaf.envelope.entry() else {
            return;
        };
        let is_own = entry.author == Author::Collective(collective.clone());
        // An applicant's entry may be one that was brought here.
        if !is_own && !matches!(entry.body, Body::Apply(_) | Body::Leave) {
            return;
        }
        let by = member.sent.author(&leaf.envelope);
        if is_own
            && member.joined_at().is_some()
            && let Some(text) = text(&entry.body, events, by.as_deref())
        {
            let time = leaf.time;
            let text = format!("{text} (entry {index})");
            self.notices.push(Notice { time, text });
        }
        let folded = Folded {
            index,
            time: leaf.time,
            events: events.to_vec(),
        };
        self.written.push((leaf.envelope.clone(), folded));
    }

    /// Time has passed, and what was due has ended.
    pub fn passed(&mut self, member: &Member, events: &[Event], time: Timestamp) {
        self.rights(member, events, time, "by resolution");
    }

    /// A founding claim gives a say at once (R3), and a medium decision can take it: whoever would disagree has to know.
    /// One that claims many recipes is told once a day.
    fn claims(&mut self, collective: &Slug, events: &[Event], time: Timestamp, index: u64) {
        for event in events {
            let Event::RecipeClaimed { recipe, by } = event else {
                continue;
            };
            if by == collective {
                continue;
            }
            let begins = format!("{by} looks after recipes that had no steward");
            let text = format!(
                "{begins}: {recipe} (entry {index}); who disagrees proposes other stewards: \
                 `allot resolution propose --kind steward --recipe {recipe} --steward COLLECTIVE`"
            );
            self.daily.push((begins, Notice { time, text }));
        }
    }

    fn rights(&mut self, member: &Member, events: &[Event], time: Timestamp, whence: &str) {
        let collective = &member.membership.collective;
        let is_news = member.joined_at().is_some();
        for how in rights_of(events, collective) {
            self.key_replaced |= *how == Change::KeyReplaced;
            if is_news {
                let text = format!("{collective} {} ({whence})", became(how));
                self.notices.push(Notice { time, text });
            }
        }
        if is_news
            && events
                .iter()
                .any(|event| matches!(event, Event::HubReplaced))
        {
            let text = format!(
                "a new hub goes on with the log, and waits for members to accept it: check its keys with who runs it, \
                 then `allot federation accept-hub DIGEST`; if they know nothing of it, `allot federation reject-hub` \
                 ({whence})"
            );
            self.notices.push(Notice { time, text });
        }
    }
}

fn rights_of<'e>(events: &'e [Event], collective: &'e Slug) -> impl Iterator<Item = &'e Change> {
    events.iter().filter_map(move |event| match event {
        Event::RightsChanged {
            collective: whose,
            how,
        } if whose == collective => Some(how),
        _ => None,
    })
}

fn became(how: &Change) -> String {
    match how {
        Change::Admitted => "is a member now".to_owned(),
        Change::Suspended => "is suspended: its rights rest".to_owned(),
        Change::Reinstated => "has its rights back".to_owned(),
        Change::Left => "has left the federation".to_owned(),
        Change::Excluded => "was excluded".to_owned(),
        Change::KeyReplaced => {
            "has another signing key: every agent of it needs the new one".to_owned()
        }
        Change::AgentEvicted { agent } => format!("has an agent that was evicted: {agent}"),
        Change::AgentBanned { agent } => format!("has an agent that was banned: {agent}"),
    }
}

/// What delegates should know of an entry of their own collective: all that another agent wrote, and of what was
/// written here a vote that took another one's place.
fn text(body: &Body, events: &[Event], by: Option<&str>) -> Option<String> {
    let replaced = events.iter().find_map(|event| match event {
        Event::Voted { replaced, .. } => *replaced,
        _ => None,
    });
    let who = by.unwrap_or("another agent of the collective");
    match body {
        Body::Vote {
            resolution, choice, ..
        } => {
            let now = name(*choice);
            match replaced {
                Some(old) => Some(format!(
                    "{who} voted {now} on resolution {resolution}; the collective's vote before, {}, no longer counts",
                    name(old)
                )),
                None if by.is_none() => {
                    Some(format!("{who} voted {now} on resolution {resolution}"))
                }
                None => None,
            }
        }
        // The one is told as a right that changed, and the other by no person but by an agent, after each upgrade.
        Body::RotateKey { .. } | Body::Leave | Body::Outcome { .. } => None,
        _ if by.is_some() => None,
        other => Some(format!("{who} wrote `{}`", other.kind())),
    }
}

/// The word for a vote.
pub(super) fn name(choice: Choice) -> &'static str {
    match choice {
        Choice::For => "for",
        Choice::Against => "against",
        Choice::Abstain => "abstain",
    }
}
