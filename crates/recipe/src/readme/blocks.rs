//! A README as a flat list of headings, paragraphs and list items.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// A heading, a paragraph or a list item.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub kind: Kind,
    pub pieces: Vec<Piece>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Paragraph,
    Heading,
    /// A list item, and how many lists it lies in.
    Item(usize),
}

/// A run of text, or a link.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Link { text: String, url: String },
}

impl Block {
    /// The text as a reader sees it, in one line.
    pub fn text(&self) -> String {
        let all: String = self.pieces.iter().map(Piece::text).collect();
        all.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn push(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }
}

impl Piece {
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Link { text, .. } => text,
        }
    }
}

/// The blocks in the order in which they begin. Code, HTML and pictures are left out.
pub(super) fn blocks(readme: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    for event in Parser::new(readme) {
        reader.take(event);
    }
    reader.done
}

#[derive(Default)]
struct Reader {
    done: Vec<Block>,
    /// The blocks that are not closed yet, the innermost last; `None` is a paragraph that belongs to a list item.
    open: Vec<Option<usize>>,
    lists: usize,
    /// How many pictures and code blocks we are in.
    muted: usize,
    link: Option<(String, String)>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => self.text("\n"),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.open(Kind::Heading),
            Tag::Paragraph if self.in_item() => {
                self.text("\n");
                self.open.push(None);
            }
            Tag::Paragraph => self.open(Kind::Paragraph),
            Tag::Item => self.open(Kind::Item(self.lists)),
            Tag::List(_) => self.lists += 1,
            Tag::Image { .. } | Tag::CodeBlock(_) => self.muted += 1,
            Tag::Link { dest_url, .. } if self.muted == 0 => {
                self.link = Some((String::new(), dest_url.into_string()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::Item => {
                self.open.pop();
            }
            TagEnd::List(_) => self.lists = self.lists.saturating_sub(1),
            TagEnd::Image | TagEnd::CodeBlock => self.muted = self.muted.saturating_sub(1),
            TagEnd::Link => self.end_link(),
            _ => {}
        }
    }

    fn open(&mut self, kind: Kind) {
        self.open.push(Some(self.done.len()));
        self.done.push(Block {
            kind,
            ..Block::default()
        });
    }

    fn in_item(&mut self) -> bool {
        self.current()
            .is_some_and(|block| matches!(block.kind, Kind::Item(_)))
    }

    fn current(&mut self) -> Option<&mut Block> {
        let at = self.open.iter().rev().find_map(|at| *at)?;
        self.done.get_mut(at)
    }

    fn text(&mut self, text: &str) {
        if self.muted > 0 {
            return;
        }
        if let Some((link, _)) = &mut self.link {
            link.push_str(text);
        } else if let Some(block) = self.current() {
            block.push(text);
        }
    }

    /// A link around a picture only (a badge) has no text and says nothing.
    fn end_link(&mut self) {
        let Some((text, url)) = self.link.take() else {
            return;
        };
        if let Some(block) = self.current().filter(|_| !text.trim().is_empty()) {
            block.pieces.push(Piece::Link { text, url });
        }
    }
}
