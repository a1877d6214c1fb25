//! A disk without space.

use std::{fs, path::Path, process::Command, time::Duration};

use allot_tests::{Crowd, HubOptions, await_that};
use tempfile::TempDir;

/// A small disk of its own, taken away when the test is over.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new() -> Self {
        let dir = TempDir::with_prefix("allot-").unwrap();
        fs::create_dir(dir.path().join("hub")).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(dir.path())
            .status();
        assert!(
            mounted.unwrap().success(),
            "mount a small disk (needs root)"
        );
        Self(dir)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// Fills what is left of a disk.
fn fill(path: &Path) {
    let _ = Command::new("dd")
        .args(["if=/dev/zero", "bs=4096"])
        .arg(format!("of={}", path.display()))
        .output();
}

#[test]
fn full_disk_refuses_and_takes_again_once_there_is_space() {
    let disk = SmallDisk::new();
    let inner = TempDir::with_prefix_in("x", disk.0.path()).unwrap();
    let crowd = Crowd::in_dir(inner, 2, &HubOptions::default());
    let mut seq = 1;
    assert!(crowd.write(0, seq).is_ok());
    let filler = disk.0.path().join("filler");
    fill(&filler);
    let refused = loop {
        seq += 1;
        match crowd.write(0, seq) {
            Ok(_) => assert!(seq < 10_000, "the disk is never full"),
            Err(error) => break error,
        }
    };
    assert_eq!(refused.code, "AL-3008", "{refused:?}");
    assert!(refused.help.is_some(), "{refused:?}");
    let size = crowd.log_size();
    assert_eq!(size, seq, "what was refused is not in the log");
    // Reading goes on, and so does everybody's next try.
    assert_eq!(crowd.log().len() as u64, size);
    assert_eq!(crowd.write(1, 1).unwrap_err().code, "AL-3008");
    fs::remove_file(&filler).unwrap();
    // The hub does not look for space at every call.
    let index = await_that("there is space again", Duration::from_secs(20), || {
        crowd.write(0, seq).ok()
    });
    assert_eq!(index, size);
    assert_eq!(crowd.write(1, 1).unwrap(), size + 1);
}
