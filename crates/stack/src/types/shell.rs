//! Splitting a command line into words.

/// Words of a command line as google/shlex splits them: blanks separate, quotes join, a
/// backslash takes the next character (in double quotes too), `#` at the start of a word makes
/// the rest of the line a comment. Nothing is expanded.
///
/// # Errors
/// One sentence when a quote or a backslash is left open.
pub fn split_words(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '#' if word.is_none() => {
                chars.by_ref().find(|c| *c == '\n');
            }
            '\\' => word
                .get_or_insert_default()
                .push(chars.next().ok_or("it ends in a backslash")?),
            '\'' => quoted(&mut chars, word.get_or_insert_default(), '\'')?,
            '"' => quoted(&mut chars, word.get_or_insert_default(), '"')?,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted(
    chars: &mut std::str::Chars<'_>,
    word: &mut String,
    quote: char,
) -> Result<(), &'static str> {
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => word.push(chars.next().ok_or("it ends in a backslash")?),
            c => word.push(c),
        }
    }
    Err("a quote is not closed")
}

#[cfg(test)]
mod tests {
    use super::split_words;

    #[test]
    fn words_split_as_the_docker_cli_splits_them() {
        for (line, words) in [
            ("a b", vec!["a", "b"]),
            ("a 'b c' \"d \\\" e\"", vec!["a", "b c", "d \" e"]),
            ("sh -c \"echo $$HOME\"", vec!["sh", "-c", "echo $$HOME"]),
            ("a\\ b", vec!["a b"]),
            ("a '' b", vec!["a", "", "b"]),
            ("a # c\nb", vec!["a", "b"]),
            ("a#b", vec!["a#b"]),
            ("--x='a b'c", vec!["--x=a bc"]),
            ("", vec![]),
            ("\"\\n\"", vec!["n"]),
            ("é ö", vec!["é", "ö"]),
        ] {
            assert_eq!(split_words(line).unwrap(), words, "{line}");
        }
    }

    #[test]
    fn open_quotes_are_refused() {
        for line in ["'a", "\"a", "a\\", "\"a\\"] {
            assert!(split_words(line).is_err(), "{line}");
        }
    }
}
