//! Files named by `env_file:`.

use std::collections::BTreeMap;

/// The longest line docker reads.
const MAX_LINE: usize = 64 * 1024;

/// Reads `KEY=value` lines as docker's `kvfile` does: values are taken as they stand (quotes and
/// trailing comments included), `#` begins a comment line, a key without `=` takes its value from
/// `env` and is dropped when there is none. The last line of a key wins.
///
/// # Errors
/// The line, from 1, and one sentence.
pub fn parse_env_file(
    bytes: &[u8],
    env: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, (usize, &'static str)> {
    let mut out = BTreeMap::new();
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    for (index, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let fail = |reason| (index + 1, reason);
        if line.len() >= MAX_LINE {
            return Err(fail("the line is longer than 64 KiB"));
        }
        let line = std::str::from_utf8(line).map_err(|_| fail("it is not UTF-8"))?;
        let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (line, env.get(line).cloned()),
        };
        if key.is_empty() {
            return Err(fail("there is no variable name before `=`"));
        }
        if key.contains([' ', '\t']) {
            return Err(fail("the variable name has blanks in it"));
        }
        if let Some(value) = value {
            out.insert(key.to_owned(), value);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::parse_env_file;

    #[test]
    fn values_are_taken_as_they_stand() {
        let env = [("FROM".to_owned(), "env".to_owned())].into();
        let text = b"\xEF\xBB\xBFA=1\nQ=\"q\"\n  N= x # c\r\n#c\n\nFROM\nNONE\nE=\nA=2\n";
        let got = parse_env_file(text, &env).unwrap();
        let want = [
            ("A", "2"),
            ("Q", "\"q\""),
            ("N", " x # c"),
            ("FROM", "env"),
            ("E", ""),
        ];
        assert_eq!(got, want.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    }

    #[test]
    fn broken_lines_are_named() {
        assert_eq!(
            parse_env_file(b"A=1\nB C=2\n", &[].into()).unwrap_err().0,
            2
        );
        assert_eq!(parse_env_file(b"=x\n", &[].into()).unwrap_err().0, 1);
        assert_eq!(parse_env_file(b"A=\xFF\n", &[].into()).unwrap_err().0, 1);
    }
}
