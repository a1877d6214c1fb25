//! What a passed resolution does by itself (D11). What has become impossible meanwhile has no effect, and says so.

use std::collections::BTreeSet;

use super::{Change, Effect, Event, OpenedBudget, State, Status, Waiver};
use crate::entry::{Kind, Number};

impl State {
    pub(super) fn take_effect(
        &mut self,
        by: Number,
        kind: &Kind,
        events: &mut Vec<Event>,
    ) -> Effect {
        let kind = self.still_possible(kind);
        if let Err(refused) = self.check_kind(&kind) {
            return Effect::None {
                why: refused.to_string(),
            };
        }
        match kind {
            Kind::Text => {}
            Kind::Admit { collective, .. } => {
                self.rights_become(&collective, Status::Member, Change::Admitted, events);
            }
            Kind::WaiveDues { collective, until } => {
                if let Some(known) = self.collectives.get_mut(&collective) {
                    known.waiver = Some(Waiver { by, until });
                }
                events.push(Event::DuesWaived {
                    collective,
                    until,
                    resolution: by,
                });
            }
            Kind::ChangeRule { change } => {
                self.rules = self.rules.changed(&change);
                events.push(Event::RulesChanged { resolution: by });
            }
            Kind::OpenBudget { budget } => {
                let opened = OpenedBudget {
                    by,
                    since: self.time,
                    budget: budget.clone(),
                };
                self.budgets.insert(budget.number, opened);
                events.push(Event::BudgetOpened {
                    budget: budget.number,
                    resolution: by,
                });
            }
            Kind::Exclude { collective } => {
                self.rights_become(&collective, Status::Excluded, Change::Excluded, events);
            }
            Kind::Suspend { collective } => {
                self.rights_become(&collective, Status::Suspended, Change::Suspended, events);
            }
            Kind::Reinstate { collective } => {
                self.rights_become(&collective, Status::Member, Change::Reinstated, events);
            }
            Kind::ReplaceKey { collective, key } => self.replace_key(&collective, key, events),
            Kind::Steward {
                recipe,
                collectives,
            } => {
                let stewards: BTreeSet<_> = collectives.into_iter().collect();
                self.stewards.insert(recipe.clone(), stewards);
                events.push(Event::StewardsChanged {
                    recipe,
                    resolution: by,
                });
            }
        }
        Effect::Done
    }

    /// Stewards that are no longer members drop out; the others still look after the recipe.
    fn still_possible(&self, kind: &Kind) -> Kind {
        let mut kind = kind.clone();
        if let Kind::Steward { collectives, .. } = &mut kind {
            let voting = |slug: &_| self.is_voting(slug);
            if collectives.iter().any(voting) {
                collectives.retain(voting);
            }
        }
        kind
    }
}
