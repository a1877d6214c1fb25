//! Two histories, each shown to somebody else.

use std::{fs, path::PathBuf, sync::Arc};

use allot_ledger::log::Equivocation;
use allot_tests::await_that;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::{Clock, PATIENCE, Taken};

/// Two ways on from what everybody has seen.
fn two_histories(taken: &Taken) -> [Vec<Bytes>; 2] {
    ["2027-01-01", "2031-12-31"].map(|day| {
        let entry = taken.stolen.dues(taken.stolen.next_seq, day);
        let mut leaves = taken.stolen.leaves.clone();
        leaves.push(taken.stolen.leaf(&entry, Timestamp::now()));
        leaves
    })
}

/// An agent is shown a history, and takes it: nothing tells it that there is another.
fn believes(taken: &mut Taken, who: usize, leaves: &[Bytes]) {
    let impostor = taken.show_log(leaves, Clock::Runs);
    taken.federation.founders[who].agent_mut().serve();
    let founder = &taken.federation.founders[who];
    founder.await_size(leaves.len() as u64);
    assert_eq!(founder.ledger()["problem_code"], "");
    drop(impostor);
}

/// Proofs that an agent has kept.
fn kept(taken: &Taken, who: usize) -> Vec<PathBuf> {
    let dir = taken.federation.founders[who].agent().dir();
    let Ok(files) = fs::read_dir(dir.join("federation/evidence")) else {
        return Vec::new();
    };
    let files = files.map(|file| file.unwrap().path());
    let proofs = files.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("equivocation-")
    });
    proofs.collect()
}

/// It convinces whoever has the log's key and nothing else.
fn convinces(taken: &Taken, text: &str) -> Equivocation {
    let proof: Equivocation = serde_json::from_str(text).unwrap();
    proof.verify().unwrap();
    assert_eq!(
        (proof.key, &proof.origin),
        (taken.stolen.keys.log, &taken.stolen.keys.origin)
    );
    // With another key, or with the same history twice, it proves nothing.
    let other = Equivocation {
        key: taken.stolen.keys.clock,
        ..proof.clone()
    };
    assert!(other.verify().is_err());
    let same = Equivocation {
        smaller: proof.larger.clone(),
        ..proof.clone()
    };
    assert!(same.verify().is_err());
    proof
}

#[test]
fn rejects_a_fork_shown_to_one_agent_once_two_agents_compare() {
    let mut taken = Taken::over(&["autonomic", "sutty"]);
    let [one, other] = two_histories(&taken);
    believes(&mut taken, 0, &one);
    believes(&mut taken, 1, &other);

    // By any third place: here, a file.
    let [autonomic, sutty] = &taken.federation.founders[..] else {
        unreachable!("two founders")
    };
    let printed = sutty
        .allot_text(&["ledger", "status", "--checkpoint"], b"")
        .done();
    let file = taken.federation.dir().join("their-checkpoint.txt");
    fs::write(&file, &printed.stdout).unwrap();
    let compare = ["ledger", "compare", file.to_str().unwrap()];
    let told = autonomic.allot(&compare);
    assert_eq!(told.code, Some(5), "{told:?}");
    assert_eq!(told.error_code(), "AL-8105", "{told:?}");
    let answer = told
        .documents()
        .into_iter()
        .find(|d| d["verdict"] == "forked")
        .unwrap();
    convinces(&taken, answer["proof"].as_str().unwrap());

    // It is printed for people too, and kept once, where the answer says.
    let for_people = autonomic.allot_text(&compare, b"");
    assert_eq!(for_people.code, Some(5), "{for_people:?}");
    let proof = convinces(&taken, &for_people.stdout);
    let kept = kept(&taken, 0);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(
        answer["kept_in"].as_str().map(PathBuf::from),
        kept.first().cloned()
    );
    assert_eq!(
        convinces(&taken, &fs::read_to_string(&kept[0]).unwrap()),
        proof
    );

    // The other way round as well, and from the checkpoint that both had, nothing is wrong.
    let back = autonomic
        .allot_text(&["ledger", "status", "--checkpoint"], b"")
        .done();
    let told = sutty.allot_with(&["ledger", "compare", "-"], back.stdout.as_bytes());
    assert_eq!(told.code, Some(5), "{told:?}");
    let before = taken.stolen.sign(&taken.stolen.leaves).to_string();
    let same = sutty
        .allot_with(&["ledger", "compare", "-"], before.as_bytes())
        .done();
    assert_eq!(same.json()["verdict"], "older");

    // Whoever knows does not forget, and does not go on with that hub.
    let agent = taken.federation.founders[0].agent_mut();
    agent.kill();
    agent.serve();
    let _shown = taken.show_log(&one, Clock::Runs);
    let autonomic = &taken.federation.founders[0];
    await_that("it is told after a restart", PATIENCE, || {
        (autonomic.ledger()["problem_code"] == "AL-8821").then_some(())
    });
    assert_eq!(autonomic.size(), one.len() as u64);
}

