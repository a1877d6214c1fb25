//! Each rule on a recipe that breaks it, beside one that breaks none.

// clippy knows test functions, but not the helpers of an integration test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use allot_lint::{Facts, Known, Level, Limits, Previous, Report, Status, Tag, lint, rule};
use allot_recipe::{MemoryTree, RecipeVersion};

const COMPOSE: &str = r#"version: "3.8"
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

const SAMPLE: &str = "TYPE=web\nDOMAIN=web.example.com\nSECRET_DB_PW_VERSION=v1\n#COMPOSE_FILE=\"$COMPOSE_FILE:compose.mail.yml\"\n";

const MAIL: &str = "version: \"3.8\"\nservices:\n  app:\n    environment:\n      - MAIL_FROM\n";

const README: &str = "# web\n<!-- metadata -->\n* **Category**: Apps\n* **Status**: 3\n* **Image**: [`web`](https://example.org), 4, upstream\n* **Healthcheck**: Yes\n* **Backups**: Yes\n* **Email**: No\n* **Tests**: 2\n* **SSO**: N/A\n<!-- endmetadata -->\n";

fn good() -> MemoryTree {
    MemoryTree::new()
        .with("compose.yml", COMPOSE)
        .with("compose.mail.yml", MAIL)
        .with(".env.sample", SAMPLE)
        .with("abra.sh", "export PAGE_VERSION=v1\n")
        .with("page.html", "hello")
        .with("README.md", README)
}

/// The good recipe with one piece of its compose file written otherwise.
fn with(old: &str, new: &str) -> MemoryTree {
    assert!(COMPOSE.contains(old), "{old}");
    good().with("compose.yml", COMPOSE.replacen(old, new, 1))
}

fn report(tree: &MemoryTree, facts: &Facts<'_>) -> Report {
    lint(tree, facts, &Limits::default()).expect("a recipe")
}

fn lines(report: &Report) -> Vec<String> {
    let line = |f: &allot_lint::Finding| {
        let file = f.file.as_deref().unwrap_or("-");
        let line = f.line.map_or(String::new(), |l| format!(":{l}"));
        format!("{} {file}{line} {}", f.rule.id, f.what)
    };
    report.findings.iter().map(line).collect()
}

fn found(tree: &MemoryTree) -> Vec<String> {
    lines(&report(tree, &Facts::unknown("nobody said")))
}

