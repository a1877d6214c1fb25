//! `recipe upgrade` against a real registry: what is chosen, and that every other byte stays.

use std::collections::BTreeMap;
use std::time::Duration;

use allot_workbench::checkout::WorkTree;
use allot_workbench::registry::{OciRegistry, RegistryOptions};
use allot_workbench::tags::Step;
use allot_workbench::upgrade::{self, ImagePlan, Outcome, UpgradeOptions, UpgradePlan};

use crate::fake::Fake;
use crate::recipe::Folder;
use crate::server::Server;

/// As a person writes: anchors, extensions, quotes, comments, odd blanks, Windows line ends, no line end at the end.
const COMPOSE: &str = "---
version: \"3.8\"   # swarm

x-db: &db-image 'HOST/our/db:10.5'   # two services
x-base: &base
  image:   &web \"HOST/our/web:1.25-alpine\"
  deploy:\t{restart_policy: {condition: on-failure}}

services:
  app:
    <<: *base
    environment: [ \"A=$$B\", 'C=it''s' ]
  worker:
    image: *web
  db: {image: *db-image, command: [\"x\"]}
  backup:
    image: *db-image
  cache:
    image: HOST/our/cache:7.2@DIGEST # pinned\r
  social:
    image: ${REG:-HOST/our/social}:${SOCIAL_VERSION:-1.0.6}-${FLAVOUR:-social}
  odd:
    image: HOST/our/odd:latest
  quiet:
    image: >-
      HOST/our/db:10.5";

fn oci() -> OciRegistry {
    OciRegistry::new(RegistryOptions {
        docker_config: None,
        first_pause: Duration::from_millis(1),
        ..RegistryOptions::default()
    })
    .unwrap()
}

async fn plan(folder: &Folder, options: &UpgradeOptions) -> UpgradePlan {
    let work = WorkTree::open(&folder.path()).unwrap();
    upgrade::plan(&work, &oci(), options).await.unwrap()
}

fn of<'a>(plan: &'a UpgradePlan, service: &str) -> &'a ImagePlan {
    plan.images
        .iter()
        .find(|i| i.services.iter().any(|s| s == service))
        .unwrap()
}

fn to(plan: &UpgradePlan, service: &str) -> Option<(String, Step)> {
    match &of(plan, service).outcome {
        Outcome::Upgrade { to, step, .. } => Some((to.clone(), *step)),
        _ => None,
    }
}

fn why(plan: &UpgradePlan, service: &str) -> String {
    match &of(plan, service).outcome {
        Outcome::Skipped { why } => why.clone(),
        other => panic!("{service}: {other:?}"),
    }
}

async fn server() -> (Server, String) {
    let server = Server::start();
    server
        .push(
            "our/web",
            &[
                "1.25-alpine",
                "1.27-alpine",
                "1.28-rc1-alpine",
                "1.29",
                "2.0-alpine",
            ],
            "",
        )
        .await;
    server
        .push(
            "our/db",
            &["10.5", "10.6", "10.11", "11.4", "11.4.2", "latest"],
            "",
        )
        .await;
    let old = server.push("our/cache", &["7.2"], "").await;
    server
        .push(
            "our/social",
            &["1.0.6-social", "1.0.7-social", "1.0.8-open", "1.0.9"],
            "",
        )
        .await;
    server.push("our/odd", &["latest", "3"], "").await;
    (server, old)
}

#[tokio::test]
async fn images_are_upgraded_and_every_other_byte_stays() {
    let (server, old) = server().await;
    let new = server.push("our/cache", &["7.4"], "").await;
    let text = COMPOSE
        .replace("HOST", &server.host)
        .replace("DIGEST", &old);
    let folder = Folder::new(&[
        ("compose.yml", &text),
        ("compose.extra.yml", "services: {app: {environment: [X]}}\n"),
        (
            "versions",
            "pin db HOST/our/db:10\n"
                .replace("HOST", &server.host)
                .as_str(),
        ),
    ]);
    let plan = plan(&folder, &UpgradeOptions::default()).await;
    assert_eq!(to(&plan, "app"), Some(("2.0-alpine".into(), Step::Major)));
    assert_eq!(of(&plan, "app").services, ["app", "worker"]);
    assert_eq!(of(&plan, "app").line, 6, "where it was typed");
    assert_eq!(
        to(&plan, "db"),
        Some(("10.11".into(), Step::Minor)),
        "held back by the pin"
    );
    assert_eq!(of(&plan, "db").newer, ["11.4", "10.11", "10.6"]);
    assert_eq!(to(&plan, "cache"), Some(("7.4".into(), Step::Minor)));
    assert_eq!(
        to(&plan, "social"),
        Some(("1.0.7-social".into(), Step::Patch))
    );
    assert!(why(&plan, "odd").contains("`latest` says no version"));
    assert!(
        why(&plan, "quiet").contains("by hand"),
        "{}",
        why(&plan, "quiet")
    );
    let work = WorkTree::open(&folder.path()).unwrap();
    assert_eq!(plan.apply(&work).unwrap(), ["compose.yml"]);
    let wanted = text
        .replace("web:1.25-alpine\"", "web:2.0-alpine\"")
        .replace("db:10.5'", "db:10.11'")
        .replace(&format!("7.2@{old}"), &format!("7.4@{new}"))
        .replace(":-1.0.6}", ":-1.0.7}");
    assert_eq!(folder.read("compose.yml"), wanted);
    let again = self::plan(&folder, &UpgradeOptions::default()).await;
    assert_eq!(again.upgrades().count(), 0, "{again:?}");
}

#[tokio::test]
async fn a_tag_that_was_built_anew_gets_its_new_digest() {
    let (server, old) = server().await;
    let text = format!(
        "services:\n  app:\n    image: {}/our/cache:7.2@{old}\n",
        server.host
    );
    let folder = Folder::new(&[("compose.yml", &text)]);
    assert_eq!(
        of(&plan(&folder, &UpgradeOptions::default()).await, "app").outcome,
        Outcome::Current
    );
    let new = server.push("our/cache", &["7.2"], "rebuilt").await;
    let plan = plan(&folder, &UpgradeOptions::default()).await;
    assert_eq!(to(&plan, "app"), Some(("7.2".into(), Step::Rebuilt)));
    plan.apply(&WorkTree::open(&folder.path()).unwrap())
        .unwrap();
    assert_eq!(folder.read("compose.yml"), text.replace(&old, &new));
}

#[tokio::test]
async fn bounds_services_and_tags_by_hand_are_kept_to() {
    let (server, old) = server().await;
    let text = COMPOSE
        .replace("HOST", &server.host)
        .replace("DIGEST", &old);
    let folder = Folder::new(&[("compose.yml", &text)]);
    let minor = UpgradeOptions {
        most: Some(Step::Minor),
        services: vec!["app".into()],
        all_tags: true,
        ..UpgradeOptions::default()
    };
    let plan = plan(&folder, &minor).await;
    assert_eq!(plan.images.len(), 1);
    assert_eq!(to(&plan, "app"), Some(("1.27-alpine".into(), Step::Minor)));
    assert_eq!(of(&plan, "app").tags.len(), 5);
    let by_hand = |service: &str, tag: &str| UpgradeOptions {
        services: vec![service.into()],
        set: BTreeMap::from([(service.to_owned(), tag.to_owned())]),
        ..UpgradeOptions::default()
    };
    let set = self::plan(&folder, &by_hand("odd", "3")).await;
    assert_eq!(to(&set, "odd"), Some(("3".into(), Step::Major)));
    let work = WorkTree::open(&folder.path()).unwrap();
    let none = upgrade::plan(&work, &oci(), &by_hand("app", "9"))
        .await
        .unwrap_err();
    assert_eq!(none.code(), "AL-9432");
    let none = upgrade::plan(&work, &oci(), &by_hand("nobody", "9"))
        .await
        .unwrap_err();
    assert_eq!(none.code(), "AL-9431");
}

#[tokio::test]
async fn a_default_that_stands_elsewhere_too_is_left_alone_unless_all_change() {
    let (server, _) = server().await;
    let image = format!("{}/our/web:${{V:-1.25}}-alpine", server.host);
    let both = format!("services: {{app: {{image: '{image}'}}, worker: {{image: '{image}'}}}}\n");
    let folder = Folder::new(&[("compose.yml", &both)]);
    let plan = plan(&folder, &UpgradeOptions::default()).await;
    assert_eq!(plan.upgrades().count(), 2);
    plan.apply(&WorkTree::open(&folder.path()).unwrap())
        .unwrap();
    assert_eq!(folder.read("compose.yml"), both.replace("1.25", "2.0"));

    let elsewhere = format!(
        "services:\n  app:\n    image: {image}\n    environment:\n      - V=${{V:-1.25}}\n"
    );
    let folder = Folder::new(&[("compose.yml", &elsewhere)]);
    let plan = self::plan(&folder, &UpgradeOptions::default()).await;
    let why = why(&plan, "app");
    assert!(
        why.contains("V has another default at compose.yml:5"),
        "{why}"
    );
    assert!(
        plan.apply(&WorkTree::open(&folder.path()).unwrap())
            .unwrap()
            .is_empty()
    );

    let folder = Folder::new(&[("compose.yml", &elsewhere), (".env.sample", "V=1.25\n")]);
    let plan = self::plan(&folder, &UpgradeOptions::default()).await;
    assert!(self::why(&plan, "app").contains("which the sample sets"));
}

#[tokio::test]
async fn a_registry_that_fails_stops_no_other_image_and_is_told() {
    let (server, _) = server().await;
    let fake = Fake::start().await;
    let text = format!(
        "services:\n  app: {{image: '{}/our/web:1.25-alpine'}}\n  db: {{image: '{}/html/x:1.0'}}\n  odd: {{image: '{}/liar/x:1.0@sha256:{}'}}\n",
        server.host,
        fake.host,
        fake.host,
        "a".repeat(64)
    );
    let folder = Folder::new(&[("compose.yml", &text)]);
    let plan = plan(&folder, &UpgradeOptions::default()).await;
    assert!(plan.has_failures());
    assert!(to(&plan, "app").is_some());
    let code = |service: &str| match &of(&plan, service).outcome {
        Outcome::Failed { code, .. } => code.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (code("db").as_str(), code("odd").as_str()),
        ("AL-9423", "AL-9424")
    );
}

#[tokio::test]
async fn a_file_that_was_changed_since_the_plan_is_not_written() {
    let (server, _) = server().await;
    let text = format!(
        "services: {{app: {{image: '{}/our/web:1.25-alpine'}}}}\n",
        server.host
    );
    let folder = Folder::new(&[("compose.yml", &text)]);
    let plan = plan(&folder, &UpgradeOptions::default()).await;
    let edited = format!("# by hand\n{text}");
    folder.write("compose.yml", &edited);
    let error = plan
        .apply(&WorkTree::open(&folder.path()).unwrap())
        .unwrap_err();
    assert_eq!(error.code(), "AL-9433");
    assert_eq!(folder.read("compose.yml"), edited);
}
