//! Who looks after a recipe: Resolution 025 asks for a named maintainer with a contact in the README.
//!
//! Found in a list item or paragraph that begins with `Maintainer:`, `Maintainers:` or `Maintained by`, in the items below
//! such an item, and in the section of such a heading.

use super::blocks::{Block, Kind, Piece};
use super::contact::Contact;
use crate::help::shorten;

/// The most maintainers that are taken from one README.
const MOST: usize = 20;

/// The most characters of a name.
const LONGEST_NAME: usize = 80;

/// Somebody who looks after a recipe: a collective, a person or an alias.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Maintainer {
    /// The name as written.
    pub name: String,
    /// An e-mail address, a Matrix id, or else the page that the name links to; [`Contact::parse`] tells which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

impl Maintainer {
    /// Whether it can be reached in a way that Resolution 025 takes.
    pub fn can_be_reached(&self) -> bool {
        self.contact
            .as_deref()
            .and_then(Contact::parse)
            .is_some_and(|contact| contact.reaches_somebody())
    }
}

pub(super) fn maintainers(blocks: &[Block]) -> Vec<Maintainer> {
    let mut found: Vec<Maintainer> = Vec::new();
    let mut section = false;
    // The depth of the list item that said `Maintainers:`.
    let mut below = None;
    for block in blocks {
        let depth = match block.kind {
            Kind::Heading => {
                section = is_word(block.text().trim_end_matches(':'));
                below = None;
                continue;
            }
            Kind::Paragraph => 0,
            Kind::Item(depth) => depth,
        };
        let persons = match label_length(block) {
            Some(skip) => {
                below = Some(depth);
                persons(block, skip)
            }
            None if section || below.is_some_and(|label| depth > label) => persons(block, 0),
            None => {
                below = None;
                continue;
            }
        };
        for person in persons {
            if found.len() < MOST && !found.iter().any(|known| known.name == person.name) {
                found.push(person);
            }
        }
    }
    found
}

fn is_word(text: &str) -> bool {
    matches!(
        text.trim().to_lowercase().as_str(),
        "maintainer" | "maintainers" | "recipe maintainer" | "recipe maintainers" | "maintained by"
    )
}

/// How many bytes of the block's first piece are the label `Maintainer:`; `None` when it has none.
fn label_length(block: &Block) -> Option<usize> {
    let first = match block.pieces.first()? {
        Piece::Text(text) => text,
        Piece::Link { .. } => return None,
    };
    if let Some(colon) = first.find(':')
        && is_word(first.get(..colon)?)
    {
        return Some(colon + 1);
    }
    const PHRASE: &str = "maintained by ";
    let begins = first
        .get(..PHRASE.len())
        .is_some_and(|text| text.eq_ignore_ascii_case(PHRASE));
    begins.then_some(PHRASE.len())
}

/// The persons that a block names, with commas, semicolons, `and` or line ends between them.
fn persons(block: &Block, skip: usize) -> Vec<Maintainer> {
    let mut drafts = vec![Draft::default()];
    let mut depth = 0usize;
    for (index, piece) in block.pieces.iter().enumerate() {
        match piece {
            Piece::Text(text) => {
                let from = if index == 0 { skip } else { 0 };
                read_text(
                    text.get(from..).unwrap_or_default(),
                    &mut drafts,
                    &mut depth,
                );
            }
            Piece::Link { text, url } => {
                if let Some(draft) = drafts.last_mut() {
                    draft.link(text, url);
                }
            }
        }
    }
    drafts.into_iter().filter_map(Draft::finish).collect()
}

/// Splits text into persons; what stands in parentheses belongs to the person before them.
fn read_text(text: &str, drafts: &mut Vec<Draft>, depth: &mut usize) {
    let text = text.replace(" and ", " , ").replace(" & ", " , ");
    for c in text.chars() {
        match c {
            '(' => *depth += 1,
            ')' => *depth = depth.saturating_sub(1),
            ',' | ';' | '\n' if *depth == 0 => {
                drafts.push(Draft::default());
                continue;
            }
            _ => {}
        }
        if let Some(draft) = drafts.last_mut() {
            draft.text.push(c);
        }
    }
}

#[derive(Default)]
struct Draft {
    text: String,
    linked: Option<String>,
    contacts: Vec<Contact>,
}

impl Draft {
    fn link(&mut self, text: &str, url: &str) {
        self.contacts.extend(Contact::parse(url));
        let says_how = matches!(
            text.trim().to_lowercase().as_str(),
            "mail" | "email" | "e-mail" | "matrix" | "chat" | "contact"
        );
        // Behind a name, a link says how that name is reached.
        if !says_how && self.text.trim().is_empty() && Contact::parse(text).is_none() {
            self.linked.get_or_insert_with(|| text.to_owned());
        }
    }

    fn finish(mut self) -> Option<Maintainer> {
        let mut words = Vec::new();
        for word in self.text.split_whitespace() {
            match Contact::parse(word) {
                Some(contact) => self.contacts.push(contact),
                None => words.push(word),
            }
        }
        let plain = words.join(" ");
        let plain = plain.split('(').next().unwrap_or_default();
        // The order of the variants is the order of preference, and the first of a kind wins.
        self.contacts
            .sort_by_key(|contact| !contact.reaches_somebody());
        let contact = self.contacts.first().map(ToString::to_string);
        let name = self
            .linked
            .as_deref()
            .and_then(clean)
            .or_else(|| clean(plain))
            .or_else(|| contact.clone())?;
        Some(Maintainer {
            name: shorten(&name, LONGEST_NAME),
            contact,
        })
    }
}

/// A name without markup; `None` for what says that there is nobody.
fn clean(name: &str) -> Option<String> {
    let name = name.trim_matches(|c: char| c.is_whitespace() || "*_`<>()[]|-–—:.?".contains(c));
    let nobody = [
        "",
        "none",
        "n/a",
        "na",
        "nobody",
        "no one",
        "tbd",
        "tba",
        "unmaintained",
        "wanted",
        "help wanted",
        "looking for maintainers",
        "looking for a maintainer",
        "needed",
        "unknown",
        "no",
        "yes",
    ];
    let lower = name.to_lowercase();
    (!nobody.contains(&lower.as_str())).then(|| name.to_owned())
}
