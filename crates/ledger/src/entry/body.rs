//! What an entry can say.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{
    Choice, Content, DocumentRef, Genesis, HubKeys, Imported, Number, Release, ReviewVerdict, Seen,
    TestReport, Text, UpgradeVerdict, nothing_more,
};
use crate::{
    ids::{Digest, RecipeName, Slug, Version},
    key::PublicKey,
};

/// What the join page asks (Resolution 002), as far as it is public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The key that members admit.
    pub key: PublicKey,
    /// Who they are.
    pub profile: Profile,
    /// Two sentences, with the reason for joining.
    pub summary: String,
    /// The member that will vouch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sponsor: Option<Slug>,
    /// Salted SHA-256 of the contact, which members get from the hub and nobody from the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Digest>,
}

/// Whether a text can be somebody's contact: an e-mail address or a Matrix id, in one piece.
#[must_use]
pub fn is_contact(text: &str) -> bool {
    text.contains('@') && !text.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// What a collective says of itself to everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Its web site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
}

/// What an entry says. New kinds may be added; software that does not know a kind stops folding and says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// The first entry. Author: the hub.
    Genesis(Box<Genesis>),

    /// A collective would like to join. Author: the applicant; a member brings it to the hub.
    Apply(Box<Application>),
    /// A collective says anew what it is called. Author: a member.
    Profile(Profile),
    /// A member leaves.
    #[serde(deserialize_with = "nothing_more")]
    Leave,
    /// A member's key is replaced by itself; the old key signs the entry.
    RotateKey {
        /// The new key.
        key: PublicKey,
        /// The new key's signature over `allotment rotate-key` and the old key: whoever has it wants this.
        proof: String,
    },

    /// A resolution that is not open yet.
    Draft(Box<Content>),
    /// A draft, changed by its proposer.
    Revise {
        /// Which.
        resolution: Number,
        /// What it says now.
        content: Box<Content>,
    },
    /// Opens a resolution for votes.
    Propose {
        /// The draft it was, if it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        draft: Option<Number>,
        /// What is proposed.
        content: Box<Content>,
        /// Votes count before this moment.
        deadline: Timestamp,
    },
    /// A vote; a later one of the same collective takes its place.
    Vote {
        /// On which resolution.
        resolution: Number,
        /// How.
        choice: Choice,
        /// Why. Needed for a block.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A medium decision is treated as large from here on. Author: any member.
    Escalate {
        /// Which.
        resolution: Number,
        /// Why.
        reason: String,
    },
    /// The proposer takes it back.
    Withdraw {
        /// Which.
        resolution: Number,
        /// Why.
        reason: String,
    },
    /// The proposer ends the vote before the deadline: possible once the whole electorate has voted.
    Close {
        /// Which.
        resolution: Number,
    },
    /// Resolutions of before the log. Author: a member.
    Import {
        /// What they were.
        resolutions: Vec<Imported>,
    },

    /// An agent's certificates count no more; it may come back with a new invite. Author: the hub.
    Evict {
        /// Whose agent.
        collective: Slug,
        /// Which.
        agent: String,
        /// Why.
        reason: String,
    },
    /// As evicted, and it may not come back. Author: the hub.
    Ban {
        /// Whose agent.
        collective: Slug,
        /// Which.
        agent: String,
        /// Why.
        reason: String,
    },
    /// Dues were seen. Author: the hub.
    Dues {
        /// Whose.
        collective: Slug,
        /// Paid up to and with this day.
        paid_until: Date,
    },
    /// A new hub goes on with the log of a lost one. Author: the hub, signed with the new entry key.
    HubReplaced {
        /// What the new hub proves itself with.
        hub: Box<HubKeys>,
    },
    /// A member accepts the new hub; nothing else is taken until enough have.
    AcceptHub {
        /// SHA-256 of the new hub's keys, as JSON.
        hub: Digest,
    },

    /// There is a recipe, or what is known of it as a whole has changed. Author: the hub.
    Recipe {
        /// Which.
        recipe: RecipeName,
        /// What is known of it.
        about: DocumentRef,
    },
    /// Annotated tags of a recipe were seen. Author: the hub.
    Observe {
        /// Of which recipe.
        recipe: RecipeName,
        /// What they are.
        versions: Vec<Seen>,
    },
    /// A member becomes the steward of a recipe that has none.
    ClaimRecipe {
        /// Which.
        recipe: RecipeName,
    },
    /// A steward publishes a version.
    Release(Box<Release>),
    /// Another steward's word on a release.
    Review {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which version.
        version: Version,
        /// What is said.
        verdict: ReviewVerdict,
        /// Why. Needed where changes are requested.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A version is not to be deployed any more. Author: a steward.
    Yank {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which version.
        version: Version,
        /// Why.
        reason: String,
    },
    /// A version was tested on a member's swarm.
    TestReport(Box<TestReport>),
    /// How an upgrade in the field ended: nothing else is told of it.
    Outcome {
        /// Of which recipe.
        recipe: RecipeName,
        /// The version that ran.
        from: Version,
        /// The version that it was to become.
        to: Version,
        /// How it ended.
        verdict: UpgradeVerdict,
    },
    /// A recipe has an open security problem. Author: a member.
    Flag {
        /// Which recipe.
        recipe: RecipeName,
        /// What it is.
        text: String,
    },
    /// A security problem is one no more. Author: who told of it, or a steward.
    Unflag {
        /// Of which recipe.
        recipe: RecipeName,
        /// The flag's number.
        flag: u32,
        /// Why.
        reason: String,
    },
}

impl Body {
    /// Texts that are beside the log and named here: their hash and their length in bytes.
    #[must_use]
    pub fn stored_texts(&self) -> Vec<(Digest, u64)> {
        let stored = |text: &Text| match text {
            Text::Stored { sha256, bytes } => Some((*sha256, *bytes)),
            Text::Inline(_) => None,
        };
        match self {
            Self::Draft(content) | Self::Revise { content, .. } | Self::Propose { content, .. } => {
                stored(&content.text).into_iter().collect()
            }
            Self::Import { resolutions } => resolutions
                .iter()
                .filter_map(|one| stored(&one.text))
                .collect(),
            Self::Recipe { about, .. } => vec![about.named()],
            Self::Observe { versions, .. } => {
                versions.iter().map(|seen| seen.document.named()).collect()
            }
            Self::Release(release) => release.report.iter().map(DocumentRef::named).collect(),
            Self::TestReport(tested) => vec![tested.report.named()],
            _ => Vec::new(),
        }
    }

    /// The kind, as the JSON has it: for lists and messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Genesis(_) => "genesis",
            Self::Apply(_) => "apply",
            Self::Profile(_) => "profile",
            Self::Leave => "leave",
            Self::RotateKey { .. } => "rotate_key",
            Self::Draft(_) => "draft",
            Self::Revise { .. } => "revise",
            Self::Propose { .. } => "propose",
            Self::Vote { .. } => "vote",
            Self::Escalate { .. } => "escalate",
            Self::Withdraw { .. } => "withdraw",
            Self::Close { .. } => "close",
            Self::Import { .. } => "import",
            Self::Evict { .. } => "evict",
            Self::Ban { .. } => "ban",
            Self::Dues { .. } => "dues",
            Self::HubReplaced { .. } => "hub_replaced",
            Self::AcceptHub { .. } => "accept_hub",
            Self::Recipe { .. } => "recipe",
            Self::Observe { .. } => "observe",
            Self::ClaimRecipe { .. } => "claim_recipe",
            Self::Release(_) => "release",
            Self::Review { .. } => "review",
            Self::Yank { .. } => "yank",
            Self::TestReport(_) => "test_report",
            Self::Outcome { .. } => "outcome",
            Self::Flag { .. } => "flag",
            Self::Unflag { .. } => "unflag",
        }
    }
}
