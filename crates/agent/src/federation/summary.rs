//! An entry in one line, for people.

use allot_ledger::{
    Body,
    entry::{ReviewVerdict, Size},
};

use super::news;

/// What an entry says.
pub(super) fn summary(body: &Body) -> String {
    match body {
        Body::Genesis(genesis) => format!(
            "the federation {} is founded by {}",
            genesis.name,
            list(genesis.founders.iter().map(|f| f.slug.to_string()))
        ),
        Body::Apply(application) => format!("applies to join as {}", application.profile.name),
        Body::Profile(profile) => format!("is called {}", profile.name),
        Body::Leave => "leaves the federation".to_owned(),
        Body::RotateKey { .. } => "has a new signing key".to_owned(),
        Body::Draft(content) => format!("drafts: {}", content.title),
        Body::Revise {
            resolution,
            content,
        } => format!("changes draft {resolution}: {}", content.title),
        Body::Propose {
            content, deadline, ..
        } => match content.size {
            Size::Small => format!("writes down: {}", content.title),
            size => format!(
                "proposes ({}, until {deadline}): {}",
                size_name(size),
                content.title
            ),
        },
        Body::Vote {
            resolution, choice, ..
        } => format!("votes {} on resolution {resolution}", news::name(*choice)),
        Body::Escalate { resolution, .. } => {
            format!("makes resolution {resolution} a large decision")
        }
        Body::Withdraw { resolution, .. } => format!("withdraws resolution {resolution}"),
        Body::Close { resolution } => format!("ends the vote on resolution {resolution}"),
        Body::Import { resolutions } => format!(
            "brings in resolutions of before the log: {}",
            list(resolutions.iter().map(|r| r.number.to_string()))
        ),
        Body::Evict {
            collective, agent, ..
        } => format!("evicts the agent {collective}/{agent}"),
        Body::Ban {
            collective, agent, ..
        } => format!("bans the agent {collective}/{agent}"),
        Body::Dues {
            collective,
            paid_until,
        } => format!("has seen dues of {collective}, paid until {paid_until}"),
        Body::HubReplaced { hub } => {
            format!(
                "a new hub goes on with the log; its keys are {}",
                hub.digest()
            )
        }
        Body::AcceptHub { hub } => format!("accepts the new hub with the keys {hub}"),
        other => recipes(other),
    }
}

/// What an entry says about a recipe.
fn recipes(body: &Body) -> String {
    match body {
        Body::Recipe { recipe, .. } => format!("has seen the recipe {recipe}"),
        Body::Observe { recipe, versions } => format!(
            "has seen tags of {recipe}: {}",
            list(versions.iter().map(|seen| seen.version.to_string()))
        ),
        Body::ClaimRecipe { recipe } => format!("claims the recipe {recipe}"),
        Body::Release(release) => format!(
            "releases {} {}{} at {}",
            release.recipe,
            release.version,
            if release.security { " (security)" } else { "" },
            release.commit
        ),
        Body::Review {
            recipe,
            version,
            verdict: ReviewVerdict::Approve,
            ..
        } => format!("approves {recipe} {version}"),
        Body::Review {
            recipe, version, ..
        } => format!("requests changes to {recipe} {version}"),
        Body::Yank {
            recipe,
            version,
            reason,
        } => format!("yanks {recipe} {version}: {reason}"),
        Body::TestReport(tested) => format!(
            "has tested {} {}, which {}",
            tested.recipe,
            tested.version,
            if tested.passed { "passed" } else { "failed" }
        ),
        Body::Outcome {
            recipe,
            from,
            to,
            verdict,
        } => format!(
            "upgraded {recipe} from {from} to {to}: {}",
            verdict.name().replace('_', " ")
        ),
        Body::Flag { recipe, .. } => format!("tells of a security problem of {recipe}"),
        Body::Unflag { recipe, flag, .. } => {
            format!("ends the security problem {flag} of {recipe}")
        }
        other => format!("says `{}`", other.kind()),
    }
}

/// The word for a size.
pub(super) fn size_name(size: Size) -> &'static str {
    match size {
        Size::Small => "small",
        Size::Medium => "medium",
        Size::Large => "large",
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
