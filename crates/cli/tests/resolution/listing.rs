//! What is listed and shown.

use allot_proto::agent::{GetResolutionResponse, ListResolutionsResponse, Resolution};

use crate::{
    last, run, script,
    support::{MockAgent, Script, documents, federation as fixtures, stderr, stdout},
};

#[test]
fn resolutions_are_listed_as_they_were_asked_for() {
    let agent = MockAgent::start(script());
    let shown = run(&agent, &["list", "--state", "open,passed", "--awaiting"]).success();
    assert!(stdout(&shown).contains("041     Budget 017: Website"));
    assert_eq!(
        last(&agent),
        "ListResolutionsRequest { states: [\"open\", \"passed\"], awaiting: true, after: 0, limit: 0 }"
    );
    let json = run(&agent, &["ls", "-m"]).success();
    insta::assert_json_snapshot!(documents(&json));
    run(&agent, &["list", "--state", "pending"]).code(2);
    let none = MockAgent::start(Script::default());
    let nothing = run(&none, &["list", "--awaiting"]).success();
    assert!(stderr(&nothing).contains("nothing waits for your vote"));
}

#[test]
fn thousands_of_resolutions_come_in_pages_and_are_one_list() {
    let numbered = |number| Resolution {
        number,
        ..fixtures::resolutions()[0].clone()
    };
    let paged = |page| Script {
        resolutions: ListResolutionsResponse {
            resolutions: (1..=4_000).map(numbered).collect(),
            ..Default::default()
        },
        page,
        ..script()
    };
    let agent = MockAgent::start(paged(1_500));
    let json = run(&agent, &["list", "-m"]).success();
    let list = documents(&json)[0]["resolutions"].clone();
    let numbers = list
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["number"].as_u64());
    assert!(numbers.eq((1..=4_000).map(Some)));
    assert_eq!(agent.seen().len(), 3);
    assert!(last(&agent).contains("after: 3000"));
    // An agent that always gives the same page is not asked for ever.
    let stuck = MockAgent::start(Script {
        resolutions: ListResolutionsResponse {
            resolutions: vec![numbered(7)],
            next_after: 7,
        },
        ..script()
    });
    let told = run(&stuck, &["list"]).code(1);
    assert!(stderr(&told).contains("AL-6004"), "{}", stderr(&told));
}

#[test]
fn a_resolution_is_shown_whole() {
    let agent = MockAgent::start(script());
    let shown = run(&agent, &["show", "41"]).success();
    assert!(stdout(&shown).contains("4 for, 1 against, 1 abstained, 1 silent"));
    assert!(agent.was_asked("GetResolutionRequest { number: 41 }"));
    let json = run(&agent, &["show", "41", "-m"]).success();
    insta::assert_json_snapshot!(documents(&json));
    run(&agent, &["show", "forty"]).code(2);
}

#[test]
fn an_answer_without_a_resolution_is_told() {
    let agent = MockAgent::start(Script {
        resolution: GetResolutionResponse {
            resolution: Some(Resolution {
                size: String::new(),
                ..fixtures::resolution()
            }),
            ..fixtures::draft()
        },
        ..script()
    });
    let broken = run(&agent, &["propose", "41", "-y"]).code(1);
    assert!(stderr(&broken).contains("error[AL-6004]: the agent's answer holds no size"));
}
