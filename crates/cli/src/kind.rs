//! What a resolution does, from flags to the form that the log has.

use allot_ledger::{
    PublicKey, Slug,
    entry::{Budget, Kind, More, RuleChange},
};

use crate::{
    args::proposal::{KindArgs, KindName},
    error::CliError,
    money,
};

/// A key, and whose it says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedKey {
    name: String,
    key: PublicKey,
}

/// Reads a verifier key.
///
/// # Errors
/// What is wrong with it, as a sentence for the command line.
pub fn key(text: &str) -> Result<NamedKey, String> {
    let (name, key) = PublicKey::from_verifier_key(text).map_err(|error| error.to_string())?;
    Ok(NamedKey { name, key })
}

/// Reads a kind as the log's JSON has it.
///
/// # Errors
/// What is wrong with it, as a sentence for the command line.
pub fn parse(json: &str) -> Result<Kind, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// The kind that flags name; `None` when they name none.
///
/// # Errors
/// `AL-7002` when a field is missing, `AL-7000` when one has no meaning for the kind or no sense.
pub fn of(mut args: KindArgs) -> Result<Option<Kind>, CliError> {
    let name = args.kind;
    let kind = match (args.kind_json.take(), name) {
        (Some(kind), _) => Some(kind),
        (None, Some(name)) => Some(take(name, &mut args)?),
        (None, None) => None,
    };
    let shown = kind.as_ref().map_or("text", Kind::name);
    match left(&args) {
        None => Ok(kind),
        Some(flag) => Err(CliError::Usage {
            message: format!("{flag} says nothing about a resolution of the kind {shown}"),
            help: "leave it out, or name the kind with --kind".into(),
        }),
    }
}

fn take(name: KindName, args: &mut KindArgs) -> Result<Kind, CliError> {
    Ok(match name {
        KindName::Text => Kind::Text,
        KindName::Admit => {
            let (collective, key) = whose_key(args)?;
            Kind::Admit { collective, key }
        }
        KindName::ReplaceKey => {
            let (collective, key) = whose_key(args)?;
            Kind::ReplaceKey { collective, key }
        }
        KindName::WaiveDues => Kind::WaiveDues {
            collective: collective(args)?,
            until: args.until.take(),
        },
        KindName::ChangeRule => Kind::ChangeRule {
            change: change(std::mem::take(&mut args.rules))?,
        },
        KindName::OpenBudget => Kind::OpenBudget {
            budget: budget(args)?,
        },
        KindName::Exclude => Kind::Exclude {
            collective: collective(args)?,
        },
        KindName::Suspend => Kind::Suspend {
            collective: collective(args)?,
        },
        KindName::Reinstate => Kind::Reinstate {
            collective: collective(args)?,
        },
        KindName::Steward => Kind::Steward {
            recipe: needed(args.recipe.take(), "--recipe", "--recipe wordpress")?,
            collectives: match std::mem::take(&mut args.stewards) {
                none if none.is_empty() => return Err(missing("--steward", "--steward sutty")),
                some => some,
            },
        },
    })
}

fn needed<T>(value: Option<T>, flag: &'static str, example: &str) -> Result<T, CliError> {
    value.ok_or_else(|| missing(flag, example))
}

fn missing(flag: &'static str, example: &str) -> CliError {
    CliError::MissingArgument {
        argument: flag,
        example: format!("allot resolution propose … {example}"),
    }
}

fn collective(args: &mut KindArgs) -> Result<Slug, CliError> {
    needed(args.collective.take(), "--collective", "--collective sutty")
}

fn whose_key(args: &mut KindArgs) -> Result<(Slug, PublicKey), CliError> {
    let collective = collective(args)?;
    let given = needed(args.key.take(), "--key", "--key sutty+0a1b2c3d+AbCd…")?;
    if given.name != collective.as_str() {
        return Err(CliError::Usage {
            message: format!("the key is for {}, not for {collective}", given.name),
            help: "ask the collective for its key: `allot federation status` shows it there".into(),
        });
    }
    Ok((collective, given.key))
}

