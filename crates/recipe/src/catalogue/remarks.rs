//! Lists of remarks that cannot grow without end.

use crate::help::shorten;

/// The most characters of one remark.
const LONGEST: usize = 300;

/// At most `most` remarks, each shortened and none twice; the last one says how many were left out.
pub(super) fn bounded(remarks: impl IntoIterator<Item = String>, most: usize) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut left_out = 0usize;
    for remark in remarks {
        let remark = shorten(&remark, LONGEST);
        if kept.contains(&remark) {
            continue;
        }
        if kept.len() + 1 < most {
            kept.push(remark);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        kept.push(format!("{left_out} more of this kind"));
    }
    kept
}
