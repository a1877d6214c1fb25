//! Messages about a federation that look like real ones. Deadlines are far away, so that what is left of them
//! can be taken out of a golden (`support::steady`).

use allot_ledger::{
    Author, Body, Digest, Entry, Envelope, SecretKey,
    entry::{Application, Profile},
};
use allot_proto::agent::{
    CastVote, CatalogueAge, FederationStatus, GetResolutionResponse, JoinResponse, LedgerEntry,
    LedgerStatus, ListMembersResponse, Member, Operator, Recorded, Resolution, RotateKeyResponse,
    Tally, Waiting,
};

pub const DEADLINE: &str = "2099-12-10T23:59:59Z";
pub const GENESIS: &str = "5f2c6f0d3c1b7d7a9e5f0f4b8c6d2a1e3b5c7d9f1a2b3c4d5e6f708192a3b4c5";

/// The key of a collective, as it shows it.
pub fn key(owner: &str, seed: u8) -> String {
    SecretKey::from_seed(&[seed; 32])
        .public()
        .verifier_key(owner)
}

/// A catalogue that is too old after a week.
pub fn catalogue(age_seconds: i64) -> CatalogueAge {
    CatalogueAge {
        clock: "2026-11-23T09:59:30Z".into(),
        age_seconds,
        expired: age_seconds > 7 * 24 * 3600,
        expires_seconds: 7 * 24 * 3600,
    }
}

pub fn status() -> FederationStatus {
    FederationStatus {
        federation: "coop-cloud".into(),
        genesis: GENESIS.into(),
        collective: "autonomic".into(),
        key: key("autonomic", 1),
        agent: "srv1".into(),
        hub_address: "hub.example.org:7443".into(),
        hub_reachable: true,
        hub_since: "2026-11-23T08:00:00Z".into(),
        log_size: 129,
        witnessed_size: 129,
        checkpoint_time: "2026-11-23T09:59:30Z".into(),
        checkpoint_age_seconds: 30,
        catalogue: Some(catalogue(30)),
        certificate_not_after: "2026-11-24T08:00:00Z".into(),
        certificate_seconds_left: 79_200,
        certificate_renews_at: "2026-11-24T00:48:00Z".into(),
        status: "member".into(),
        standing: "good".into(),
        awaiting_vote: vec![Waiting {
            number: 41,
            title: "Budget 017: Website".into(),
            size: "large".into(),
            deadline: DEADLINE.into(),
        }],
        clock_offset_seconds: -2,
        roles: vec!["viewer".into(), "delegate".into()],
        notices: vec!["a colleague replaced your vote on resolution 040".into()],
        witnesses: 7,
        witnesses_needed: 7,
        members: 12,
        days_open: 14,
        electorate: 12,
        ..Default::default()
    }
}

/// The hub is away, its clock was off, and a new one waits.
pub fn hub_away() -> FederationStatus {
    FederationStatus {
        hub_reachable: false,
        hub_problem: "connection refused".into(),
        hub_help: "nothing is lost: the agent tries again by itself".into(),
        checkpoint_age_seconds: 7_300,
        catalogue: Some(catalogue(7_300)),
        certificate_seconds_left: 0,
        witnesses: 5,
        witnessed_size: 127,
        pending_hub: GENESIS.into(),
        clock_offset_seconds: 600,
        standing: "lapsed".into(),
        awaiting_vote: vec![],
        notices: vec![],
        ..status()
    }
}

/// The hub has signed two histories, and words of the log try to steer the terminal.
pub fn forked() -> FederationStatus {
    FederationStatus {
        problem: "at 100 entries the hub signed another log than this agent has (fork)".into(),
        problem_code: "AL-8105".into(),
        help: "compare with other members: `allot ledger compare FILE`".into(),
        awaiting_vote: vec![Waiting {
            title: "\u{1b}[2Jowned".into(),
            ..status().awaiting_vote[0].clone()
        }],
        notices: vec!["\u{1b}]0;owned\u{7}".into()],
        ..status()
    }
}

pub fn outside() -> FederationStatus {
    FederationStatus {
        collective: "sutty".into(),
        key: key("sutty", 2),
        roles: vec!["viewer".into(), "admin".into()],
        ..Default::default()
    }
}

