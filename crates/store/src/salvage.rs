//! Takes good records out of the part of a journal that lies behind damage.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::fsx;
use crate::header::StoreId;
use crate::reader::Part;
use crate::record::FRAME_LEN;
use crate::scan::{self, Scan};

/// A line of a side file.
#[derive(Serialize)]
struct Line {
    seq: u64,
    offset: u64,
    payload_hex: String,
}

/// Writes the good records behind the damage to `salvaged-at-OFFSET.jsonl` beside the journal: one JSON object
/// a line with `seq`, `offset` and `payload_hex`. Returns the file and how many there are.
pub(crate) fn later_records(
    file: &File,
    path: &Path,
    store: StoreId,
    scan: &Scan,
) -> io::Result<(PathBuf, u64)> {
    let dir = fsx::parent(path);
    let target = fsx::free_name(dir, &format!("salvaged-at-{}.jsonl", scan.extent.end));
    let mut out = BufWriter::new(fsx::temporary_beside(path)?);
    let (mut from, mut records) = (scan.extent.end, 0);
    while let Some((mark, frame)) =
        scan::next_good(file, store, scan.extent.last, from, scan.file_len)?
    {
        let begin = mark.offset + FRAME_LEN as u64;
        let end = mark.offset + frame.total();
        let mut payload = Vec::new();
        Part {
            file,
            at: begin,
            end,
        }
        .read_to_end(&mut payload)?;
        let line = Line {
            seq: frame.seq.0,
            offset: mark.offset,
            payload_hex: hex::encode(payload),
        };
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
        (from, records) = (end, records + 1);
    }
    let side = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    fsx::persist(side, &target)?;
    Ok((target, records))
}
