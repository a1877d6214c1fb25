use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::{SecretKey, entry::HubKeys, ids::Digest};

fn key(n: u8) -> SecretKey {
    SecretKey::from_seed(&[n; 32])
}

fn hub() -> HubKeys {
    HubKeys {
        origin: "hub.example/log".to_owned(),
        log: key(1).public(),
        clock: key(2).public(),
        entries: key(3).public(),
        ca: Digest::of(b""),
    }
}

fn tree(leaves: impl IntoIterator<Item = String>) -> Tree {
    let mut tree = Tree::default();
    leaves
        .into_iter()
        .for_each(|leaf| tree.push(leaf.as_bytes()));
    tree
}

fn of(n: u64) -> Tree {
    tree((0..n).map(|i| i.to_string()))
}

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn signed(tree: &Tree) -> SignedCheckpoint {
    let checkpoint = Checkpoint {
        origin: hub().origin,
        size: tree.size(),
        root: tree.root(),
    };
    SignedCheckpoint::sign(&checkpoint, &key(1)).unwrap()
}

fn timed(tree: &Tree, time: Timestamp) -> SignedCheckpoint {
    let mut signed = signed(tree);
    let name = clock_name(&hub().origin);
    let line = signed.cosignature(&name, &key(2), time).unwrap();
    signed.add(&line, &[(name, key(2).public())]).unwrap();
    signed
}

fn accept(seen: &Seen, tree: &Tree, signed: &SignedCheckpoint) -> Result<Seen, Refused> {
    seen.accept(tree, signed, &hub(), now(), Bounds::default())
}

fn seen(tree: &Tree) -> Seen {
    accept(&Seen::nothing(), tree, &timed(tree, now())).unwrap()
}