pub fn joined() -> JoinResponse {
    JoinResponse {
        federation: "coop-cloud".into(),
        collective: "sutty".into(),
        agent: "srv1".into(),
        certificate_not_after: "2026-11-24T08:00:00Z".into(),
        log_size: 129,
        members: 12,
        ..Default::default()
    }
}

pub fn members() -> ListMembersResponse {
    let member = |slug: &str, name: &str| Member {
        slug: slug.into(),
        name: name.into(),
        status: "member".into(),
        standing: "good".into(),
        since: "2023-03-03".into(),
        key: key(slug, 1),
        participated: 7,
        decisions: 10,
        ..Default::default()
    };
    ListMembersResponse {
        members: vec![
            Member {
                website: "https://autonomic.example".into(),
                contact: "@coop:matrix.example.org".into(),
                ..member("autonomic", "Autonomic")
            },
            Member {
                standing: "waived".into(),
                sponsor: "autonomic".into(),
                since: "2026-02-03".into(),
                participated: 0,
                decisions: 0,
                contact: "hello@example.org".into(),
                ..member("merri-bek", "Merri-bek Tech")
            },
            Member {
                status: "applied".into(),
                standing: String::new(),
                since: String::new(),
                sponsor: "merri-bek".into(),
                participated: 0,
                decisions: 0,
                summary: "We run sites on it.".into(),
                ..member("sutty", "Sutty \u{202e}evil")
            },
        ],
        electorate: 2,
        note: "the hub is away: contacts are missing".into(),
    }
}

pub fn recorded(kind: &str) -> Recorded {
    Recorded {
        index: 129,
        time: "2026-11-23T10:00:00Z".into(),
        kind: kind.into(),
        resolution: 41,
        warnings: vec!["a colleague's vote was replaced".into()],
    }
}

pub fn rotated() -> RotateKeyResponse {
    RotateKeyResponse {
        recorded: Some(Recorded {
            resolution: 0,
            warnings: vec![],
            ..recorded("rotate_key")
        }),
        key: key("autonomic", 9),
        kept_in: "/var/lib/allot-agent/federation/signing.key".into(),
    }
}

pub fn resolution() -> Resolution {
    Resolution {
        number: 41,
        title: "Budget 017: Website".into(),
        size: "large".into(),
        kind: "open_budget".into(),
        state: "open".into(),
        proposer: "sutty".into(),
        proposed: "2026-11-20T12:00:00Z".into(),
        deadline: DEADLINE.into(),
        tally: Some(Tally {
            votes_for: 4,
            votes_against: 1,
            abstained: 1,
            needed: 7,
            electorate: 12,
        }),
        own_vote: "for".into(),
        witnessed: true,
        ..Default::default()
    }
}

pub fn resolutions() -> Vec<Resolution> {
    vec![
        Resolution {
            number: 36,
            title: "Another collective joins".into(),
            kind: "text".into(),
            state: "passed".into(),
            proposed: "2026-01-19".into(),
            deadline: "2026-02-??".into(),
            closed: "2026-02-03".into(),
            imported: true,
            own_vote: String::new(),
            tally: None,
            ..resolution()
        },
        Resolution {
            number: 40,
            title: "A second forge".into(),
            size: "medium".into(),
            kind: "text".into(),
            own_vote: String::new(),
            awaiting_own_vote: true,
            witnessed: false,
            tally: Some(Tally {
                votes_for: 1,
                needed: 1,
                electorate: 12,
                ..Default::default()
            }),
            ..resolution()
        },
        resolution(),
        Resolution {
            number: 42,
            title: "Notes \u{1b}[31mred".into(),
            kind: "text".into(),
            state: "draft".into(),
            deadline: String::new(),
            own_vote: String::new(),
            tally: None,
            ..resolution()
        },
    ]
}

pub const BUDGET: &str = r#"{"name":"open_budget","budget":{"number":17,"name":"Website","amount":{"minor":350000,"currency":"EUR"},"who":"sutty","when":"2027","purpose":"a new website"}}"#;

