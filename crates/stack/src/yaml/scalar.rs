//! What a plain word means.

use super::Value;
use super::timestamp::timestamp;

/// The value of a plain (unquoted, untagged) word, as Go's yaml.v3 resolves it: YAML 1.2 words
/// for booleans and null (`yes` is text), YAML 1.1 and 1.2 integers (`0777`, `0o777`, `0x1f`,
/// `0b11`, `1_000`), floats, timestamps; no base 60.
pub(super) fn resolve(word: &str) -> Value {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Value::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = match word.as_bytes().first() {
        Some(b'.') => float(word),
        Some(b'0'..=b'9' | b'+' | b'-') => timestamp(word)
            .map(Value::Time)
            .or_else(|| integer(word))
            .or_else(|| float(&word.replace('_', ""))),
        _ => None,
    };
    number.unwrap_or_else(|| Value::Text(word.to_owned()))
}

/// The integer a word spells, if it spells one.
pub(super) fn integer(word: &str) -> Option<Value> {
    let plain = word.replace('_', "");
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    // A second sign after the first is no number, though Rust would take it.
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(value)) => Some(Value::Int(value)),
        (false, Err(_)) => Some(Value::UInt(magnitude)),
        (true, Ok(value)) => Some(Value::Int(-value)),
        (true, Err(_)) => (magnitude == 1 << 63).then_some(Value::Int(i64::MIN)),
    }
}

/// The float a word spells: digits with an optional point and exponent.
pub(super) fn float(word: &str) -> Option<Value> {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let exponent_ok = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    if !has_digits || !digits(whole) || !digits(fraction) || !exponent_ok {
        return None;
    }
    let value: f64 = word.parse().ok()?;
    value.is_finite().then_some(Value::Float(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_resolve_as_yaml_v3_resolves_them() {
        for (word, value) in [
            ("yes", Value::Text("yes".into())),
            ("on", Value::Text("on".into())),
            ("0777", Value::Int(511)),
            ("0o777", Value::Int(511)),
            ("0x1F", Value::Int(31)),
            ("-0x1F", Value::Int(-31)),
            ("0b11", Value::Int(3)),
            ("0b12", Value::Text("0b12".into())),
            ("1_000", Value::Int(1000)),
            ("1_0.5_0", Value::Float(10.5)),
            ("08", Value::Float(8.0)),
            ("1:30", Value::Text("1:30".into())),
            (".5", Value::Float(0.5)),
            ("5.", Value::Float(5.0)),
            ("+5", Value::Int(5)),
            ("+-5", Value::Text("+-5".into())),
            ("1.2.3", Value::Text("1.2.3".into())),
            ("18446744073709551615", Value::UInt(u64::MAX)),
            ("-9223372036854775808", Value::Int(i64::MIN)),
            ("99999999999999999999", Value::Float(1e20)),
            ("~", Value::Null),
            ("0", Value::Int(0)),
            ("-", Value::Text("-".into())),
        ] {
            assert_eq!(resolve(word), value, "{word}");
        }
    }
}