#[test]
fn rejects_a_fork_on_its_stream_and_keeps_the_proof() {
    let mut taken = Taken::over(&["autonomic"]);
    let [one, other] = two_histories(&taken);
    believes(&mut taken, 0, &one);
    let founder = &mut taken.federation.founders[0];
    let before = super::known(&founder.ledger());
    founder.agent_mut().stop();
    taken.before = vec![before];
    let impostor = taken.show_log(&other, Clock::Runs);
    taken.refuses(0, &impostor, "AL-8821");
    // One for each time that it was shown: the hub signs with another clock each time.
    let kept = kept(&taken, 0);
    assert!((1..=4).contains(&kept.len()), "{kept:?}");
    for proof in kept {
        convinces(&taken, &fs::read_to_string(proof).unwrap());
    }
}

#[test]
fn rejects_a_fork_that_went_on() {
    let mut taken = Taken::over(&["autonomic", "sutty"]);
    let [one, mut other] = two_histories(&taken);
    for seq in 1..=3 {
        let entry = taken.stolen.dues(taken.stolen.next_seq + seq, "2032-01-01");
        other.push(taken.stolen.leaf(&entry, Timestamp::now()));
    }
    believes(&mut taken, 0, &one);
    believes(&mut taken, 1, &other);
    // Who has more proves it to who has less; who has less cannot say yet.
    let [autonomic, sutty] = &taken.federation.founders[..] else {
        unreachable!("two founders")
    };
    let small = autonomic
        .allot_text(&["ledger", "status", "--checkpoint"], b"")
        .done();
    let large = sutty
        .allot_text(&["ledger", "status", "--checkpoint"], b"")
        .done();
    let newer = autonomic
        .allot_with(&["ledger", "compare", "-"], large.stdout.as_bytes())
        .done();
    assert_eq!(newer.json()["verdict"], "newer");
    let forked = sutty.allot_with(&["ledger", "compare", "-"], small.stdout.as_bytes());
    assert_eq!(forked.code, Some(5), "{forked:?}");
    let answer: Vec<Value> = forked.documents();
    let answer = answer.iter().find(|d| d["verdict"] == "forked").unwrap();
    let proof = convinces(&taken, answer["proof"].as_str().unwrap());
    assert!(!proof.proof.is_empty(), "they are of different sizes");
    // The witnesses of both histories are the same two members, and no history has both.
    let needed = super::number(&sutty.ledger()["witnesses_needed"]);
    assert_eq!(needed, 2);
    for founder in [autonomic, sutty] {
        let witnessed = super::number(&founder.ledger()["witnessed_size"]);
        assert!(witnessed <= taken.stolen.leaves.len() as u64, "{witnessed}");
    }
}

#[test]
fn refuses_to_compare_what_is_no_checkpoint_of_this_log() {
    let taken = Taken::over(&["autonomic"]);
    let mut taken = taken;
    let _honest = taken.show_log(&taken.stolen.leaves, Clock::Runs);
    taken.federation.founders[0].agent_mut().serve();
    let founder = &taken.federation.founders[0];
    let note = taken.stolen.sign(&taken.stolen.leaves).to_string();
    let unsigned = note.split("\n\n").next().unwrap().to_owned() + "\n\n";
    let other_log = note.replacen(&taken.stolen.keys.origin, "elsewhere.invalid/log", 1);
    let changed = note.replacen('\n', "\n1", 1);
    for (what, text, code) in [
        ("nothing", "", None),
        ("nonsense", "nonsense", Some("AL-8101")),
        ("unsigned", unsigned.as_str(), None),
        ("another log's", other_log.as_str(), Some("AL-8102")),
        ("changed", changed.as_str(), Some("AL-8103")),
    ] {
        let told = founder.allot_with(&["ledger", "compare", "-"], text.as_bytes());
        assert!(told.code.is_some_and(|code| code != 0), "{what}: {told:?}");
        if let Some(code) = code {
            assert_eq!(told.error_code(), code, "{what}");
        }
    }
    assert!(kept(&taken, 0).is_empty(), "nothing was proven");
    let shared = Arc::new(note);
    let same = founder
        .allot_with(&["ledger", "compare", "-"], shared.as_bytes())
        .done();
    assert_eq!(same.json()["verdict"], "same");
}
