//! How much of a pack has come. gix keeps an object in memory until all of it is there and writes it then, so that the size
//! on disk alone tells too late of an object that does not end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use gix::progress::{Id, MessageLevel, Step, StepShared, UNKNOWN, Unit};
use gix::{Count, NestedProgress, Progress};

use crate::mirror::LARGEST_OBJECT;

/// What gix calls the bytes of a pack that were read.
const PACK_BYTES: Id = *b"BWRB";
/// What gix calls the objects of a pack that are complete.
const OBJECTS: Id = *b"IWIO";

/// Counts, and stops a fetch that is too much. gix believes that it shows progress to somebody.
pub(super) struct Meter {
    counts: Arc<Counts>,
    /// What is counted here.
    id: Id,
}

struct Counts {
    /// Bytes of the pack.
    bytes: AtomicU64,
    /// Bytes since the last object was complete.
    object: AtomicU64,
    limit: u64,
    /// The bound that was broken; 0 while none is.
    broken: AtomicU64,
    stop: Arc<AtomicBool>,
}

impl Meter {
    /// Counts up to a limit, and then says by `stop` that it is enough.
    pub(super) fn new(limit: u64, stop: Arc<AtomicBool>) -> Self {
        let counts = Counts {
            bytes: AtomicU64::new(0),
            object: AtomicU64::new(0),
            limit,
            broken: AtomicU64::new(0),
            stop,
        };
        Self {
            counts: Arc::new(counts),
            id: UNKNOWN,
        }
    }

    /// The same counts, for something else.
    pub(super) fn part(&self, id: Id) -> Self {
        Self {
            counts: Arc::clone(&self.counts),
            id,
        }
    }

    /// The bound that was broken, if one was.
    pub(super) fn broken(&self) -> Option<u64> {
        let broken = self.counts.broken.load(Ordering::Relaxed);
        (broken > 0).then_some(broken)
    }
}

impl Counts {
    fn came(&self, bytes: u64) {
        let of = |count: &AtomicU64| count.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if of(&self.bytes) > self.limit {
            self.enough(self.limit);
        }
        if of(&self.object) > LARGEST_OBJECT {
            self.enough(LARGEST_OBJECT);
        }
    }

    fn enough(&self, bound: u64) {
        self.broken.store(bound, Ordering::Relaxed);
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Count for Meter {
    fn set(&self, _step: Step) {}

    fn step(&self) -> Step {
        0
    }

    fn inc_by(&self, step: Step) {
        match self.id {
            PACK_BYTES => self.counts.came(u64::try_from(step).unwrap_or(u64::MAX)),
            OBJECTS => self.counts.object.store(0, Ordering::Relaxed),
            _ => {}
        }
    }

    fn counter(&self) -> StepShared {
        StepShared::default()
    }
}

impl Progress for Meter {
    fn init(&mut self, _max: Option<Step>, _unit: Option<Unit>) {}

    fn set_name(&mut self, _name: String) {}

    fn name(&self) -> Option<String> {
        None
    }

    fn id(&self) -> Id {
        self.id
    }

    fn message(&self, _level: MessageLevel, _message: String) {}
}

impl NestedProgress for Meter {
    type SubProgress = Self;

    fn add_child(&mut self, _name: impl Into<String>) -> Self {
        self.part(UNKNOWN)
    }

    fn add_child_with_id(&mut self, _name: impl Into<String>, id: Id) -> Self {
        self.part(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_what_is_too_much_and_what_does_not_end() {
        let whole = usize::try_from(LARGEST_OBJECT).expect("it fits");
        let broken = |limit: u64, steps: &[usize]| {
            let stop = Arc::new(AtomicBool::new(false));
            let mut meter = Meter::new(limit, Arc::clone(&stop));
            let bytes = meter.add_child_with_id("x", PACK_BYTES);
            let objects = meter.add_child("y").part(OBJECTS);
            for step in steps {
                bytes.inc_by(*step);
                objects.inc();
            }
            assert_eq!(meter.broken().is_some(), stop.load(Ordering::Relaxed));
            meter.broken()
        };
        assert_eq!(broken(100, &[50, 50]), None);
        assert_eq!(broken(100, &[50, 51]), Some(100));
        assert_eq!(broken(u64::MAX, &[whole, whole]), None);
        assert_eq!(broken(u64::MAX, &[whole + 1]), Some(LARGEST_OBJECT));
    }
}
