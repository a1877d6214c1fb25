//! Resolutions of before the log.

use crate::{
    entry::{Content, Imported, ImportedState, Kind, Size, Text},
    ids::Slug,
    state::{Event, Phase, Resolution, Source, State, WrittenDates},
};

impl State {
    pub(super) fn import(&mut self, slug: &Slug, imported: &[Imported], events: &mut Vec<Event>) {
        for (item, one) in (0..).zip(imported) {
            let resolution = Resolution {
                title: one.title.clone(),
                size: one.size,
                source: Source {
                    entry: self.size,
                    item,
                },
                phase: match one.state {
                    ImportedState::Draft => Phase::Draft,
                    ImportedState::InProgress => Phase::Open,
                    ImportedState::Passed => Phase::Passed,
                    ImportedState::Stalled => Phase::Stalled,
                    ImportedState::Rejected => Phase::Rejected,
                    ImportedState::Withdrawn => Phase::Withdrawn,
                },
                imported: Some(WrittenDates {
                    date: one.date.clone(),
                    deadline: one.deadline.clone(),
                    passed_on: one.passed_on.clone(),
                }),
                ..self.drafted(one.number, slug, &history())
            };
            self.resolutions.insert(one.number, resolution);
        }
        events.push(Event::Imported {
            resolutions: imported.iter().map(|one| one.number).collect(),
        });
    }
}

/// What an imported resolution is drafted from; all that it says is filled in after.
fn history() -> Content {
    Content {
        title: String::new(),
        size: Size::Large,
        kind: Kind::Text,
        text: Text::Inline(String::new()),
    }
}
