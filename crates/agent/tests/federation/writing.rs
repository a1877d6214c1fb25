//! Writing for a collective.

use std::sync::Arc;

use allot_agent::federation::{
    ApplicationForm, EntryQuery, FederationError, KnownText, ProposeWhat, Recorded,
};
use allot_ledger::{
    entry::{Choice, Kind},
    state::Status,
};
use allot_proto::ErrorKind;

use crate::{
    hub::TestHub,
    ledgers::{key, slug},
    place::{Place, hasty, proposal},
};

async fn opened(place: &Place) -> Recorded {
    let what = ProposeWhat::New(proposal("Adopt a tool"));
    place
        .federation
        .propose(what, None, "ada (1000)")
        .await
        .unwrap()
}

async fn vote(place: &Place, choice: Choice) -> Recorded {
    let reason = (choice == Choice::Against).then(|| "no".to_owned());
    place
        .federation
        .vote(1, choice, reason, "ada (1000)")
        .await
        .unwrap()
}

#[tokio::test]
async fn what_is_written_is_in_the_own_log_when_it_is_answered() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    let recorded = opened(&place).await;
    assert_eq!(
        (recorded.index, recorded.kind, recorded.resolution),
        (1, "propose", Some(1))
    );
    assert!(
        recorded.warnings.is_empty(),
        "the rules' days are no short notice: {recorded:?}"
    );
    let (rows, size) = place
        .federation
        .entries(&EntryQuery::default())
        .await
        .unwrap();
    assert_eq!((rows.len(), size), (2, 2));
    assert_eq!(
        (rows[1].kind, rows[1].author.as_str()),
        ("propose", "autonomic")
    );
    assert_eq!(rows[1].time, recorded.time);
    // A deadline that is near is possible, and said.
    let soon = Some(recorded.time + jiff::SignedDuration::from_hours(1));
    let what = ProposeWhat::New(proposal("Quickly"));
    let recorded = place.federation.propose(what, soon, "x").await.unwrap();
    assert!(recorded.warnings[0].contains("sooner"), "{recorded:?}");
}

#[tokio::test]
async fn a_draft_is_revised_and_proposed_as_it_is() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    let drafted = place
        .federation
        .draft(proposal("First"), "x")
        .await
        .unwrap();
    assert_eq!(drafted.resolution, Some(1));
    place
        .federation
        .revise(1, proposal("Second"), "x")
        .await
        .unwrap();
    place
        .federation
        .propose(ProposeWhat::Draft(1), None, "x")
        .await
        .unwrap();
    let log = place.federation.log().unwrap();
    let resolution = log.book().await.state().resolution(1).cloned().unwrap();
    assert_eq!(
        (resolution.title.as_str(), resolution.is_open()),
        ("Second", true)
    );
    let missing = place
        .federation
        .propose(ProposeWhat::Draft(9), None, "x")
        .await
        .unwrap_err();
    assert_eq!(
        (missing.code(), missing.kind()),
        ("AL-8818", ErrorKind::NotFound)
    );
}

#[tokio::test]
async fn a_rule_that_refuses_says_which_and_nothing_is_written() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    opened(&place).await;
    let refused = place
        .federation
        .vote(1, Choice::Against, None, "x")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "AL-8414", "a block needs its reason");
    assert_eq!(refused.kind(), ErrorKind::Precondition);
    let refused = place
        .federation
        .vote(7, Choice::For, None, "x")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "AL-8409");
    assert_eq!(hub.size(), 2);
    vote(&place, Choice::For).await;
}

#[tokio::test]
async fn a_lost_answer_does_not_write_twice() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    hub.be(|mood| mood.lost_answers = 1);
    let recorded = opened(&place).await;
    assert_eq!((recorded.index, hub.size()), (1, 2));
    vote(&place, Choice::For).await;
    assert_eq!(hub.size(), 3);
}

#[tokio::test]
async fn a_hub_that_takes_an_entry_and_says_that_its_number_was_used_gets_no_second_one() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    hub.be(|mood| mood.says_replayed = 5);
    let recorded = opened(&place).await;
    assert_eq!((recorded.index, recorded.resolution), (1, Some(1)));
    let view = place.until_size(2).await;
    assert!(view.problem.is_none(), "{view:?}");
    assert_eq!(hub.size(), 2, "one resolution, and nothing else");
    assert_eq!(hub.inner.mood().says_replayed, 4, "it was handed in once");
    // So with what somebody else signed.
    let applicant = Place::of("bonfire", hub.inner.clock.clone(), hasty());
    let genesis = hub.inner.ledger().federation().to_string();
    let form = ApplicationForm {
        name: "Bonfire".to_owned(),
        summary: "We make things.".to_owned(),
        contact: "@bonfire:matrix.example".to_owned(),
        sponsor: "autonomic".to_owned(),
        ..ApplicationForm::default()
    };
    let made = applicant.federation.make_application(&genesis, form).await;
    let vouched = place
        .federation
        .vouch(&made.unwrap(), String::new(), None, "x")
        .await
        .unwrap();
    assert_eq!((vouched.kind, vouched.resolution), ("propose", Some(2)));
    assert_eq!(hub.size(), 4, "the application and its resolution, once");
}

