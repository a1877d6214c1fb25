use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;

fn keys() -> (TempDir, Keys) {
    let dir = TempDir::new().unwrap();
    let keys = Keys::of(Home::of(dir.path()));
    (dir, keys)
}

fn slug() -> Slug {
    "autonomic".parse().unwrap()
}

#[test]
fn a_key_is_private_and_reads_back() {
    let (_dir, keys) = keys();
    let made = keys.create(slug()).unwrap();
    let mode = std::fs::metadata(keys.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let read = keys.load().unwrap().unwrap();
    assert_eq!(read.verifier_key(), made.verifier_key());
    assert_eq!(keys.create(slug()).unwrap_err().code(), "AL-8822");
}

#[test]
fn a_damaged_key_file_is_told() {
    let (_dir, keys) = keys();
    keys.create(slug()).unwrap();
    let text = std::fs::read_to_string(keys.path()).unwrap();
    let other = CollectiveKey::create(slug());
    let mut lines: Vec<_> = text.lines().collect();
    let hex = other.secret.to_hex();
    lines[2] = &hex;
    for bad in ["", "x", &text[..text.len() - 10], &lines.join("\n")] {
        std::fs::write(keys.path(), bad).unwrap();
        assert_eq!(keys.load().unwrap_err().code(), "AL-8819", "{bad}");
    }
}

#[test]
fn whichever_key_the_log_says_is_used_wherever_a_crash_left_it() {
    let (_dir, keys) = keys();
    let old = keys.create(slug()).unwrap().secret.public();
    let next = keys.next(&slug()).unwrap().secret.public();
    assert_eq!(
        keys.next(&slug()).unwrap().secret.public(),
        next,
        "made once"
    );
    // Before the log has the new key, the old one signs.
    assert_eq!(keys.settle(&slug(), old).unwrap().secret.public(), old);
    // After it, the new one does, and the old one is kept.
    assert_eq!(keys.settle(&slug(), next).unwrap().secret.public(), next);
    assert_eq!(keys.load().unwrap().unwrap().secret.public(), next);
    assert!(!keys.0.path(NEXT_FILE).exists());
    // A log that says the old one all the same finds it.
    assert_eq!(keys.settle(&slug(), old).unwrap().secret.public(), old);
    assert_eq!(keys.settle(&slug(), next).unwrap().secret.public(), next);
    let unknown = CollectiveKey::create(slug()).secret.public();
    assert_eq!(keys.settle(&slug(), unknown).unwrap_err().code(), "AL-8809");
}

#[test]
fn after_a_theft_the_key_that_the_federation_gives_signs() {
    let (_dir, keys) = keys();
    let stolen = keys.create(slug()).unwrap();
    // A try to replace it was under way; the thief has that one too.
    let next = keys.next(&slug()).unwrap();
    let made: Vec<_> = (0..2).map(|_| keys.replacement(slug()).unwrap()).collect();
    let now = keys.load().unwrap().unwrap();
    assert_eq!(now.verifier_key(), stolen.verifier_key());
    let thiefs = CollectiveKey::create(slug()).secret.public();
    assert_eq!(keys.settle(&slug(), thiefs).unwrap_err().code(), "AL-8809");
    // Whichever was proposed, and also if the theft never came into the log.
    for key in [&made[0], &made[1], &next, &stolen, &made[0]] {
        let counts = key.secret.public();
        let settled = keys.settle(&slug(), counts).unwrap();
        assert_eq!(settled.secret.public(), counts);
        assert!(!keys.is_imported(&settled).unwrap());
    }
    let refused = keys.replacement("sutty".parse().unwrap()).unwrap_err();
    assert_eq!(refused.code(), "AL-8819");
}

#[test]
fn a_key_that_was_brought_is_known_from_one_that_was_made_here() {
    let ((_one, here), (_two, there)) = (keys(), keys());
    let made = here.create(slug()).unwrap();
    there.import(&made, &here.path()).unwrap();
    assert!(!here.is_imported(&made).unwrap());
    assert!(there.is_imported(&made).unwrap());
    // The same again changes nothing, here and there.
    for keys in [&here, &there] {
        keys.import(&made, &here.path()).unwrap();
    }
    assert!(!here.is_imported(&made).unwrap());
    assert!(there.is_imported(&made).unwrap());
    // Whoever replaces it has made the new one, and the other one has not.
    let next = there.next(&slug()).unwrap();
    there.settle(&slug(), next.secret.public()).unwrap();
    here.import(&next, &there.path()).unwrap();
    assert!(!there.is_imported(&next).unwrap());
    assert!(here.is_imported(&next).unwrap());
    // One that was made here, and comes back, is an own one.
    here.import(&made, &there.path()).unwrap();
    assert!(!here.is_imported(&made).unwrap());
}

#[test]
fn a_colleagues_key_is_taken_and_another_collectives_is_not() {
    let ((_one, here), (_two, there)) = (keys(), keys());
    let first = here.create(slug()).unwrap();
    let theirs = there.create(slug()).unwrap();
    let taken = CollectiveKey::read(&there.path()).unwrap();
    here.import(&taken, &there.path()).unwrap();
    assert_eq!(taken.verifier_key(), theirs.verifier_key());
    let now = here.load().unwrap().unwrap();
    assert_eq!(now.verifier_key(), theirs.verifier_key());
    let first = first.secret.public();
    assert_eq!(here.settle(&slug(), first).unwrap().secret.public(), first);
    let (_three, other) = keys();
    let other = other.create("sutty".parse().unwrap()).unwrap();
    let refused = here.import(&other, Path::new("x")).unwrap_err();
    assert_eq!(refused.code(), "AL-8819");
}
