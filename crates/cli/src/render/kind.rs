//! What a resolution does, in more words than one sentence has.

use allot_ledger::entry::Kind;

/// The fields that the sentence leaves out.
#[must_use]
pub fn more(kind: &Kind) -> Vec<(&'static str, String)> {
    match kind {
        Kind::OpenBudget { budget } => vec![
            ("who", budget.who.clone()),
            ("when", budget.when.clone()),
            ("purpose", budget.purpose.clone()),
        ],
        _ => Vec::new(),
    }
}
