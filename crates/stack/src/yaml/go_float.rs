//! Floating point numbers as Go's `fmt.Sprint` writes them.

/// The shortest text that reads back as `value`, with an exponent when that is below -4 or at
/// least 6 (Go's `%v` for `float64`).
pub(crate) fn format_float(value: f64) -> String {
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let Ok(exponent) = exponent.parse::<i32>() else {
        return scientific;
    };
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::format_float;

    #[test]
    fn floats_print_as_the_docker_cli_prints_them() {
        for (value, text) in [
            (1.0, "1"),
            (0.5, "0.5"),
            (2.71, "2.71"),
            (1e6, "1e+06"),
            (1e20, "1e+20"),
            (1e21, "1e+21"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (100_000.0, "100000"),
            (1_234_567.5, "1.2345675e+06"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(format_float(value), text);
        }
    }
}
