//! Resolutions of before the log (D10).

use std::collections::BTreeSet;

use super::words::{line, malformed, text, too_much};
use crate::{
    entry::{Imported, Number},
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
            // History is of before the log: what comes after the log's own cannot be it.
            if let Some(own) = self.newest_own().filter(|own| number > *own) {
                let why = format!(
                    "resolution {number} would come after {own}, which is the log's own (D10)"
                );
                return Err(malformed("the number", why));
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

    /// The highest number that the log has given itself. What was imported has none above it (D10), but before the log
    /// has given any.
    #[must_use]
    pub fn newest_own(&self) -> Option<Number> {
        let newest = self.resolutions.values().rev();
        let mut own = newest.filter(|resolution| resolution.imported.is_none());
        own.next().map(|resolution| resolution.number)
    }
}
