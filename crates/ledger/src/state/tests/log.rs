//! The log: clauses L.

use super::*;

#[test]
fn l1_a_federation_is_named_by_its_first_leaf() {
    let (one, other) = (Fed::of(&["a"]), Fed::of(&["a", "b"]));
    assert_ne!(one.state.federation(), other.state.federation());
}

#[test]
fn l1_what_cannot_begin_a_federation_is_refused() {
    let fed = Fed::three();
    let leaf = |entry: &Entry, signer: &str| {
        let leaf = Leaf {
            time: start(),
            envelope: Envelope::sign(entry, &key(signer)).unwrap(),
        };
        let bytes = leaf.to_bytes().unwrap();
        State::found(&leaf, &bytes)
    };
    let genesis = |change: &dyn Fn(&mut Genesis)| {
        let mut genesis = fed.state.genesis().clone();
        change(&mut genesis);
        Entry {
            federation: "test".to_owned(),
            author: Author::Hub,
            seq: 1,
            at: start(),
            body: Body::Genesis(Box::new(genesis)),
        }
    };
    assert!(leaf(&genesis(&|_| ()), "hub entries").is_ok());
    assert_eq!(code(leaf(&genesis(&|_| ()), "a")), "AL-8013");
    assert_eq!(
        code(leaf(&genesis(&|g| g.founders.clear()), "hub entries")),
        "AL-8425"
    );
    assert_eq!(
        code(leaf(
            &genesis(&|g| g.founders[1].key = g.founders[0].key),
            "hub entries"
        )),
        "AL-8425"
    );
    assert_eq!(
        code(leaf(&genesis(&|g| g.rules.medium_for = 0), "hub entries")),
        "AL-8425"
    );
    assert_eq!(
        code(leaf(
            &genesis(&|g| g.hub.origin = "a b".to_owned()),
            "hub entries"
        )),
        "AL-8425"
    );
    assert_eq!(code(leaf(&fed.entry("a", Body::Leave), "a")), "AL-8425");
}

#[test]
fn l1_rejects_envelope_of_another_federation() {
    let (mut fed, other) = (Fed::three(), Fed::of(&["a", "b"]));
    assert_eq!(code(fed.take(&other.sign("a", Body::Leave))), "AL-8401");
}

#[test]
fn l1_what_was_verified_for_one_federation_is_refused_by_another() {
    let (mut fed, other) = (Fed::three(), Fed::of(&["a", "b"]));
    let leave = other.sign("a", Body::Leave);
    let verified = other.state.verify(&leave).unwrap();
    assert_eq!(code(fed.state.apply(&verified, fed.now)), "AL-8401");
    let entry = other.entry("a", Body::Leave);
    assert_eq!(code(fed.state.apply_trusted(&entry, fed.now)), "AL-8401");
    assert_eq!(fed.status("a"), Status::Member);
}

#[test]
fn l2_whose_key_it_is_and_whether_it_signed_are_asked_apart() {
    let fed = Fed::three();
    let forged = Envelope::sign(&fed.entry("a", Body::Leave), &key("b")).unwrap();
    let claim = fed.state.claim(&forged).unwrap();
    assert_eq!(claim.entry().body, Body::Leave);
    assert_eq!(code(claim.verify()), "AL-8013");
    let good = fed.state.claim(&fed.sign("a", Body::Leave)).unwrap();
    assert_eq!(good.verify().unwrap().entry().seq, 1);
}

#[test]
fn l2_rejects_forged_member() {
    let mut fed = Fed::three();
    let forged = Envelope::sign(&fed.entry("a", Body::Leave), &key("b")).unwrap();
    assert_eq!(code(fed.take(&forged)), "AL-8013");
    let nobody = Envelope::sign(&fed.entry("nobody", Body::Leave), &key("nobody")).unwrap();
    assert_eq!(code(fed.take(&nobody)), "AL-8402");
}

#[test]
fn l3_rejects_replayed_envelope() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Medium, Kind::Text);
    let vote = fed.sign(
        "a",
        Body::Vote {
            resolution: number,
            choice: For,
            reason: None,
        },
    );
    fed.take(&vote).unwrap();
    assert_eq!(code(fed.take(&vote)), "AL-8404");
}