/// One line of the compose file: where it stands changes with the text above, so it is looked up.
fn at(tree: &MemoryTree, file: &str, text: &str) -> usize {
    use allot_recipe::RecipeTree as _;
    let bytes = tree.read(file, 1 << 20).unwrap();
    let all = String::from_utf8(bytes).unwrap();
    1 + all
        .lines()
        .position(|l| l.contains(text))
        .unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn a_good_recipe_has_no_findings() {
    assert_eq!(found(&good()), Vec::<String>::new());
}

/// `(what is written, what instead, rule, text at the place, what is said)`
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

#[test]
fn each_rule_on_compose_files_names_place_and_thing() {
    let cases: &[Case] = &[
        (
            "    healthcheck:\n      test: [\"CMD\", \"true\"]\n      start_period: 1m\n",
            "",
            "R002",
            "  app:",
            "service `app` has no `healthcheck:`",
        ),
        (
            "web:1.2.0",
            "web",
            "R003",
            "image:",
            "service `app` runs `example/web`: no tag",
        ),
        (
            "web:1.2.0",
            "web:latest",
            "R004",
            "image:",
            "service `app` runs `example/web:latest`: `latest`",
        ),
        (
            "web:1.2.0",
            "web:bookworm",
            "R005",
            "image:",
            "service `app` runs `example/web:bookworm`: a tag that is no version",
        ),
        (
            "web:1.2.0",
            "web:stable-alpine",
            "L007",
            "image:",
            "service `app` runs `example/web:stable-alpine`: a tag that moves",
        ),
        (
            "    image: example/web:1.2.0\n",
            "",
            "R011",
            "  app:",
            "service `app` has no image",
        ),
        (
            "traefik.enable=true",
            "traefik.enable=false",
            "R010",
            "",
            "no service has the label `traefik.enable=true`",
        ),
        (
            "test: [\"CMD\", \"true\"]",
            "disable: true",
            "L006",
            "healthcheck:",
            "the health check of service `app` is switched off",
        ),
        (
            "    secrets: [db_pw]",
            "    cap_add: [SYS_ADMIN]\n    secrets: [db_pw]",
            "L008",
            "cap_add",
            "service `app` adds capabilities: SYS_ADMIN",
        ),
        (
            "    secrets: [db_pw]",
            "    privileged: true\n    secrets: [db_pw]",
            "L008",
            "privileged",
            "service `app` asks to be privileged, which swarm ignores",
        ),
        (
            "- data:/srv/data",
            "- /var/run/docker.sock:/var/run/docker.sock:ro",
            "L009",
            "docker.sock",
            "service `app` mounts the docker socket",
        ),
        (
            "- data:/srv/data",
            "- /:/host:ro",
            "L010",
            "/host",
            "service `app` mounts the whole file system of the server",
        ),
        (
            "- data:/srv/data",
            "- /srv/web:/srv/data",
            "L010",
            "/srv/web",
            "service `app` mounts `/srv/web` of the server",
        ),
        (
            "- data:/srv/data",
            "- ./data:/srv/data",
            "L030",
            "volumes:",
            "`app` mounts `./data` of the recipe, and a recipe is no directory on the server (AL-2016)",
        ),
        (
            "version=1.1.0+1.2.0",
            "version=1.1.0",
            "L013",
            "version=1.1.0",
            "the version label holds `1.1.0`, without `+` and the app's own version",
        ),
        (
            "version=1.1.0+1.2.0",
            "version=",
            "L013",
            ".version=",
            "the version label is empty",
        ),
        (
            "        - \"coop-cloud.${STACK_NAME}.version=1.1.0+1.2.0\"\n",
            "",
            "L013",
            "labels:",
            "service `app` has no version label",
        ),
        (
            "${STACK_NAME}.version",
            "${STACK_NAME}.app.version",
            "L013",
            "app.version",
            "the version label has its form of 2021, `coop-cloud.${STACK_NAME}.app.version`",
        ),
        (
            "        - \"backupbot.backup=true\"",
            "        - \"backupbot.backup=true\"\n        - \"backupbot.backup=false\"",
            "L012",
            "backup=false",
            "label `backupbot.backup` stands twice on service `app`",
        ),
        (
            "    secrets: [db_pw]",
            "    depends_on: [app]\n    secrets: [db_pw]",
            "L016",
            "depends_on",
            "`services.app.depends_on`: swarm ignores this: all services start at once",
        ),
        (
            "    secrets: [db_pw]",
            "    restart_policy: {condition: none}\n    secrets: [db_pw]",
            "L017",
            "restart_policy",
            "`services.app.restart_policy`: this key is unknown and has no effect",
        ),
        (
            "start_period: 1m",
            "start_period: ${START:-1m}",
            "L019",
            "start_period",
            "`healthcheck.start_period` of service `app` is a variable: `${START:-1m}`",
        ),
        (
            "target: /etc/web/page.html",
            "target: /srv/data/page.html",
            "L020",
            "page.html",
            "config `/srv/data/page.html` of service `app` lies in the volume at `/srv/data`",
        ),
        (
            "        failure_action: rollback",
            "        order: stop-first",
            "L021",
            "deploy:",
            "no `failure_action` for updates of `app`",
        ),
        (
            "start_period: 1m",
            "start_period: 10m",
            "L022",
            "start_period",
            "`app` may take 600 s to start, a deploy waits 300 s, as the timeout label says",
        ),
        (
            "        - \"coop-cloud.${STACK_NAME}.timeout=${TIMEOUT:-300}\"\n",
            "",
            "L022",
            "start_period",
            "`app` may take 60 s to start, a deploy waits 50 s, and there is no timeout label",
        ),
        (
            "backupbot.backup.volumes.data.path=dump",
            "backupbot.backup.path=/srv/data",
            "L023",
            "backup.path",
            "`backupbot.backup.path` on service `app` is a label of the first backup bot",
        ),
        (
            "backupbot.backup.volumes.data.path=dump",
            "backupbot.backup.command=x",
            "L023",
            "backup.command",
            "`backupbot.backup.command` on service `app` is a label that nobody reads",
        ),
        (
            "volumes.data.path=dump",
            "volumes.date.path=dump",
            "L024",
            "date.path",
            "`backupbot.backup.volumes.date.path` names no volume of the stack",
        ),
        (
            "routers.${STACK_NAME}.rule",
            "routers.web.rule",
            "L025",
            "routers.web",
            "traefik's router `web` has no `${STACK_NAME}` in its name",
        ),
        (
            "TITLE=${TITLE:-Web}",
            "TITLE=${TITLE}",
            "L028",
            "TITLE",
            "`TITLE` has no default and is not in the sample",
        ),
        (
            "TITLE=${TITLE:-Web}",
            "TITLE=${TITLE:?say it}",
            "L028",
            "TITLE",
            "`TITLE` has no default and is not in the sample",
        ),
        (
            "secrets: [db_pw]",
            "secrets: [db_password]",
            "L030",
            "secrets:",
            "services.app.secrets: secret \"db_password\" is used here and defined nowhere (AL-2010)",
        ),
        (
            "- TITLE=${TITLE:-Web}",
            "- ADMIN_PASSWORD=hunter2",
            "L034",
            "ADMIN_PASSWORD",
            "`ADMIN_PASSWORD` of service `app` is written out",
        ),
        (
            "    deploy:\n",
            "    labels: [backupbot.backup=true]\n    deploy:\n",
            "L035",
            "labels: [",
            "labels of service `app` are on its containers: `backupbot.backup`",
        ),
        (
            "DB_HOST=${STACK_NAME}_db",
            "API_URL=http://app:80/x",
            "L015",
            "API_URL",
            "`API_URL` of `app` says `app`, which on a shared network is any stack's",
        ),
        (
            "DB_HOST=${STACK_NAME}_db",
            "API_HOST=app",
            "L015",
            "API_HOST",
            "`API_HOST` of `app` says `app`, which on a shared network is any stack's",
        ),
        (
            "networks: [proxy, internal]",
            "networks: {proxy: {aliases: [web]}}",
            "L015",
            "networks: {",
            "`app` calls itself `web` on `proxy`, as services of other stacks may",
        ),
        (
            "name: ${STACK_NAME}_page_${PAGE_VERSION}",
            "name: ${STACK_NAME}_page",
            "L004",
            "  page:",
            "config `page` has no version in its name",
        ),
        (
            "_${PAGE_VERSION}",
            "_${CONF_VERSION}",
            "R012",
            "  page:",
            "abra.sh exports no `CONF_VERSION`, the version of config `page`",
        ),
    ];
    let mut wrong = Vec::new();
    for (old, new, rule, text, what) in cases {
        let tree = with(old, new);
        let line = match *text {
            "" => String::new(),
            text => format!(":{}", at(&tree, "compose.yml", text)),
        };
        let wanted = format!("{rule} compose.yml{line} {what}");
        let all = found(&tree);
        if all != [wanted.clone()] {
            wrong.push(format!("{new}\n  wanted {wanted}\n  found  {all:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_of_other_versions_are_told_and_must_agree() {
    let without = |text: &str| text.replacen("version: \"3.8\"\n", "", 1);
    let tree = good()
        .with("compose.yml", without(COMPOSE))
        .with("compose.mail.yml", without(MAIL));
    assert_eq!(
        found(&tree),
        [
            "R001 compose.mail.yml:1 `compose.mail.yml` has no `version:`",
            "R001 compose.yml:1 `compose.yml` has no `version:`",
        ]
    );
    let all = found(&tree.with("compose.mail.yml", MAIL.replace("3.8", "3.7")));
    assert!(
        all[0].starts_with("L030 compose.mail.yml ") && all[0].contains("its version is 3.7"),
        "{all:?}"
    );
    assert_eq!(
        all[1],
        "R001 compose.mail.yml:1 `compose.mail.yml` is of version 3.7"
    );
}

#[test]
fn keys_with_variables_are_an_error_wherever_they_stand() {
    let tree = good().with(
        "compose.mail.yml",
        "version: \"3.8\"\nservices:\n  app:\n    deploy:\n      labels:\n        coop-cloud.${STACK_NAME}.mail: \"1\"\n",
    );
    let what = "L026 compose.mail.yml:6 the key `coop-cloud.${STACK_NAME}.mail` holds a variable";
    assert_eq!(found(&tree), [what]);
}

#[test]
fn an_overlay_is_loaded_with_the_files_that_its_line_in_the_sample_names() {
    let broken =
        "version: \"3.8\"\nservices:\n  mail:\n    image: example/mail\n    secrets: [none]\n";
    let all = found(&good().with("compose.mail.yml", broken));
    let ids: Vec<_> = all.iter().map(|l| &l[..4]).collect();
    assert_eq!(ids, ["L030", "L021", "R002", "R003"], "{all:?}");
    assert!(
        all[0].contains("secret \"none\" is used here and defined nowhere"),
        "{all:?}"
    );
}

#[test]
fn a_file_that_the_sample_does_not_name_is_a_hint_and_nothing_is_guessed_of_it() {
    let piece = "version: \"3.8\"\nservices:\n  worker:\n    secrets: [of_another_file]\n";
    let tree = good().with("compose.worker.yml", piece);
    let what = "L031 compose.worker.yml the sample does not name `compose.worker.yml`";
    assert_eq!(found(&tree), [what]);
}

#[test]
fn what_is_no_yaml_is_told_with_its_place_and_the_rest_is_looked_at() {
    let tree = good().with("compose.mail.yml", "services:\n  app: {\n");
    let all = found(&tree);
    assert!(all[0].starts_with("L030 compose.mail.yml:"), "{all:?}");
    assert_eq!(all.len(), 1, "{all:?}");
    let tree = tree.with("README.md", "# web\n");
    let readme = "R007 README.md `README.md` has no block of metadata".to_owned();
    assert!(found(&tree).contains(&readme));
}

#[test]
fn one_service_asks_for_backups_and_bears_the_version() {
    let other = "services:\n  db:\n    image: example/db:1.0\n    networks: [internal]\n    healthcheck: {test: x}\n    deploy:\n      update_config: {failure_action: rollback}\n      labels: [backupbot.backup=true, \"coop-cloud.${STACK_NAME}.version=1\"]\n";
    let tree = with("services:\n", other);
    let line = at(&tree, "compose.yml", "labels: [");
    let wanted = [
        format!("L011 compose.yml:{line} service `db` asks for backups, beside `app`"),
        format!("L012 compose.yml:{line} the version label stands on service `app` and on `db`"),
    ];
    let all = found(&tree);
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(all[0], wanted[0]);
    assert!(
        all[1].starts_with("L012") && all[1].contains("version label stands on"),
        "{all:?}"
    );
}

#[test]
fn jobs_and_what_a_timer_starts_need_no_health_check() {
    for deploy in ["mode: replicated-job", "replicas: 0"] {
        let job = format!(
            "services:\n  cron:\n    image: example/cron:1.0\n    deploy:\n      {deploy}\n"
        );
        assert_eq!(found(&with("services:\n", &job)), Vec::<String>::new());
    }
}

#[test]
fn long_names_are_told_in_one_finding_the_longest_first() {
    let tree = with(
        "  db_pw:\n",
        "  uploads_s3_secret_access_key: {external: true, name: \"${STACK_NAME}_uploads_s3_secret_access_key_v1\"}\n  webpush_private_key: {external: true, name: \"${STACK_NAME}_webpush_private_key_v1\"}\n  db_pw:\n",
    );
    let all = found(&tree);
    assert_eq!(all.len(), 2, "{all:?}");
    let line = at(&tree, "compose.yml", "uploads_s3");
    assert_eq!(
        all[0],
        format!(
            "L005 compose.yml:{line} a stack's name can have 32 characters at most, for the sake of `uploads_s3_secret_access_key`, `webpush_private_key`"
        )
    );
    assert!(
        all[1].starts_with("R015 ")
            && all[1].ends_with("`uploads_s3_secret_access_key`, `webpush_private_key`")
    );
}

#[test]
fn the_sample_is_held_against_what_is_there() {
    let sample = format!(
        "{SAMPLE}#COMPOSE_FILE=\"compose.yml:compose.gone.yml\"\nUNREAD=1\nPAGE_VERSION=v1\n"
    );
    let tree = good().with(".env.sample", sample).with("abra.sh", "");
    assert_eq!(
        found(&tree),
        [
            "L027 .env.sample:5 the sample offers `compose.gone.yml`, which is not there",
            "L003 .env.sample:7 `PAGE_VERSION`, the version of config `page`, stands in the sample",
            "L029 .env.sample:6 nothing in the recipe reads `UNREAD`",
        ]
    );
}

#[test]
fn a_default_list_with_a_missing_file_cannot_be_deployed() {
    let tree = good().with(
        ".env.sample",
        format!("{SAMPLE}COMPOSE_FILE=compose.yml:gone.yml\n"),
    );
    let all = found(&tree);
    assert!(all[0].starts_with("L030 "), "{all:?}");
    assert!(all[0].contains("gone.yml"), "{all:?}");
}

#[test]
fn a_recipe_without_a_sample_fails_and_rules_on_it_are_not_passed_in_silence() {
    let tree = MemoryTree::new().with("compose.yml", COMPOSE.replace("app:", "web:"));
    let report = report(&tree, &Facts::unknown("nobody said"));
    let all = lines(&report);
    for wanted in [
        "R008 .env.sample",
        "R009 compose.yml no service is named `app`",
        "R007 README.md there is no",
    ] {
        assert!(
            all.iter().any(|l| l.starts_with(wanted)),
            "{wanted}: {all:?}"
        );
    }
    assert_eq!(
        report.status(&rule::L028),
        Status::NotChecked("there is no .env.sample")
    );
    assert!(report.failed(false));
}

#[test]
fn what_is_not_a_recipe_is_an_error_and_not_a_finding() {
    let tree = MemoryTree::new().with("README.md", README);
    let error = lint(&tree, &Facts::unknown("x"), &Limits::default()).unwrap_err();
    assert_eq!(error.code(), "AL-1207");
    assert!(error.help().is_some());
}

fn v(text: &str) -> RecipeVersion {
    RecipeVersion::parse(text).unwrap()
}

fn tags(names: &[(&str, bool)]) -> Known<Vec<Tag>> {
    let tag = |(name, annotated): &(&str, bool)| Tag {
        name: (*name).to_owned(),
        annotated: *annotated,
    };
    Known::Yes(names.iter().map(tag).collect())
}

#[test]
fn facts_that_are_not_known_leave_rules_unchecked_with_the_reason() {
    let report = report(&good(), &Facts::unknown("this is no clone"));
    let unchecked: Vec<_> = report.not_checked.iter().map(|n| n.rule.id).collect();
    assert_eq!(
        unchecked,
        [
            "L001", "L002", "L014", "L032", "L033", "R006", "R013", "R014"
        ]
    );
    assert!(
        report
            .not_checked
            .iter()
            .all(|n| n.why == "this is no clone")
    );
    assert_eq!(report.status(&rule::R002), Status::Passed);
    assert!(!report.failed(true));
}

#[test]
fn facts_from_outside_are_held_against_the_recipe() {
    let tree = good()
        .with("release/0.5.0+1", "never tagged")
        .with("release/1.0.0+1.1.0", "tagged");
    let mut facts = Facts::unknown("nobody said");
    facts.in_catalogue = Known::Yes(false);
    facts.on_forge = Known::Yes(false);
    facts.tags = tags(&[
        ("1.0.0+1.1.0", true),
        ("1.2.0+1.3.0", false),
        ("nightly", false),
    ]);
    let label = at(&good(), "compose.yml", ".version=");
    assert_eq!(
        lines(&report(&tree, &facts)),
        [
            "R014 - lightweight tags: `1.2.0+1.3.0`".to_owned(),
            "R006 - the catalogue has no version of it".to_owned(),
            "R013 - the repository is not at git.coopcloud.tech".to_owned(),
            format!(
                "L014 compose.yml:{label} the label says 1.1.0+1.2.0, which is before the newest tag, 1.2.0+1.3.0"
            ),
            "L032 release/0.5.0+1 `release/0.5.0+1` is the note of no tag".to_owned(),
        ]
    );
}

#[test]
fn the_label_of_a_tag_is_the_tag() {
    let mut facts = Facts::unknown("x");
    facts.tags = tags(&[("1.1.0+1.2.0", true), ("1.1.1+1.2.0", true)]);
    let (right, wrong) = (v("1.1.0+1.2.0"), v("1.1.1+1.2.0"));
    facts.version = Some(&right);
    assert!(lines(&report(&good(), &facts)).is_empty());
    facts.version = Some(&wrong);
    let all = lines(&report(&good(), &facts));
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(
        all[0].ends_with("the label says 1.1.0+1.2.0, the tag 1.1.1+1.2.0"),
        "{all:?}"
    );
}

#[test]
fn a_major_version_needs_notes() {
    let mut facts = Facts::unknown("x");
    facts.tags = tags(&[("0.9.0+1", true)]);
    let what = "L033 release 1.1.0+1.2.0 comes after 0.9.0+1 and has no release notes";
    assert_eq!(lines(&report(&good(), &facts)), [what]);
    for (file, text, enough) in [
        ("release/next", "Do this.", true),
        ("release/next", " \n", false),
        ("release/1.1.0+1.2.0", "Do this.", true),
    ] {
        let tree = good().with(file, text);
        assert_eq!(
            lines(&report(&tree, &facts)).is_empty(),
            enough,
            "{file} {text:?}"
        );
    }
}

fn since(tree: &MemoryTree, before: &MemoryTree) -> Vec<String> {
    let version = v("1.0.0+1.1.0");
    let mut facts = Facts::unknown("x");
    facts.previous = Known::Yes(Some(Previous {
        version: &version,
        tree: before,
    }));
    lines(&report(tree, &facts))
}

#[test]
fn a_config_that_changed_without_its_version_is_an_error() {
    let edited = good().with("page.html", "hello again");
    let line = at(&good(), "compose.yml", "  page:");
    assert_eq!(
        since(&edited, &good()),
        [format!(
            "L001 compose.yml:{line} the file of config `page` is not that of 1.0.0+1.1.0, and its name is still `${{STACK_NAME}}_page_v1`"
        )]
    );
    let counted = edited.with("abra.sh", "export PAGE_VERSION=v2\n");
    assert_eq!(since(&counted, &good()), Vec::<String>::new());
    let report = report(&good(), &Facts::unknown("x"));
    assert_eq!(report.status(&rule::L001), Status::NotChecked("x"));
}

#[test]
fn a_new_variable_without_a_default_is_told_unless_envs_have_it() {
    let sample = format!("{SAMPLE}#COLOUR=red\n");
    let tree = with("TITLE=${TITLE:-Web}", "COLOUR=${COLOUR}").with(".env.sample", sample.clone());
    let line = at(&tree, "compose.yml", "COLOUR");
    assert_eq!(
        since(&tree, &good()),
        [format!(
            "L002 compose.yml:{line} `COLOUR` is new since 1.0.0+1.1.0 and has no default"
        )]
    );
    let sampled = good().with(".env.sample", sample.replace("#COLOUR", "COLOUR"));
    assert_eq!(since(&tree, &sampled), Vec::<String>::new());
    let offered = with("TITLE=${TITLE:-Web}", "COLOUR=${COLOUR:-red}");
    assert_eq!(since(&offered, &good()), Vec::<String>::new());
    // A compose file that is new is taken into use by hand.
    let mail = good()
        .with(
            "compose.mail.yml",
            MAIL.replace("MAIL_FROM", "A=${MAIL_FROM}"),
        )
        .with(".env.sample", format!("{SAMPLE}#MAIL_FROM=a@example.org\n"));
    let mut old = MemoryTree::new();
    for (file, text) in [
        ("compose.yml", COMPOSE),
        (
            ".env.sample",
            "TYPE=web\nDOMAIN=x\nSECRET_DB_PW_VERSION=v1\n",
        ),
        ("abra.sh", "export PAGE_VERSION=v1\n"),
        ("page.html", "hello"),
    ] {
        old.insert(file, text.as_bytes().to_vec());
    }
    assert_eq!(since(&mail, &old), Vec::<String>::new());
    assert_eq!(since(&mail, &good()).len(), 1);
}

#[test]
fn passwords_are_never_repeated() {
    let report = report(
        &with("- TITLE=${TITLE:-Web}", "- ADMIN_PASSWORD=hunter2"),
        &Facts::unknown("x"),
    );
    assert_eq!(report.count(Level::Warning), 1);
    assert!(!format!("{report:?}").contains("hunter2"));
}

#[test]
fn errors_fail_and_warnings_only_when_strict() {
    let warned = report(&with("web:1.2.0", "web:latest"), &Facts::unknown("x"));
    assert!(!warned.failed(false) && warned.failed(true));
    let hinted = report(
        &with("- data:/srv/data", "- /srv/web:/srv/data"),
        &Facts::unknown("x"),
    );
    assert_eq!(hinted.count(Level::Hint), 1);
    assert!(!hinted.failed(true));
    let broken = report(
        &with("secrets: [db_pw]", "secrets: [gone]"),
        &Facts::unknown("x"),
    );
    assert!(broken.failed(false));
}

#[test]
fn a_hostile_recipe_is_bounded() {
    let limits = Limits {
        findings: 3,
        combinations: 2,
        ..Limits::default()
    };
    let mut compose = "services:\n  app: {image: x}\n".to_owned();
    for n in 0..50 {
        compose += &format!("  s{n}: {{image: x, odd: 1}}\n");
    }
    let mut sample = SAMPLE.to_owned();
    let mut tree = good().with("compose.yml", compose);
    for n in 0..10 {
        sample += &format!("#COMPOSE_FILE=\"$COMPOSE_FILE:compose.{n}.yml\"\n");
        tree.insert(&format!("compose.{n}.yml"), MAIL.as_bytes().to_vec());
    }
    let report = lint(
        &tree.with(".env.sample", sample),
        &Facts::unknown("x"),
        &limits,
    )
    .unwrap();
    assert_eq!(report.findings.len(), 3);
    assert!(report.dropped > 100);
    assert!(report.failed(false), "what was dropped is not passed");
    assert!(
        matches!(report.status(&rule::L030), Status::NotChecked(why) if why.starts_with("10 of the combinations"))
    );
}
