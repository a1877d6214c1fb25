//! Amounts as people type and read them.

use allot_ledger::entry::Money;

/// The federation's decisions are in euros unless they say otherwise.
const USUAL: &str = "EUR";

/// Reads `3500`, `3500.00`, `EUR 3500` or `3500 EUR`.
///
/// # Errors
/// What is wrong with it, as a sentence for the command line.
pub fn parse(text: &str) -> Result<Money, String> {
    let mut currency = USUAL;
    let mut amount = None;
    for word in text.split_whitespace() {
        if word.chars().all(|c| c.is_ascii_uppercase()) && word.len() == 3 {
            currency = word;
        } else if amount.replace(word).is_some() {
            return Err(wrong());
        }
    }
    Ok(Money {
        minor: amount.and_then(cents).ok_or_else(wrong)?,
        currency: currency.to_owned(),
    })
}

fn wrong() -> String {
    "expected an amount such as 3500, 3500.00 or 'EUR 3500', not negative".to_owned()
}

fn cents(amount: &str) -> Option<i64> {
    let (whole, part) = amount.split_once('.').unwrap_or((amount, "00"));
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() != 2 {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    whole.checked_mul(100)?.checked_add(part.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_they_are_written() {
        for (text, shown) in [
            ("3500", "EUR 3500.00"),
            ("3500.05", "EUR 3500.05"),
            ("GBP 12", "GBP 12.00"),
            ("0.99 EUR", "EUR 0.99"),
        ] {
            assert_eq!(Money::to_string(&parse(text).unwrap()), shown);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let huge = "92233720368547759";
        for text in [
            "", "EUR", "-5", "3,500", "1.5", "1.", ".50", "1.234", "5 6", "1e3", huge,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
