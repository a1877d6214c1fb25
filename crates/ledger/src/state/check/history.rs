//! Resolutions of before the log (D10).

use std::collections::BTreeSet;

use super::words::{line, malformed, text, too_much};
use crate::{
    entry::Imported,
    limits::{MAX_IMPORT, MAX_IMPORTED_NUMBER, MAX_INLINE_TEXT, MAX_LINE},
    state::{Refused, State},
};

impl State {
    pub(super) fn check_import(&self, imported: &[Imported]) -> Result<(), Refused> {
        if imported.is_empty() || imported.len() > MAX_IMPORT {
            return Err(too_much("resolutions of one import", MAX_IMPORT));
        }
        let mut seen = BTreeSet::new();
        for one in imported {
            let number = one.number;
            if number == 0 || number > MAX_IMPORTED_NUMBER {
                return Err(malformed("the number", "it is 1 to 9999"));
            }
            if self.resolutions.contains_key(&number) || !seen.insert(number) {
                let what = "resolution";
                return Err(Refused::NumberTaken { what, number });
            }
            line("the title", &one.title)?;
            for date in [&one.date, &one.deadline, &one.passed_on] {
                text("a date", date, MAX_LINE)?;
            }
            if !one.text.fits() {
                return Err(too_much("the text", MAX_INLINE_TEXT));
            }
        }
        Ok(())
    }
}
