//! What happens, in order.

use std::{fs, time::Duration};

use allot_tests::await_that;

use crate::story::{FIRST, LOSES, MENDED, SECURITY, Story};

const PATIENCE: Duration = Duration::from_secs(60);

/// `versions` of somebody, a row a version.
fn row_of(story: &Story, slug: &str, version: &str) -> String {
    let run = story
        .commons
        .of(slug)
        .shell("", "allot recipe versions guestbook");
    let rows = run.done().stdout;
    let row = rows.lines().find(|line| line.starts_with(version));
    row.unwrap_or_default().to_owned()
}

fn comes_to(story: &Story, slug: &str, version: &str, state: &str) {
    let what = format!("{version} is {state} at {slug}");
    await_that(&what, PATIENCE, || {
        row_of(story, slug, version).contains(state).then_some(())
    });
}

pub fn the_hub_sees_a_recipe(story: &mut Story) {
    story.chapter("The hub sees a recipe, and a collective claims it");
    story.commons.looks("guestbook");
    story.types("sutty", "allot recipe list");
    story.types("autonomic", "allot recipe claim guestbook --yes");
    comes_to(story, "sutty", FIRST, "observed");
    story.types(
        "autonomic",
        "allot recipe publish guestbook 1.0.0+1.0.0 --yes",
    );
    comes_to(story, "sutty", FIRST, "published");
    story.types("sutty", "allot recipe show guestbook");
}

pub fn two_collectives_keep_it(story: &mut Story) {
    story.chapter("A second collective becomes its steward, by a medium decision");
    story.types(
        "autonomic",
        "echo 'We keep it on each other'\\''s swarms already.' | allot resolution propose \
         --title 'autonomic and local-it keep guestbook' --kind steward --recipe guestbook \
         --steward autonomic --steward local-it --text - --yes",
    );
    for slug in ["autonomic", "local-it", "sutty"] {
        story.commons.settled();
        story.types(slug, "allot resolution vote 1 for --yes");
    }
    story.commons.settled();
    story.types("autonomic", "allot resolution close 1 --yes");
    story.commons.settled();
    let run = story.types("sutty", "allot recipe stewards guestbook");
    assert!(
        run.stdout.contains("autonomic") && run.stdout.contains("local-it"),
        "{run:?}"
    );
}

pub fn a_third_deploys_it(story: &mut Story) {
    story.chapter("A third deploys it");
    story.types(
        "sutty",
        "allot app new guestbook --domain DOMAIN --set COMPOSE_FILE=compose.yml --secrets -n",
    );
    story.watches("sutty", "", "allot app deploy DOMAIN --yes", 0);
    assert_eq!(story.runs().0, FIRST);
    assert_eq!(story.deployed_commit(), story.commit(FIRST));
    story.somebody_signs();
    story.the_entry_is_there();
}

pub fn a_version_that_loses_data_is_caught(story: &mut Story) {
    story.chapter("A version is proposed whose upgrade loses data; the other steward catches it");
    story.takes_upgraded_files();
    story.maintainer("sed -i s/db_data/db_store/ compose.yml");
    story.maintainer(
        "git add --all && git commit -q -m 'New page, and a better name for the volume'",
    );
    story.releases("allot recipe release --publish --propose --yes");
    story.name_commit(LOSES);
    story.commons.looks("guestbook");
    story.types("local-it", "allot recipe review list");
    story.types("local-it", "allot recipe review show guestbook 1.1.0+1.1.0");
    let run = story.watches(
        "local-it",
        "",
        "allot recipe test guestbook 1.1.0+1.1.0 --junit report.xml --sign",
        1,
    );
    assert!(run.stdout.contains("find the data"), "{run:?}");
    let xml = fs::read_to_string(story.commons.of("local-it").home().join("report.xml")).unwrap();
    assert!(xml.contains("failures=\"1\""), "only that: {xml}");
    story.types(
        "local-it",
        "allot recipe review request-changes guestbook 1.1.0+1.1.0 'The upgrade loses all entries.' --yes",
    );
    comes_to(story, "sutty", LOSES, "changes requested");
    let run = story.watches("sutty", "", "allot app deploy DOMAIN --latest --yes", 0);
    assert_eq!(story.runs().0, FIRST, "{run:?}");
    let refused = story.fails("sutty", "allot app deploy DOMAIN 1.1.0+1.1.0 --yes", 5);
    assert!(refused.stderr.contains("AL-9303"), "{refused:?}");
    assert_eq!(story.deployed_commit(), story.commit(FIRST));
}

pub fn the_mended_one_is_tested_approved_and_deployed(story: &mut Story) {
    story.chapter("The mended version is tested, approved, and deployed by the third");
    story.maintainer("sed -i s/db_store/db_data/ compose.yml");
    story.maintainer("git commit -q -a -m 'The volume has its old name again'");
    story.releases("allot recipe sync --patch --yes");
    story.maintainer("echo 'The entries stay where they were.' > ../notes");
    story.releases("allot recipe release --notes ../notes --yes");
    story.name_commit(MENDED);
    story.watches(
        "autonomic",
        "guestbook",
        "allot recipe test . 1.1.1+1.1.0 --output json > ../report.json",
        0,
    );
    story.releases("allot recipe release --publish --propose --report ../report.json --yes");
    story.commons.looks("guestbook");
    story.types("local-it", "allot recipe review show guestbook 1.1.1+1.1.0");
    comes_to(story, "sutty", MENDED, "in review");
    story.types(
        "local-it",
        "allot recipe review approve guestbook 1.1.1+1.1.0 --reason 'The entries are there.' --yes",
    );
    comes_to(story, "sutty", MENDED, "published");
    story.types("sutty", "allot recipe versions guestbook");
    story.watches("sutty", "", "allot app deploy DOMAIN --latest --yes", 0);
    assert_eq!(story.runs().0, MENDED);
    assert_eq!(story.deployed_commit(), story.commit(MENDED));
    story.the_entry_is_there();
    story.types("sutty", "allot app history DOMAIN");
}

