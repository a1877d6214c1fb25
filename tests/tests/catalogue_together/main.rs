//! A recipe that several collectives keep together, with real processes: a hub, three collectives with an agent each, a
//! forge, two swarms. Two keep `guestbook`, the third deploys it. What was typed and what came back is a golden.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy knows tests, but not the functions that tests share"
)]

mod chapters;
mod story;

use story::Story;

#[test]
fn a_recipe_is_kept_by_two_and_deployed_by_a_third_at_exactly_the_commit_that_they_published() {
    let mut story = Story::begins();
    chapters::the_hub_sees_a_recipe(&mut story);
    chapters::two_collectives_keep_it(&mut story);
    chapters::a_third_deploys_it(&mut story);
    chapters::a_version_that_loses_data_is_caught(&mut story);
    chapters::the_mended_one_is_tested_approved_and_deployed(&mut story);
    chapters::a_version_is_yanked(&mut story);
    chapters::a_security_release_goes_at_once(&mut story);
    chapters::the_hub_is_away(&mut story);
    chapters::a_moved_tag_is_told_and_not_taken(&mut story);
    chapters::abra_users_have_the_same_catalogue(&mut story);
    story.golden();
}