#[test]
fn l3_rejects_sequence_gap() {
    let mut fed = Fed::three();
    let mut entry = fed.entry("a", Body::Leave);
    entry.seq += 1;
    let envelope = Envelope::sign(&entry, &key("a")).unwrap();
    let refused = fed.take(&envelope).unwrap_err();
    assert_eq!(refused.code(), "AL-8405");
    assert!(refused.to_string().contains("its next is 1"), "{refused}");
}

#[test]
fn l4_rejects_backdated_entry() {
    let mut fed = Fed::three();
    fed.days(1).proposes("a", Size::Medium, Kind::Text);
    fed.now = start();
    assert_eq!(code(fed.does("a", Body::Leave)), "AL-8406");
}

#[test]
fn l8_the_hub_decides_nothing() {
    let mut fed = Fed::three();
    let number = fed.proposes("a", Size::Large, Kind::Text);
    let deadline = fed.now + SignedDuration::from_hours(24 * 14);
    let reason = "because".to_owned();
    let decisions = [
        Body::Leave,
        Body::Profile(Profile::default()),
        Body::Draft(content(Size::Small, Kind::Text)),
        propose(Size::Large, Kind::Text, deadline),
        Body::Vote {
            resolution: number,
            choice: For,
            reason: None,
        },
        Body::Escalate {
            resolution: number,
            reason: reason.clone(),
        },
        Body::Withdraw {
            resolution: number,
            reason: reason.clone(),
        },
        Body::Close { resolution: number },
        Body::Import {
            resolutions: Vec::new(),
        },
        Body::AcceptHub {
            hub: Digest::of(b"x"),
        },
    ];
    for body in decisions {
        let kind = body.kind();
        assert_eq!(code(fed.does("hub", body)), "AL-8407", "{kind}");
    }
    let evict = Body::Evict {
        collective: slug("a"),
        agent: "one".to_owned(),
        reason,
    };
    assert_eq!(
        code(fed.does("a", evict.clone())),
        "AL-8407",
        "nor is a member the hub"
    );
    fed.does("hub", evict).unwrap();
    assert!(!fed.state.barred()[&slug("a")]["one"].for_good);
}

#[test]
fn l8_who_was_banned_stays_banned() {
    let mut fed = Fed::three();
    let (collective, agent, reason) = (slug("a"), "one".to_owned(), "stolen".to_owned());
    let ban = Body::Ban {
        collective: collective.clone(),
        agent: agent.clone(),
        reason: reason.clone(),
    };
    fed.does("hub", ban).unwrap();
    let evict = Body::Evict {
        collective,
        agent,
        reason,
    };
    fed.does("hub", evict).unwrap();
    assert!(fed.state.barred()[&slug("a")]["one"].for_good);
}

#[test]
fn l9_a_new_hub_counts_once_enough_members_accept_it() {
    let mut fed = Fed::three();
    let new = hub_keys("new");
    let replaced = Body::HubReplaced {
        hub: Box::new(new.clone()),
    };
    let by_new = Envelope::sign(&fed.entry("hub", replaced), &key("new entries")).unwrap();
    let one_key = HubKeys {
        log: new.entries,
        clock: new.entries,
        ..new.clone()
    };
    let named = HubKeys {
        origin: "a b+c".to_owned(),
        ..new.clone()
    };
    for bad in [one_key, named] {
        let body = Body::HubReplaced { hub: Box::new(bad) };
        let envelope = Envelope::sign(&fed.entry("hub", body), &key("new entries")).unwrap();
        assert_eq!(code(fed.take(&envelope)), "AL-8424");
    }
    fed.take(&by_new).unwrap();
    assert_eq!(fed.state.serving_hub(), &new);
    assert_eq!(fed.state.hub(), &hub_keys("hub"));
    assert_eq!(code(fed.does("a", Body::Leave)), "AL-8426");
    let accept = |digest| Body::AcceptHub { hub: digest };
    assert_eq!(code(fed.does("a", accept(Digest::of(b"other")))), "AL-8427");
    fed.does("a", accept(new.digest())).unwrap();
    fed.does("a", accept(new.digest())).unwrap();
    assert_eq!(
        fed.state.hub(),
        &hub_keys("hub"),
        "one member is one member"
    );
    fed.does("b", accept(new.digest())).unwrap();
    assert_eq!(fed.state.hub(), &new);
    fed.does("a", Body::Leave).unwrap();
}
