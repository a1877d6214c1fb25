//! A recipe that breaks no rule, and what the linter says of what is made of it.

use allot_lint::{Facts, Limits, Report, lint};
use allot_recipe::MemoryTree;

pub const COMPOSE: &str = r#"version: "3.8"
services:
  app:
    image: example/web:1.2.0
    environment:
      - TITLE=${TITLE:-Web}
      - DB_HOST=${STACK_NAME}_db
    secrets: [db_pw]
    configs:
      - source: page
        target: /etc/web/page.html
    networks: [proxy, internal]
    healthcheck:
      test: ["CMD", "true"]
      start_period: 1m
    deploy:
      update_config:
        failure_action: rollback
      labels:
        - "traefik.enable=true"
        - "traefik.http.routers.${STACK_NAME}.rule=Host(`${DOMAIN}`${EXTRA_DOMAINS})"
        - "traefik.http.services.${STACK_NAME}.loadbalancer.server.port=80"
        - "coop-cloud.${STACK_NAME}.timeout=${TIMEOUT:-300}"
        - "coop-cloud.${STACK_NAME}.version=1.1.0+1.2.0"
        - "backupbot.backup=true"
        - "backupbot.backup.volumes.data.path=dump"
    volumes:
      - data:/srv/data
networks:
  proxy:
    external: true
  internal:
volumes:
  data:
secrets:
  db_pw:
    external: true
    name: ${STACK_NAME}_db_pw_${SECRET_DB_PW_VERSION}
configs:
  page:
    name: ${STACK_NAME}_page_${PAGE_VERSION}
    file: page.html
"#;

pub const SAMPLE: &str = "TYPE=web\nDOMAIN=web.example.com\nSECRET_DB_PW_VERSION=v1\n#COMPOSE_FILE=\"$COMPOSE_FILE:compose.mail.yml\"\n";

pub const MAIL: &str = "version: \"3.8\"\nservices:\n  app:\n    environment:\n      - MAIL_FROM\n";

pub const README: &str = "# web\n<!-- metadata -->\n* **Category**: Apps\n* **Status**: 3\n* **Image**: [`web`](https://example.org), 4, upstream\n* **Healthcheck**: Yes\n* **Backups**: Yes\n* **Email**: No\n* **Tests**: 2\n* **SSO**: N/A\n<!-- endmetadata -->\n";

pub fn good() -> MemoryTree {
    MemoryTree::new()
        .with("compose.yml", COMPOSE)
        .with("compose.mail.yml", MAIL)
        .with(".env.sample", SAMPLE)
        .with("abra.sh", "export PAGE_VERSION=v1\n")
        .with("page.html", "hello")
        .with("README.md", README)
}

/// The good recipe with one piece of its compose file written otherwise.
pub fn with(old: &str, new: &str) -> MemoryTree {
    assert!(COMPOSE.contains(old), "{old}");
    good().with("compose.yml", COMPOSE.replacen(old, new, 1))
}

pub fn report(tree: &MemoryTree, facts: &Facts<'_>) -> Report {
    lint(tree, facts, &Limits::default()).expect("a recipe")
}

pub fn lines(report: &Report) -> Vec<String> {
    let line = |f: &allot_lint::Finding| {
        let file = f.file.as_deref().unwrap_or("-");
        let line = f.line.map_or(String::new(), |l| format!(":{l}"));
        format!("{} {file}{line} {}", f.rule.id, f.what)
    };
    report.findings.iter().map(line).collect()
}

pub fn found(tree: &MemoryTree) -> Vec<String> {
    lines(&report(tree, &Facts::unknown("nobody said")))
}

/// One line of the compose file: where it stands changes with the text above, so it is looked up.
pub fn at(tree: &MemoryTree, file: &str, text: &str) -> usize {
    use allot_recipe::RecipeTree as _;
    let bytes = tree.read(file, 1 << 20).unwrap();
    let all = String::from_utf8(bytes).unwrap();
    1 + all
        .lines()
        .position(|l| l.contains(text))
        .unwrap_or_else(|| panic!("{text}"))
}