pub fn one_resolution() -> GetResolutionResponse {
    let vote = |collective: &str, choice: &str, reason: &str| CastVote {
        collective: collective.into(),
        choice: choice.into(),
        reason: reason.into(),
        time: "2026-11-21T10:00:00Z".into(),
        changes: 0,
        counts: true,
    };
    GetResolutionResponse {
        resolution: Some(resolution()),
        text: "## Summary\n\nA new website.\u{1b}[2J\n\n## Budget\n\nEUR 3,500\n".into(),
        votes: vec![
            CastVote {
                changes: 1,
                ..vote("autonomic", "for", "")
            },
            vote("merri-bek", "against", "the amount\nis not explained"),
            CastVote {
                counts: false,
                ..vote("local-it", "abstain", "")
            },
        ],
        silent: vec!["sutty".into()],
        effect: "once it passes: budget 017 is opened: EUR 3500.00 for Website".into(),
        history: vec!["2026-11-20 12:00:00Z proposed by sutty".into()],
        kind_json: BUDGET.into(),
        ..Default::default()
    }
}

/// A draft with a text of its own.
pub fn draft() -> GetResolutionResponse {
    GetResolutionResponse {
        resolution: Some(Resolution {
            state: "draft".into(),
            deadline: String::new(),
            own_vote: String::new(),
            tally: None,
            ..resolution()
        }),
        votes: vec![],
        silent: vec![],
        text: "as it was drafted\n".into(),
        ..one_resolution()
    }
}

pub fn ledger() -> LedgerStatus {
    LedgerStatus {
        federation: "coop-cloud".into(),
        genesis: GENESIS.into(),
        size: 129,
        root: "z8nFCdRnUjPkqUPmE0kQ7MYv4bBvHkeBk0jV9bXxQ1I=".into(),
        state: GENESIS.into(),
        checkpoint_time: "2026-11-23T09:59:30Z".into(),
        checkpoint_age_seconds: 30,
        witnesses: vec!["autonomic".into(), "local-it".into(), "sutty".into()],
        members: 5,
        witnesses_needed: 3,
        witnessed_size: 128,
        checkpoint: "hub.example.org/coop-cloud\n129\nz8nFCd=\n\n— hub AbCd\n".into(),
        ..Default::default()
    }
}

pub fn entry(index: u64) -> LedgerEntry {
    LedgerEntry {
        index,
        time: "2026-11-23T10:00:00Z".into(),
        author: "autonomic".into(),
        seq: 9,
        kind: "vote".into(),
        summary: "votes for on resolution 041".into(),
        json: r#"{"author":"autonomic","body":{"type":"vote","resolution":41,"choice":"for"}}"#
            .into(),
        leaf_hash: GENESIS.into(),
    }
}

pub fn operators() -> Vec<Operator> {
    let operator = |who: &str, roles: &[&str], problem: &str| Operator {
        who: who.into(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        problem: problem.into(),
    };
    vec![
        operator("root", &["admin"], ""),
        operator("@allot", &["operator", "delegate"], ""),
        operator("nobody-here", &["viewer"], "there is no such user"),
    ]
}

/// An application that is signed as it must be, for the federation above.
pub fn application() -> String {
    let key = SecretKey::from_seed(&[2; 32]);
    let body = Body::Apply(Box::new(Application {
        key: key.public(),
        profile: Profile {
            name: "Sutty".into(),
            website: Some("https://sutty.example".into()),
        },
        summary: "We run sites on it, and would like to share recipes.".into(),
        sponsor: Some("autonomic".parse().unwrap()),
        contact: Some(Digest::of(b"salted")),
    }));
    signed(1, body)
}

/// That the same applicant takes it back.
pub fn withdrawal() -> String {
    signed(2, Body::Leave)
}

fn signed(seq: u64, body: Body) -> String {
    let entry = Entry {
        federation: GENESIS.into(),
        author: Author::Collective("sutty".parse().unwrap()),
        seq,
        at: "2026-11-23T10:00:00Z".parse().unwrap(),
        body,
    };
    let key = SecretKey::from_seed(&[2; 32]);
    serde_json::to_string(&Envelope::sign(&entry, &key).unwrap()).unwrap()
}
