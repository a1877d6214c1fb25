//! How an error is told on the terminal.

use std::error::Error;

/// Prints an error as all of Allotment's programs do: what, why, what to do.
pub fn tell(error: &dyn Error, code: &str, help: Option<&str>) {
    eprintln!("error[{code}]: {error}");
    for cause in causes(error) {
        eprintln!("  cause: {cause}");
    }
    if let Some(help) = help {
        eprintln!("  help: {help}");
    }
}

/// What led to it, from near to far. Libraries wrap an error in one that says the same: once is enough.
fn causes(error: &dyn Error) -> Vec<String> {
    let chain = std::iter::successors(error.source(), |&e| e.source());
    let mut causes: Vec<String> = chain.map(ToString::to_string).collect();
    causes.dedup();
    causes
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
        assert_eq!(causes(error.as_deref().unwrap()), ["b", "c", "b"]);
        assert!(causes(&io::Error::other("alone")).is_empty());
    }
}
