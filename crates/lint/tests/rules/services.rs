//! Services, and the names in a stack.

use allot_lint::{Facts, Level};

use crate::recipe::{at, found, report, with};

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
fn passwords_are_never_repeated() {
    let report = report(
        &with("- TITLE=${TITLE:-Web}", "- ADMIN_PASSWORD=hunter2"),
        &Facts::unknown("x"),
    );
    assert_eq!(report.count(Level::Warning), 1);
    assert!(!format!("{report:?}").contains("hunter2"));
}