#[tokio::test]
async fn a_hub_that_dies_after_it_took_an_entry_has_it_once() {
    let mut hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    // The stream is held back, so that only the hub knows that it took the entry when it dies.
    hub.be(|mood| mood.script = Some(Vec::new()));
    place
        .until("the stream is held", |_| hub.followed().len() == 1)
        .await;
    hub.be(|mood| mood.lost_answers = 1);
    let federation = place.federation.clone();
    let writing = tokio::spawn(async move {
        federation
            .set_profile("Once".into(), String::new(), "x")
            .await
    });
    place.until("the hub took it", |_| hub.size() == 2).await;
    hub.stop();
    place.until_away().await;
    *hub.inner.mood() = Default::default();
    hub.start();
    let recorded = writing.await.unwrap().unwrap();
    assert_eq!((recorded.index, hub.size()), (1, 2));
}

#[tokio::test]
async fn two_agents_of_one_collective_write_at_once() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let one = Place::joined_with(&hub, "autonomic", "swarm-1", hasty()).await;
    let two = Place::joined_with(&hub, "autonomic", "swarm-2", hasty()).await;
    let write = |place: &Place, n: usize| {
        let federation = place.federation.clone();
        async move {
            federation
                .set_profile(format!("Name {n}"), String::new(), "x")
                .await
        }
    };
    for n in 0..10 {
        let (a, b) = tokio::join!(write(&one, n), write(&two, n));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_ne!(a.index, b.index);
    }
    assert_eq!(hub.size(), 21);
    assert_eq!(one.until_size(21).await.root, two.until_size(21).await.root);
}

#[tokio::test]
async fn two_delegates_at_once_are_both_told_which_vote_counts() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let one = Place::joined_with(&hub, "autonomic", "swarm-1", hasty()).await;
    let two = Place::joined_with(&hub, "autonomic", "swarm-2", hasty()).await;
    opened(&one).await;
    two.until_size(2).await;
    assert!(vote(&one, Choice::For).await.warnings.is_empty());
    two.until_size(3).await;
    let later = vote(&two, Choice::Against).await;
    assert!(later.warnings[0].contains("vote for, cast"), "{later:?}");
    let has = |words: &'static str| {
        move |view: &allot_agent::federation::View| {
            view.notices
                .iter()
                .any(|notice| notice.text.contains(words))
        }
    };
    one.until_size(4).await;
    let words = "another agent of the collective voted against on resolution 1";
    one.until("the first one is told", has(words)).await;
    two.until(
        "and the one that is replaced here",
        has("voted for on resolution 1"),
    )
    .await;
    let words = "ada (1000) voted against";
    two.until("so are those behind the same agent", has(words))
        .await;
}

#[tokio::test]
async fn notices_are_there_after_a_restart_and_own_entries_are_none() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let mut one = Place::joined_with(&hub, "autonomic", "swarm-1", hasty()).await;
    let two = Place::joined_with(&hub, "autonomic", "swarm-2", hasty()).await;
    opened(&one).await;
    two.federation
        .set_profile("Autonomic".into(), String::new(), "x")
        .await
        .unwrap();
    one.until_size(3).await;
    let before = one
        .until("it is told", |view| view.notices.len() == 1)
        .await
        .notices;
    assert!(before[0].text.contains("wrote `profile`"), "{before:?}");
    one.restart().await;
    assert_eq!(one.until_size(3).await.notices, before);
}

