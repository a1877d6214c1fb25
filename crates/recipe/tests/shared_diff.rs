//! What an operator must know between real versions, checked by hand against `diff -r` of the folders.
//!
//! The recipes lie outside the repository (`../shared/recipes`); the fixtures of the unit tests hold without them.

// clippy knows test functions, but not the helpers of an integration test.
#![allow(clippy::expect_used)]

mod shared;

use allot_recipe::diff::{Change, ConfigWhat, Named, RecipeDiff, Side, diff};
use allot_recipe::{Limits, RecipeVersion};
use shared::recipe;

fn compare(old: (&str, &str), new: (&str, &str)) -> Option<RecipeDiff> {
    let trees = (recipe(old.0)?, recipe(new.0)?);
    let from = RecipeVersion::parse(old.1).expect(old.1);
    let to = RecipeVersion::parse(new.1).expect(new.1);
    let old = Side {
        tree: &trees.0,
        version: Some(&from),
    };
    let new = Side {
        tree: &trees.1,
        version: Some(&to),
    };
    Some(diff(&old, &new, &Limits::default()).expect("two recipes"))
}

fn signs<T>(list: &[Named<T>]) -> Vec<String> {
    let sign = |change: &Change<T>| match change {
        Change::Added { .. } => '+',
        Change::Removed { .. } => '-',
        Change::Changed { .. } => '~',
    };
    list.iter()
        .map(|n| format!("{}{}", sign(&n.change), n.name))
        .collect()
}

#[test]
fn bonfire_lost_meilisearch_with_its_secret_config_and_volumes() {
    let Some(found) = compare(
        ("bonfire-1.0.0+1.0.5", "1.0.0+1.0.5-social-amd64"),
        ("bonfire-2.0.1+1.0.6", "2.0.1+1.0.6-social-amd64"),
    ) else {
        return;
    };
    assert_eq!(signs(&found.compose_files), ["-compose.meilisearch.yml"]);
    assert_eq!(signs(&found.services), ["~app", "-search", "~search"]);
    assert_eq!(signs(&found.secrets), ["-meili_master_key"]);
    assert_eq!(signs(&found.volumes), ["-dump-data", "-search-data"]);
    assert_eq!(signs(&found.variables), ["~APP_VERSION"]);
    let configs: Vec<_> = found
        .configs
        .iter()
        .map(|c| (c.name.as_str(), c.what))
        .collect();
    assert_eq!(configs, [("meili_backup", ConfigWhat::Removed)]);
    let notes: Vec<_> = found.notes.iter().map(|n| n.version.as_str()).collect();
    assert_eq!(notes, ["2.0.0+1.0.5-social-amd64"]);
    assert!(found.warnings.is_empty());
    let text = found.to_string();
    for line in [
        "  ~ app: bonfirenetworks/bonfire:1.0.5-social-amd64 -> bonfirenetworks/bonfire:1.0.6-social-amd64\n",
        "  - search (compose.meilisearch.yml): getmeili/meilisearch:v1.14\n",
        "  ~ search (compose.sonic.yml): valeriansaliou/sonic:v1.5.1 -> valeriansaliou/sonic:v1.7.4\n",
        "  ~ APP_VERSION: offered in the sample, 1.0.5 when unset -> offered in the sample, 1.0.6 when unset\n",
        "  - meili_master_key v1\n",
        "    Mailisearch search backend was removed.",
    ] {
        assert!(text.contains(line), "{line}\nin\n{text}");
    }
}

#[test]
fn traefik_learnt_the_dns_challenge_and_raised_the_version_of_what_it_edited() {
    let Some(found) = compare(
        ("traefik-v2.4.8", "0.1.0+v2.4.8"),
        ("traefik", "0.2.0+v2.4.8"),
    ) else {
        return;
    };
    assert_eq!(signs(&found.compose_files), ["+compose.ovh.yml"]);
    assert!(found.services.is_empty() && found.volumes.is_empty());
    assert_eq!(
        signs(&found.secrets),
        ["+ovh_app_secret", "+ovh_consumer_key"]
    );
    let configs: Vec<_> = found
        .configs
        .iter()
        .map(|c| (c.name.as_str(), c.what))
        .collect();
    assert_eq!(
        configs,
        [
            ("entrypoint", ConfigWhat::Added),
            ("traefik_yml", ConfigWhat::Edited)
        ]
    );
    assert!(
        found
            .variables
            .iter()
            .all(|v| matches!(&v.change, Change::Added { new } if new.offered))
    );
}

#[test]
fn wordpress_got_newer_images_and_a_remote_relay() {
    let Some(found) = compare(("wordpress-5.7.0", "5.7.0"), ("wordpress-5.7.2", "5.7.2")) else {
        return;
    };
    assert_eq!(signs(&found.compose_files), ["+compose.smtp.yml"]);
    assert_eq!(signs(&found.services), ["~app", "~db"]);
    assert_eq!(signs(&found.secrets), ["+smtp_password"]);
    let text = found.to_string();
    assert!(
        text.contains("  ~ db: mariadb:10.5 -> mariadb:10.6\n"),
        "{text}"
    );
    assert!(
        text.contains("  ~ mstmp_conf (msmtp.conf.tmpl): edited\n"),
        "{text}"
    );
}
