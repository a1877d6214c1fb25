//! A disk without room.

use std::{path::Path, process::Command, time::Duration};

use allot_identity::AgentKey;
use allot_proto::hub::RenewRequest;
use tempfile::TempDir;
use tonic::Code;

use crate::found::{Agent, Found, Hands, config, make, rename, until};

/// Where the child works; without it, the child's test does nothing.
const DIR: &str = "ALLOT_HUB_TEST_DIR";

/// Runs on a file system of twelve MiB that it makes full and empty again.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of a_full_disk_is_told_and_entries_are_taken_again_when_there_is_room"]
async fn fill_the_disk() {
    let Some(parent) = std::env::var_os(DIR) else {
        return;
    };
    let dir = TempDir::new_in(&parent).unwrap();
    let filler = Path::new(&parent).join("filler");
    let clock = std::sync::Arc::new(Hands::default());
    let now = jiff::Timestamp::now();
    let (genesis, keys) = make(dir.path(), &["autonomic"], config(), now).await;
    let found = Found::start(dir, clock, genesis, keys).await;
    let agent = found.agent("autonomic", "a").await;
    agent.write(1, rename(1)).await;
    fill(&filler);
    let mut seq = 2;
    let error = loop {
        match agent.append(agent.sign(seq, rename(seq))).await {
            Ok(_) => seq += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(
        (error.code.as_str(), error.grpc),
        ("AL-3008", Code::ResourceExhausted)
    );
    until("the status says so", || async {
        (!found.hub.status().await.problem.is_empty()).then_some(())
    })
    .await;
    // Whatever was refused is not in the log.
    assert_eq!(found.verified().await.size(), seq);
    std::fs::remove_file(filler).unwrap();
    until("entries are taken again", || async {
        agent.append(agent.sign(seq, rename(seq))).await.ok()
    })
    .await;
    until("the status is well again", || async {
        found.hub.status().await.problem.is_empty().then_some(())
    })
    .await;
    // Certificates too, though the index may have broken when there was no room.
    let csr = AgentKey::create().unwrap().request().unwrap();
    agent.enrolment().renew(RenewRequest { csr }).await.unwrap();
    let found = found.restart().await;
    assert_eq!(found.verified().await.size(), seq + 1);
    let agent = Agent {
        channel: found.connect(agent.identity.clone()).await.unwrap(),
        ..agent
    };
    agent.write(seq + 1, rename(seq + 1)).await;
}

/// Fills the disk to its last byte.
fn fill(filler: &Path) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(filler).unwrap();
    for size in [64 * 1024, 1024, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

#[test]
fn a_full_disk_is_told_and_entries_are_taken_again_when_there_is_room() {
    let dir = TempDir::new().unwrap();
    let script = format!(
        "mount -t tmpfs -o size=12m allot-test \"${DIR}\" || exit 99; \
         exec \"$0\" --exact faults::fill_the_disk --ignored --nocapture"
    );
    let child = Command::new("unshare")
        .args(["--mount", "--user", "--map-root-user", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(DIR, dir.path())
        .output()
        .unwrap();
    let text = [child.stdout, child.stderr].map(|b| String::from_utf8_lossy(&b).into_owned());
    let text = text.concat();
    let mounted = child.status.code() != Some(99) && !text.contains("unshare failed");
    if !mounted && std::env::var_os("ALLOT_WITHOUT_MOUNT").is_some() {
        println!(
            "NOT TESTED: no small file system can be mounted here, and ALLOT_WITHOUT_MOUNT says to go on"
        );
        return;
    }
    assert!(
        mounted,
        "no small file system can be mounted here; set ALLOT_WITHOUT_MOUNT=1 to go without: {text}"
    );
    assert!(
        child.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_full_says_so_and_nothing_waits_for_ever() {
    // A thousand at once, from one connection that takes sixteen calls at a time: all are answered.
    let found = Found::new(&["autonomic"]).await;
    let agent = found.agent("autonomic", "a").await;
    let envelope = agent.sign(9, rename(9));
    let calls = (0..1_000).map(|_| agent.append(envelope.clone()));
    let all = futures::future::join_all(calls);
    let answers = tokio::time::timeout(Duration::from_secs(60), all)
        .await
        .unwrap();
    assert!(
        answers
            .into_iter()
            .all(|answer| answer.unwrap_err().code == "AL-8405")
    );
}
