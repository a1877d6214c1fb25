//! What could go wrong, whatever the clause.

use super::*;

#[test]
fn the_only_member_leaves_and_nothing_can_be_decided() {
    let mut fed = Fed::of(&["a"]);
    let number = fed.proposes("a", Size::Large, Kind::Text);
    fed.votes("a", number, For).unwrap();
    fed.does("a", Body::Leave).unwrap();
    assert_eq!(fed.ends(number, &[]), Phase::Stalled);
    let again = propose(
        Size::Large,
        Kind::Text,
        fed.now + SignedDuration::from_hours(24),
    );
    assert_eq!(code(fed.does("a", again)), "AL-8407");
    assert_eq!(
        fed.state.witnesses_needed(),
        1,
        "nothing counts as witnessed by nobody"
    );
}

#[test]
fn one_member_cannot_fill_the_list() {
    let mut fed = Fed::three();
    let draft = || Body::Draft(content(Size::Small, Kind::Text));
    for _ in 0..crate::limits::MAX_OPEN_PER_MEMBER {
        fed.does("a", draft()).unwrap();
    }
    assert_eq!(code(fed.does("a", draft())), "AL-8423");
    fed.does("b", draft()).unwrap();
}
