//! What the rules say to an entry, before anything is written.

mod history;
mod hub;
mod kind;
mod members;
mod recipes;
mod releases;
mod resolutions;
mod words;

use members::check_profile;
use words::{not_that, reason_given};

use super::{Collective, Refused, State, Status};
use crate::{
    entry::{Author, Body, Entry},
    ids::Slug,
    key::PublicKey,
};

impl State {
    /// Whether the rules take an entry now. Changes nothing.
    pub(in crate::state) fn check(&self, entry: &Entry) -> Result<(), Refused> {
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

    fn check_collective(&self, slug: &Slug, body: &Body) -> Result<(), Refused> {
        let author = Author::Collective(slug.clone());
        if let Body::Apply(application) = body {
            return self.check_apply(slug, application);
        }
        let own = self.known(slug)?;
        match body {
            Body::Leave if own.status == Status::Applied => {}
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
            _ => self.check_recipes(slug, body),
        }
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