#[tokio::test]
async fn an_answer_that_does_not_hold_is_refused() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    let lies: [fn(&mut allot_proto::hub::AppendResponse); 4] = [
        |answer| answer.index += 1,
        |answer| answer.proof.push(vec![0; 32]),
        |answer| answer.leaf = b"{}".to_vec(),
        |answer| answer.checkpoint = b"hub.example/log\n9\nAAAA\n\n".to_vec(),
    ];
    for (lie, code) in lies
        .into_iter()
        .zip(["AL-8110", "AL-8110", "AL-8811", "AL-8101"])
    {
        hub.be(|mood| mood.answer = Some(lie));
        let refused = place
            .federation
            .set_profile("A".into(), String::new(), "x")
            .await;
        let refused = refused.unwrap_err();
        assert_eq!(
            (refused.code(), refused.kind()),
            (code, ErrorKind::Denied),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_hub_that_says_a_number_is_wrong_gets_no_second_signature() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let mut options = hasty();
    options.fold = std::time::Duration::from_millis(300);
    let place = Place::joined_with(&hub, "autonomic", "swarm-1", options).await;
    hub.be(|mood| mood.says_gap = true);
    let refused = place.federation.leave("x").await.unwrap_err();
    assert_eq!(
        refused.code(),
        "AL-8405",
        "as the hub said it, once: {refused}"
    );
    hub.be(|mood| mood.says_gap = false);
    assert_eq!(hub.size(), 1);
}

#[tokio::test]
async fn a_long_text_travels_beside_the_log() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let (one, two) = (
        Place::joined(&hub, "autonomic").await,
        Place::joined(&hub, "sutty").await,
    );
    let mut long = proposal("Long");
    long.text = "word ".repeat(20_000);
    let text = long.text.clone();
    one.federation.draft(long, "x").await.unwrap();
    two.until_size(2).await;
    for place in [&one, &two] {
        let log = place.federation.log().unwrap();
        let resolution = log.book().await.state().resolution(1).cloned().unwrap();
        let read = place.federation.text(&resolution).await.unwrap();
        assert_eq!(read, KnownText::Here(text.clone()));
    }
    let mut longer = proposal("Longer");
    longer.text = "word ".repeat(300_000);
    let refused = one.federation.draft(longer, "x").await.unwrap_err();
    assert_eq!(refused.code(), "AL-8817");
}

#[tokio::test]
async fn an_application_that_the_log_would_not_take_is_not_signed() {
    let hub = TestHub::found(&["autonomic"]);
    let applicant = Place::of("bonfire", hub.inner.clock.clone(), hasty());
    let genesis = hub.inner.ledger().federation().to_string();
    let good = ApplicationForm {
        name: "Bonfire".to_owned(),
        summary: "We make things.".to_owned(),
        contact: "@bonfire:matrix.example".to_owned(),
        ..ApplicationForm::default()
    };
    let with = |change: fn(&mut ApplicationForm)| {
        let mut form = good.clone();
        change(&mut form);
        let genesis = genesis.clone();
        let federation = Arc::clone(&applicant.federation);
        async move { federation.make_application(&genesis, form).await }
    };
    assert!(with(|_| ()).await.is_ok());
    assert!(with(|form| form.contact.clear()).await.is_ok());
    for (what, refused, code) in [
        ("no name", with(|f| f.name.clear()).await, "AL-8424"),
        (
            "a long name",
            with(|f| f.name = "x".repeat(201)).await,
            "AL-8423",
        ),
        (
            "a long summary",
            with(|f| f.summary = "x".repeat(2_049)).await,
            "AL-8423",
        ),
        (
            "no summary",
            with(|f| f.summary = " ".to_owned()).await,
            "AL-8817",
        ),
        (
            "no contact",
            with(|f| f.contact = "ask me".to_owned()).await,
            "AL-8817",
        ),
        (
            "two lines",
            with(|f| f.contact = "a@b.c\nx".to_owned()).await,
            "AL-8817",
        ),
        (
            "a sponsor",
            with(|f| f.sponsor = "No One".to_owned()).await,
            "AL-8001",
        ),
    ] {
        assert_eq!(refused.unwrap_err().code(), code, "{what}");
    }
}

