use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use secrecy::ExposeSecret;

use super::*;

fn declare(local: &str, external_name: &str, sample: &str) -> Result<SecretDecl, SecretError> {
    let sample = EnvSample::parse(".env.sample", sample).expect("dotenv");
    let secret = ComposeSecret {
        local: local.to_owned(),
        external_name: external_name.to_owned(),
    };
    SecretDecl::new(
        &secret,
        "blog_example_com",
        &sample,
        &EnvFile::empty("app.env"),
    )
}

fn made(sample: &str) -> String {
    let secret = declare("key", "blog_example_com_key_v1", sample).expect("declared");
    let value = generate(&secret, &mut ChaCha12Rng::seed_from_u64(7)).expect("generated");
    value.expose_secret().to_owned()
}

#[test]
fn takes_name_and_version_from_the_full_name() {
    let secret = declare("db_pw", "blog_example_com_db_password_v2", "").expect("declared");
    assert_eq!(
        (secret.name.as_str(), secret.version.as_str()),
        ("db_password", "v2")
    );
    assert!(secret.name_warning().is_none());
    let shared = declare("ca", "shared_ca_certificate_v1", "").expect("declared");
    assert_eq!(shared.name, "shared_ca_certificate");
    assert!(shared.name_warning().is_some());
}

#[test]
fn refuses_names_without_a_version() {
    for name in ["nothing", "blog_example_com_", "blog_example_com_v1", "_v1"] {
        let error = declare("key", name, "").expect_err(name);
        assert_eq!(error.code(), "AL-1301");
        assert!(
            error
                .help()
                .expect("a remedy")
                .contains("SECRET_KEY_VERSION=v1")
        );
    }
}

#[test]
fn says_how_many_characters_a_name_is_too_long() {
    let name = format!("blog_example_com_{}_v1", "x".repeat(50));
    let error = declare("key", &name, "").expect_err("too long");
    assert_eq!(error.code(), "AL-1302");
    assert!(
        error.to_string().contains("has 70 characters, 6 more"),
        "{error}"
    );
}

#[test]
fn makes_a_passphrase_unless_a_length_is_asked_for() {
    let value = made("");
    assert!(value.split('-').count() >= 7, "seven words");
    assert!(value.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
    assert_eq!(made("SECRET_KEY_VERSION=v1 # length=40").len(), 40);
}

#[test]
fn draws_from_the_charset_that_the_sample_names() {
    for (charset, allowed) in [
        ("", "alnum"),
        ("charset=default", "alnum"),
        ("charset=alnum", "alnum"),
        ("charset=hex", "0123456789abcdef"),
        ("charset=special", "!@#$%^&*_-+="),
        ("charset=safespecial", "!@#%^&*_-+="),
        ("charset=default,safespecial", "alnum!@#%^&*_-+="),
    ] {
        let value = made(&format!("SECRET_KEY_VERSION=v1 # length=2000 {charset}"));
        let (letters, others) = (allowed.contains("alnum"), allowed.replace("alnum", ""));
        assert_eq!(value.len(), 2000);
        assert!(
            value
                .chars()
                .all(|c| (letters && c.is_ascii_alphanumeric()) || others.contains(c)),
            "{charset}"
        );
        assert!(
            others.chars().all(|c| value.contains(c)),
            "{charset} uses every character"
        );
    }
}

#[test]
fn finds_modifiers_under_the_local_name_or_the_swarm_name() {
    let local = declare(
        "app-key",
        "blog_example_com_k_v1",
        "SECRET_APP_KEY_VERSION=v1 # length=5",
    )
    .expect("declared");
    let swarm = declare(
        "other",
        "blog_example_com_k_v1",
        "SECRET_K_VERSION=v1 # length=5",
    )
    .expect("declared");
    let wanted = SecretSpec::Random {
        length: 5,
        charset: Charset::DEFAULT,
    };
    assert_eq!((&local.spec, &swarm.spec), (&wanted, &wanted));
}

#[test]
fn leaves_inserted_secrets_to_people() {
    let secret = declare(
        "key",
        "blog_example_com_key_v1",
        "#SECRET_KEY_VERSION=v1 # generate=false",
    )
    .expect("declared");
    let error = generate(&secret, &mut ChaCha12Rng::seed_from_u64(7)).expect_err("not generated");
    assert_eq!(error.code(), "AL-1304");
}

#[test]
fn refuses_modifiers_that_mean_nothing() {
    for modifier in [
        "length=0",
        "length=-1",
        "length=many",
        "length=99999",
        "charset=emoji length=3",
        "generate=maybe",
    ] {
        let error = declare(
            "key",
            "blog_example_com_key_v1",
            &format!("SECRET_KEY_VERSION=v1 # {modifier}"),
        )
        .expect_err(modifier);
        assert_eq!(error.code(), "AL-1303");
        assert!(error.help().is_some());
    }
}

#[test]
fn never_shows_a_value_in_debug_output() {
    let secret = declare(
        "key",
        "blog_example_com_key_v1",
        "SECRET_KEY_VERSION=v1 # length=30",
    )
    .expect("declared");
    let value = generate(&secret, &mut ChaCha12Rng::seed_from_u64(7)).expect("generated");
    assert!(!format!("{value:?}").contains(value.expose_secret()));
}
