//! The clauses and their tests belong together.

/// Clauses are written `- **D7** …`; their tests are named `d7_…`.
#[test]
fn every_clause_of_the_governance_has_a_test() {
    let governance = include_str!("../../../../../GOVERNANCE.md");
    let tests = [
        include_str!("applications.rs"),
        include_str!("decisions.rs"),
        include_str!("log.rs"),
        include_str!("members.rs"),
        include_str!("recipes.rs"),
        include_str!("../../log/tests.rs"),
        include_str!("../../entry/tests.rs"),
    ]
    .concat();
    let clauses: Vec<_> = governance
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("**"))
        .map(|(clause, _)| clause)
        .filter(|clause| clause.ends_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert_eq!(clauses.len(), 11 + 17 + 9 + 11);
    for clause in clauses {
        let name = format!("fn {}_", clause.to_lowercase());
        assert!(tests.contains(&name), "no test shows {clause}");
    }
}
