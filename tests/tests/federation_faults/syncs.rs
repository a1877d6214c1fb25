//! What the system sees of an append: the answer leaves after the disk has it.

use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use allot_tests::{Crowd, await_that};

#[test]
fn an_answer_leaves_after_fdatasync() {
    let crowd = Crowd::of(1);
    assert_eq!(crowd.write(0, 1).unwrap(), 1);
    let trace = crowd.path().join("trace");
    let pid = crowd.hub.pid().unwrap().to_string();
    let calls = "trace=write,pwrite64,writev,pwritev,sendto,sendmsg,fdatasync";
    let mut strace = Command::new("strace")
        .args(["-f", "-y", "-s", "0", "-e", calls, "-p", &pid, "-o"])
        .arg(&trace)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    await_that("strace is attached", Duration::from_secs(10), || {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let tracer = status.lines().find_map(|l| l.strip_prefix("TracerPid:"));
        (tracer.map(str::trim) != Some("0")).then_some(())
    });
    assert_eq!(crowd.write(0, 2).unwrap(), 2);
    let interrupted = Command::new("kill")
        .args(["-INT", &strace.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    strace.wait().unwrap();

    let trace = fs::read_to_string(&trace).unwrap();
    let lines: Vec<_> = trace.lines().collect();
    let journal = "/ledger/journal/journal>";
    let written = lines
        .iter()
        .position(|l| l.contains(journal) && l.contains("write"))
        .unwrap_or_else(|| panic!("no write to the journal:\n{trace}"));
    let synced = lines[written..]
        .iter()
        .position(|l| is_synced(l, journal))
        .unwrap_or_else(|| panic!("no fdatasync after the write:\n{trace}"));
    // The first thing that leaves on a network connection once the entry was written.
    let sent = lines[written..]
        .iter()
        .position(|l| l.contains("<TCP") || l.contains("<socket:"));
    let sent = sent.unwrap_or_else(|| panic!("no answer:\n{trace}"));
    assert!(
        synced < sent,
        "the answer left before the entry was on disk:\n{trace}"
    );
    println!("federation: fdatasync {synced} calls after the write, the answer {sent}");
}

/// An `fdatasync` of the journal that has succeeded, in one line or in the second half of two.
fn is_synced(line: &str, journal: &str) -> bool {
    let whole =
        line.contains("fdatasync(") && line.contains(journal) && !line.contains("unfinished");
    (whole || line.contains("fdatasync resumed")) && line.contains("= 0")
}
