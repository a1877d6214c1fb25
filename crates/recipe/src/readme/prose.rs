//! The description and the website, from the paragraphs at the top of a README.

use super::blocks::{Block, Kind};
use super::contact::web_address;
use crate::help::shorten;

/// The most characters of a description: a line or two in a table.
const LONGEST_DESCRIPTION: usize = 500;

/// The sentence with which abra's template begins. Who has not changed it has not described anything.
const TEMPLATE: &str = "one line description of the recipe";

#[derive(Default)]
pub(super) struct Prose {
    pub description: Option<String>,
    pub website: Option<String>,
}

/// Looks at the paragraphs between the title and the first heading after it.
pub(super) fn prose(blocks: &[Block]) -> Prose {
    let mut prose = Prose::default();
    let title = usize::from(blocks.first().is_some_and(|b| b.kind == Kind::Heading));
    let top = blocks
        .iter()
        .skip(title)
        .take_while(|block| block.kind != Kind::Heading);
    for block in top.filter(|block| block.kind == Kind::Paragraph) {
        let text = block.text();
        if let Some(address) = web_address(&text) {
            prose.website.get_or_insert(address);
        } else if !text.is_empty() && !text.to_lowercase().starts_with(TEMPLATE) {
            prose
                .description
                .get_or_insert_with(|| shorten(&text, LONGEST_DESCRIPTION));
        }
    }
    prose
}
