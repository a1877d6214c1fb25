//! A collective that acts only on what enough members have witnessed (L6), with a hub that is honest.

use allot_tests::Federation;

#[test]
fn what_waits_for_witnesses_goes_on_by_itself_when_they_come() {
    let mut federation = Federation::of(&["autonomic", "sutty", "local-it"]);
    let careful = &mut federation.founders[0];
    careful.agent_mut().stop();
    let all = "\n[federation]\nrequire_witnesses = true\nwitnesses = 3\n";
    careful.agent().configure(|text| text + all);
    careful.agent_mut().serve();
    // One of three is away when something is proposed.
    federation.founders[2].agent_mut().stop();
    let number = {
        let [autonomic, sutty, _] = &federation.founders[..] else {
            unreachable!("three founders")
        };
        let number = sutty.propose(&["--title", "Adopt a tool", "--size", "medium"]);
        autonomic.await_size(sutty.size());
        number
    };
    let vote = ["resolution", "vote", &number.to_string(), "for", "--yes"].map(str::to_owned);
    let autonomic = &federation.founders[0];
    let vote = || autonomic.allot(&vote.each_ref().map(String::as_str));
    let refused = vote();
    assert_eq!(
        (refused.error_code(), refused.code),
        ("AL-8840".to_owned(), Some(5)),
        "{refused:?}"
    );
    assert!(
        refused
            .stderr
            .contains("acts only on what 3 have witnessed"),
        "{refused:?}"
    );
    assert_eq!(autonomic.resolution(number)["tally"]["votes_for"], 0);
    // What the collective begins itself rests on nothing that others say.
    autonomic.propose(&["--title", "Ours", "--size", "medium"]);
    // Its operator tries again, and the third comes back meanwhile.
    let (head, tail) = federation.founders.split_at_mut(2);
    let autonomic = &head[0];
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let number = number.to_string();
            autonomic.allot(&["resolution", "vote", &number, "for", "--yes"])
        });
        tail[0].agent_mut().serve();
        waiting.join().unwrap().done();
    });
    assert_eq!(autonomic.resolution(number)["tally"]["votes_for"], 1);
    let status = autonomic.status();
    assert_eq!(
        (&status["requires_witnesses"], &status["witnesses_needed"]),
        (&true.into(), &3.into())
    );
}
