//! The one table that says who may call what, and how much it may bring. A test holds it against the descriptors: no method
//! without a row, no row without a method.

use crate::limits::{MAX_ENTRY_BYTES, MAX_LIGHT_BYTES, MAX_TEXT_BYTES};

/// Who may call a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Whoever reaches it.
    Anyone,
    /// An agent of a collective that is in, by its certificate.
    Agent,
    /// An agent of a member with a vote.
    Voter,
    /// Whoever looks after the hub, by its unix socket.
    Admin,
}

/// What a call brings, or is answered: the memory that it may have while it is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// An argument or two.
    Light,
    /// An entry.
    Entry,
    /// A text, or as much as one.
    Text,
    /// An argument or two, and an answer without end.
    Stream,
}

impl Weight {
    /// The largest message, bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Light | Self::Stream => MAX_LIGHT_BYTES,
            Self::Entry => MAX_ENTRY_BYTES,
            Self::Text => MAX_TEXT_BYTES,
        }
    }
}

/// A method, who may call it, and what such a call weighs.
type Row = (&'static str, Who, Weight);

/// The table, by service.
const METHODS: &[(&str, &[Row])] = &[
    (
        "allot.hub.v1.EnrolmentService",
        &[
            ("Enrol", Who::Anyone, Weight::Light),
            ("Renew", Who::Agent, Weight::Light),
        ],
    ),
    (
        "allot.hub.v1.LedgerService",
        &[
            // What a suspended member may still write, the rules say (M1).
            ("Append", Who::Agent, Weight::Entry),
            ("Follow", Who::Agent, Weight::Stream),
            ("AddCosignature", Who::Voter, Weight::Light),
            ("PutText", Who::Voter, Weight::Text),
            ("GetText", Who::Agent, Weight::Text),
            ("GetTexts", Who::Agent, Weight::Text),
            ("PutContact", Who::Voter, Weight::Light),
            ("ListContacts", Who::Voter, Weight::Text),
        ],
    ),
    (
        "allot.hub.v1.AdminService",
        &[
            ("CreateInvite", Who::Admin, Weight::Light),
            ("ListInvites", Who::Admin, Weight::Light),
            ("RevokeInvite", Who::Admin, Weight::Light),
            ("Evict", Who::Admin, Weight::Light),
            ("Ban", Who::Admin, Weight::Light),
            ("RecordDues", Who::Admin, Weight::Light),
            ("RotateIssuer", Who::Admin, Weight::Light),
            ("GetStatus", Who::Admin, Weight::Light),
            ("GetCatalogue", Who::Admin, Weight::Light),
            ("SyncCatalogue", Who::Admin, Weight::Light),
        ],
    ),
    (
        "grpc.health.v1.Health",
        &[
            ("Check", Who::Agent, Weight::Light),
            ("Watch", Who::Agent, Weight::Stream),
            ("List", Who::Agent, Weight::Light),
        ],
    ),
    (
        "grpc.reflection.v1.ServerReflection",
        // It answers with whole files of our descriptors.
        &[("ServerReflectionInfo", Who::Agent, Weight::Entry)],
    ),
];

/// Who may call `path`, such as `/allot.hub.v1.LedgerService/Append`. `None` for what has no row: nobody may.
#[must_use]
pub fn who(path: &str) -> Option<Who> {
    row(path).map(|(_, who, _)| *who)
}

/// What a call of `path` weighs.
#[must_use]
pub fn weight(path: &str) -> Weight {
    row(path).map_or(Weight::Light, |(_, _, weight)| *weight)
}

fn row(path: &str) -> Option<&'static Row> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let (_, rows) = METHODS.iter().find(|(name, _)| *name == service)?;
    rows.iter().find(|(name, _, _)| *name == method)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_method_has_its_row_and_every_row_its_method() {
        let ours = |path: &String| path.starts_with("/allot.hub.");
        let declared: BTreeSet<_> = allot_proto::methods()
            .unwrap()
            .into_iter()
            .filter(ours)
            .collect();
        let rows = METHODS.iter().flat_map(|(service, rows)| {
            rows.iter()
                .map(move |(method, _, _)| format!("/{service}/{method}"))
        });
        let rows: BTreeSet<_> = rows.filter(ours).collect();
        assert_eq!(declared, rows);
        assert!(declared.len() >= 17, "{declared:?}");
    }

    #[test]
    fn what_has_no_row_is_for_nobody() {
        for path in [
            "/allot.hub.v1.LedgerService/Rewrite",
            "/allot.hub.v1.LedgerService",
            "allot.hub.v1.LedgerService/Append",
            "/allot.agent.v1.AppService/ListApps",
            "//",
            "",
        ] {
            assert_eq!(who(path), None, "{path}");
        }
        let open = METHODS.iter().flat_map(|(_, rows)| rows.iter());
        let open: Vec<_> = open.filter(|(_, who, _)| *who == Who::Anyone).collect();
        assert_eq!(
            open,
            [&("Enrol", Who::Anyone, Weight::Light)],
            "nobody gets in without an invite"
        );
    }
}
