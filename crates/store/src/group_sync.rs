//! One sync for all that write at the same time.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use nix::unistd::syncfs;

/// Makes all that was written to a file system durable. Who asks while a sync runs waits for the next one, which is one for
/// all who wait: what they wrote may have come too late for the one that runs.
#[derive(Debug)]
pub(crate) struct GroupSync {
    /// Open since before anything was written: the system tells a failed write once to each open file, and to none that is
    /// opened later.
    dir: File,
    turns: Mutex<Turns>,
    over: Condvar,
}

/// Syncs are numbered from 1.
#[derive(Debug, Default)]
struct Turns {
    /// The newest that has begun.
    begun: u64,
    running: bool,
    /// The newest that is over.
    over: u64,
    /// The newest that failed, and with what.
    failed: Option<(u64, io::Error)>,
}

impl GroupSync {
    /// For the file system that a directory is on.
    pub(crate) fn new(dir: &Path) -> io::Result<Self> {
        Ok(Self {
            dir: File::open(dir)?,
            turns: Mutex::default(),
            over: Condvar::new(),
        })
    }

    /// Returns once everything that was written before is durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.sync_with(|| syncfs(&self.dir).map_err(io::Error::from))
    }

    fn sync_with(&self, sync: impl Fn() -> io::Result<()>) -> io::Result<()> {
        let mut turns = self.turns();
        let mine = turns.begun + 1;
        while turns.over < mine {
            turns = match turns.running {
                true => self
                    .over
                    .wait(turns)
                    .unwrap_or_else(PoisonError::into_inner),
                false => self.take_turn(turns, &sync),
            };
        }
        match &turns.failed {
            Some((at, error)) if *at >= mine => Err(crate::fsx::same(error)),
            _ => Ok(()),
        }
    }

    /// Syncs for everybody who waits.
    fn take_turn<'a>(
        &'a self,
        mut turns: MutexGuard<'a, Turns>,
        sync: &impl Fn() -> io::Result<()>,
    ) -> MutexGuard<'a, Turns> {
        turns.begun += 1;
        turns.running = true;
        let number = turns.begun;
        drop(turns);
        let done = sync();
        let mut turns = self.turns();
        turns.running = false;
        turns.over = number;
        if let Err(error) = done {
            turns.failed = Some((number, error));
        }
        self.over.notify_all();
        turns
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn who_comes_while_a_sync_runs_shares_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let group = GroupSync::new(dir.path()).unwrap();
        let syncs = AtomicUsize::new(0);
        let (go, gate) = mpsc::channel::<()>();
        let gate = Mutex::new(gate);
        // The first one lasts until all others wait.
        let slow = || {
            if syncs.fetch_add(1, Ordering::SeqCst) == 0 {
                gate.lock().unwrap().recv().unwrap();
            }
            Ok(())
        };
        thread::scope(|scope| {
            scope.spawn(|| group.sync_with(slow).unwrap());
            while !group.turns().running {
                thread::yield_now();
            }
            let others: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| group.sync_with(slow).unwrap()))
                .collect();
            assert_eq!(
                group.turns().begun,
                1,
                "nobody's data is in a sync that began before"
            );
            go.send(()).unwrap();
            others.into_iter().for_each(|other| other.join().unwrap());
        });
        let syncs = syncs.load(Ordering::SeqCst);
        assert!((2..=9).contains(&syncs), "{syncs}");
        assert_eq!(group.turns().over, u64::try_from(syncs).unwrap());
    }

    #[test]
    fn a_sync_that_failed_is_told_to_whom_it_was_for_and_to_nobody_later() {
        let dir = tempfile::tempdir().unwrap();
        let group = GroupSync::new(dir.path()).unwrap();
        let full = || Err(io::Error::from_raw_os_error(28));
        let refused = group.sync_with(full).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
        group.sync().unwrap();
    }
}
