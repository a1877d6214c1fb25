//! The network between a hub and its agents, cut and mended.

use std::{process::Command, time::Duration};

use allot_tests::{Collective, Hub, HubOptions, await_that};
use tempfile::TempDir;

use crate::apps::deploys;

const PATIENCE: Duration = Duration::from_secs(90);

/// A network namespace for the hub, with one cable to where the test runs.
struct Cable {
    namespace: String,
    inside: String,
    outside: String,
    address: String,
}

impl Cable {
    fn new() -> Self {
        let id = std::process::id() % 10_000;
        let cable = Self {
            namespace: format!("allot-hub-{id}"),
            inside: format!("ah{id}"),
            outside: format!("ao{id}"),
            address: "10.213.77.2".to_owned(),
        };
        ip(&["netns", "add", &cable.namespace]);
        ip(&[
            "link",
            "add",
            &cable.outside,
            "type",
            "veth",
            "peer",
            "name",
            &cable.inside,
            "netns",
            &cable.namespace,
        ]);
        ip(&["addr", "add", "10.213.77.1/30", "dev", &cable.outside]);
        ip(&["link", "set", &cable.outside, "up"]);
        let inside = ["-n", &cable.namespace];
        ip(&[
            &inside[..],
            &["addr", "add", "10.213.77.2/30", "dev", &cable.inside],
        ]
        .concat());
        ip(&[&inside[..], &["link", "set", &cable.inside, "up"]].concat());
        ip(&[&inside[..], &["link", "set", "lo", "up"]].concat());
        cable
    }

    fn cut(&self) {
        ip(&["link", "set", &self.outside, "down"]);
    }

    fn mend(&self) {
        ip(&["link", "set", &self.outside, "up"]);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        let _ = Command::new("ip")
            .args(["netns", "del", &self.namespace])
            .status();
    }
}

fn ip(args: &[&str]) {
    let done = Command::new("ip").args(args).output().unwrap();
    assert!(done.status.success(), "ip {args:?} (needs root): {done:?}");
}

#[test]
fn streams_resume_after_a_partition_without_gap_or_repeat() {
    let dir = TempDir::with_prefix("allot-").unwrap();
    let cable = Cable::new();
    let names = ["autonomic", "sutty"];
    let all = names.map(|slug| Collective::new(&dir.path().join(slug), slug, None));
    let founders: Vec<_> = all.iter().map(Collective::founder).collect();
    let options = HubOptions {
        namespace: Some((cable.namespace.clone(), cable.address.clone())),
        ..HubOptions::default()
    };
    let hub = Hub::found(&dir.path().join("hub"), &founders, &options);
    all.iter().for_each(|c| drop(c.join(&hub.invite(c.slug()))));
    let small = |title: &str| {
        let propose = [
            "resolution",
            "propose",
            "--title",
            title,
            "--size",
            "small",
            "--text",
            "-",
            "--yes",
        ];
        all[0].allot_with(&propose, b"Done.")
    };
    small("Before").done();
    let before = all[0].size();

    cable.cut();
    await_that("the hub is missed", PATIENCE, || {
        (all[0].status()["hub_reachable"] == false).then_some(())
    });
    let refused = small("Meanwhile");
    assert_eq!(refused.code, Some(6), "{refused:?}");
    deploys(&all[0], &dir.path().join("thing"), "thing.example.org");
    all[0].allot(&["resolution", "list"]).done();

    cable.mend();
    await_that("the hub is back", PATIENCE, || {
        all.iter()
            .all(|c| c.status()["hub_reachable"] == true)
            .then_some(())
    });
    small("After").done();
    all[1].await_size(before + 1);
    let both = all
        .each_ref()
        .map(|c| c.allot(&["ledger", "verify"]).done());
    let both = both.map(|run| (run.last("root"), run.last("state")));
    assert_eq!(both[0], both[1]);
    assert_eq!(
        all[0].size(),
        before + 1,
        "nothing was queued, nothing is there twice"
    );
}