pub fn a_version_is_yanked(story: &mut Story) {
    story.chapter("It has a hole: yanked, and agents that run it say so");
    story.types(
        "local-it",
        "allot recipe yank guestbook 1.1.1+1.1.0 'Entries can be written by anybody.' --yes",
    );
    comes_to(story, "sutty", MENDED, "yanked");
    let list = story.types("sutty", "allot app list --status");
    let ps = story.types("sutty", "allot app ps DOMAIN");
    assert!(
        list.stdout.contains("yanked") || list.stderr.contains("yanked"),
        "{list:?}"
    );
    assert!(
        ps.stdout.contains("yanked") || ps.stderr.contains("yanked"),
        "{ps:?}"
    );
    let refused = story.fails("sutty", "allot app deploy DOMAIN --yes", 5);
    assert!(refused.stderr.contains("AL-9304"), "{refused:?}");
    story.watches("sutty", "", "allot app deploy DOMAIN --yanked --yes", 0);
    assert_eq!(story.runs().0, MENDED);
}

pub fn a_security_release_goes_at_once(story: &mut Story) {
    story.chapter("A security release goes at once, and is reviewed afterwards");
    story.maintainer("sed -i 's/Our guestbook/Our guestbook/; $a # mended' tests/page.sh");
    story.maintainer("git commit -q -a -m 'Ask who writes'");
    story.releases("allot recipe sync --patch --yes");
    story.maintainer("echo 'Entries are written only from the page.' > ../notes");
    story.releases("allot recipe release --notes ../notes --publish --propose --security --yes");
    story.name_commit(SECURITY);
    story.commons.looks("guestbook");
    story.types("sutty", "allot recipe versions guestbook");
}

pub fn the_hub_is_away(story: &mut Story) {
    story.chapter("The hub is away; the third deploys all the same");
    story.commons.hub.kill();
    await_that("the hub is missed", PATIENCE, || {
        (story.commons.of("sutty").status()["hub_reachable"] == false).then_some(())
    });
    story.types("sutty", "allot recipe list");
    story.types("sutty", "allot recipe show guestbook");
    story.types("sutty", "allot catalogue status");
    story.watches("sutty", "", "allot app deploy DOMAIN --latest --yes", 0);
    assert_eq!(story.runs().0, SECURITY);
    assert_eq!(story.deployed_commit(), story.commit(SECURITY));
    story.the_entry_is_there();
    story.commons.hub.serve();
    story
        .commons
        .members
        .iter()
        .for_each(allot_tests::Collective::await_hub);
    story.types(
        "local-it",
        "allot recipe review approve guestbook 1.1.2+1.1.0 --reason 'Read, and it holds.' --yes",
    );
    story.commons.settled();
    story.types("sutty", "allot recipe versions guestbook");
}

pub fn a_moved_tag_is_told_and_not_taken(story: &mut Story) {
    story.chapter("Somebody moves a tag at the forge");
    let pinned = story.commit(SECURITY);
    story.maintainer("echo 'exit 0' > tests/page.sh && git commit -q -a -m 'Nothing to see here'");
    story.maintainer(
        "git tag -f -a 1.1.2+1.1.0 -m moved && git push -q --force origin main 1.1.2+1.1.0",
    );
    assert_ne!(story.commit(SECURITY), pinned);
    let moved = story.commit(SECURITY);
    story.commons.said.name("moved commit", &moved);
    story.commons.said.name("moved commit", &moved[..8]);
    story.commons.looks("guestbook");
    let told = story.commons.admin(&["catalogue", "status", "guestbook"]);
    assert!(
        told.contains(&pinned[..8]) && told.contains(&moved[..8]),
        "{told}"
    );
    let shown = story.types("sutty", "allot recipe show guestbook --versions 1");
    assert!(shown.stdout.contains("was moved"), "{shown:?}");
    let before = story.runs();
    let refused = story.fails("sutty", "allot app deploy DOMAIN --yes", 5);
    assert!(refused.stderr.contains("AL-9305"), "{refused:?}");
    assert_eq!(story.runs(), before, "nothing was touched");
}

pub fn abra_users_have_the_same_catalogue(story: &mut Story) {
    story.chapter("abra users have the same catalogue, from the hub and from an agent");
    story.types("sutty", "allot catalogue export --output-file recipes.json");
    let exported = fs::read(story.commons.of("sutty").home().join("recipes.json")).unwrap();
    let served = story.commons.hub.get("/recipes.json");
    assert!(!exported.is_empty());
    assert_eq!(served, exported, "the same bytes");
    let json: serde_json::Value = serde_json::from_slice(&served).unwrap();
    let versions = json["guestbook"]["versions"].to_string();
    assert!(
        versions.contains(SECURITY) && !versions.contains(MENDED),
        "{versions}"
    );
}
