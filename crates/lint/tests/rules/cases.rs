//! One table: each rule on compose files, with the place and the thing that it names.

use crate::recipe::{at, found, good, with};

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
