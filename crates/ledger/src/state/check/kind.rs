//! What a resolution would do, and whether that can be done (D2, D11).

use super::words::{line, malformed, not_that, text, too_much};
use crate::{
    entry::Kind,
    ids::{RecipeName, Slug},
    limits::{MAX_REASON, MAX_STEWARDS},
    state::{Refused, State, Status},
};

impl State {
    /// Whether what a resolution would do can be done as of now.
    pub(in crate::state) fn check_kind(&self, kind: &Kind) -> Result<(), Refused> {
        let in_status = |slug: &Slug, status: &[Status], is_not| {
            let known = self.known(slug)?;
            if status.contains(&known.status) {
                Ok(())
            } else {
                Err(not_that(slug, is_not))
            }
        };
        let inside = [Status::Member, Status::Suspended];
        match kind {
            Kind::Text => Ok(()),
            Kind::Admit { collective, key } => match self.collectives.get(collective) {
                Some(known) if known.status == Status::Applied && known.key == *key => Ok(()),
                _ => Err(Refused::NotApplied {
                    collective: collective.clone(),
                }),
            },
            Kind::WaiveDues { collective, .. } | Kind::Exclude { collective } => {
                in_status(collective, &inside, "is no member")
            }
            Kind::Suspend { collective } => {
                in_status(collective, &[Status::Member], "is no member with a vote")
            }
            Kind::Reinstate { collective } => {
                in_status(collective, &[Status::Suspended], "is not suspended")
            }
            Kind::ReplaceKey { collective, key } => {
                let known = self.known(collective)?;
                if known.status == Status::Applied {
                    return Err(not_that(collective, "has applied with its key"));
                }
                if !known.was_member() {
                    return Err(not_that(collective, "is no member and was none"));
                }
                self.key_is_free(key)
            }
            Kind::ChangeRule { change } => {
                let rules = self.rules.changed(change);
                let why = if rules == self.rules {
                    "it changes nothing"
                } else if let Some(problem) = rules.problem() {
                    problem
                } else {
                    return line("the fiscal host", &rules.fiscal_host);
                };
                Err(malformed("the change of rules", why))
            }
            Kind::OpenBudget { budget } => {
                line("the budget's name", &budget.name)?;
                text("who does the work", &budget.who, MAX_REASON)?;
                text("when the work happens", &budget.when, MAX_REASON)?;
                text("what the money is for", &budget.purpose, MAX_REASON)?;
                let currency = &budget.amount.currency;
                if budget.amount.minor <= 0 || *currency != self.rules.hourly_rate.currency {
                    let why = format!(
                        "it is more than nothing, in {}",
                        self.rules.hourly_rate.currency
                    );
                    return Err(malformed("the amount", why));
                }
                if self.budgets.contains_key(&budget.number) {
                    let number = budget.number;
                    let what = "budget";
                    return Err(Refused::NumberTaken { what, number });
                }
                Ok(())
            }
            Kind::Steward {
                recipe,
                collectives,
            } => {
                let name = recipe.parse::<RecipeName>();
                name.map_err(|bad| malformed("the recipe's name", bad.why))?;
                if collectives.is_empty() || collectives.len() > MAX_STEWARDS {
                    return Err(too_much("stewards", MAX_STEWARDS));
                }
                let members = &[Status::Member];
                collectives
                    .iter()
                    .try_for_each(|slug| in_status(slug, members, "is no member with a vote"))
            }
        }
    }
}
