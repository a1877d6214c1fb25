//! What can be wrong with a dotenv file. No message ever holds a value: it may be a password.

/// Why a dotenv file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    /// A line is not dotenv.
    #[error("{file}:{line}:{column}: {cause}")]
    Syntax {
        /// The file, as the caller named it.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong there.
        cause: Syntax,
    },
    /// The bytes are not UTF-8 text.
    #[error("{file}:{line}: the line holds bytes that are not UTF-8 text")]
    NotText {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// The file is larger than an env file may be.
    #[error("{file}: {size} bytes are more than the {limit} that an env file may have")]
    TooLarge {
        /// The file.
        file: String,
        /// Its size in bytes.
        size: u64,
        /// The most bytes it may have.
        limit: u64,
    },
    /// `set` was given a key that cannot be one.
    #[error(
        "`{key}` cannot be the name of a variable: it is made of letters, digits and `_` and does not begin with a digit"
    )]
    BadKey {
        /// The key, shortened.
        key: String,
    },
    /// `set` was given a value that no line can hold.
    #[error("the value for {key} cannot be written to {file}: {why}")]
    BadValue {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// What is wrong with the value.
        why: &'static str,
    },
}

/// What is wrong at one place of a dotenv file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Syntax {
    /// The line does not begin with the name of a variable.
    #[error("a variable's name is expected here, found `{found}`")]
    KeyExpected {
        /// The character that stands there.
        found: char,
    },
    /// A name without `=`.
    #[error("`{key}` is followed by neither `=` nor `:`")]
    NothingAssigned {
        /// The name.
        key: String,
    },
    /// A quote that never ends.
    #[error("the value of {key} begins with {quote}, which is never closed")]
    UnclosedQuote {
        /// The variable.
        key: String,
        /// The quote.
        quote: char,
    },
    /// Something stands between the closing quote and the end of the line.
    #[error("text follows the closing quote of {key}")]
    TextAfterQuote {
        /// The variable.
        key: String,
    },
    /// `${` that never ends or does not hold a name.
    #[error("the value of {key} holds `${{` that is not a variable: {why}")]
    BadReference {
        /// The variable whose value it is.
        key: String,
        /// What is wrong.
        why: &'static str,
    },
    /// References that refer to each other make the value grow beyond what a process may be given.
    #[error("the value of {key} grows beyond {limit} bytes when its variables are expanded")]
    TooLong {
        /// The variable.
        key: String,
        /// The most bytes a value may have.
        limit: usize,
    },
    /// A NUL character.
    #[error("the value of {key} holds a NUL character")]
    Nul {
        /// The variable.
        key: String,
    },
}

impl EnvError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "AL-1101",
            Self::NotText { .. } => "AL-1102",
            Self::TooLarge { .. } => "AL-1103",
            Self::BadKey { .. } | Self::BadValue { .. } => "AL-1104",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Syntax { cause, .. } => cause.remedy(),
            Self::NotText { .. } => "save the file as UTF-8".to_owned(),
            Self::TooLarge { .. } => {
                "put long texts into a file of the recipe, not into the env".to_owned()
            }
            Self::BadKey { .. } => "use a name such as DOMAIN or MAIL_HOST".to_owned(),
            Self::BadValue { .. } => "put this value into a secret or a file instead".to_owned(),
        })
    }
}

impl Syntax {
    fn remedy(&self) -> String {
        match self {
            Self::KeyExpected { .. } => "write KEY=value, and `#` before a comment; if the line above goes on here, put its whole value in quotes".to_owned(),
            Self::NothingAssigned { key } => format!("write `{key}=` to set it to nothing, or `#` before it"),
            Self::UnclosedQuote { quote, .. } => format!("close it with {quote}, or put the value in the other kind of quotes"),
            Self::TextAfterQuote { .. } => "put the whole value in one pair of quotes, and a blank and `#` before a comment".to_owned(),
            Self::BadReference { .. } => "write ${NAME} or ${NAME:-default}; for a literal `$` put the value in single quotes".to_owned(),
            Self::TooLong { .. } => "remove the lines that repeat the variable within itself".to_owned(),
            Self::Nul { .. } => "remove the NUL character".to_owned(),
        }
    }
}
