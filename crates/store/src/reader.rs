//! Streams records out of a journal, one at a time.

use std::borrow::Borrow;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::error::JournalError;
use crate::header::StoreId;
use crate::record::{FRAME_LEN, Frame, Record};
use crate::seq::Seq;

/// Reads a part of a file without moving anybody's position.
pub(crate) struct Part<F> {
    pub file: F,
    pub at: u64,
    pub end: u64,
}

impl<F: Borrow<File>> Read for Part<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = left.min(buffer.len());
        let got = match buffer.get_mut(..most) {
            Some(room) => self.file.borrow().read_at(room, self.at)?,
            None => 0,
        };
        self.at += got as u64;
        Ok(got)
    }
}

/// One step through a journal.
pub(crate) enum Step {
    /// The end, exactly behind a record.
    End,
    /// A record whose checksum fits.
    Good { frame: Frame, payload: Vec<u8> },
    /// No record, and why not. There is no step after this one.
    Broken(String),
}

/// Reads records in order and checks each checksum; it knows nothing of sequences.
pub(crate) struct FrameReader<F> {
    input: BufReader<Part<F>>,
    store: StoreId,
    offset: u64,
    end: u64,
}

impl<F: Borrow<File>> FrameReader<F> {
    /// Reads from `offset`, where a record begins, up to `end`.
    pub fn new(file: F, store: StoreId, offset: u64, end: u64) -> Self {
        let input = BufReader::with_capacity(
            64 * 1024,
            Part {
                file,
                at: offset,
                end,
            },
        );
        Self {
            input,
            store,
            offset,
            end,
        }
    }

    pub fn offset(&self) -> u64 {
        self.offset
    }

    pub fn step(&mut self) -> io::Result<Step> {
        let left = self.end.saturating_sub(self.offset);
        if left == 0 {
            return Ok(Step::End);
        }
        if left < FRAME_LEN as u64 {
            return Ok(Step::Broken(format!(
                "{left} bytes are left, a record has at least {FRAME_LEN}"
            )));
        }
        let mut fixed = [0; FRAME_LEN];
        self.input.read_exact(&mut fixed)?;
        let frame = Frame::decode(&fixed);
        if !frame.plausible() {
            return Ok(Step::Broken(format!(
                "its length would be {} bytes",
                frame.len
            )));
        }
        if frame.total() > left {
            return Ok(Step::Broken(format!(
                "it would have {} bytes, {left} are left",
                frame.total()
            )));
        }
        let mut payload = vec![0; frame.len as usize];
        self.input.read_exact(&mut payload)?;
        if !frame.fits(self.store, self.offset, &payload) {
            return Ok(Step::Broken("its checksum does not fit".to_owned()));
        }
        self.offset += frame.total();
        Ok(Step::Good { frame, payload })
    }
}

/// The durable records of a journal from a sequence on, up to the last one at the time the reader was made.
/// One payload is in memory at a time. After an error the reader ends.
pub struct Reader {
    frames: Option<FrameReader<Arc<File>>>,
    path: PathBuf,
    next: Seq,
    from: Seq,
}

/// Where a reader begins and ends.
pub(crate) struct Span {
    /// The record that begins at `offset`.
    pub first: Seq,
    pub offset: u64,
    pub end: u64,
}

impl Reader {
    pub(crate) fn new(
        file: Arc<File>,
        path: PathBuf,
        store: StoreId,
        span: &Span,
        from: Seq,
    ) -> Self {
        let frames = FrameReader::new(file, store, span.offset, span.end);
        Self {
            frames: Some(frames),
            path,
            next: span.first,
            from,
        }
    }

    fn advance(&mut self) -> Result<Option<Record>, JournalError> {
        let Some(frames) = &mut self.frames else {
            return Ok(None);
        };
        loop {
            let offset = frames.offset();
            match frames
                .step()
                .map_err(JournalError::io("read the journal", &self.path))?
            {
                Step::End => return Ok(None),
                Step::Broken(reason) => return Err(self.rotten(offset, reason)),
                Step::Good { frame, .. } if frame.seq != self.next => {
                    let (path, expected) = (self.path.clone(), self.next);
                    return Err(JournalError::OutOfOrder {
                        path,
                        offset,
                        expected,
                        found: frame.seq,
                    });
                }
                Step::Good { frame, payload } => {
                    self.next = self.next.next();
                    if frame.seq >= self.from {
                        return Ok(Some(Record {
                            seq: frame.seq,
                            payload: Bytes::from(payload),
                        }));
                    }
                }
            }
        }
    }

    /// The error for a record that was good when the journal was opened and is not any more.
    fn rotten(&self, offset: u64, reason: String) -> JournalError {
        JournalError::Rotten {
            path: self.path.clone(),
            offset,
            seq: self.next,
            reason,
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.advance();
        if !matches!(item, Ok(Some(_))) {
            self.frames = None;
        }
        item.transpose()
    }
}