fn budget(args: &mut KindArgs) -> Result<Budget, CliError> {
    Ok(Budget {
        number: needed(
            args.budget_number.take(),
            "--budget-number",
            "--budget-number 17",
        )?,
        name: needed(
            args.budget_name.take(),
            "--budget-name",
            "--budget-name Website",
        )?,
        amount: needed(args.amount.take(), "--amount", "--amount 'EUR 3500'")?,
        who: needed(args.who.take(), "--who", "--who sutty")?,
        when: needed(args.when.take(), "--when", "--when 2026")?,
        purpose: needed(
            args.purpose.take(),
            "--purpose",
            "--purpose 'a new website'",
        )?,
    })
}

fn change(rules: Vec<(String, String)>) -> Result<RuleChange, CliError> {
    if rules.is_empty() {
        return Err(missing("--rule", "--rule days_open=10"));
    }
    let mut change = RuleChange::default();
    for (name, value) in rules {
        set(&mut change, &name.replace('-', "_"), &value)?;
    }
    Ok(change)
}

fn set(change: &mut RuleChange, name: &str, value: &str) -> Result<(), CliError> {
    let whole = || {
        value
            .parse::<u32>()
            .map_err(|_| bad(name, value, "a whole number"))
    };
    let part = || part(value).ok_or_else(|| bad(name, value, "a part of all members, such as 1/2"));
    let money = || money::parse(value).map_err(|_| bad(name, value, "an amount, such as 'EUR 10'"));
    match name {
        "medium_for" => once(&mut change.medium_for, name, whole()?),
        "large_for" => once(&mut change.large_for, name, part()?),
        "days_open" => once(&mut change.days_open, name, whole()?),
        "dues_month" => once(&mut change.dues_month, name, money()?),
        "dues_year" => once(&mut change.dues_year, name, money()?),
        "dues_grace_days" => once(&mut change.dues_grace_days, name, whole()?),
        "hourly_rate" => once(&mut change.hourly_rate, name, money()?),
        "buffer" => once(&mut change.buffer, name, money()?),
        "fiscal_host" => once(&mut change.fiscal_host, name, value.to_owned()),
        "host_fee_bps" => once(&mut change.host_fee_bps, name, whole()?),
        "participation_window" => once(&mut change.participation_window, name, whole()?),
        "witnesses" => once(&mut change.witnesses, name, part()?),
        _ => Err(CliError::Usage {
            message: format!("there is no rule `{name}`"),
            help: "the rules are medium_for, large_for, days_open, dues_month, dues_year, dues_grace_days, \
                   hourly_rate, buffer, fiscal_host, host_fee_bps, participation_window and witnesses"
                .into(),
        }),
    }
}

fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), CliError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(CliError::Usage {
            message: format!("the rule {name} is given twice"),
            help: "give each rule once".into(),
        }),
    }
}

/// `1/2` means "more than one half".
fn part(text: &str) -> Option<More> {
    let (than, of) = text.split_once('/')?;
    Some(More {
        than: than.parse().ok()?,
        of: of.parse().ok()?,
    })
}

fn bad(name: &str, value: &str, expected: &str) -> CliError {
    CliError::Usage {
        message: format!("the rule {name} cannot be `{value}`"),
        help: format!("give {expected}"),
    }
}

/// The first flag that is left over.
fn left(args: &KindArgs) -> Option<&'static str> {
    [
        (args.collective.is_some(), "--collective"),
        (args.key.is_some(), "--key"),
        (args.until.is_some(), "--until"),
        (!args.rules.is_empty(), "--rule"),
        (args.budget_number.is_some(), "--budget-number"),
        (args.budget_name.is_some(), "--budget-name"),
        (args.amount.is_some(), "--amount"),
        (args.who.is_some(), "--who"),
        (args.when.is_some(), "--when"),
        (args.purpose.is_some(), "--purpose"),
        (args.recipe.is_some(), "--recipe"),
        (!args.stewards.is_empty(), "--steward"),
    ]
    .into_iter()
    .find_map(|(given, flag)| given.then_some(flag))
}

#[cfg(test)]
mod tests;
