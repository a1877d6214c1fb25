//! Why the rules refuse an entry.

use jiff::Timestamp;

use crate::{
    entry::{BadEnvelope, Number, Size},
    ids::{ObjectId, RecipeName, Slug, Version},
};

/// Why an entry is refused, or a question about the federation has no for an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The envelope is not one, or another key signed it.
    #[error(transparent)]
    Envelope(#[from] BadEnvelope),
    /// An entry of another federation.
    #[error("the entry is for another federation ({theirs})")]
    OtherFederation {
        /// Which, as the entry says.
        theirs: String,
    },
    /// The author never applied and is no founder.
    #[error("{author} is not known to the federation")]
    Stranger {
        /// Who.
        author: String,
    },
    /// The author's key was replaced since the entry was verified.
    #[error("the key of {author} was replaced meanwhile")]
    KeyReplaced {
        /// Who.
        author: String,
    },
    /// Was in the log before.
    #[error("entry {seq} of {author} is in the log already; its next is {next}")]
    Replayed {
        /// Who.
        author: String,
        /// The entry's number.
        seq: u64,
        /// What would be taken.
        next: u64,
    },
    /// Something is missing before it.
    #[error("entry {seq} of {author} comes too early; its next is {next}")]
    Gap {
        /// Who.
        author: String,
        /// The entry's number.
        seq: u64,
        /// What would be taken.
        next: u64,
    },
    /// Earlier than what is in the log.
    #[error("the entry has the time {time}, the log is at {now} already")]
    Backdated {
        /// The entry's time.
        time: Timestamp,
        /// The log's.
        now: Timestamp,
    },
    /// The author may not do this.
    #[error("{author} may not write `{kind}`: {why}")]
    NotAllowed {
        /// Who.
        author: String,
        /// What.
        kind: &'static str,
        /// Why not.
        why: String,
    },
    /// A collective is not what it would have to be.
    #[error("{collective} {is_not}")]
    NotThat {
        /// Who.
        collective: Slug,
        /// Such as `is no member`.
        is_not: &'static str,
    },
    /// No resolution of that number.
    #[error("there is no resolution {number}")]
    NoSuchResolution {
        /// Which.
        number: Number,
    },
    /// The resolution is in another state than this needs.
    #[error("resolution {number} is {is}; only one that is {needed} can be {done}")]
    WrongPhase {
        /// Which.
        number: Number,
        /// Its state.
        is: &'static str,
        /// The state that is needed.
        needed: &'static str,
        /// What was to be done.
        done: &'static str,
    },
    /// After the deadline.
    #[error("votes on resolution {number} were open until {closed}")]
    VoteClosed {
        /// Which.
        number: Number,
        /// Until when.
        closed: Timestamp,
    },
    /// Not a member when it was proposed.
    #[error(
        "{collective} was no member when resolution {number} was proposed, and has no vote on it"
    )]
    NotInElectorate {
        /// Who.
        collective: Slug,
        /// On which.
        number: Number,
    },
    /// Somebody else's proposal.
    #[error("resolution {number} was proposed by {proposer}; only they can do this")]
    NotProposer {
        /// Which.
        number: Number,
        /// Whose.
        proposer: Slug,
    },
    /// A block, withdrawal or escalation says why.
    #[error("a reason is missing: {what} needs one")]
    NoReason {
        /// What needs one.
        what: &'static str,
    },
    /// A larger decision is needed.
    #[error("a resolution of the kind `{kind}` is at least {needed:?}, not {size:?}")]
    TooSmall {
        /// What kind.
        kind: &'static str,
        /// The size proposed.
        size: Size,
        /// The size needed.
        needed: Size,
    },
    /// In the past, or far away.
    #[error("the deadline {deadline} is {why}")]
    BadDeadline {
        /// Which.
        deadline: Timestamp,
        /// `in the past`, `more than a year away`, or sooner than a recipe's stewards can be replaced.
        why: &'static str,
    },
    /// Nobody could vote.
    #[error("the federation has no member that could vote")]
    NoElectorate,
    /// Voters are missing.
    #[error(
        "resolution {number} cannot be closed before its deadline: {silent} of {electorate} have not voted"
    )]
    NotAllVoted {
        /// Which.
        number: Number,
        /// How many have not.
        silent: usize,
        /// Of how many.
        electorate: usize,
    },
    /// The key in the proposal is not the one in the application.
    #[error("{collective} has not applied with this key")]
    NotApplied {
        /// Who.
        collective: Slug,
    },
    /// A key belongs to one collective, for ever.
    #[error("this key is, or was, the key of {owner}")]
    KeyTaken {
        /// Whose.
        owner: String,
    },
    /// The new key's own signature is missing.
    #[error("the new key has not signed that it takes the old one's place")]
    BadProof,
    /// Numbers are given once.
    #[error("{what} {number} is taken")]
    NumberTaken {
        /// `resolution` or `budget`.
        what: &'static str,
        /// Which.
        number: u32,
    },
    /// Out of bounds.
    #[error("{what} is too long, or there are too many: {limit} is the most")]
    TooMuch {
        /// What.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// A field says nothing, or nonsense.
    #[error("{what}: {why}")]
    Malformed {
        /// Which field.
        what: &'static str,
        /// What of it.
        why: String,
    },
    /// The first entry is not one that can begin a federation.
    #[error("this is no beginning of a federation: {why}")]
    BadGenesis {
        /// Why.
        why: String,
    },
    /// Until the new hub is accepted, nothing else is taken.
    #[error("the log waits for members to accept its new hub: {accepted} of {needed} have")]
    HubPending {
        /// How many have.
        accepted: usize,
        /// How many must.
        needed: usize,
    },
    /// No new hub waits, or another one.
    #[error("no hub with these keys waits to be accepted")]
    NoSuchHub,
    /// The hub has seen no recipe of that name.
    #[error("the federation's catalogue has no recipe {recipe}")]
    NoSuchRecipe {
        /// Which.
        recipe: RecipeName,
    },
    /// Nobody has said anything about that version.
    #[error("the federation's catalogue has no version {version} of {recipe}")]
    NoSuchVersion {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which.
        version: Version,
    },
    /// The first word about a version fixes it for ever.
    #[error("{recipe} {version} is {what} {fixed} for ever, the entry says {given}")]
    PinnedOtherwise {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which version.
        version: Version,
        /// `commit` or `tree`.
        what: &'static str,
        /// What the log has.
        fixed: ObjectId,
        /// What the entry has.
        given: ObjectId,
    },
    /// A version is observed once.
    #[error("{recipe} {version} was observed before")]
    ObservedBefore {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which version.
        version: Version,
    },
    /// Stewards do this, and nobody else.
    #[error("{collective} is no steward of {recipe}")]
    NotSteward {
        /// Of which recipe.
        recipe: RecipeName,
        /// Who.
        collective: Slug,
    },
    /// Only what nobody looks after can be claimed.
    #[error("{recipe} has stewards: {}", names(stewards))]
    HasStewards {
        /// Which recipe.
        recipe: RecipeName,
        /// Who.
        stewards: Vec<Slug>,
    },
    /// The version is at another stage than this needs.
    #[error("{recipe} {version} is {is}, and cannot be {done}")]
    WrongStage {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which version.
        version: Version,
        /// Its stage.
        is: &'static str,
        /// What was to be done.
        done: &'static str,
    },
    /// Somebody else has to look at it.
    #[error("nobody reviews what it released itself: {recipe} {version}")]
    OwnRelease {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which version.
        version: Version,
    },
    /// No open flag of that number.
    #[error("{recipe} has no open flag {number}")]
    NoSuchFlag {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which.
        number: u32,
    },
    /// Somebody else's flag.
    #[error("flag {number} of {recipe} is for {by} to end, or for a steward")]
    NotYourFlag {
        /// Of which recipe.
        recipe: RecipeName,
        /// Which.
        number: u32,
        /// Whose.
        by: Slug,
    },
}

