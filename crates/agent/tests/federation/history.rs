//! Resolutions of before the log.

use allot_agent::federation::{ExportWhat, ProposeWhat};

use crate::{
    hub::TestHub,
    place::{Place, proposal},
};

fn file(number: u32) -> (String, Vec<u8>) {
    let text = format!("- Topic: Thing {number}\n- Size: Large\n\n## Summary\n\nYes.\n");
    (format!("passed/{number:03}.md"), text.into_bytes())
}

#[tokio::test]
async fn history_that_would_come_after_the_logs_own_is_refused_before_anything_is_signed() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    let federation = &place.federation;
    let done = federation.import(vec![file(36)], false, "x").await.unwrap();
    assert_eq!(done.numbers, [36]);
    let what = ProposeWhat::New(proposal("Adopt a tool"));
    let opened = federation.propose(what, None, "x").await.unwrap();
    assert_eq!(opened.resolution, Some(37));
    let size = hub.size();
    let some = vec![file(2), file(38), file(500)];
    let checked = federation.import(some.clone(), true, "x").await.unwrap();
    assert_eq!(
        (checked.numbers.as_slice(), checked.refused.len()),
        (&[2][..], 2)
    );
    assert!(
        checked.refused[0].contains("would come after 37, which is the log's own"),
        "{:?}",
        checked.refused
    );
    assert_eq!(hub.size(), size);
    let done = federation.import(some, false, "x").await.unwrap();
    assert_eq!((done.numbers.as_slice(), hub.size()), (&[2][..], size + 1));
}

#[tokio::test]
async fn an_export_of_one_resolution_lists_all_of_them() {
    let hub = TestHub::found(&["autonomic", "sutty"]);
    let place = Place::joined(&hub, "autonomic").await;
    let federation = &place.federation;
    let files = vec![file(35), file(36)];
    federation.import(files, false, "x").await.unwrap();
    let what = ExportWhat {
        numbers: vec![36],
        ..ExportWhat::default()
    };
    let mut export = federation.export_markdown(&what).await.unwrap();
    assert_eq!(export.next().await.unwrap().unwrap().0, "passed/036.md");
    let (path, nav) = export.next().await.unwrap().unwrap();
    assert_eq!(path, "nav.yml");
    assert!(
        nav.contains("passed/035.md") && nav.contains("passed/036.md"),
        "{nav}"
    );
    assert!(export.next().await.unwrap().is_none());
}
