//! Sizes of memory: `512M`, `1gb`, `64 KiB`.

/// Bytes in a size as go-units' `RAMInBytes` reads it: a number, an optional blank, and one of
/// `b k m g t p` with an optional `b` or `ib`, in any case. All units are powers of 1024.
pub fn parse_size(text: &str) -> Option<i64> {
    let split = text.rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ')?;
    let (number, suffix) = text.split_at(split + 1);
    let number = number.strip_suffix(' ').unwrap_or(number);
    let size: f64 = float(number)?;
    if size < 0.0 {
        return None;
    }
    let suffix = suffix.to_ascii_lowercase();
    let power = match suffix.as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        "p" | "pb" | "pib" => 5,
        _ => return None,
    };
    #[allow(
        clippy::cast_possible_truncation,
        reason = "cut to whole bytes, as docker does"
    )]
    Some((size * 1024_f64.powi(power)) as i64)
}

/// A float without the words (`inf`, `nan`) that Rust would take.
fn float(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'e' | b'E'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes_are_powers_of_1024() {
        for (text, bytes) in [
            ("512", 512),
            ("1k", 1024),
            ("1gb", 1 << 30),
            ("64 KiB", 65536),
            ("0.5M", 1 << 19),
            ("10b", 10),
            ("1.5G", 3 << 29),
            ("2MB", 2 << 20),
            ("1e3", 1000),
        ] {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_none() {
        for text in ["", "M", "-1M", "5x", "5mx", "1 2 M", "5bb", "inf", "5  M"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }
}