#[tokio::test]
async fn an_applicant_is_vouched_for_with_its_own_key() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    let applicant = Place::of("bonfire", hub.inner.clock.clone(), hasty());
    let form = ApplicationForm {
        name: "Bonfire".to_owned(),
        summary: "We make things.".to_owned(),
        contact: "@bonfire:matrix.example".to_owned(),
        sponsor: "autonomic".to_owned(),
        ..ApplicationForm::default()
    };
    let genesis = hub.inner.ledger().federation().to_string();
    let made = applicant
        .federation
        .make_application(&genesis, form.clone())
        .await
        .unwrap();
    let vouched = place
        .federation
        .vouch(&made, String::new(), None, "x")
        .await
        .unwrap();
    assert_eq!((vouched.kind, vouched.resolution), ("propose", Some(1)));
    assert!(vouched.warnings.is_empty(), "{vouched:?}");
    let log = place.federation.log().unwrap();
    {
        let book = log.book().await;
        let applied = book.state().collective(&slug("bonfire")).unwrap();
        assert_eq!(
            (applied.status, applied.key),
            (Status::Applied, key("bonfire").public())
        );
        let kind = &book.state().resolution(1).unwrap().kind;
        assert!(matches!(kind, Kind::Admit { key: admitted, .. } if *admitted == applied.key));
    }
    let contacts = place.federation.contacts().await.unwrap();
    assert_eq!(
        contacts.known,
        [("bonfire".to_owned(), form.contact.clone())]
    );
    let whole = hub.leaves().concat();
    let leaked = whole.windows(7).any(|part| part == b"matrix.");
    assert!(!leaked, "contacts are in no log");
    // It waits with the words that are in the log: with others it is another application, and its number is used.
    let otherwise = ApplicationForm {
        summary: "We make other things.".to_owned(),
        ..form.clone()
    };
    let size = hub.size();
    let changed = applicant.federation.make_application(&genesis, otherwise);
    let changed = changed.await.unwrap();
    let vouched = place.federation.vouch(&changed, String::new(), None, "x");
    assert_eq!(vouched.await.unwrap_err().code(), "AL-8404");
    assert_eq!(hub.size(), size);
    // The same words again, with the contact salted anew, are the same application.
    let again = applicant
        .federation
        .make_application(&genesis, form.clone());
    let again = again.await.unwrap();
    let vouched = place.federation.vouch(&again, String::new(), None, "x");
    assert_eq!(vouched.await.unwrap().resolution, Some(2));
    // What was changed on the way, or is for others, is refused.
    let elsewhere = "0".repeat(64);
    let other = applicant
        .federation
        .make_application(&elsewhere, form)
        .await
        .unwrap();
    for bad in [
        "{}",
        "nonsense",
        &other,
        &made.replacen("payload", "paylaod", 1),
    ] {
        let refused = place
            .federation
            .vouch(bad, String::new(), None, "x")
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "AL-8817", "{bad}: {refused}");
    }
}

#[tokio::test]
async fn m9_an_applicant_takes_its_application_back_through_a_member() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    let applicant = Place::of("bonfire", hub.inner.clock.clone(), hasty());
    let genesis = hub.inner.ledger().federation().to_string();
    let withdrawal = applicant.federation.make_withdrawal(&genesis, 0).await;
    let withdrawal = withdrawal.unwrap();
    let bring = async |text: &str| place.federation.bring_withdrawal(text, "x").await;
    let code = |brought: Result<_, FederationError>| brought.unwrap_err().code().to_owned();
    assert_eq!(code(bring(&withdrawal).await), "AL-8817", "none waits");
    let form = ApplicationForm {
        name: "Bonfire".to_owned(),
        summary: "We make things.".to_owned(),
        ..ApplicationForm::default()
    };
    let made = applicant.federation.make_application(&genesis, form).await;
    let made = made.unwrap();
    place
        .federation
        .vouch(&made, String::new(), None, "x")
        .await
        .unwrap();
    // Somebody else's key, another number, another federation, another thing, and nonsense.
    let other = Place::new(hub.inner.clock.clone(), hasty());
    let stranger = key("stranger");
    let text = format!(
        "{}\n{}\n",
        stranger.public().verifier_key("bonfire"),
        stranger.to_hex()
    );
    std::fs::create_dir_all(other.keys().path().parent().unwrap()).unwrap();
    std::fs::write(other.keys().path(), text).unwrap();
    let forged = other.federation.make_withdrawal(&genesis, 0).await.unwrap();
    assert_eq!(code(bring(&forged).await), "AL-8013");
    let elsewhere = "0".repeat(64);
    let late = applicant.federation.make_withdrawal(&genesis, 7).await;
    let elsewhere = applicant.federation.make_withdrawal(&elsewhere, 0).await;
    let envelope: serde_json::Value = serde_json::from_str(&made).unwrap();
    let apply = envelope["envelope"].to_string();
    for bad in [&late.unwrap(), &elsewhere.unwrap(), &apply, "{}", "x"] {
        assert_eq!(code(bring(bad).await), "AL-8817", "{bad}");
    }
    let brought = bring(&withdrawal).await.unwrap();
    assert_eq!((brought.kind, brought.index), ("leave", 3));
    let log = place.federation.log().unwrap();
    let book = log.book().await;
    let known = book.state().collective(&slug("bonfire"));
    assert!(known.is_none_or(|known| known.status != Status::Applied));
}
