//! Shares of CPUs: `0.5`, `2`, `1/4`.

/// Why a CPU share is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CpusError {
    /// Not a number.
    #[error("it is not a number of CPUs")]
    NotANumber,
    /// Finer than a billionth of a CPU.
    #[error("it is finer than a billionth of a CPU")]
    TooPrecise,
}

/// Billionths of a CPU, as docker's `ParseCPUs` reads them: a decimal number, with an exponent
/// or as a fraction of two integers.
///
/// # Errors
/// See [`CpusError`].
pub fn parse_cpus(text: &str) -> Result<i64, CpusError> {
    let (numerator, denominator) = rational(text).ok_or(CpusError::NotANumber)?;
    let nanos = numerator
        .checked_mul(1_000_000_000)
        .ok_or(CpusError::NotANumber)?;
    if nanos % denominator != 0 {
        return Err(CpusError::TooPrecise);
    }
    i64::try_from(nanos / denominator).map_err(|_| CpusError::NotANumber)
}

fn rational(text: &str) -> Option<(i128, i128)> {
    if let Some((top, bottom)) = text.split_once('/') {
        let bottom: i128 = bottom.parse().ok().filter(|b| *b > 0)?;
        return Some((top.parse().ok()?, bottom));
    }
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 24 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i128 = digits.parse().ok()?;
    let value = if negative { -value } else { value };
    let scale = i32::try_from(fraction.len()).ok()? - exponent;
    let factor = 10_i128.checked_pow(scale.unsigned_abs())?;
    if scale >= 0 {
        Some((value, factor))
    } else {
        Some((value.checked_mul(factor)?, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_billionths_of_a_cpu() {
        for (text, nanos) in [
            ("0.5", 500_000_000),
            ("2", 2_000_000_000),
            (".25", 250_000_000),
            ("1/4", 250_000_000),
            ("1e-3", 1_000_000),
            ("0.000000001", 1),
        ] {
            assert_eq!(parse_cpus(text), Ok(nanos), "{text}");
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in ["", "x", ".", "1/0", "0.5.5", "50%"] {
            assert_eq!(parse_cpus(text), Err(CpusError::NotANumber), "{text}");
        }
        assert_eq!(parse_cpus("0.0000000001"), Err(CpusError::TooPrecise));
        assert_eq!(parse_cpus("1/3"), Err(CpusError::TooPrecise));
    }
}