impl Refused {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Envelope(e) => e.code(),
            Self::OtherFederation { .. } => "AL-8401",
            Self::Stranger { .. } => "AL-8402",
            Self::KeyReplaced { .. } => "AL-8403",
            Self::Replayed { .. } => "AL-8404",
            Self::Gap { .. } => "AL-8405",
            Self::Backdated { .. } => "AL-8406",
            Self::NotAllowed { .. } => "AL-8407",
            Self::NotThat { .. } => "AL-8408",
            Self::NoSuchResolution { .. } => "AL-8409",
            Self::WrongPhase { .. } => "AL-8410",
            Self::VoteClosed { .. } => "AL-8411",
            Self::NotInElectorate { .. } => "AL-8412",
            Self::NotProposer { .. } => "AL-8413",
            Self::NoReason { .. } => "AL-8414",
            Self::TooSmall { .. } => "AL-8415",
            Self::BadDeadline { .. } => "AL-8416",
            Self::NoElectorate => "AL-8417",
            Self::NotAllVoted { .. } => "AL-8418",
            Self::NotApplied { .. } => "AL-8419",
            Self::KeyTaken { .. } => "AL-8420",
            Self::BadProof => "AL-8421",
            Self::NumberTaken { .. } => "AL-8422",
            Self::TooMuch { .. } => "AL-8423",
            Self::Malformed { .. } => "AL-8424",
            Self::BadGenesis { .. } => "AL-8425",
            Self::HubPending { .. } => "AL-8426",
            Self::NoSuchHub => "AL-8427",
            Self::NoSuchRecipe { .. } => "AL-8440",
            Self::NoSuchVersion { .. } => "AL-8441",
            Self::PinnedOtherwise { .. } => "AL-8442",
            Self::ObservedBefore { .. } => "AL-8443",
            Self::NotSteward { .. } => "AL-8444",
            Self::HasStewards { .. } => "AL-8445",
            Self::WrongStage { .. } => "AL-8446",
            Self::OwnRelease { .. } => "AL-8447",
            Self::NoSuchFlag { .. } => "AL-8448",
            Self::NotYourFlag { .. } => "AL-8449",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Envelope(e) => return e.help(),
            Self::OtherFederation { .. } => "sign it anew for this federation",
            Self::Stranger { .. } => "`allot federation members --all` lists who is known",
            Self::KeyReplaced { .. } => "sign it anew with the new key",
            Self::Replayed { .. } => {
                "look whether it is in the log: `allot ledger show --author …`"
            }
            Self::Gap { .. } => {
                "another agent of the collective may have written meanwhile: try again"
            }
            Self::Backdated { .. } => "the hub gives the time; tell its admins",
            Self::NotAllowed { .. } => "GOVERNANCE.md says who may do what",
            Self::NotThat { .. } => "`allot federation members --all` lists who is what",
            Self::NoSuchResolution { .. } | Self::WrongPhase { .. } => {
                "`allot resolution list` shows them all"
            }
            Self::VoteClosed { number, .. } => {
                return Some(format!("see the result: `allot resolution show {number}`"));
            }
            Self::NotInElectorate { .. } => {
                "who may vote is settled when a resolution is proposed (GOVERNANCE.md, D4)"
            }
            Self::NotProposer { .. } => "ask them to",
            Self::NoReason { .. } => "say why with `--reason`",
            Self::TooSmall { needed, .. } => {
                return Some(format!(
                    "propose it with `--size {}`",
                    format!("{needed:?}").to_lowercase()
                ));
            }
            Self::BadDeadline { .. } => {
                "choose one between now and a year from now, or leave it out: then it is the rules' days"
            }
            Self::NoElectorate => "nothing can be decided any more; found a new federation",
            Self::NotAllVoted { .. } => "wait for the deadline, or ask those who have not voted",
            Self::NotApplied { .. } => "ask them for their application, and vouch with it",
            Self::KeyTaken { .. } => "make a new key: `allot-agent init --collective …`",
            Self::BadProof => "rotate with `allot federation rotate-key`",
            Self::NumberTaken { .. } => "choose another, or leave the number out",
            Self::TooMuch { .. } => "say it in fewer words, end what is open first, or wait a day",
            Self::Malformed { .. } => "mend it and try again",
            Self::BadGenesis { .. } => "found it again with `allot-hub init`",
            Self::HubPending { .. } => {
                "check the new hub's keys with its admins, then `allot federation accept-hub DIGEST`"
            }
            Self::NoSuchHub => "read the digest again from who runs the new hub",
            Self::NoSuchRecipe { .. } => {
                "`allot recipe list` shows what is there; a federation admin adds sources to the hub"
            }
            Self::NoSuchVersion { recipe, .. } => {
                return Some(format!(
                    "`allot recipe versions {recipe}` shows what is there"
                ));
            }
            Self::PinnedOtherwise { .. } => {
                "a tag never moves: make a new version, and find out who moved this one"
            }
            Self::ObservedBefore { .. } => "nothing: it is in the log",
            Self::NotSteward { recipe, .. } | Self::HasStewards { recipe, .. } => {
                return Some(format!(
                    "`allot recipe show {recipe}` names its stewards; other ones are a medium decision"
                ));
            }
            Self::WrongStage { recipe, .. } => {
                return Some(format!(
                    "`allot recipe versions {recipe}` shows where each version stands"
                ));
            }
            Self::OwnRelease { .. } => "ask another steward to review it",
            Self::NoSuchFlag { recipe, .. } => {
                return Some(format!("`allot recipe show {recipe}` lists what is open"));
            }
            Self::NotYourFlag { .. } => "ask them to",
        };
        Some(text.to_owned())
    }
}

fn names(collectives: &[Slug]) -> String {
    let names: Vec<&str> = collectives.iter().map(Slug::as_str).collect();
    names.join(", ")
}
