//! Walks a journal from its first byte, and finds out what kind of damage there is.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::header::{HEADER_LEN, StoreId};
use crate::limits::MARK_EVERY;
use crate::reader::{FrameReader, Step};
use crate::record::{FRAME_LEN, Frame};
use crate::seq::Seq;

/// Where a stretch of the journal begins; kept in memory so that reading need not begin at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub seq: Seq,
    pub offset: u64,
}

/// The durable part of a journal, as the writer and the readers see it.
#[derive(Debug, Clone)]
pub(crate) struct Extent {
    /// The last record.
    pub last: Seq,
    /// Where the next record goes.
    pub end: u64,
    /// One for every stretch of `MARK_EVERY` bytes, ascending.
    pub marks: Vec<Mark>,
}

impl Extent {
    pub fn new() -> Self {
        Self {
            last: Seq::ZERO,
            end: HEADER_LEN as u64,
            marks: Vec::new(),
        }
    }

    /// Notes a record that ends `total` bytes after the end so far.
    pub fn grow(&mut self, seq: Seq, total: u64) {
        let due = self
            .marks
            .last()
            .is_none_or(|mark| self.end - mark.offset >= MARK_EVERY);
        if due {
            self.marks.push(Mark {
                seq,
                offset: self.end,
            });
        }
        self.last = seq;
        self.end += total;
    }

    /// The nearest known place at or before a sequence.
    pub fn before(&self, seq: Seq) -> Mark {
        let after = self.marks.partition_point(|mark| mark.seq <= seq);
        let found = after.checked_sub(1).and_then(|at| self.marks.get(at));
        found.copied().unwrap_or(Mark {
            seq: Seq(1),
            offset: HEADER_LEN as u64,
        })
    }
}

/// What stopped a walk before the end of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Damage {
    /// The rest was never acknowledged, or cannot be told from it; it is safe to go on without it.
    Tail { reason: String },
    /// Durable records follow.
    Middle { reason: String, next: Mark },
    /// A good record with another sequence stands here.
    OutOfOrder { found: Seq },
}

/// The good prefix of a journal and what stands behind it.
#[derive(Debug)]
pub(crate) struct Scan {
    pub extent: Extent,
    pub file_len: u64,
    /// At `extent.end`, where the record after `extent.last` should be.
    pub damage: Option<Damage>,
}

/// Walks the journal of `store` in `file`; the header was read before.
pub(crate) fn scan(file: &File, store: StoreId) -> io::Result<Scan> {
    let file_len = file.metadata()?.len();
    let mut frames = FrameReader::new(file, store, HEADER_LEN as u64, file_len);
    let mut extent = Extent::new();
    let damage = loop {
        match frames.step()? {
            Step::End => break None,
            Step::Good { frame, .. } if frame.seq == extent.last.next() => {
                extent.grow(frame.seq, frame.total())
            }
            Step::Good { frame, .. } => break Some(Damage::OutOfOrder { found: frame.seq }),
            Step::Broken(reason) => break Some(classify(file, store, &extent, file_len, reason)?),
        }
    };
    Ok(Scan {
        extent,
        file_len,
        damage,
    })
}

/// Tells a torn tail from damage in the middle. A record after the broken one proves that the broken one was
/// durable only if it was written in a later group: within one group the disk may write in any order.
fn classify(
    file: &File,
    store: StoreId,
    extent: &Extent,
    file_len: u64,
    reason: String,
) -> io::Result<Damage> {
    let broken = extent.last.next();
    let mut from = extent.end + 1;
    while let Some((mark, frame)) = next_good(file, store, broken, from, file_len)? {
        if frame.group_start() > broken {
            return Ok(Damage::Middle { reason, next: mark });
        }
        from = mark.offset + frame.total();
    }
    Ok(Damage::Tail { reason })
}

/// How many places are looked at with one read.
const WINDOW: usize = 64 * 1024;

/// The first good record that begins at or after `from` and has a sequence over `broken`.
pub(crate) fn next_good(
    file: &File,
    store: StoreId,
    broken: Seq,
    mut from: u64,
    file_len: u64,
) -> io::Result<Option<(Mark, Frame)>> {
    let mut window = vec![0; WINDOW + FRAME_LEN];
    while from < file_len {
        let got = read_up_to(file, &mut window, from)?;
        let seen = window.get(..got).unwrap_or_default();
        for (offset, bytes) in (from..).zip(seen.windows(FRAME_LEN)).take(WINDOW) {
            let Ok(bytes) = bytes.try_into() else {
                continue;
            };
            let frame = Frame::decode(bytes);
            if could_follow(&frame, broken, offset, file_len) && holds(file, store, &frame, offset)?
            {
                return Ok(Some((
                    Mark {
                        seq: frame.seq,
                        offset,
                    },
                    frame,
                )));
            }
        }
        from += WINDOW as u64;
    }
    Ok(None)
}

/// Whether the fixed part can be that of a later record, before its payload is read.
fn could_follow(frame: &Frame, broken: Seq, offset: u64, file_len: u64) -> bool {
    // Between the broken record and this one stand at most as many records as empty ones would fit.
    let most = broken.0.saturating_add(offset / FRAME_LEN as u64);
    frame.plausible()
        && frame.seq > broken
        && frame.seq.0 <= most
        && u64::from(frame.back) < frame.seq.0
        && offset + frame.total() <= file_len
}

fn holds(file: &File, store: StoreId, frame: &Frame, offset: u64) -> io::Result<bool> {
    let mut payload = vec![0; frame.len as usize];
    file.read_exact_at(&mut payload, offset + FRAME_LEN as u64)?;
    Ok(frame.fits(store, offset, &payload))
}

fn read_up_to(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut got = 0;
    while let Some(rest) = buffer.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + got as u64) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(got)
}
