//! The one table that says who may call what. A test holds it against the descriptors: no method without a row, no row
//! without a method.

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

/// The table, by service.
pub(super) const METHODS: &[(&str, &[(&str, Who)])] = &[
    (
        "allot.hub.v1.EnrolmentService",
        &[("Enrol", Who::Anyone), ("Renew", Who::Agent)],
    ),
    (
        "allot.hub.v1.LedgerService",
        &[
            // What a suspended member may still write, the rules say (M1).
            ("Append", Who::Agent),
            ("Follow", Who::Agent),
            ("AddCosignature", Who::Voter),
            ("PutText", Who::Voter),
            ("GetText", Who::Agent),
            ("PutContact", Who::Voter),
            ("ListContacts", Who::Voter),
        ],
    ),
    (
        "allot.hub.v1.AdminService",
        &[
            ("CreateInvite", Who::Admin),
            ("ListInvites", Who::Admin),
            ("RevokeInvite", Who::Admin),
            ("Evict", Who::Admin),
            ("Ban", Who::Admin),
            ("RecordDues", Who::Admin),
            ("RotateIssuer", Who::Admin),
            ("GetStatus", Who::Admin),
        ],
    ),
    (
        "grpc.health.v1.Health",
        &[
            ("Check", Who::Agent),
            ("Watch", Who::Agent),
            ("List", Who::Agent),
        ],
    ),
    (
        "grpc.reflection.v1.ServerReflection",
        &[("ServerReflectionInfo", Who::Agent)],
    ),
];

/// Who may call `path`, such as `/allot.hub.v1.LedgerService/Append`. `None` for what has no row: nobody may.
#[must_use]
pub fn who(path: &str) -> Option<Who> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let (_, rows) = METHODS.iter().find(|(name, _)| *name == service)?;
    let (_, who) = rows.iter().find(|(name, _)| *name == method)?;
    Some(*who)
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
                .map(move |(method, _)| format!("/{service}/{method}"))
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
        let open: Vec<_> = open.filter(|(_, who)| *who == Who::Anyone).collect();
        assert_eq!(
            open,
            [&("Enrol", Who::Anyone)],
            "nobody gets in without an invite"
        );
    }
}
