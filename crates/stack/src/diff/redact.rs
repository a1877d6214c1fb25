//! Values that are not shown.

use serde_json::Value;

use super::FieldChange;

/// What stands in place of a value that is not shown.
pub const REDACTED: &str = "(redacted)";

/// Parts of a variable's name that make its value a secret.
const SECRET_PARTS: [&str; 12] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "KEY",
    "CREDENTIAL",
    "PRIVATE",
    "SALT",
    "AUTH",
    "DSN",
    "_PASS",
];

/// Whether a variable's value should not be shown, going by its name. A name that ends in
/// `_FILE` or `_VERSION` holds a path or a version and not the secret itself.
pub fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let harmless = upper.ends_with("_FILE") || upper.ends_with("_VERSION");
    !harmless && SECRET_PARTS.iter().any(|part| upper.contains(part))
}

/// A URL with a password in it is one too, whatever the variable is called.
fn holds_password(value: &Value) -> bool {
    let Some((_, rest)) = value.as_str().and_then(|text| text.split_once("://")) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .is_some_and(|(user, _)| user.contains(':'))
}

/// Replaces the values of a change in a secret variable.
pub(super) fn redact(change: &mut FieldChange) {
    let Some((_, name)) = change.path.split_once(".Env.") else {
        return;
    };
    let secret = is_secret_name(name)
        || change.before.as_ref().is_some_and(holds_password)
        || change.after.as_ref().is_some_and(holds_password);
    if secret {
        for value in [&mut change.before, &mut change.after]
            .into_iter()
            .flatten()
        {
            *value = Value::from(REDACTED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_recognised() {
        for name in [
            "DB_PASSWORD",
            "api_key",
            "JWT_SECRET",
            "SMTP_PASS",
            "GITHUB_TOKEN",
            "BASIC_AUTH",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "DOMAIN",
            "SECRET_DB_PASSWORD_VERSION",
            "DB_PASSWORD_FILE",
            "TZ",
            "COMPASS",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn passwords_in_urls_are_recognised() {
        assert!(holds_password(&Value::from("postgres://user:pw@db/x")));
        assert!(!holds_password(&Value::from("https://example.org/a:b@c")));
    }
}