#[test]
fn the_tree_is_that_of_rfc_6962() {
    // Roots of certificate-transparency's reference trees (merkle_tree_test.go).
    let leaves: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut tree = Tree::default();
    assert_eq!(
        tree.root().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for (leaf, root) in leaves.into_iter().zip(roots) {
        tree.push(leaf);
        assert_eq!(tree.root().to_string(), root);
    }
}

#[test]
fn a_checkpoint_is_a_note_that_standard_tools_verify() {
    let note = timed(&of(5), now()).to_string();
    let verifier = signed_note::StandardVerifier::new(&key(1).public().verifier_key(&hub().origin));
    let known = signed_note::VerifierList::new(vec![Box::new(verifier.unwrap())]);
    let read = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
    let (own, others) = read.verify(&known).unwrap();
    assert_eq!((own.len(), others.len()), (1, 1));
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(read.text()).unwrap();
    assert_eq!(
        (checkpoint.origin(), checkpoint.size()),
        ("hub.example/log", 5)
    );
    assert_eq!(checkpoint.hash().0, of(5).root().0);
    assert!(note.starts_with("hub.example/log\n5\n"), "{note}");
    assert!(note.contains("\n\n— hub.example/log "), "{note}");
}

#[test]
fn a_note_reads_back_whole() {
    let signed = timed(&of(5), now());
    let read = SignedCheckpoint::read(signed.to_string().as_bytes(), &hub().origin, &hub().log);
    assert_eq!(read.as_ref(), Ok(&signed));
    assert_eq!(read.unwrap().clock(&hub().clock), Some(now()));
}

#[test]
fn rejects_checkpoint_of_another_log_or_key() {
    let note = signed(&of(5)).to_string();
    let read = |origin: &str, k: u8| {
        SignedCheckpoint::read(note.as_bytes(), origin, &key(k).public()).map_err(|e| e.code())
    };
    assert_eq!(read("other.example/log", 1), Err("AL-8102"));
    assert_eq!(read(&hub().origin, 9), Err("AL-8103"));
    let long = vec![b'x'; 2_000_000];
    let long = SignedCheckpoint::read(&long, &hub().origin, &hub().log);
    assert_eq!(long.unwrap_err().code(), "AL-8101");
}

#[test]
fn l5_rejects_checkpoint_rollback() {
    let refused = accept(&seen(&of(9)), &of(9), &signed(&of(8))).unwrap_err();
    assert_eq!(refused, Refused::Rollback { theirs: 8, ours: 9 });
}

#[test]
fn l5_rejects_fork() {
    let other = tree((0..9).map(|i| format!("other {i}")));
    for forked in [&other, &tree(["other".to_owned()])] {
        let refused = accept(&seen(&of(9)), &of(9), &signed(forked)).unwrap_err();
        assert_eq!(refused.code(), "AL-8105", "{refused}");
    }
}

#[test]
fn l5_rejects_mix_and_match() {
    let longer = tree((0..12).map(|i| format!("other {i}")));
    // The entries that came are ours and three more; the checkpoint is of another log.
    let refused = accept(&seen(&of(9)), &of(12), &signed(&longer)).unwrap_err();
    assert_eq!(refused, Refused::Mixed { size: 12 });
    // A checkpoint of more entries than came.
    let refused = accept(&seen(&of(9)), &of(10), &signed(&of(12))).unwrap_err();
    assert_eq!(refused.code(), "AL-8106");
}

#[test]
fn rejects_freeze() {
    let seen = seen(&of(9));
    let later = |minutes| now() + SignedDuration::from_mins(minutes);
    seen.check_fresh(later(15), Bounds::default()).unwrap();
    let refused = seen.check_fresh(later(16), Bounds::default()).unwrap_err();
    assert_eq!(refused.code(), "AL-8107");
}

#[test]
fn rejects_backdated_entry() {
    let seen = seen(&of(9));
    let before = now() - SignedDuration::from_secs(1);
    assert_eq!(seen.check_time(9, before).unwrap_err().code(), "AL-8109");
    seen.check_time(9, now()).unwrap();
    seen.check_time(8, before).unwrap();
}

#[test]
fn l4_rejects_entry_of_a_time_that_is_still_to_come() {
    let later = |minutes| now() + SignedDuration::from_mins(minutes);
    let check = |time| Bounds::default().check_come(9, time, now());
    check(later(-60)).unwrap();
    check(later(5)).unwrap();
    assert_eq!(check(later(6)).unwrap_err().code(), "AL-8108");
}

#[test]
fn a_clock_that_goes_back_or_far_ahead_is_told() {
    let early = now() - SignedDuration::from_hours(1);
    let refused = accept(&seen(&of(9)), &of(9), &timed(&of(9), early)).unwrap_err();
    assert_eq!(refused.code(), "AL-8108");
    let late = now() + SignedDuration::from_mins(10);
    let refused = accept(&seen(&of(9)), &of(9), &timed(&of(9), late)).unwrap_err();
    assert!(matches!(refused, Refused::ClockAhead { .. }), "{refused}");
}

#[test]
fn l6_a_witness_counts_once_and_only_for_what_it_signed() {
    let members: Vec<_> = [("a", 10), ("b", 11)]
        .map(|(slug, k)| (slug.parse().unwrap(), key(k).public()))
        .to_vec();
    let names: Vec<_> = members
        .iter()
        .map(|(slug, key)| (witness_name(&hub().origin, slug), *key))
        .collect();
    let mut five = signed(&of(5));
    for seconds in [0, 10] {
        let time = now() + SignedDuration::from_secs(seconds);
        let line = five.cosignature(&names[0].0, &key(10), time).unwrap();
        five.add(&line, &names).unwrap();
    }
    let later = now() + SignedDuration::from_secs(10);
    assert_eq!(five.witnesses(&members), [(members[0].0.clone(), later)]);
    let of_six = signed(&of(6))
        .cosignature(&names[1].0, &key(11), now())
        .unwrap();
    assert_eq!(five.add(&of_six, &names).unwrap_err().code(), "AL-8111");
    let by_other = five.cosignature(&names[1].0, &key(10), now()).unwrap();
    assert_eq!(five.add(&by_other, &names).unwrap_err().code(), "AL-8111");
    assert!(five.add("— nonsense", &names).is_err());
}

#[test]
fn a_checkpoint_with_all_the_cosignatures_that_it_can_have_reads_back() {
    let hub = HubKeys {
        origin: "o".repeat(crate::limits::MAX_LINE),
        ..hub()
    };
    let mut signed = SignedCheckpoint::sign(
        &Checkpoint {
            origin: hub.origin.clone(),
            size: u64::MAX,
            root: Digest::of(b""),
        },
        &key(1),
    )
    .unwrap();
    let prefix = "m".repeat(crate::limits::MAX_SLUG - 3);
    for n in 0..crate::limits::MAX_COSIGNATURES {
        let name = witness_name(&hub.origin, &format!("{prefix}{n:03}").parse().unwrap());
        let line = signed.cosignature(&name, &key(10), now()).unwrap();
        signed.add(&line, &[(name, key(10).public())]).unwrap();
    }
    let read = SignedCheckpoint::read(signed.to_string().as_bytes(), &hub.origin, &hub.log);
    assert_eq!(read, Ok(signed));
}

#[test]
fn two_histories_are_proven_to_anybody() {
    let ours = of(9);
    for theirs in [
        tree((0..9).map(|i| format!("other {i}"))),
        tree((0..4).map(|i| format!("other {i}"))),
    ] {
        let proof = Equivocation::prove(&ours, &signed(&ours), &signed(&theirs), &hub()).unwrap();
        let json = serde_json::to_string(&proof).unwrap();
        let read: Equivocation = serde_json::from_str(&json).unwrap();
        read.verify().unwrap();
        assert!(read.to_string().contains("two histories"));
        let mut changed = read.clone();
        changed.root = Digest::of(b"made up");
        assert!(changed.verify().is_err());
        let mut changed = read;
        changed.key = key(9).public();
        assert!(changed.verify().is_err());
    }
    let same = Equivocation::prove(&ours, &signed(&ours), &signed(&of(4)), &hub());
    assert_eq!(same.unwrap_err(), Refused::NoContradiction);
}

#[test]
fn the_log_is_files_that_a_standard_client_reads() {
    let size = 70_000;
    let tree = of(size);
    let paths = paths(size);
    assert!(paths.contains(&"tile/0/273.p/112".to_owned()), "{paths:?}");
    assert!(paths.contains(&"tile/1/001.p/17".to_owned()));
    assert!(paths.contains(&"tile/2/000.p/1".to_owned()));
    assert!(paths.contains(&"tile/entries/000".to_owned()));
    let mut hashes = 0;
    for path in &paths {
        match Resource::of(path).unwrap() {
            Resource::Hashes(_) => {
                let bytes = Resource::of(path).unwrap().hashes(&tree).unwrap();
                hashes += bytes.len() / 32;
            }
            Resource::Entries { first, count } => assert!(first + count <= size),
            Resource::Checkpoint => unreachable!(),
        }
    }
    assert_eq!(hashes, 70_000 + 273 + 1);
    for path in ["tile/0/274", "tile/1/001.p/18", "tile/3/000.p/1"] {
        assert_eq!(
            Resource::of(path).and_then(|r| r.hashes(&tree)),
            None,
            "{path}"
        );
    }
    for path in [
        "",
        "tile",
        "tile/0/1",
        "tile/0/x001",
        "tile/0/000.p/256",
        "tile/64/000",
        "tile/8/0/000",
        "../etc/passwd",
        // 2^56 and the highest number: times 256, they would be 0 and less than they are.
        "tile/entries/x072/x057/x594/x037/x927/936",
        "tile/entries/x018/x446/x744/x073/x709/x551/615",
    ] {
        assert_eq!(Resource::of(path), None, "{path}");
    }
}

#[test]
fn a_bundle_reads_back() {
    let leaves: [&[u8]; 3] = [b"one", b"", &[7; 65_535]];
    let bytes = bundle(leaves);
    assert_eq!(read_bundle(&bytes).unwrap(), leaves);
    assert_eq!(read_bundle(&bytes[..bytes.len() - 1]), None);
}

proptest! {
    #[test]
    fn proofs_show_what_is_so_and_nothing_else(size in 1..200u64, old in 1..200u64, index in 0..200u64) {
        let (old, index) = (old.min(size), index % size);
        let whole = of(size);
        let proof = whole.inclusion(index, size);
        let leaf = index.to_string();
        verify_inclusion(&proof, leaf.as_bytes(), index, size, whole.root()).unwrap();
        prop_assert!(verify_inclusion(&proof, b"other", index, size, whole.root()).is_err());
        let proof = whole.consistency(old, size);
        let ends = ((old, of(old).root()), (size, whole.root()));
        prop_assert_eq!(whole.root_at(old), Some(ends.0.1));
        verify_consistency(&proof, ends.0, ends.1).unwrap();
        let other = (old, Digest::of(b"other"));
        prop_assert!(verify_consistency(&proof, other, ends.1).is_err());
    }

    #[test]
    fn a_changed_byte_of_a_note_never_passes(at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let note = signed(&of(5)).to_string();
        let mut bytes = note.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(SignedCheckpoint::read(&bytes, &hub().origin, &hub().log).is_err());
    }

    #[test]
    fn notes_of_any_bytes_are_no_reason_to_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), path in ".{0,60}") {
        let _ = SignedCheckpoint::read(&bytes, &hub().origin, &hub().log);
        let _ = read_bundle(&bytes);
        let _ = Resource::of(&path);
    }
}
