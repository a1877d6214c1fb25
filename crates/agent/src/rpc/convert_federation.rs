//! What is known of the federation, to messages.

use allot_ledger::{
    Slug,
    entry::Size,
    state::{Collective, State, Status as Standing_, Tally},
};
use allot_proto::agent as pb;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tonic::{Response, Status};

use super::refuse_federation;
use crate::federation::{Contacts, Joined, Outside, Recorded, Told, View};

/// An entry that was written, or why not.
#[allow(clippy::result_large_err, reason = "it is what gRPC answers")]
pub fn answer(done: crate::federation::Result<Recorded>) -> Result<Response<pb::Recorded>, Status> {
    Ok(Response::new(recorded(done.map_err(refuse_federation)?)))
}

pub fn recorded(done: Recorded) -> pb::Recorded {
    pb::Recorded {
        index: done.index,
        time: done.time.to_string(),
        kind: done.kind.to_owned(),
        resolution: done.resolution.unwrap_or_default(),
        warnings: done.warnings,
    }
}

pub fn joined(joined: Joined) -> pb::JoinResponse {
    pb::JoinResponse {
        federation: joined.federation,
        collective: joined.collective,
        agent: joined.agent,
        certificate_not_after: time(joined.not_after),
        log_size: joined.size,
        members: small(joined.members),
        warnings: joined.warnings,
    }
}

/// An agent that is in no federation.
pub fn outside(outside: Outside) -> pb::FederationStatus {
    let (collective, key) = outside
        .key
        .map_or_else(Default::default, |(slug, key)| (slug.to_string(), key));
    let mut status = pb::FederationStatus {
        collective,
        key,
        clock_offset_seconds: outside.offset_seconds.unwrap_or_default(),
        ..Default::default()
    };
    say(&mut status, outside.problem);
    status
}

/// A membership; without a log as long as there is none.
pub fn status(view: &View, state: Option<&State>) -> pb::FederationStatus {
    let name = view.collective.as_str();
    let hub_problem = view.hub_problem.clone();
    let mut status = pb::FederationStatus {
        federation: view.federation.to_string(),
        genesis: view.genesis.to_string(),
        collective: view.collective.to_string(),
        key: view
            .key
            .map(|key| key.verifier_key(name))
            .unwrap_or_default(),
        agent: view.agent.clone(),
        hub_address: view.hub.clone(),
        hub_reachable: view.is_reachable,
        hub_since: time(view.hub_since),
        log_size: view.size,
        witnessed_size: view.witnessed_size,
        checkpoint_time: time(view.clock),
        checkpoint_age_seconds: view.age_seconds.unwrap_or_default(),
        clock_offset_seconds: view.offset_seconds.unwrap_or_default(),
        notices: view
            .notices
            .iter()
            .map(|n| format!("{} {}", n.time, n.text))
            .collect(),
        witnesses: small(view.witnesses.len()),
        witnesses_needed: small(view.witnesses_needed),
        requires_witnesses: view.requires_witnesses,
        members: small(view.members),
        ..Default::default()
    };
    if let Some(problem) = hub_problem {
        status.hub_problem = problem.message;
        status.hub_help = problem.help;
    }
    if let Some(span) = view.certificate {
        status.certificate_not_after = span.not_after.to_string();
        status.certificate_renews_at = span.renews_at.to_string();
        status.certificate_seconds_left = span.not_after.duration_since(view.now).as_secs();
    }
    say(&mut status, view.problem.clone());
    if let Some(state) = state {
        of_state(&mut status, state, view);
    }
    status
}

fn of_state(status: &mut pb::FederationStatus, state: &State, view: &View) {
    let own = &view.collective;
    status.status = state
        .collective(own)
        .map_or_else(String::new, |known| known.status.name().to_owned());
    let standing = state.standing(own, day(view.now));
    status.standing = standing.map_or("unknown", |s| s.name()).to_owned();
    status.awaiting_vote = state
        .awaiting_vote(own)
        .map(|resolution| pb::Waiting {
            number: resolution.number,
            title: resolution.title.clone(),
            size: resolution.size.map(size).unwrap_or_default().to_owned(),
            deadline: time(resolution.deadline),
        })
        .collect();
    let reviews = state.awaiting_review(own);
    status.awaiting_review = reviews
        .map(|(recipe, pinned)| {
            let released = pinned.released();
            pb::AwaitedReview {
                recipe: recipe.to_string(),
                version: pinned.version.to_string(),
                by: released.map(|r| r.by.to_string()).unwrap_or_default(),
                security: released.is_some_and(|r| r.security),
            }
        })
        .collect();
    status.pending_hub = state
        .pending_hub()
        .map_or_else(String::new, |pending| pending.keys.digest().to_string());
    status.days_open = state.rules().days_open;
    status.electorate = small(state.members().count());
}

fn say(status: &mut pb::FederationStatus, problem: Option<Told>) {
    if let Some(problem) = problem {
        status.problem = problem.message;
        status.problem_code = problem.code;
        status.help = problem.help;
    }
}

/// Collectives; only those that are in, unless `all`.
pub fn members(state: &State, all: bool, today: Date, contacts: &Contacts) -> Vec<pb::Member> {
    let is_in =
        |c: &&Collective| all || matches!(c.status, Standing_::Member | Standing_::Suspended);
    let known = state.collectives().values().filter(is_in);
    known
        .map(|collective| member(state, collective, today, contacts))
        .collect()
}

fn member(state: &State, of: &Collective, today: Date, contacts: &Contacts) -> pb::Member {
    let application = of.application.as_ref();
    let taken = state.participation(&of.slug);
    let sponsor = application.and_then(|a| a.sponsor.as_ref());
    pb::Member {
        slug: of.slug.to_string(),
        name: of.profile.name.clone(),
        website: of.profile.website.clone().unwrap_or_default(),
        status: of.status.name().to_owned(),
        standing: standing(state, &of.slug, today).to_owned(),
        since: of.joined.map_or_else(String::new, |at| day(at).to_string()),
        key: of.key.verifier_key(of.slug.as_str()),
        sponsor: sponsor.map(Slug::to_string).unwrap_or_default(),
        participated: small(taken.voted),
        decisions: small(taken.decisions),
        contact: contact(contacts, &of.slug),
        barred_agents: state
            .barred()
            .get(&of.slug)
            .map(|agents| agents.keys().cloned().collect())
            .unwrap_or_default(),
        summary: application.map(|a| a.summary.clone()).unwrap_or_default(),
    }
}

fn standing(state: &State, slug: &Slug, today: Date) -> &'static str {
    state.standing(slug, today).map_or("unknown", |s| s.name())
}

fn contact(contacts: &Contacts, slug: &Slug) -> String {
    let known = contacts
        .known
        .iter()
        .find(|(whose, _)| whose == slug.as_str());
    known
        .map(|(_, contact)| contact.clone())
        .unwrap_or_default()
}

pub fn tally(tally: Tally) -> pb::Tally {
    pb::Tally {
        votes_for: tally.votes_for,
        votes_against: tally.votes_against,
        abstained: tally.abstained,
        needed: tally.needed,
        electorate: tally.electorate,
    }
}

/// The word for a size.
pub fn size(size: Size) -> &'static str {
    match size {
        Size::Small => "small",
        Size::Medium => "medium",
        Size::Large => "large",
    }
}

/// A time, or nothing.
pub fn time(at: Option<Timestamp>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}

fn day(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

/// A count as messages have it.
pub fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
