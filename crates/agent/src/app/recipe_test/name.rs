//! Names of throw-away apps and their stacks: nobody takes one for an app, and no app is taken for one.

/// What every such name begins with.
const PREFIX: &str = "allot-test-";

/// Longest part of a recipe's name in it: a stack's name has at most 45 characters.
const RECIPE_CHARS: usize = 24;

/// The name of a new test: eight hexadecimal digits.
pub(super) fn run() -> String {
    format!("{:08x}", rand::random::<u32>())
}

/// The name of the throw-away app of a test, which is its stack's too: it has no dot that would be replaced.
pub(super) fn throw_away(recipe: &str, run: &str) -> String {
    let plain = recipe.chars().map(|c| match c {
        'a'..='z' | '0'..='9' => c,
        'A'..='Z' => c.to_ascii_lowercase(),
        _ => '-',
    });
    let plain: String = plain.take(RECIPE_CHARS).collect();
    let plain = match plain.trim_matches('-') {
        "" => "recipe",
        plain => plain,
    };
    format!("{PREFIX}{plain}-{run}")
}

/// Whether an app or a stack of this name is a test's: the prefix, and eight hexadecimal digits at the end.
#[must_use]
pub fn is_throw_away(name: &str) -> bool {
    let run = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.rsplit_once('-'));
    run.is_some_and(|(recipe, run)| {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        !recipe.is_empty() && run.len() == 8 && run.bytes().all(hex)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throw_away_name_is_an_apps_and_a_stacks_name() {
        for recipe in [
            "guestbook",
            "docs.coopcloud.tech",
            "Übung_1",
            "---",
            &"x".repeat(64),
        ] {
            let name = throw_away(recipe, "0a1b2c3d");
            assert!(allot_recipe::AppName::parse(&name).is_ok(), "{name}");
            assert!(name.len() <= 45, "{name}");
            assert_eq!(
                allot_stack::StackName::from_domain(&name).unwrap().as_str(),
                name
            );
            assert!(is_throw_away(&name), "{name}");
        }
    }

    #[test]
    fn an_operators_app_is_never_taken_for_a_throw_away() {
        let names = [
            "allot-test-guestbook",
            "allot-test-guestbook-0a1b2c3",
            "allot-test-guestbook-0A1B2C3D",
            "allot-test-guestbook-0a1b2c3d.example.org",
            "my-allot-test-guestbook-0a1b2c3d",
            "allot-test--0a1b2c3d",
            "guestbook.example.org",
            "",
        ];
        for name in names {
            assert!(!is_throw_away(name), "{name}");
        }
    }
}
