//! What a resolution does, in words: the same for whoever shows one.

use std::fmt;

use serde_json::Value;

use super::{Kind, Money, RuleChange};
use crate::ids::Slug;

impl fmt::Display for Money {
    /// `EUR 3500.00`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        let (whole, cents) = (minor / 100, minor % 100);
        write!(f, "{} {sign}{whole}.{cents:02}", self.currency)
    }
}

impl Kind {
    /// One sentence's end: "once it passes, it ...".
    #[must_use]
    pub fn does(&self) -> String {
        match self {
            Kind::Text => "changes nothing by itself: people act on it".to_owned(),
            Kind::Admit { collective, key } => format!(
                "admits {collective}, with the key {}",
                key.verifier_key(collective.as_str())
            ),
            Kind::WaiveDues {
                collective,
                until: None,
            } => format!("waives the dues of {collective}, without an end"),
            Kind::WaiveDues {
                collective,
                until: Some(day),
            } => format!("waives the dues of {collective} until {day}"),
            Kind::ChangeRule { change } => format!("changes rules: {}", rules(change)),
            Kind::OpenBudget { budget } => format!(
                "opens budget {:03}, {}: {}",
                budget.number, budget.name, budget.amount
            ),
            Kind::Exclude { collective } => format!("ends the membership of {collective}"),
            Kind::Suspend { collective } => format!("lets the rights of {collective} rest"),
            Kind::Reinstate { collective } => format!("gives {collective} its rights back"),
            Kind::ReplaceKey { collective, key } => format!(
                "gives {collective} the key {} in place of its present one",
                key.verifier_key(collective.as_str())
            ),
            Kind::Steward {
                recipe,
                collectives,
            } => format!(
                "makes {} the stewards of {recipe}, in place of whoever was",
                list(collectives)
            ),
        }
    }
}

fn list(collectives: &[Slug]) -> String {
    let names: Vec<&str> = collectives.iter().map(Slug::as_str).collect();
    names.join(", ")
}

/// Each changed rule with its new value, by the names that the log uses.
fn rules(change: &RuleChange) -> String {
    let fields = match serde_json::to_value(change) {
        Ok(Value::Object(fields)) => fields,
        _ => return "unknown".to_owned(),
    };
    let each: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name} becomes {}", self::value(value)))
        .collect();
    each.join(", ")
}

fn value(value: &Value) -> String {
    if let (Some(than), Some(of)) = (value.get("than"), value.get("of")) {
        return format!("more than {than}/{of}");
    }
    if let Ok(money) = serde_json::from_value(value.clone()) {
        return Money::to_string(&money);
    }
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
