//! What cannot be seen from outside: the sum over the contents.

use super::*;
use crate::header::StoreId;

const NUMBERS: Tree<u32> = Tree::new("numbers");

fn open(dir: &Path) -> OpenedIndex {
    let store_id = StoreId::from_bytes(*b"a store for test");
    Index::open(
        dir,
        IndexIdentity {
            format: 1,
            store_id,
            journal_last: Seq(100),
        },
    )
    .unwrap()
}

fn batch(change: impl FnOnce(&mut Batch)) -> Batch {
    let mut batch = Batch::new();
    change(&mut batch);
    batch
}

#[test]
fn an_index_that_lacks_an_entry_without_sled_noticing_is_discarded() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path()).index;
    index
        .apply(
            batch(|batch| batch.put(&NUMBERS, "one", &1).unwrap()),
            Seq(1),
        )
        .unwrap();
    // What a log that sled takes for a shorter one comes to.
    index
        .db
        .as_ref()
        .unwrap()
        .remove(NUMBERS.full_key(b"one"))
        .unwrap();
    drop(index);
    let state = open(dir.path()).state;
    assert!(
        matches!(state, IndexState::Discarded(DiscardReason::Damaged(_))),
        "{state:?}"
    );
}

#[test]
fn the_sum_follows_puts_replacements_and_removals() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path()).index;
    index
        .apply(
            batch(|batch| batch.put(&NUMBERS, "one", &1).unwrap()),
            Seq(1),
        )
        .unwrap();
    let one = *locked(&index.contents);
    let change = |batch: &mut Batch| {
        batch.put(&NUMBERS, "one", &2).unwrap();
        batch.put(&NUMBERS, "two", &2).unwrap();
        batch.remove(&NUMBERS, "three");
    };
    index.apply(batch(change), Seq(2)).unwrap();
    assert_eq!(locked(&index.contents).entries, 2);
    let back = |batch: &mut Batch| {
        batch.put(&NUMBERS, "one", &1).unwrap();
        batch.put(&NUMBERS, "two", &3).unwrap();
        batch.remove(&NUMBERS, "two");
    };
    index.apply(batch(back), Seq(2)).unwrap();
    assert_eq!(
        *locked(&index.contents),
        Contents {
            applied: Seq(2),
            ..one
        }
    );
    assert_eq!(Contents::decode(&one.encode()), Some(one));
}

#[test]
fn an_index_that_broke_answers_nothing_more_and_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path()).index;
    let broke: Result<(), _> = index.guarded(|_| panic!("a page is not what it should be"));
    assert_eq!(broke.unwrap_err().code(), "AL-3021");
    assert_eq!(index.get(&NUMBERS, "one").unwrap_err().code(), "AL-3021");
    assert!(index.apply(Batch::new(), Seq(1)).is_err());
    assert!(index.scan(&NUMBERS, "").next().unwrap().is_err());
    drop(index);
    assert_eq!(
        open(dir.path()).state,
        IndexState::Discarded(DiscardReason::Condemned)
    );
}
