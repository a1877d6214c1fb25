//! How an error is told on the terminal.

use std::error::Error;

/// Prints an error as all of Allotment's programs do: what, why, what to do.
pub fn tell(error: &dyn Error, code: &str, help: Option<&str>) {
    eprintln!("error[{code}]: {error}");
    for cause in chain(error).iter().skip(1) {
        eprintln!("  cause: {cause}");
    }
    if let Some(help) = help {
        eprintln!("  help: {help}");
    }
}

/// An error and what led to it in one line, for a log or a list.
#[must_use]
pub fn in_one_line(error: &dyn Error) -> String {
    chain(error).join(": ")
}

/// An error and what led to it, from near to far. Libraries wrap an error in one that says the same: once is enough.
fn chain(error: &dyn Error) -> Vec<String> {
    let chain = std::iter::successors(Some(error), |&e| e.source());
    let mut said: Vec<String> = chain.map(ToString::to_string).collect();
    said.dedup();
    said
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{said}")]
    struct Wrapped {
        said: &'static str,
        source: Option<Box<Wrapped>>,
    }

    #[test]
    fn a_cause_that_only_says_the_same_again_is_told_once() {
        let chain = ["a", "b", "b", "c", "b"].iter().rev();
        let error = chain.fold(None, |source, said| {
            Some(Box::new(Wrapped { said, source }))
        });
        assert_eq!(in_one_line(error.as_deref().unwrap()), "a: b: c: b");
        assert_eq!(in_one_line(&io::Error::other("alone")), "alone");
    }
}
